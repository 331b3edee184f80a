import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// What leaves the station, and where it goes.
RowLayout {
    id: root

    required property ExportModel output
    required property PeriodModel period

    spacing: Theme.gap * 2

    ColumnLayout {
        Layout.preferredWidth: 0.4 * root.width
        Layout.maximumWidth: 0.4 * root.width
        Layout.fillHeight: true
        spacing: Theme.unit

        PlainText {
            text: qsTr("Where to")
            font.weight: Font.Bold
            wrapMode: Text.NoWrap
        }
        PlainText {
            visible: root.output.targets.length === 0
            Layout.fillWidth: true
            text: qsTr("No stick and no export folder: put a stick in.")
            font.pixelSize: Theme.small
        }
        ListView {
            id: list
            objectName: "targetList"
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            spacing: Theme.gap
            model: root.output.targets
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}
            delegate: Rectangle {
                id: target
                required property int index
                required property var modelData
                objectName: "target" + index
                width: list.width
                height: Math.max(15 * Theme.unit, words.implicitHeight + 2 * Theme.unit)
                color: Theme.panel
                border.color: modelData.chosen ? Theme.accent : Theme.line
                border.width: modelData.chosen ? 3 * Theme.edge : Theme.edge
                TapHandler { onTapped: root.output.choose(target.index) }
                RowLayout {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.gap
                    anchors.rightMargin: Theme.gap
                    spacing: 2 * Theme.unit
                    Mark {
                        kind: target.modelData.chosen ? "check" : "waiting"
                        size: Theme.small
                    }
                    ColumnLayout {
                        id: words
                        Layout.fillWidth: true
                        spacing: 0
                        PlainText {
                            Layout.fillWidth: true
                            text: (target.modelData.stick ? qsTr("Stick") : qsTr("Folder")) + " " + target.modelData.label
                            font.pixelSize: Theme.small
                            font.weight: Font.DemiBold
                            wrapMode: Text.WrapAnywhere
                        }
                        PlainText {
                            text: target.modelData.free
                            font.pixelSize: Theme.small
                            wrapMode: Text.NoWrap
                        }
                    }
                }
            }
        }
    }
    ColumnLayout {
        Layout.fillWidth: true
        Layout.fillHeight: true
        spacing: Theme.unit

        PlainText {
            Layout.fillWidth: true
            text: root.period.text
            font.weight: Font.Bold
            wrapMode: Text.NoWrap
        }
        PlainText {
            Layout.fillWidth: true
            text: root.period.range
            color: Theme.secondary
            font.pixelSize: Theme.small
        }
        PlainText {
            Layout.fillWidth: true
            text: qsTr("Report: counts, yield, cycle times and causes. Batch: the runs of this station and the signed records of the gateway, to be verified anywhere.")
            font.pixelSize: Theme.small
        }
        RowLayout {
            spacing: Theme.gap
            TabKey {
                objectName: "reportButton"
                enabled: root.output.canWrite
                text: qsTr("Shift report (PDF)")
                onClicked: root.output.writeReport()
            }
            TabKey {
                objectName: "batchButton"
                enabled: root.output.canWrite
                text: qsTr("Audit batch")
                onClicked: root.output.writeBatch()
            }
        }
        Rectangle {
            visible: root.output.busy
            Layout.fillWidth: true
            implicitHeight: 4 * Theme.unit
            color: Theme.panel
            border.color: Theme.text
            border.width: Theme.edge
            Rectangle {
                height: parent.height
                width: parent.width * root.output.progress
                color: Theme.accent
            }
        }
        PlainText {
            visible: root.output.busy
            text: qsTr("Being written …")
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        RowLayout {
            visible: root.output.result.text !== undefined
            Layout.fillWidth: true
            spacing: Theme.gap
            Mark {
                kind: root.output.result.kind === "good" ? "check" : root.output.result.kind === "bad" ? "cross" : "warning"
                size: Theme.body
            }
            PlainText {
                objectName: "exportResult"
                Layout.fillWidth: true
                text: root.output.result.text ?? ""
                font.pixelSize: Theme.small
                font.weight: Font.DemiBold
            }
        }
        Item { Layout.fillHeight: true }
    }
}
