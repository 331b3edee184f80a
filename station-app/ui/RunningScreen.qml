import QtQuick
import QtQuick.Layouts
import Station

Item {
    id: root

    required property RunModel run
    required property StationModel station

    ColumnLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.topMargin: Theme.unit
        anchors.bottomMargin: 2 * Theme.unit
        spacing: 0.8 * Theme.unit

        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.margin
            VinText { text: root.run.vin }
            FittedText {
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignRight
                text: qsTr("In work, leave the vehicle connected")
                font.pixelSize: Theme.small
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.margin

            ColumnLayout {
                id: steps
                Layout.fillWidth: true
                spacing: 0

                Repeater {
                    model: root.run.steps
                    delegate: Item {
                        id: entry

                        required property string name
                        required property string state
                        required property string stateText
                        required property string timeText

                        Layout.fillWidth: true
                        implicitHeight: row.implicitHeight

                        StepRow {
                            id: row
                            width: parent.width
                            name: entry.name
                            state_: entry.state
                            stateText: entry.stateText
                            timeText: entry.timeText
                        }
                    }
                }
            }
            TimeLeft {
                Layout.preferredWidth: 44 * Theme.unit
                Layout.preferredHeight: steps.implicitHeight
                elapsedMs: root.run.elapsedMs
                targetMs: root.station.cycleTargetMs
            }
        }
        Item { Layout.fillHeight: true }
        Rectangle {
            // Its place is kept free, so that nothing moves when a scan is refused.
            Layout.fillWidth: true
            implicitHeight: 8.5 * Theme.unit
            opacity: root.run.notice.title ? 1 : 0
            color: Theme.warning
            border.color: Theme.inkOnWarning
            border.width: Theme.edge
            RowLayout {
                anchors.centerIn: parent
                spacing: Theme.gap
                Mark {
                    kind: "warning"
                    ink: Theme.inkOnWarning
                    size: Theme.body
                }
                PlainText {
                    text: root.run.notice.title ? root.run.notice.title + ". " + root.run.notice.text : ""
                    color: Theme.inkOnWarning
                    font.pixelSize: Theme.small
                    font.weight: Font.DemiBold
                    wrapMode: Text.NoWrap
                }
            }
        }
        CycleBar {
            Layout.fillWidth: true
            elapsedMs: root.run.elapsedMs
            targetMs: root.station.cycleTargetMs
        }
    }
}
