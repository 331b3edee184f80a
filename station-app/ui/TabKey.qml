import QtQuick
import QtQuick.Controls.Basic
import Station

// A key of the technician's and supervisor's screens: 15 mm, small print, and marked when its page is in front.
Button {
    id: root

    property bool selected: false
    property string key: ""

    implicitHeight: 15 * Theme.unit
    implicitWidth: Math.max(15 * Theme.unit, label.implicitWidth + 4 * Theme.unit)
    focusPolicy: Qt.NoFocus // the keyboard belongs to the scanner
    Accessible.name: text
    Accessible.checked: selected

    contentItem: Item {
        PlainText {
            id: label
            anchors.centerIn: parent
            text: root.key === "" ? root.text : root.text + " [" + root.key + "]"
            color: !root.enabled ? Theme.secondary : root.selected ? Theme.base : Theme.text
            font.pixelSize: Theme.small
            font.weight: Font.DemiBold
            wrapMode: Text.NoWrap
        }
    }
    background: Rectangle {
        radius: Theme.unit
        color: root.selected ? Theme.text : root.down ? Qt.darker(Theme.panel, 1.15) : Theme.panel
        border.width: Theme.edge
        border.color: root.enabled ? Theme.text : Theme.line
    }
}
