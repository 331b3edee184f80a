import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// What became of the vehicles, hour by hour, and why some did not pass. Fill, hatch and outline tell what the colours
// tell.
Item {
    id: root

    required property StatisticsModel statistics
    required property PeriodModel period
    readonly property var buckets: statistics.buckets
    readonly property int highest: Math.max(1, ...buckets.map(b => b.passed + b.failed + b.open))

    component Sample: Rectangle {
        required property string kind // passed, failed, open
        color: kind === "passed" ? Theme.accent : kind === "failed" ? Theme.fail : Theme.base
        border.width: kind === "open" ? Theme.edge : 0
        border.color: Theme.text
        Hatch {
            anchors.fill: parent
            visible: parent.kind === "failed"
            stripe: 0.8 * Theme.unit
            ink: Theme.base
        }
    }
    component Count: RowLayout {
        id: count
        required property string kind
        required property string label
        required property int value
        spacing: 2 * Theme.unit
        Sample {
            kind: count.kind
            implicitWidth: 4 * Theme.unit
            implicitHeight: 4 * Theme.unit
        }
        PlainText {
            text: count.label + " " + count.value
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
    }

    ChartFrame {
        visible: root.buckets.length > 0
        width: 0.54 * parent.width
        height: parent.height
        title: qsTr("Vehicles per %n hour(s)", "", root.statistics.bucketHours)
        highest: root.highest.toFixed(0)
        first: root.buckets.length > 0 ? root.buckets[0].label : ""
        last: root.buckets.length > 1 ? root.buckets[root.buckets.length - 1].label : ""

        Repeater {
            model: root.buckets
            Item {
                id: bar
                required property int index
                required property var modelData
                readonly property real one: parent.height / root.highest
                x: (index + 0.1) * parent.width / root.buckets.length
                width: Math.min(0.8 * parent.width / root.buckets.length, 20 * Theme.unit)
                height: parent.height
                Sample {
                    id: passed
                    kind: "passed"
                    anchors.bottom: parent.bottom
                    width: parent.width
                    height: bar.modelData.passed * bar.one
                    visible: bar.modelData.passed > 0
                }
                Sample {
                    id: failed
                    kind: "failed"
                    anchors.bottom: passed.top
                    width: parent.width
                    height: bar.modelData.failed * bar.one
                    visible: bar.modelData.failed > 0
                }
                Sample {
                    kind: "open"
                    anchors.bottom: failed.top
                    width: parent.width
                    height: bar.modelData.open * bar.one
                    visible: bar.modelData.open > 0
                }
            }
        }
    }
    PlainText {
        visible: root.buckets.length === 0
        width: 0.54 * parent.width
        text: root.statistics.failed ? qsTr("The journal cannot be read.")
                                     : qsTr("No vehicle was scanned in this period.")
    }
    ColumnLayout {
        anchors.right: parent.right
        width: 0.43 * parent.width
        height: parent.height
        spacing: Theme.unit

        PlainText {
            Layout.fillWidth: true
            text: root.period.range
            color: Theme.secondary
            font.pixelSize: Theme.small
        }
        PlainText {
            objectName: "scannedText"
            text: qsTr("Scanned %1").arg(root.statistics.scanned)
            font.pixelSize: Theme.small
            font.weight: Font.DemiBold
            wrapMode: Text.NoWrap
        }
        Count {
            kind: "passed"
            label: qsTr("Passed")
            value: root.statistics.passed
        }
        Count {
            kind: "failed"
            label: qsTr("Failed")
            value: root.statistics.failedCount
        }
        Count {
            kind: "open"
            label: qsTr("Open")
            value: root.statistics.open
        }
        PlainText {
            Layout.fillWidth: true
            text: qsTr("Passed at the first try: %1 of those that ended").arg(root.statistics.firstPassText)
            font.pixelSize: Theme.small
            font.weight: Font.DemiBold
        }
        PlainText {
            visible: root.statistics.causes.length > 0
            text: qsTr("Most frequent causes")
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        ListView {
            id: causes
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            spacing: Theme.unit
            model: root.statistics.causes
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}
            delegate: PlainText {
                required property var modelData
                width: causes.width - 2 * Theme.unit
                text: modelData.count + " × " + modelData.text
                font.pixelSize: Theme.small
            }
        }
    }
}
