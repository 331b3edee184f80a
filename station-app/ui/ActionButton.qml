import QtQuick
import QtQuick.Controls.Basic
import Station

// The key that does the same is printed on the button.
Button {
    id: root

    property string key: ""
    property bool primary: false
    property bool narrow: false
    readonly property color ink: !enabled ? Theme.secondary : primary ? Theme.inkOnColour : Theme.text

    implicitHeight: Theme.target
    implicitWidth: Math.max(narrow ? Theme.target : Theme.target * 1.7, label.implicitWidth + 2 * Theme.gap)
    focusPolicy: Qt.NoFocus // the keyboard belongs to the scanner
    Accessible.name: text

    contentItem: Item {
        PlainText {
            id: label
            anchors.horizontalCenter: parent.horizontalCenter
            anchors.verticalCenter: parent.verticalCenter
            anchors.verticalCenterOffset: root.key === "" ? 0 : -3 * Theme.unit
            text: root.text
            color: root.ink
            font.weight: Font.DemiBold
            wrapMode: Text.NoWrap
        }
        PlainText {
            anchors.horizontalCenter: parent.horizontalCenter
            anchors.top: label.bottom
            visible: root.key !== ""
            text: "[" + root.key + "]"
            color: root.ink
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
    }
    background: Rectangle {
        radius: 1.5 * Theme.unit
        color: root.primary && root.enabled ? (root.down ? Qt.darker(Theme.action, 1.3) : Theme.action)
                                            : (root.down ? Qt.darker(Theme.panel, 1.15) : Theme.panel)
        border.width: Math.max(2, 0.5 * Theme.unit)
        border.color: !root.enabled ? Theme.line : root.primary ? Theme.inkOnColour : Theme.text
    }
}
