import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// What the station finds in itself, and what arrives of the scanner's check.
Item {
    id: root

    required property SelfTestModel test
    required property PageModel pages

    component Finding: RowLayout {
        id: finding
        required property string mark
        required property string name
        required property string found
        spacing: 2 * Theme.unit
        Mark {
            kind: finding.mark
            size: Theme.small
        }
        PlainText {
            Layout.fillWidth: true
            text: finding.name + ": " + finding.found
            font.pixelSize: Theme.small
            font.weight: finding.mark === "check" ? Font.Normal : Font.Bold
        }
    }

    ColumnLayout {
        anchors.top: parent.top
        anchors.left: parent.left
        anchors.topMargin: Theme.unit
        anchors.leftMargin: Theme.margin
        width: 0.48 * (parent.width - 2 * Theme.margin)
        spacing: 2 * Theme.unit

        PlainText {
            text: qsTr("Self-test")
            font.weight: Font.Bold
            wrapMode: Text.NoWrap
        }
        Repeater {
            model: root.test.checks
            Finding {
                required property var modelData
                Layout.fillWidth: true
                mark: modelData.mark
                name: modelData.name
                found: modelData.text
            }
        }
        PlainText {
            objectName: "selfTestTime"
            text: root.test.busy ? qsTr("Being tested …") : root.test.ranAt !== "" ? qsTr("Tested at %1").arg(root.test.ranAt) : ""
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
    }
    ColumnLayout {
        anchors.top: parent.top
        anchors.right: parent.right
        anchors.topMargin: Theme.unit
        anchors.rightMargin: Theme.margin
        width: 0.48 * (parent.width - 2 * Theme.margin)
        spacing: 2 * Theme.unit

        PlainText {
            text: qsTr("Scanner")
            font.weight: Font.Bold
            wrapMode: Text.NoWrap
        }
        PlainText {
            text: qsTr("Printed:")
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        VinText {
            text: root.test.scannerCode
            font.pixelSize: Theme.body
        }
        PlainText {
            visible: root.test.scanner.shown !== ""
            text: qsTr("Arrived:")
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        VinText {
            objectName: "scannerShown"
            visible: text !== ""
            text: root.test.scanner.shown
            font.pixelSize: Theme.body
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: 2 * Theme.unit
            Mark {
                kind: root.test.scanner.mark
                size: Theme.small
            }
            PlainText {
                objectName: "scannerFinding"
                Layout.fillWidth: true
                text: root.test.scanner.text
                font.pixelSize: Theme.small
                font.weight: Font.DemiBold
            }
        }
    }
    RowLayout {
        anchors.bottom: parent.bottom
        anchors.right: parent.right
        anchors.bottomMargin: Theme.gap
        anchors.rightMargin: Theme.margin
        spacing: Theme.gap
        ActionButton {
            objectName: "selfTestButton"
            enabled: !root.test.busy
            primary: true
            text: qsTr("Test again")
            onClicked: root.test.start()
        }
        ActionButton {
            text: qsTr("Back")
            key: qsTr("Esc")
            onClicked: root.pages.back()
        }
    }
}
