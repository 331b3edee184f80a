import QtQuick
import QtQuick.Layouts
import Station

// The same place on every result screen: what to do next or whom to call, or why a scan did not count; small print; the
// keys.
RowLayout {
    id: root

    required property RunModel run
    property string next: ""
    property string whom: ""
    property color ink: Theme.text
    property bool canRetry: false
    property bool canCall: false
    property bool canPrint: false
    property var printAgain: () => {}
    readonly property bool hasNotice: run.notice.title !== undefined

    spacing: Theme.gap

    ColumnLayout {
        Layout.fillWidth: true
        Layout.alignment: Qt.AlignVCenter
        spacing: 0

        PlainText {
            Layout.fillWidth: true
            visible: text !== ""
            text: root.hasNotice ? root.run.notice.title + ". " + root.run.notice.text : root.next
            color: root.ink
            font.pixelSize: root.hasNotice ? Theme.small : Theme.body
            font.weight: Font.DemiBold
        }
        PlainText {
            visible: root.whom !== "" && !root.hasNotice
            text: root.run.caseStanding !== "" ? root.run.caseStanding : qsTr("Whom to call")
            color: root.run.caseStanding !== "" ? root.ink : Theme.secondary
            font.weight: root.run.caseStanding !== "" ? Font.Bold : Font.Normal
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        FittedText {
            Layout.fillWidth: true
            visible: root.whom !== "" && !root.hasNotice
            text: root.whom
            color: root.ink
        }
        PlainText {
            Layout.fillWidth: true
            visible: text !== "" && !root.hasNotice
            text: root.run.code
            color: root.ink
            font.pixelSize: Theme.small
        }
    }
    ActionButton {
        objectName: "printButton"
        visible: root.canPrint
        narrow: true
        text: qsTr("Print")
        key: "F7"
        onClicked: root.printAgain()
    }
    ActionButton {
        objectName: "callButton"
        visible: root.canCall && root.run.caseStanding === ""
        narrow: true
        text: qsTr("Call")
        key: "F4"
        onClicked: root.run.callTechnician()
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
