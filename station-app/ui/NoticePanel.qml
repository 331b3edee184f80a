import QtQuick
import QtQuick.Layouts
import Station

// Why a scan did not count: the rule, and the scan itself with the wrong character marked.
Rectangle {
    id: root

    required property var notice // title, text, shown, position

    readonly property string shown: notice.shown ?? ""
    readonly property int position: notice.position ?? -1

    implicitHeight: content.implicitHeight + 2 * Theme.gap
    color: Theme.panel
    border.color: Theme.text
    border.width: Math.max(2, 0.4 * Theme.unit)

    Rectangle {
        id: edge
        width: 14 * Theme.unit
        height: parent.height
        color: Theme.warning
        border.color: Theme.text
        border.width: parent.border.width
        Mark {
            anchors.centerIn: parent
            kind: "warning"
            ink: Theme.inkOnWarning
            size: 10 * Theme.unit
        }
    }
    ColumnLayout {
        id: content
        anchors.left: edge.right
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        spacing: 0.5 * Theme.unit

        PlainText {
            Layout.fillWidth: true
            text: root.notice.title ? root.notice.title + ". " + root.notice.text : ""
            font.weight: Font.DemiBold
        }
        Row {
            visible: root.shown !== ""
            VinText {
                text: root.position < 0 ? root.shown : root.shown.substring(0, root.position)
                font.pixelSize: Theme.body
            }
            Rectangle {
                visible: root.position >= 0
                width: wrong.implicitWidth
                height: wrong.implicitHeight
                color: Theme.warning
                VinText {
                    id: wrong
                    text: root.position < 0 ? "" : root.shown.charAt(root.position)
                    color: Theme.inkOnWarning
                    font.pixelSize: Theme.body
                    font.underline: true
                }
            }
            VinText {
                text: root.position < 0 ? "" : root.shown.substring(root.position + 1)
                font.pixelSize: Theme.body
            }
        }
    }
}
