import QtQuick
import QtQuick.Layouts
import Station

// The same place on every result screen: what to do next, or why a scan did not count; small print; the keys.
RowLayout {
    id: root

    required property RunModel run
    property string next: ""
    property color ink: Theme.text
    property bool canRetry: false

    spacing: Theme.gap

    ColumnLayout {
        Layout.fillWidth: true
        Layout.alignment: Qt.AlignVCenter
        spacing: 0.5 * Theme.unit

        PlainText {
            Layout.fillWidth: true
            visible: text !== ""
            text: root.run.notice.title ? root.run.notice.title + ". " + root.run.notice.text : root.next
            color: root.ink
            font.weight: Font.DemiBold
        }
        PlainText {
            Layout.fillWidth: true
            visible: text !== "" && !root.run.notice.title
            text: root.run.code
            color: root.ink
            font.pixelSize: Theme.small
        }
    }
    ActionButton {
        objectName: "backButton"
        text: qsTr("Close")
        key: qsTr("Esc")
        onClicked: root.run.dismiss()
    }
    ActionButton {
        objectName: "retryButton"
        visible: root.canRetry
        primary: true
        text: qsTr("Try again")
        key: qsTr("Enter")
        onClicked: root.run.retry()
    }
}
