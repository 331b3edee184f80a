import QtQuick
import QtQuick.Layouts
import Station

Item {
    id: root

    required property RunModel run
    required property StationModel station

    VerdictBand {
        id: band
        width: parent.width
        color: Theme.warning
        ink: Theme.inkOnWarning
        headline: root.run.headline
    }

    ColumnLayout {
        anchors.top: band.bottom
        anchors.bottom: bottom.top
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        anchors.topMargin: Theme.gap
        spacing: Theme.gap

        VinComparison {
            cells: root.run.vinComparison
        }
        AnswerText {
            Layout.fillWidth: true
            question: qsTr("What to do now")
            answer: root.run.toDo
            strong: true
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
        whom: root.station.technician !== "" ? root.station.technician : qsTr("The shift lead")
    }
}
