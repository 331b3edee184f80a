import QtQuick
import QtQuick.Layouts
import Station

Rectangle {
    id: root

    required property RunModel run

    color: Theme.pass

    ColumnLayout {
        anchors.top: parent.top
        anchors.bottom: bottom.top
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: Theme.unit

        RowLayout {
            Layout.alignment: Qt.AlignHCenter
            spacing: 9 * Theme.unit
            Mark {
                kind: "check"
                ink: Theme.inkOnColour
                size: 25 * Theme.unit
            }
            PlainText {
                objectName: "verdictWord"
                text: root.run.headline
                color: Theme.inkOnColour
                font.pixelSize: 31 * Theme.unit
                font.weight: Font.Bold
                wrapMode: Text.NoWrap
            }
        }
        VinText {
            Layout.alignment: Qt.AlignHCenter
            text: root.run.vin
            color: Theme.inkOnColour
        }
        ColumnLayout {
            Layout.alignment: Qt.AlignHCenter
            spacing: 0
            PlainText {
                Layout.alignment: Qt.AlignHCenter
                text: qsTr("Certificate serial")
                color: Theme.inkOnColour
                font.pixelSize: Theme.small
            }
            VinText {
                Layout.alignment: Qt.AlignHCenter
                text: root.run.serial
                color: Theme.inkOnColour
                font.pixelSize: Theme.body
            }
        }
        PlainText {
            Layout.alignment: Qt.AlignHCenter
            text: root.run.reported ? qsTr("Duration %1").arg(root.run.elapsedText)
                                    : qsTr("Duration %1 · the report waits for the gateway").arg(root.run.elapsedText)
            color: Theme.inkOnColour
            wrapMode: Text.NoWrap
        }
        Item { Layout.fillHeight: true }
    }

    BottomRow {
        id: bottom
        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.bottomMargin: Theme.gap
        run: root.run
        next: qsTr("Next: scan the VIN of the next vehicle")
        ink: Theme.inkOnColour
    }
}
