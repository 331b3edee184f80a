import QtQuick
import Station

// One line that becomes smaller before it is cut: translations differ in length.
PlainText {
    wrapMode: Text.NoWrap
    fontSizeMode: Text.HorizontalFit
    minimumPixelSize: Theme.small
}
