import QtQuick
import QtQuick.Layouts
import Station

// What is not as usual with the station, as long as it lasts: one line, the number of others behind it.
Rectangle {
    id: root

    required property StationModel station
    readonly property bool isAlarm: station.band.kind === "warning"

    visible: station.band.text !== undefined
    implicitHeight: visible ? 9 * Theme.unit : 0
    color: isAlarm ? Theme.warning : Theme.panel

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.edge
        color: root.isAlarm ? Theme.inkOnWarning : Theme.line
    }
    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: Theme.gap

        Mark {
            kind: root.isAlarm ? "warning" : "info"
            ink: root.isAlarm ? Theme.inkOnWarning : Theme.text
            size: Theme.body
        }
        PlainText {
            objectName: "bandText"
            Layout.fillWidth: true
            text: root.station.band.text ?? ""
            color: root.isAlarm ? Theme.inkOnWarning : Theme.text
            font.weight: Font.DemiBold
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        PlainText {
            visible: root.station.moreBands > 0
            text: qsTr("%n more", "", root.station.moreBands)
            color: root.isAlarm ? Theme.inkOnWarning : Theme.text
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
    }
}
