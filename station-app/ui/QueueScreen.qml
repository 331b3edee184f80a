import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// The vehicles that wait for a technician, oldest first; one of them in full.
Item {
    id: root

    required property CaseModel cases
    required property SessionModel session
    required property PageModel pages

    ColumnLayout {
        visible: root.cases.detail.vin === undefined
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.topMargin: Theme.unit
        anchors.bottomMargin: Theme.gap
        spacing: 2 * Theme.unit

        RowLayout {
            Layout.fillWidth: true
            FittedText {
                Layout.fillWidth: true
                text: qsTr("Waiting for a technician")
                font.pixelSize: Theme.title
                font.weight: Font.Bold
            }
            PlainText {
                text: qsTr("%n vehicle(s)", "", root.cases.count)
                wrapMode: Text.NoWrap
            }
        }
        PlainText {
            visible: root.cases.count === 0
            Layout.fillWidth: true
            text: qsTr("Nobody waits. A unit that fails, a refused vehicle and a call by F4 come here.")
        }
        ListView {
            id: list
            objectName: "caseList"
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            spacing: Theme.unit
            model: root.cases
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}

            delegate: Rectangle {
                id: entry

                required property int index
                required property string vin
                required property string happened
                required property string waiting
                required property string takenBy
                required property var model

                objectName: "case" + index
                width: list.width
                height: 17 * Theme.unit
                color: Theme.panel
                border.color: takenBy === "" ? Theme.text : Theme.line
                border.width: takenBy === "" ? Theme.edge * 2 : Theme.edge

                TapHandler { onTapped: root.cases.select(entry.index) }
                RowLayout {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.gap
                    anchors.rightMargin: Theme.gap
                    spacing: Theme.gap
                    Mark {
                        kind: entry.takenBy === "" ? "warning" : "running"
                        size: Theme.title
                    }
                    ColumnLayout {
                        Layout.fillWidth: true
                        spacing: 0
                        VinText {
                            text: entry.vin
                            font.pixelSize: Theme.body
                        }
                        PlainText {
                            Layout.fillWidth: true
                            text: entry.happened
                            font.pixelSize: Theme.small
                            wrapMode: Text.NoWrap
                            elide: Text.ElideRight
                        }
                    }
                    ColumnLayout {
                        spacing: 0
                        PlainText {
                            Layout.alignment: Qt.AlignRight
                            text: entry.waiting
                            font.weight: Font.DemiBold
                            wrapMode: Text.NoWrap
                        }
                        PlainText {
                            Layout.alignment: Qt.AlignRight
                            text: entry.takenBy === "" ? qsTr("new") : entry.takenBy
                            font.pixelSize: Theme.small
                            wrapMode: Text.NoWrap
                        }
                    }
                }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            PlainText {
                Layout.fillWidth: true
                text: root.cases.fault
                font.weight: Font.DemiBold
            }
            ActionButton {
                objectName: "openSelfTestButton"
                visible: root.pages.mayOpenSelfTest
                text: qsTr("Self-test")
                key: "F6"
                onClicked: root.pages.toggleSelfTest()
            }
            ActionButton {
                objectName: "recordsButton"
                visible: root.pages.mayOpenRecords
                text: qsTr("Records")
                key: "F5"
                onClicked: root.pages.toggleRecords()
            }
            ActionButton {
                text: qsTr("Back")
                key: qsTr("Esc")
                onClicked: root.pages.back()
            }
        }
    }

    CaseDetail {
        visible: root.cases.detail.vin !== undefined
        anchors.fill: parent
        cases: root.cases
        session: root.session
    }
}
