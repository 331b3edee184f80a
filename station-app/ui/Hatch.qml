import QtQuick
import Station

// Diagonal stripes: what tells FAIL from PASS without colours.
Item {
    id: root

    property color ink: Theme.failDark
    property real stripe: 4 * Theme.unit

    clip: true

    Repeater {
        model: Math.ceil((root.width + root.height) / (2 * root.stripe)) + 2
        Rectangle {
            required property int index
            x: index * 2 * root.stripe - root.height / 2 - root.stripe
            y: root.height / 2 - height / 2
            width: root.stripe * 0.72
            height: root.height * 1.5
            rotation: 45
            antialiasing: true
            color: root.ink
        }
    }
}
