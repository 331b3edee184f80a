import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// Past runs, newest first. What is scanned or typed is searched for.
Item {
    id: root

    required property HistoryModel history
    required property PeriodModel period
    required property ScanInput input
    // A list that is filled while it is still being made in the background may stay without its first rows (Qt 6.4).
    required property bool hasRows

    ColumnLayout {
        visible: root.history.detail.vin === undefined
        anchors.fill: parent
        spacing: Theme.unit

        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap

            Rectangle {
                Layout.fillWidth: true
                implicitHeight: 15 * Theme.unit
                color: Theme.panel
                border.color: Theme.accent
                border.width: Theme.edge * 2
                PlainText {
                    objectName: "searchText"
                    anchors.verticalCenter: parent.verticalCenter
                    x: Theme.gap
                    width: parent.width - 2 * x
                    readonly property string entered: root.input.pending !== "" ? root.input.pending : root.history.search
                    text: entered !== "" ? entered.substring(0, 32) : qsTr("Scan or type: VIN, unit, serial")
                    color: entered !== "" ? Theme.text : Theme.secondary
                    font.pixelSize: Theme.small
                    wrapMode: Text.NoWrap
                    elide: Text.ElideRight
                }
            }
            TabKey {
                objectName: "clearSearch"
                visible: root.history.search !== ""
                text: "✕"
                Accessible.name: qsTr("Clear the search")
                onClicked: root.history.search = ""
            }
            TabKey {
                objectName: "stateButton"
                text: root.history.stateText
                onClicked: root.history.nextState()
            }
        }
        RowLayout {
            Layout.fillWidth: true
            PlainText {
                Layout.fillWidth: true
                text: root.period.range
                color: Theme.secondary
                font.pixelSize: Theme.small
                wrapMode: Text.NoWrap
                elide: Text.ElideRight
            }
            PlainText {
                objectName: "hits"
                text: qsTr("%n run(s)", "", root.history.total)
                font.pixelSize: Theme.small
                font.weight: Font.DemiBold
                wrapMode: Text.NoWrap
            }
        }
        PlainText {
            visible: root.history.failed || (root.history.total === 0 && !root.history.busy)
            Layout.fillWidth: true
            text: root.history.failed ? qsTr("The journal cannot be read.") : qsTr("Nothing of this kind in this period.")
        }
        ListView {
            id: list
            objectName: "runList"
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            spacing: Theme.unit
            model: root.hasRows ? root.history : null
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}

            delegate: Rectangle {
                id: entry

                required property int index
                required property string vin
                required property string mark
                required property string outcome
                required property string opened
                required property string worked

                objectName: "run" + index
                width: list.width
                height: 15 * Theme.unit
                color: Theme.panel
                border.color: Theme.line
                border.width: Theme.edge

                TapHandler { onTapped: root.history.select(entry.index) }
                RowLayout {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.gap
                    anchors.rightMargin: Theme.gap
                    spacing: Theme.gap
                    Mark {
                        kind: entry.mark
                        size: Theme.small
                    }
                    ColumnLayout {
                        Layout.fillWidth: true
                        spacing: 0
                        VinText {
                            text: entry.vin
                            font.pixelSize: Theme.small
                        }
                        PlainText {
                            Layout.fillWidth: true
                            text: entry.outcome
                            font.pixelSize: Theme.small
                            fontSizeMode: Text.HorizontalFit
                            minimumPixelSize: Theme.small
                            wrapMode: Text.NoWrap
                            elide: Text.ElideRight
                        }
                    }
                    ColumnLayout {
                        spacing: 0
                        PlainText {
                            Layout.alignment: Qt.AlignRight
                            text: entry.opened
                            font.pixelSize: Theme.small
                            wrapMode: Text.NoWrap
                        }
                        PlainText {
                            Layout.alignment: Qt.AlignRight
                            text: entry.worked
                            font.pixelSize: Theme.small
                            wrapMode: Text.NoWrap
                        }
                    }
                }
            }
        }
    }

    RunDetail {
        visible: root.history.detail.vin !== undefined
        anchors.fill: parent
        history: root.history
    }
}
