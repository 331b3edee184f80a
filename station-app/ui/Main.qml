import QtQuick
import Station

Window {
    id: root

    required property RunModel run
    required property StationModel station
    required property ScanInput input
    required property LanguageModel language
    required property SessionModel session
    required property CaseModel cases
    required property PageModel pages
    required property PeriodModel period
    required property HistoryModel history
    required property StatisticsModel statistics
    required property ExportModel output
    required property SelfTestModel selfTest
    required property LineModel line

    // Width and height of the smallest supported screen in millimetres: 10.1 inch, 16 to 10.
    readonly property real designWidth: 218
    readonly property real designHeight: 136

    width: 1280
    height: 800
    minimumWidth: 800
    minimumHeight: 500
    title: qsTr("V2C Station")
    color: Theme.base

    onClosing: close => { close.accepted = run.state !== RunModel.Running }

    Binding {
        target: Theme
        property: "unit"
        value: Math.min(root.width / root.designWidth, root.height / root.designHeight)
    }
    Binding {
        target: Theme
        property: "mode"
        value: root.station.theme
    }

    HeaderBar {
        id: header
        width: parent.width
        station: root.station
    }

    BandBar {
        id: band
        anchors.top: header.bottom
        width: parent.width
        station: root.station
    }

    Loader {
        anchors.top: band.bottom
        anchors.bottom: footer.top
        width: parent.width
        sourceComponent: {
            if (root.session.locked && root.run.state !== RunModel.Running)
                return login
            if (root.pages.page === "queue")
                return queue
            if (root.pages.page === "records")
                return records
            if (root.pages.page === "selftest")
                return selfTest
            switch (root.run.state) {
            case RunModel.Ready:
                return ready
            case RunModel.Running:
                return running
            case RunModel.Pass:
                return pass
            case RunModel.Refused:
                return root.run.vinComparison.length > 0 ? wrongVehicle : problem
            default:
                return problem
            }
        }
    }

    FooterBar {
        id: footer
        anchors.bottom: parent.bottom
        width: parent.width
        station: root.station
        session: root.session
        scannerReady: root.active
        tooSmall: root.station.widthMm > 0 && root.station.widthMm < root.designWidth - 5
    }

    Component {
        id: login
        LoginScreen {
            session: root.session
            run: root.run
            input: root.input
            language: root.language
        }
    }
    Component {
        id: queue
        QueueScreen {
            cases: root.cases
            session: root.session
            pages: root.pages
        }
    }
    Component {
        id: records
        RecordsScreen {
            pages: root.pages
            period: root.period
            history: root.history
            statistics: root.statistics
            output: root.output
            station: root.station
            input: root.input
        }
    }
    Component {
        id: selfTest
        SelfTestScreen {
            test: root.selfTest
            pages: root.pages
        }
    }
    Component {
        id: ready
        ReadyScreen {
            run: root.run
            station: root.station
            input: root.input
            language: root.language
            cases: root.cases
            pages: root.pages
            scannerReady: root.active
        }
    }
    Component {
        id: running
        RunningScreen {
            run: root.run
            station: root.station
        }
    }
    Component {
        id: pass
        PassScreen {
            run: root.run
            line: root.line
        }
    }
    Component {
        id: problem
        ProblemScreen {
            run: root.run
            station: root.station
            cases: root.cases
        }
    }
    Component {
        id: wrongVehicle
        WrongVehicleScreen {
            run: root.run
            station: root.station
        }
    }
}
