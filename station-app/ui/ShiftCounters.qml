import QtQuick
import QtQuick.Layouts
import Station

// What this shift has done: scanned = passed + failed + open.
ColumnLayout {
    id: root

    required property StationModel station

    spacing: 0

    component Counter: RowLayout {
        id: counter

        required property string mark
        required property string label
        required property int count

        spacing: 1.5 * Theme.unit

        Mark {
            kind: counter.mark
            size: Theme.small
        }
        PlainText {
            text: counter.label + " " + counter.count
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
    }

    PlainText {
        text: qsTr("This shift") + ": " + qsTr("scanned") + " " + root.station.scanned
        font.pixelSize: Theme.small
        font.weight: Font.DemiBold
        wrapMode: Text.NoWrap
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: 4 * Theme.unit
        Counter {
            mark: "check"
            label: qsTr("passed")
            count: root.station.passed
        }
        Counter {
            mark: "cross"
            label: qsTr("failed")
            count: root.station.failed
        }
        Counter {
            mark: "waiting"
            label: qsTr("open")
            count: root.station.open
        }
        Item { Layout.fillWidth: true }
    }
}
