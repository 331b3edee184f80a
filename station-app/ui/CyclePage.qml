import QtQuick
import QtQuick.Layouts
import QtQuick.Shapes
import Station

// How long the vehicles took: one after the other, how often how long, and each step.
Item {
    id: root

    required property StatisticsModel statistics
    required property PeriodModel period
    required property real targetSeconds
    readonly property var seconds: statistics.cycleSeconds
    readonly property bool isEmpty: seconds.length === 0
    // The target is always in view; the step is one that people count in.
    readonly property real most: {
        const highest = Math.max(targetSeconds * 1.1, ...seconds)
        const step = highest > 300 ? 60 : highest > 60 ? 30 : 10
        return Math.ceil(highest / step) * step
    }

    // A line across the plot, dashed so that it is no measured one.
    component TargetLine: Shape {
        id: target
        required property bool upright
        required property real at
        anchors.fill: parent
        ShapePath {
            strokeColor: Theme.text
            strokeWidth: 0.5 * Theme.unit
            strokeStyle: ShapePath.DashLine
            dashPattern: [3, 2]
            fillColor: "transparent"
            startX: target.upright ? target.at : 0
            startY: target.upright ? 0 : target.at
            PathLine {
                x: target.upright ? target.at : target.width
                y: target.upright ? target.height : target.at
            }
        }
    }

    ColumnLayout {
        visible: !root.isEmpty
        width: 0.56 * parent.width
        height: parent.height
        spacing: Theme.unit

        ChartFrame {
            id: trend
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 3
            title: qsTr("Seconds per vehicle, one after the other")
            highest: root.most.toFixed(0)
            first: "1"
            last: root.seconds.length.toFixed(0)

            Shape {
                id: curve
                anchors.fill: parent
                readonly property var points: root.seconds.map((value, index) => Qt.point(
                    width * (root.seconds.length === 1 ? 0.5 : (index + 0.5) / root.seconds.length),
                    height * (1 - value / root.most)))
                ShapePath {
                    strokeColor: Theme.accent
                    strokeWidth: 0.4 * Theme.unit
                    fillColor: "transparent"
                    PathPolyline { path: curve.points }
                }
                ShapePath {
                    // Squares: a single vehicle would have no line. Many would be one blot, and take long to draw.
                    strokeColor: "transparent"
                    fillColor: Theme.accent
                    PathSvg {
                        readonly property real r: 0.8 * Theme.unit
                        path: curve.points.length > 60 ? "" : curve.points.map(p => "M" + (p.x - r) + " " + (p.y - r) + "h" + 2 * r + "v" + 2 * r + "h"
                                                    + -2 * r + "z").join("")
                    }
                }
            }
            TargetLine {
                upright: false
                at: height * (1 - root.targetSeconds / root.most)
            }
        }
        ChartFrame {
            id: histogram
            readonly property int bins: 12
            readonly property var counts: {
                const counts = new Array(bins).fill(0)
                for (const value of root.seconds)
                    counts[Math.min(bins - 1, Math.floor(value / root.most * bins))]++
                return counts
            }
            readonly property int most: Math.max(1, ...counts)
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 2
            title: qsTr("Vehicles by seconds, target dashed")
            highest: most.toFixed(0)
            first: "0 s"
            last: root.most.toFixed(0) + " s"

            Repeater {
                model: histogram.counts
                Rectangle {
                    required property int index
                    required property int modelData
                    visible: modelData > 0
                    x: (index + 0.1) * parent.width / histogram.bins
                    width: 0.8 * parent.width / histogram.bins
                    height: parent.height * modelData / histogram.most
                    y: parent.height - height
                    color: Theme.accent
                }
            }
            TargetLine {
                upright: true
                at: width * root.targetSeconds / root.most
            }
        }
    }
    PlainText {
        visible: root.isEmpty
        width: 0.56 * parent.width
        text: root.statistics.failed ? qsTr("The journal cannot be read.")
                                     : qsTr("No vehicle has passed in this period.")
    }
    ColumnLayout {
        anchors.right: parent.right
        width: 0.41 * parent.width
        height: parent.height
        spacing: 0.5 * Theme.unit

        PlainText {
            Layout.fillWidth: true
            text: root.period.range
            color: Theme.secondary
            font.pixelSize: Theme.small
        }
        PlainText {
            objectName: "cycleSummary"
            Layout.fillWidth: true
            text: qsTr("%n vehicle(s) passed", "", root.statistics.passed) + " · " + qsTr("median") + " "
                  + root.statistics.medianText + " · " + qsTr("90 % within") + " " + root.statistics.p90Text + " · "
                  + qsTr("target %1 s").arg(root.targetSeconds)
            font.pixelSize: Theme.small
            font.weight: Font.DemiBold
        }
        Repeater {
            model: root.statistics.steps
            RowLayout {
                id: row
                required property var modelData
                Layout.fillWidth: true
                spacing: 2 * Theme.unit
                FittedText {
                    Layout.fillWidth: true
                    text: row.modelData.name
                    font.pixelSize: Theme.small
                    elide: Text.ElideRight
                }
                PlainText {
                    text: row.modelData.median + " · " + row.modelData.p90
                    font.pixelSize: Theme.small
                    wrapMode: Text.NoWrap
                }
            }
        }
        PlainText {
            visible: !root.isEmpty
            Layout.fillWidth: true
            text: qsTr("Steps: median · 90 % within")
            color: Theme.secondary
            font.pixelSize: Theme.small
        }
        Item { Layout.fillHeight: true }
    }
}
