import QtQuick
import QtQuick.Layouts
import Station

Item {
    id: root

    required property RunModel run
    required property StationModel station
    required property ScanInput input
    required property LanguageModel language
    required property CaseModel cases
    required property PageModel pages
    required property bool scannerReady

    ColumnLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.topMargin: Theme.unit
        anchors.bottomMargin: Theme.gap
        spacing: 2 * Theme.unit

        RowLayout {
            Layout.alignment: Qt.AlignHCenter
            spacing: 8 * Theme.unit

            Row {
                // A barcode: where to hold the scanner.
                spacing: 0
                Repeater {
                    model: [2, -1, 1, -2, 3, -1, 1, -1, 2, -2, 1, -1, 3, -1, 2]
                    Rectangle {
                        required property int modelData
                        width: Math.abs(modelData) * 1.3 * Theme.unit
                        height: 21 * Theme.unit
                        color: modelData > 0 ? Theme.accent : "transparent"
                    }
                }
            }
            FittedText {
                objectName: "scanWord"
                Layout.preferredWidth: Math.min(implicitWidth, root.width - 2 * Theme.margin - 40 * Theme.unit)
                text: qsTr("Scan VIN")
                font.pixelSize: Theme.verdict
                font.weight: Font.Bold
            }
        }
        Rectangle {
            Layout.fillWidth: true
            implicitHeight: 13 * Theme.unit
            color: Theme.panel
            border.color: root.scannerReady ? Theme.accent : Theme.line
            border.width: Math.max(2, 0.6 * Theme.unit)
            VinText {
                anchors.centerIn: parent
                visible: root.input.pending !== ""
                text: root.input.pending.substring(0, 32)
                font.pixelSize: Theme.title
            }
            PlainText {
                anchors.centerIn: parent
                visible: root.input.pending === ""
                text: root.scannerReady ? qsTr("Ready to scan") : qsTr("Not ready: touch this window")
                font.pixelSize: Theme.title
                wrapMode: Text.NoWrap
            }
        }
        NoticePanel {
            Layout.fillWidth: true
            visible: root.run.notice.title !== undefined
            notice: root.run.notice
        }
        NoticePanel {
            objectName: "interruptedPanel"
            Layout.fillWidth: true
            visible: root.run.notice.title === undefined && root.station.interrupted.title !== undefined
            notice: root.station.interrupted
        }
        Item { Layout.fillHeight: true }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap

            ColumnLayout {
                Layout.fillWidth: true
                spacing: Theme.unit
                LastResultCard {
                    Layout.fillWidth: true
                    visible: root.run.lastResult.word !== undefined
                    result: root.run.lastResult
                }
                ShiftCounters {
                    Layout.fillWidth: true
                    visible: root.station.hasStatus && root.run.notice.title === undefined
                    station: root.station
                }
            }
            ActionButton {
                objectName: "queueButton"
                visible: root.pages.mayOpenQueue
                narrow: true
                text: qsTr("Queue") + (root.cases.count > 0 ? " " + root.cases.count : "")
                key: "F3"
                onClicked: root.pages.toggleQueue()
            }
            ActionButton {
                objectName: "languageButton"
                narrow: true
                text: root.language.nextName
                key: "F8"
                onClicked: root.language.next()
            }
        }
    }
}
