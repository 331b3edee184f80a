import QtQuick
import Station

// What is left of the takt, in digits that are read from two metres; past it, how much and the word for it.
Rectangle {
    id: root

    required property int elapsedMs
    required property int targetMs
    readonly property int leftSeconds: Math.ceil((targetMs - elapsedMs) / 1000)
    readonly property bool isOver: elapsedMs > targetMs
    readonly property color ink: isOver ? Theme.inkOnWarning : Theme.text

    color: isOver ? Theme.warning : Theme.panel
    border.color: isOver ? Theme.inkOnWarning : Theme.line
    border.width: Theme.edge

    PlainText {
        id: caption
        anchors.top: parent.top
        anchors.topMargin: Theme.gap
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: root.isOver ? qsTr("Over the takt") : qsTr("Time left")
        color: root.ink
        wrapMode: Text.NoWrap
        font.weight: Font.DemiBold
    }
    PlainText {
        objectName: "timeLeft"
        anchors.top: caption.bottom
        anchors.bottom: unitText.top
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
        text: Math.abs(root.leftSeconds)
        color: root.ink
        font.pixelSize: Theme.verdict
        fontSizeMode: Text.Fit
        minimumPixelSize: Theme.title
        font.weight: Font.Bold
        wrapMode: Text.NoWrap
    }
    PlainText {
        id: unitText
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gap
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: qsTr("seconds")
        color: root.ink
        wrapMode: Text.NoWrap
    }
}
