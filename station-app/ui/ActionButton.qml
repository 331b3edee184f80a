import QtQuick
import QtQuick.Controls.Basic
import Station

// The key that does the same is printed on the button.
Button {
    id: root

    property string key: ""
    property bool primary: false

    implicitHeight: Theme.target
    implicitWidth: Math.max(Theme.target * 2, label.implicitWidth + 2 * Theme.margin)
    focusPolicy: Qt.NoFocus // the keyboard belongs to the scanner

    contentItem: Item {
        PlainText {
            id: label
            anchors.centerIn: parent
            text: root.text + "  [" + root.key + "]"
            color: root.primary ? Theme.inkOnColour : Theme.text
            font.weight: Font.DemiBold
            wrapMode: Text.NoWrap
        }
    }
    background: Rectangle {
        radius: 1.5 * Theme.unit
        color: root.primary ? (root.down ? Qt.darker(Theme.action, 1.3) : Theme.action)
                            : (root.down ? Qt.darker(Theme.panel, 1.15) : Theme.panel)
        border.width: Math.max(2, 0.5 * Theme.unit)
        border.color: root.primary ? Theme.inkOnColour : Theme.text
    }
}
