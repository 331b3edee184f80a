import QtQuick
import QtQuick.Layouts
import Station

Rectangle {
    id: root

    required property StationModel station

    implicitHeight: 12 * Theme.unit
    color: Theme.panel

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.edge
        color: Theme.line
    }

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: Theme.gap * 2

        PlainText {
            Layout.maximumWidth: parent.width * 0.3
            text: root.station.name
            font.weight: Font.DemiBold
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.small
        }
        PlainText {
            text: qsTr("Slot %1").arg(root.station.slot)
            wrapMode: Text.NoWrap
        }
        Item { Layout.fillWidth: true }
        Rectangle {
            visible: root.station.simulation
            implicitWidth: simulationText.implicitWidth + 12 * Theme.unit
            implicitHeight: 9 * Theme.unit
            color: Theme.inkOnWarning
            Hatch {
                anchors.fill: parent
                ink: Theme.warning
                stripe: 2 * Theme.unit
            }
            Rectangle {
                anchors.centerIn: parent
                width: simulationText.implicitWidth + 4 * Theme.unit
                height: parent.height - 1.6 * Theme.unit
                color: Theme.warning
                PlainText {
                    id: simulationText
                    anchors.centerIn: parent
                    text: qsTr("SIMULATION")
                    color: Theme.inkOnWarning
                    font.weight: Font.Bold
                    font.pixelSize: Theme.small
                    wrapMode: Text.NoWrap
                }
            }
        }
        Item { Layout.fillWidth: true }
        PlainText {
            text: root.station.clockText
            wrapMode: Text.NoWrap
        }
    }
}
