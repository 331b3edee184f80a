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
        anchors.bottomMargin: Theme.gap
        spacing: 0.3 * Theme.unit

        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.margin
            VinText { text: root.run.vin }
            Item { Layout.fillWidth: true }
            PlainText {
                text: qsTr("In work, leave the vehicle connected")
                wrapMode: Text.NoWrap
                font.pixelSize: Theme.small
            }
        }
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
        Item { Layout.fillHeight: true }
        Rectangle {
            // Its place is kept free, so that nothing moves when a scan is refused.
            Layout.fillWidth: true
            implicitHeight: 9 * Theme.unit
            opacity: root.run.notice.title ? 1 : 0
            color: Theme.warning
            border.color: Theme.inkOnWarning
            border.width: Math.max(1, 0.3 * Theme.unit)
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
