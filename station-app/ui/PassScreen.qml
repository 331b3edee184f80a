import QtQuick
import QtQuick.Layouts
import Station

Rectangle {
    id: root

    required property RunModel run
    required property LineModel line

    color: Theme.pass
    border.color: Theme.contrast ? Theme.line : "transparent"
    border.width: Theme.contrast ? Theme.edge : 0

    ColumnLayout {
        anchors.top: parent.top
        anchors.bottom: bottom.top
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: 0.5 * Theme.unit

        RowLayout {
            Layout.alignment: Qt.AlignHCenter
            spacing: 9 * Theme.unit
            Mark {
                kind: "check"
                ink: Theme.inkOnColour
                size: 23 * Theme.unit
            }
            FittedText {
                objectName: "verdictWord"
                Layout.preferredWidth: Math.min(implicitWidth, root.width - 2 * Theme.margin - 34 * Theme.unit)
                text: root.run.headline
                color: Theme.inkOnColour
                font.pixelSize: 27 * Theme.unit
                font.weight: Font.Bold
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
            objectName: "passDetails"
            Layout.alignment: Qt.AlignHCenter
            text: {
                const parts = [qsTr("Duration %1").arg(root.run.elapsedText)]
                if (root.run.resumed)
                    parts.push(qsTr("went on after an interruption"))
                if (!root.run.reported)
                    parts.push(qsTr("the report waits for the gateway"))
                return parts.join(" · ")
            }
            color: Theme.inkOnColour
            font.pixelSize: Theme.small
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
        next: root.line.label === LineModel.Printing ? qsTr("The label is being printed …")
              : root.line.label === LineModel.Failed ? qsTr("No label: look after the printer, then print again.")
              : root.line.label === LineModel.Printed ? qsTr("Label printed. Next: scan the VIN of the next vehicle")
              : qsTr("Next: scan the VIN of the next vehicle")
        canPrint: root.line.label === LineModel.Failed
        printAgain: () => root.line.printLabel()
        ink: Theme.inkOnColour
    }
}
