import QtQuick
import QtQuick.Layouts
import Station

// What the supervisor looks at: past runs, charts, and what leaves the station as report or audit batch.
Item {
    id: root

    required property PageModel pages
    required property PeriodModel period
    required property HistoryModel history
    required property StatisticsModel statistics
    required property ExportModel output
    required property StationModel station
    required property ScanInput input

    Loader {
        id: page
        anchors.top: parent.top
        anchors.bottom: keys.top
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.topMargin: Theme.unit
        anchors.bottomMargin: Theme.unit
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        asynchronous: true // a page with a chart takes 50 ms to make, in which no key would be taken
        sourceComponent: root.pages.tab === "history" ? historyPage
                         : root.pages.tab === "cycle" ? cyclePage
                         : root.pages.tab === "yield" ? yieldPage : exportPage
    }

    RowLayout {
        id: keys
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gap
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.margin
        spacing: Theme.gap

        Repeater {
            model: [
                { tab: "history", text: qsTr("Runs") },
                { tab: "cycle", text: qsTr("Cycle time") },
                { tab: "yield", text: qsTr("Yield") },
                { tab: "export", text: qsTr("Export") }
            ]
            TabKey {
                required property var modelData
                objectName: "tab-" + modelData.tab
                text: modelData.text
                selected: root.pages.tab === modelData.tab
                onClicked: root.pages.tab = modelData.tab
            }
        }
        Item { Layout.fillWidth: true }
        TabKey {
            objectName: "periodButton"
            text: root.period.text
            onClicked: root.period.next()
        }
        TabKey {
            text: qsTr("Back")
            key: qsTr("Esc")
            onClicked: root.pages.back()
        }
    }

    Component {
        id: historyPage
        HistoryPage {
            history: root.history
            period: root.period
            input: root.input
            hasRows: page.status === Loader.Ready
        }
    }
    Component {
        id: cyclePage
        CyclePage {
            statistics: root.statistics
            period: root.period
            targetSeconds: root.station.cycleTargetMs / 1000
        }
    }
    Component {
        id: yieldPage
        YieldPage {
            statistics: root.statistics
            period: root.period
        }
    }
    Component {
        id: exportPage
        ExportPage {
            output: root.output
            period: root.period
        }
    }
}
