import QtQuick
import QtQuick.Layouts
import Station

// Elapsed against target: a bar and digits, and words once the target is passed.
ColumnLayout {
    id: root

    required property int elapsedMs
    required property int targetMs
    readonly property bool isOver: elapsedMs > targetMs
    readonly property int elapsedSeconds: Math.floor(elapsedMs / 1000)
    readonly property int targetSeconds: Math.round(targetMs / 1000)

    spacing: Theme.unit

    PlainText {
        text: root.isOver ? qsTr("%1 s: %2 s over the target of %3 s").arg(root.elapsedSeconds)
                                .arg(root.elapsedSeconds - root.targetSeconds).arg(root.targetSeconds)
                          : qsTr("%1 s of %2 s").arg(root.elapsedSeconds).arg(root.targetSeconds)
        font.pixelSize: Theme.small
        wrapMode: Text.NoWrap
    }
    Rectangle {
        Layout.fillWidth: true
        implicitHeight: 3 * Theme.unit
        color: Theme.panel
        border.color: Theme.line
        border.width: Theme.edge
        Rectangle {
            height: parent.height
            width: parent.width * Math.min(1, root.elapsedMs / Math.max(1, root.targetMs))
            color: root.isOver ? Theme.warning : Theme.accent
            border.color: root.isOver ? Theme.text : Theme.accent
            border.width: Theme.edge
        }
    }
}
