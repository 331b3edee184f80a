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

    implicitHeight: content.implicitHeight

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
    RowLayout {
        id: content
        anchors.centerIn: parent
        spacing: 7 * Theme.unit

        Mark {
            kind: root.mark
            ink: root.ink
            size: root.wordSize * (root.mark === "warning" ? 1.15 : 0.8)
        }
        ColumnLayout {
            spacing: 0
            PlainText {
                objectName: "verdictWord"
                text: root.headline
                color: root.ink
                font.pixelSize: root.wordSize
                font.weight: Font.Bold
                wrapMode: Text.NoWrap
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
