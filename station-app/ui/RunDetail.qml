import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Station

// One past run: what is known of it, and its steps.
Item {
    id: root

    required property HistoryModel history
    readonly property var detail: history.detail

    component Field: ColumnLayout {
        id: field
        required property string label
        required property string value
        visible: value !== ""
        spacing: 0
        Layout.fillWidth: true
        PlainText {
            text: field.label
            color: Theme.secondary
            font.pixelSize: Theme.small
            wrapMode: Text.NoWrap
        }
        PlainText {
            Layout.fillWidth: true
            text: field.value
            font.pixelSize: Theme.small
            wrapMode: Text.WrapAnywhere
        }
    }

    ColumnLayout {
        id: facts
        anchors.top: parent.top
        anchors.bottom: parent.bottom
        width: 0.52 * parent.width
        spacing: Theme.unit

        VinText {
            text: root.detail.vin ?? ""
            font.pixelSize: Theme.title
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            Mark {
                kind: root.detail.mark ?? "waiting"
                size: Theme.body
            }
            PlainText {
                Layout.fillWidth: true
                text: root.detail.outcome ?? ""
                font.pixelSize: Theme.small
                font.weight: Font.Bold
            }
        }
        Field {
            label: qsTr("Begun · ended · worked")
            value: (root.detail.opened ?? "") + " · " + (root.detail.closed || "–") + " · " + (root.detail.worked ?? "")
        }
        Field {
            label: qsTr("Unit")
            value: root.detail.unit ?? ""
        }
        Field {
            label: qsTr("Certificate")
            value: root.detail.serial ?? ""
        }
        Field {
            label: qsTr("Transaction")
            value: root.detail.transaction ?? ""
        }
        PlainText {
            visible: root.detail.waits ?? false
            text: qsTr("The result is kept here until the gateway takes it.")
            font.pixelSize: Theme.small
            Layout.fillWidth: true
        }
        Item { Layout.fillHeight: true }
    }
    Rectangle {
        anchors.top: parent.top
        anchors.bottom: parent.bottom
        anchors.left: facts.right
        anchors.right: parent.right
        anchors.leftMargin: Theme.gap
        color: Theme.panel
        border.color: Theme.line
        border.width: Theme.edge

        ListView {
            id: steps
            objectName: "stepList"
            anchors.fill: parent
            anchors.margins: Theme.gap
            clip: true
            spacing: Theme.unit
            model: root.history.steps
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}

            delegate: RowLayout {
                id: step
                required property var modelData
                width: steps.width
                spacing: 2 * Theme.unit
                Mark {
                    kind: step.modelData.mark
                    size: Theme.small
                }
                PlainText {
                    Layout.fillWidth: true
                    text: step.modelData.name + (step.modelData.note !== "" ? " · " + step.modelData.note : "")
                    font.pixelSize: Theme.small
                }
                PlainText {
                    text: step.modelData.time
                    font.pixelSize: Theme.small
                    wrapMode: Text.NoWrap
                }
            }
        }
    }
}
