import QtQuick
import QtQuick.Layouts
import Station

Rectangle {
    id: root

    required property var result // word, good, vin, serial, time

    implicitHeight: 11 * Theme.unit
    color: Theme.panel
    border.color: Theme.line
    border.width: Theme.edge

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: 4 * Theme.unit

        Mark {
            kind: root.result.good ? "check" : "cross"
            size: Theme.body
        }
        PlainText {
            text: root.result.word ?? ""
            font.weight: Font.Bold
            wrapMode: Text.NoWrap
        }
        VinText {
            text: root.result.vin ?? ""
            font.pixelSize: Theme.body
        }
        Item { Layout.fillWidth: true }
        PlainText {
            text: root.result.time ?? ""
            wrapMode: Text.NoWrap
        }
    }
}
