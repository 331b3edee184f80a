import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// Nobody is logged in: a badge, or a name and its PIN. What runs goes on.
Item {
    id: root

    required property SessionModel session
    required property RunModel run
    required property ScanInput input
    required property LanguageModel language

    ColumnLayout {
        id: badge
        anchors.top: parent.top
        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.leftMargin: Theme.margin
        anchors.topMargin: Theme.gap
        anchors.bottomMargin: Theme.gap
        width: pad.visible ? 0.55 * parent.width - Theme.margin : parent.width - 2 * Theme.margin
        spacing: Theme.gap

        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.margin
            Rectangle {
                // A badge with its photograph and its lines.
                implicitWidth: 17 * Theme.unit
                implicitHeight: 24 * Theme.unit
                radius: 2 * Theme.unit
                color: "transparent"
                border.color: Theme.accent
                border.width: 1.2 * Theme.unit
                Rectangle {
                    anchors.horizontalCenter: parent.horizontalCenter
                    y: 4 * Theme.unit
                    width: 7 * Theme.unit
                    height: width
                    radius: width / 2
                    color: Theme.accent
                }
                Repeater {
                    model: [10, 7]
                    Rectangle {
                        required property int modelData
                        required property int index
                        anchors.horizontalCenter: parent.horizontalCenter
                        y: (14 + 4 * index) * Theme.unit
                        width: modelData * Theme.unit
                        height: 1.6 * Theme.unit
                        color: Theme.accent
                    }
                }
            }
            FittedText {
                objectName: "loginWord"
                Layout.fillWidth: true
                text: qsTr("Scan your badge")
                font.pixelSize: Theme.headline
                font.weight: Font.Bold
            }
        }
        PlainText {
            Layout.fillWidth: true
            text: root.session.busy ? qsTr("One moment …")
                                    : pad.visible ? qsTr("Or choose your name and type your PIN.")
                                                  : qsTr("The station is locked until somebody logs in.")
        }
        RowLayout {
            Layout.fillWidth: true
            visible: root.session.fault !== ""
            spacing: Theme.gap
            Mark {
                kind: "warning"
                size: Theme.title
            }
            PlainText {
                objectName: "loginFault"
                Layout.fillWidth: true
                text: root.session.fault
                font.weight: Font.Bold
            }
        }
        Item { Layout.fillHeight: true }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            LastResultCard {
                Layout.fillWidth: true
                visible: root.run.lastResult.word !== undefined
                result: root.run.lastResult
            }
            Item {
                Layout.fillWidth: true
                visible: root.run.lastResult.word === undefined
            }
            ActionButton {
                narrow: true
                text: root.language.nextName
                key: "F8"
                onClicked: root.language.next()
            }
        }
    }

    Item {
        id: pad
        visible: root.session.names.length > 0
        anchors.top: parent.top
        anchors.bottom: parent.bottom
        anchors.left: badge.right
        anchors.right: parent.right
        anchors.margins: Theme.gap
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin

        ListView {
            id: names
            objectName: "nameList"
            visible: root.session.selected === ""
            anchors.fill: parent
            clip: true
            spacing: Theme.gap
            model: root.session.names
            ScrollBar.vertical: ScrollBar {}
            delegate: ActionButton {
                required property string modelData
                width: names.width
                text: modelData
                onClicked: root.session.selected = modelData
            }
        }
        ColumnLayout {
            visible: root.session.selected !== ""
            anchors.fill: parent
            spacing: Theme.unit

            FittedText {
                Layout.fillWidth: true
                text: root.session.selected
                font.weight: Font.Bold
            }
            Rectangle {
                Layout.fillWidth: true
                implicitHeight: 9 * Theme.unit
                color: Theme.panel
                border.color: Theme.accent
                border.width: Theme.edge * 2
                PlainText {
                    objectName: "pinDots"
                    anchors.centerIn: parent
                    text: root.input.pending === "" ? qsTr("PIN") : "•".repeat(Math.min(12, root.input.pending.length))
                    color: root.input.pending === "" ? Theme.secondary : Theme.text
                    wrapMode: Text.NoWrap
                }
            }
            GridLayout {
                Layout.fillWidth: true
                Layout.fillHeight: true
                columns: 3
                columnSpacing: Theme.unit
                rowSpacing: Theme.unit
                Repeater {
                    model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "OK"]
                    ActionButton {
                        required property string modelData
                        objectName: "pin" + modelData
                        Layout.fillWidth: true
                        Layout.fillHeight: true
                        Layout.minimumHeight: Theme.target * 0.8
                        narrow: true
                        primary: modelData === "OK"
                        text: modelData
                        onClicked: {
                            if (modelData === "OK")
                                root.input.submit()
                            else if (modelData === "⌫")
                                root.input.pending === "" ? root.session.selected = "" : root.input.erase()
                            else
                                root.input.enter(modelData)
                        }
                    }
                }
            }
        }
    }
}
