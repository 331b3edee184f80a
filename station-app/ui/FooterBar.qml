import QtQuick
import QtQuick.Layouts
import Station

Rectangle {
    id: root

    required property StationModel station
    required property SessionModel session
    required property bool scannerReady // the window gets the keys
    property bool tooSmall: false

    implicitHeight: 10.5 * Theme.unit
    color: Theme.panel

    Rectangle {
        width: parent.width
        height: Theme.edge
        color: Theme.line
    }

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: Theme.gap * 2

        LinkLamp {
            visible: root.station.hasStatus
            label: qsTr("Gateway")
            status: root.station.gateway
        }
        LinkLamp {
            visible: root.station.hasStatus
            label: qsTr("Vehicle bus")
            status: root.station.unit
        }
        PlainText {
            objectName: "personText"
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignHCenter
            text: root.session.person !== "" ? root.session.person + " · " + root.session.roleText : ""
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
            elide: Text.ElideRight
        }
        PlainText {
            visible: root.tooSmall
            text: qsTr("Screen smaller than 10 inch")
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        RowLayout {
            visible: root.station.reportsWaiting > 0
            spacing: 1.5 * Theme.unit
            Mark {
                size: Theme.small
                kind: "warning"
            }
            PlainText {
                text: qsTr("%n report(s) waiting", "", root.station.reportsWaiting)
                font.pixelSize: Theme.small
                wrapMode: Text.NoWrap
            }
        }
        RowLayout {
            spacing: 1.5 * Theme.unit
            Mark {
                size: Theme.small
                kind: root.scannerReady ? "check" : "warning"
            }
            PlainText {
                text: root.scannerReady ? qsTr("Scanner") : qsTr("Scanner: window not active")
                font.pixelSize: Theme.small
                wrapMode: Text.NoWrap
            }
        }
    }
}
