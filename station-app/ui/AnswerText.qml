import QtQuick
import QtQuick.Layouts
import Station

// One of the four questions of a failure screen and its answer.
ColumnLayout {
    id: root

    required property string question
    required property string answer
    property bool strong: false

    spacing: 0.5 * Theme.unit

    PlainText {
        Layout.fillWidth: true
        text: root.question
        color: Theme.secondary
        font.pixelSize: Theme.small
    }
    PlainText {
        Layout.fillWidth: true
        text: root.answer
        lineHeight: 0.92
        font.weight: root.strong ? Font.Bold : Font.Normal
    }
}
