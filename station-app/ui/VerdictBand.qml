import QtQuick
import QtQuick.Layouts
import Station

// The word that is read from afar: colour, pattern, shape and word say the same.
Rectangle {
    id: root

    required property string headline
    property string subtitle: ""
    property string mark: "warning"
    property color ink: Theme.inkOnColour
    property real wordSize: Theme.headline
    property bool hatched: false

    readonly property real markSize: wordSize * (mark === "warning" ? 1.15 : 0.8)
    readonly property real roomForWord: width - 2 * Theme.margin - markSize - content.spacing

    implicitHeight: content.implicitHeight + (Theme.contrast ? 4 * Theme.edge : 0)

    Hatch {
        visible: root.hatched
        anchors.fill: parent
    }
    Rectangle {
        // Letters need a calm ground.
        visible: root.hatched
        anchors.centerIn: parent
        width: content.implicitWidth + 12 * Theme.unit
        height: parent.height
        color: root.color
    }
    Rectangle {
        visible: Theme.contrast
        anchors.fill: parent
        color: "transparent"
        border.color: Theme.line
        border.width: Theme.edge
    }
    RowLayout {
        id: content
        anchors.centerIn: parent
        spacing: 7 * Theme.unit

        Mark {
            kind: root.mark
            ink: root.ink
            size: root.markSize
        }
        ColumnLayout {
            spacing: 0
            FittedText {
                objectName: "verdictWord"
                Layout.preferredWidth: Math.min(implicitWidth, root.roomForWord)
                text: root.headline
                color: root.ink
                font.pixelSize: root.wordSize
                font.weight: Font.Bold
            }
            PlainText {
                visible: root.subtitle !== ""
                text: root.subtitle
                color: root.ink
                font.weight: Font.DemiBold
                wrapMode: Text.NoWrap
            }
        }
    }
}
