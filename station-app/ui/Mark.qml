import QtQuick
import Station

// Shapes that carry a state without its colour, drawn from rectangles so that they are sharp at every size.
Item {
    id: root

    property string kind: "check" // check, cross, warning, running, waiting, skipped, info
    property color ink: Theme.text
    property real size: Theme.body

    implicitWidth: size
    implicitHeight: size

    component Stroke: Rectangle {
        color: root.ink
        radius: height / 4
        height: root.size * 0.16
        antialiasing: true
    }

    // check
    Stroke {
        visible: root.kind === "check"
        width: root.size * 0.46
        x: root.size * 0.01
        y: root.size * 0.57
        rotation: 45
    }
    Stroke {
        visible: root.kind === "check"
        width: root.size * 0.86
        x: root.size * 0.21
        y: root.size * 0.42
        rotation: -50
    }

    // cross
    Stroke {
        visible: root.kind === "cross"
        anchors.centerIn: parent
        width: root.size * 1.05
        rotation: 45
    }
    Stroke {
        visible: root.kind === "cross"
        anchors.centerIn: parent
        width: root.size * 1.05
        rotation: -45
    }

    // warning: an exclamation mark in a diamond
    Rectangle {
        visible: root.kind === "warning"
        anchors.centerIn: parent
        width: root.size * 0.7
        height: width
        rotation: 45
        antialiasing: true
        color: "transparent"
        border.color: root.ink
        border.width: Math.max(1, root.size * 0.08)
        radius: width * 0.1
    }
    Rectangle {
        visible: root.kind === "warning"
        x: (root.size - width) / 2
        y: root.size * 0.26
        width: root.size * 0.11
        height: root.size * 0.29
        color: root.ink
    }
    Rectangle {
        visible: root.kind === "warning"
        x: (root.size - width) / 2
        y: root.size * 0.62
        width: root.size * 0.11
        height: width
        color: root.ink
    }

    // info: an i in a ring
    Rectangle {
        visible: root.kind === "info"
        anchors.centerIn: parent
        width: root.size * 0.9
        height: width
        radius: width / 2
        antialiasing: true
        color: "transparent"
        border.color: root.ink
        border.width: Math.max(1, root.size * 0.09)
    }
    Rectangle {
        visible: root.kind === "info"
        x: (root.size - width) / 2
        y: root.size * 0.24
        width: root.size * 0.12
        height: width
        color: root.ink
    }
    Rectangle {
        visible: root.kind === "info"
        x: (root.size - width) / 2
        y: root.size * 0.44
        width: root.size * 0.12
        height: root.size * 0.32
        color: root.ink
    }

    // running: a filled disc; waiting: a ring
    Rectangle {
        visible: root.kind === "running" || root.kind === "waiting"
        anchors.centerIn: parent
        width: root.size * 0.8
        height: width
        radius: width / 2
        antialiasing: true
        color: root.kind === "running" ? root.ink : "transparent"
        border.color: root.ink
        border.width: Math.max(1, root.size * 0.1)
    }

    // skipped: a dash
    Stroke {
        visible: root.kind === "skipped"
        anchors.centerIn: parent
        width: root.size * 0.7
    }
}
