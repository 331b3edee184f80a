import QtQuick
import QtQuick.Layouts
import Station

// Two VINs one above the other; a frame and a bar below mark each position that differs.
ColumnLayout {
    id: root

    required property var cells // maps of scanned, found, differs
    readonly property real cellWidth: 9.1 * Theme.unit

    spacing: Theme.gap

    component VinRow: RowLayout {
        id: vinRow

        required property string label
        required property string field

        spacing: 0

        PlainText {
            Layout.preferredWidth: 42 * Theme.unit
            text: vinRow.label
            font.pixelSize: Theme.small
        }
        Repeater {
            model: root.cells
            Rectangle {
                id: cell

                required property int index
                required property var modelData

                // A gap after the third and the ninth character.
                Layout.leftMargin: index === 3 || index === 9 ? 3 * Theme.unit : 0
                implicitWidth: root.cellWidth
                implicitHeight: 13.5 * Theme.unit
                color: modelData.differs ? Theme.warning : "transparent"
                border.color: modelData.differs ? Theme.text : "transparent"
                border.width: Math.max(2, 0.4 * Theme.unit)

                VinText {
                    anchors.centerIn: parent
                    text: cell.modelData[vinRow.field]
                    color: cell.modelData.differs ? Theme.inkOnWarning : Theme.text
                    font.underline: cell.modelData.differs
                }
            }
        }
    }

    VinRow {
        label: qsTr("Label scanned")
        field: "scanned"
    }
    VinRow {
        label: qsTr("Connected vehicle")
        field: "found"
    }
}
