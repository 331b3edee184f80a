import QtQuick
import QtQuick.Layouts
import Station

// FAIL, REFUSED and STATION FAULT: what happened, to which vehicle, what to do now, whom to call.
Item {
    id: root

    required property RunModel run
    required property StationModel station

    readonly property bool isFail: run.state === RunModel.Fail
    readonly property real columnWidth: (width - 2 * Theme.margin - 2 * Theme.margin) / 2
    readonly property bool isStationFault: run.state === RunModel.StationFault

    VerdictBand {
        id: band
        width: parent.width
        color: root.isFail ? Theme.fail : Theme.warning
        ink: root.isFail ? Theme.inkOnColour : Theme.inkOnWarning
        hatched: root.isFail
        mark: root.isFail ? "cross" : "warning"
        wordSize: root.isFail ? Theme.verdict : Theme.headline
        headline: root.run.headline
        subtitle: root.isStationFault ? qsTr("Nothing is wrong with the vehicle.") : ""
    }

    GridLayout {
        anchors.top: band.bottom
        anchors.bottom: bottom.top
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.topMargin: 1.5 * Theme.unit
        columns: 2
        columnSpacing: 2 * Theme.margin
        rowSpacing: 1.5 * Theme.unit

        AnswerText {
            Layout.fillWidth: true
            Layout.preferredWidth: root.columnWidth
            Layout.maximumWidth: root.columnWidth
            Layout.alignment: Qt.AlignTop
            question: qsTr("What happened")
            answer: root.run.happened
        }
        AnswerText {
            Layout.fillWidth: true
            Layout.preferredWidth: root.columnWidth
            Layout.maximumWidth: root.columnWidth
            Layout.alignment: Qt.AlignTop
            question: qsTr("What to do now")
            answer: root.run.toDo
            strong: true
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.preferredWidth: root.columnWidth
            Layout.maximumWidth: root.columnWidth
            Layout.alignment: Qt.AlignTop
            spacing: 0.5 * Theme.unit
            PlainText {
                text: qsTr("Vehicle")
                color: Theme.secondary
                font.pixelSize: Theme.small
            }
            VinText {
                text: root.run.vin
                font.pixelSize: Theme.title
            }
        }
        AnswerText {
            Layout.fillWidth: true
            Layout.preferredWidth: root.columnWidth
            Layout.maximumWidth: root.columnWidth
            Layout.alignment: Qt.AlignTop
            question: qsTr("Whom to call")
            answer: root.station.technician !== "" ? root.station.technician : qsTr("The shift lead")
        }
        Item {
            Layout.columnSpan: 2
            Layout.fillHeight: true
        }
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
        canRetry: root.isStationFault
    }
}
