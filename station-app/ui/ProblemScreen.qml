import QtQuick
import QtQuick.Layouts
import Station

// FAIL, REFUSED and STATION FAULT: what to do now, largest; what happened, to which vehicle, whom to
// call.
Item {
    id: root

    required property RunModel run
    required property StationModel station
    required property CaseModel cases

    readonly property bool isFail: run.state === RunModel.Fail
    readonly property bool isStationFault: run.state === RunModel.StationFault
    readonly property real toDoWidth: 0.53 * (width - 2 * Theme.margin)

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

    Item {
        id: toDo
        anchors.top: band.bottom
        anchors.topMargin: 1.5 * Theme.unit
        anchors.bottom: bottom.top
        anchors.bottomMargin: Theme.unit
        anchors.left: parent.left
        anchors.leftMargin: Theme.margin
        width: root.toDoWidth

        PlainText {
            id: toDoQuestion
            text: qsTr("What to do now")
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        PlainText {
            objectName: "toDoText"
            anchors.top: toDoQuestion.bottom
            anchors.bottom: parent.bottom
            width: parent.width
            text: root.run.toDo
            font.pixelSize: 1.15 * Theme.title // as large as the room allows: it is read from some steps away
            minimumPixelSize: Theme.body
            fontSizeMode: Text.Fit
            font.weight: Font.Bold
        }
    }
    ColumnLayout {
        anchors.top: toDo.top
        anchors.left: toDo.right
        anchors.leftMargin: Theme.margin
        anchors.right: parent.right
        anchors.rightMargin: Theme.margin
        spacing: Theme.unit

        AnswerText {
            Layout.fillWidth: true
            question: qsTr("What happened")
            answer: root.run.happened
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            PlainText {
                text: qsTr("Vehicle")
                color: Theme.secondary
                font.pixelSize: Theme.small
                wrapMode: Text.NoWrap
            }
            VinText {
                Layout.fillWidth: true
                text: root.run.vin
                font.pixelSize: Theme.body
            }
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
        whom: root.station.technician !== "" ? root.station.technician : qsTr("The shift lead")
        canRetry: root.isStationFault
        canCall: root.isStationFault && root.cases.available
    }
}
