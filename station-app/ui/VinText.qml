import QtQuick
import Station

PlainText {
    font.family: Theme.mono
    font.pixelSize: Theme.vin
    font.weight: Font.DemiBold
    wrapMode: Text.NoWrap
}
