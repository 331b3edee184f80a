import QtQuick
import Station

// Title, axes and their labels around a plot. Children are laid out in the plot, whose origin is its top left corner.
Item {
    id: root

    property string title: ""
    property string highest: "" // at the upper end of the vertical axis
    property string first: "" // below the ends of the horizontal one
    property string last: ""
    default property alias contents: plot.data
    readonly property alias plot: plot

    PlainText {
        id: caption
        width: parent.width
        text: root.title
        font.pixelSize: Theme.small
        font.weight: Font.DemiBold
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.small
        wrapMode: Text.NoWrap
    }
    PlainText {
        id: topLabel
        anchors.top: caption.bottom
        text: root.highest
        color: Theme.secondary
        font.pixelSize: Theme.small
        wrapMode: Text.NoWrap
    }
    PlainText {
        id: zero
        anchors.bottom: plot.bottom
        anchors.right: plot.left
        anchors.rightMargin: Theme.unit
        text: "0"
        color: Theme.secondary
        font.pixelSize: Theme.small
        wrapMode: Text.NoWrap
    }
    Item {
        id: plot
        anchors.top: topLabel.top
        anchors.topMargin: 0.5 * topLabel.height
        anchors.bottom: leftLabel.top
        anchors.left: topLabel.right
        anchors.leftMargin: Theme.unit
        anchors.right: parent.right
    }
    Rectangle {
        anchors.bottom: plot.bottom
        anchors.left: plot.left
        anchors.right: plot.right
        height: Theme.edge
        color: Theme.text
    }
    Rectangle {
        anchors.top: plot.top
        anchors.bottom: plot.bottom
        anchors.left: plot.left
        width: Theme.edge
        color: Theme.text
    }
    PlainText {
        id: leftLabel
        anchors.bottom: parent.bottom
        anchors.left: plot.left
        text: root.first === "" ? " " : root.first
        color: Theme.secondary
        font.pixelSize: Theme.small
        wrapMode: Text.NoWrap
    }
    PlainText {
        anchors.bottom: parent.bottom
        anchors.right: plot.right
        text: root.last
        color: Theme.secondary
        font.pixelSize: Theme.small
        wrapMode: Text.NoWrap
    }
}
