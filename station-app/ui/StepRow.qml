import QtQuick
import QtQuick.Layouts
import Station

Rectangle {
    id: root

    required property string name
    required property string state_
    required property string stateText
    required property string timeText

    implicitHeight: 8.4 * Theme.unit
    color: state_ === "running" ? Theme.panel : "transparent"

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: 2 * Theme.unit
        anchors.rightMargin: 2 * Theme.unit
        spacing: 3 * Theme.unit

        Mark {
            size: Theme.body
            kind: root.state_ === "done" ? "check" : root.state_ === "failed" ? "cross" : root.state_
            ink: root.state_ === "running" ? Theme.accent
                 : root.state_ === "waiting" || root.state_ === "skipped" ? Theme.secondary : Theme.text
        }
        FittedText {
            Layout.fillWidth: true
            text: root.name
            font.weight: root.state_ === "running" ? Font.Bold : Font.Normal
            color: root.state_ === "waiting" || root.state_ === "skipped" ? Theme.secondary : Theme.text
        }
        FittedText {
            Layout.preferredWidth: 40 * Theme.unit
            text: root.stateText
            font.weight: root.state_ === "running" ? Font.Bold : Font.Normal
            color: root.state_ === "waiting" || root.state_ === "skipped" ? Theme.secondary : Theme.text
        }
        PlainText {
            Layout.preferredWidth: 30 * Theme.unit
            horizontalAlignment: Text.AlignRight
            text: root.timeText
            wrapMode: Text.NoWrap
        }
    }
}
