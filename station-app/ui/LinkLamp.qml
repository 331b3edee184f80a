import QtQuick
import QtQuick.Layouts
import Station

// A connection in icon and word.
RowLayout {
    id: root

    required property string label
    property string status: "unknown" // up, down, unknown

    spacing: 1.5 * Theme.unit

    Mark {
        size: Theme.small
        kind: root.status === "up" ? "check" : root.status === "down" ? "warning" : "waiting"
        ink: Theme.text
    }
    PlainText {
        font.pixelSize: Theme.small
        wrapMode: Text.NoWrap
        text: root.status === "down" ? root.label + ": " + qsTr("no connection") : root.label
    }
}
