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
        RowLayout {
            Layout.fillWidth: true
            spacing: 2 * Theme.margin
            AnswerText {
                Layout.fillWidth: true
                Layout.preferredWidth: 108 * Theme.unit
                Layout.alignment: Qt.AlignTop
                question: qsTr("What to do now")
                answer: root.run.toDo
                strong: true
            }
            AnswerText {
                Layout.fillWidth: true
                Layout.preferredWidth: 86 * Theme.unit
                Layout.alignment: Qt.AlignTop
                question: qsTr("Whom to call")
                answer: root.station.technician !== "" ? root.station.technician : qsTr("The shift lead")
            }
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
    }
}
