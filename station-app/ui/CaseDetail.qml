import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// One case: what happened, what likely helps, and what was said on the wire.
Item {
    id: root

    required property CaseModel cases
    required property SessionModel session
    property bool closing: false
    readonly property var detail: cases.detail

    onVisibleChanged: closing = false

    ColumnLayout {
        id: story
        anchors.top: parent.top
        anchors.bottom: buttons.top
        anchors.left: parent.left
        anchors.margins: Theme.unit
        anchors.leftMargin: Theme.margin
        width: 0.48 * (parent.width - 2 * Theme.margin)
        spacing: Theme.unit

        VinText {
            text: root.detail.vin ?? ""
            font.pixelSize: Theme.title
        }
        PlainText {
            Layout.fillWidth: true
            text: root.detail.happened ?? ""
            font.pixelSize: Theme.small
            font.weight: Font.Bold
        }
        PlainText {
            visible: remedies.count > 0
            text: qsTr("What likely helps")
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        Repeater {
            id: remedies
            model: root.detail.remedies ?? []
            PlainText {
                required property int index
                required property string modelData
                Layout.fillWidth: true
                text: (index + 1) + ". " + modelData
                font.pixelSize: Theme.small
            }
        }
        Item { Layout.fillHeight: true }
        PlainText {
            Layout.fillWidth: true
            text: (root.detail.step ?? "") + " · " + (root.detail.code ?? "")
            color: Theme.secondary
            font.pixelSize: Theme.small
            maximumLineCount: 2
            elide: Text.ElideRight
        }
    }
    Rectangle {
        anchors.top: parent.top
        anchors.bottom: buttons.top
        anchors.left: story.right
        anchors.right: parent.right
        anchors.margins: Theme.unit
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.margin
        color: Theme.panel
        border.color: Theme.line
        border.width: Theme.edge

        PlainText {
            id: caption
            x: Theme.gap
            y: Theme.unit
            text: qsTr("On the wire, newest last")
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        PlainText {
            visible: wire.count === 0
            anchors.top: caption.bottom
            x: Theme.gap
            width: parent.width - 2 * x
            text: qsTr("Nothing was said: the unit was not reached.")
            font.pixelSize: Theme.small
        }
        ListView {
            id: wire
            objectName: "transcript"
            anchors.top: caption.bottom
            anchors.bottom: parent.bottom
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.margins: Theme.unit
            anchors.leftMargin: Theme.gap
            clip: true
            model: root.cases.transcript
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}
            onCountChanged: positionViewAtEnd()

            delegate: Column {
                id: line
                required property var modelData
                width: wire.width
                PlainText {
                    width: parent.width
                    text: line.modelData.time + (line.modelData.request ? " → " : " ← ") + line.modelData.meaning
                    font.pixelSize: Theme.small
                    font.weight: line.modelData.isBad ? Font.Bold : Font.Normal
                }
                VinText {
                    width: parent.width
                    text: (line.modelData.isBad ? "! " : "") + line.modelData.bytes
                    font.pixelSize: Theme.small
                    font.weight: Font.Normal
                    wrapMode: Text.Wrap
                }
            }
        }
    }

    Item {
        id: buttons
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gap
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        height: Theme.target

        RowLayout {
            visible: !root.closing
            anchors.fill: parent
            spacing: Theme.gap
            ColumnLayout {
                Layout.fillWidth: true
                spacing: 0
                FittedText {
                    Layout.fillWidth: true
                    text: qsTr("Waiting %1").arg(root.detail.waiting ?? "")
                    font.pixelSize: Theme.small
                    font.weight: Font.DemiBold
                }
                FittedText {
                    Layout.fillWidth: true
                    text: root.cases.fault !== "" ? root.cases.fault
                          : root.detail.takenBy ? qsTr("taken by %1").arg(root.detail.takenBy) : qsTr("nobody has taken it")
                    font.pixelSize: Theme.small
                }
            }
            ActionButton {
                objectName: "takeButton"
                visible: root.session.required && !root.detail.takenBy
                primary: true
                text: qsTr("Take over")
                onClicked: root.cases.take(root.session.person)
            }
            ActionButton {
                objectName: "closeCaseButton"
                text: qsTr("Done …")
                onClicked: root.closing = true
            }
            ActionButton {
                text: qsTr("Back")
                key: qsTr("Esc")
                onClicked: root.cases.deselect()
            }
        }
        RowLayout {
            visible: root.closing
            anchors.fill: parent
            spacing: Theme.unit
            Repeater {
                model: root.cases.resolutions
                ActionButton {
                    id: resolution
                    required property var modelData
                    objectName: "resolution-" + modelData.code
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    contentItem: PlainText {
                        text: resolution.text
                        font.pixelSize: Theme.small
                        font.weight: Font.DemiBold
                        horizontalAlignment: Text.AlignHCenter
                        verticalAlignment: Text.AlignVCenter
                    }
                    text: modelData.text
                    onClicked: root.cases.close(root.session.person, modelData.code)
                }
            }
            ActionButton {
                narrow: true
                text: "✕"
                Accessible.name: qsTr("Back")
                onClicked: root.closing = false
            }
        }
    }
}
