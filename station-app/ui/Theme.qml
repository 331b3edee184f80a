pragma Singleton
import QtQuick

// Colours and sizes of all screens. One meaning per colour: green is only ever a passed vehicle, red a failed one, amber
// "somebody has to act", blue the one thing to do.
QtObject {
    property string mode: "light" // light, dark, contrast
    readonly property bool dark: mode === "dark"
    readonly property bool contrast: mode === "contrast"

    // Pixels per design millimetre: one millimetre on the smallest supported screen, 10.1 inch with 1280 x 800, and
    // more on larger ones, where the operator stands farther away.
    property real unit: 5.86

    readonly property color base: contrast ? "#000000" : dark ? "#1E2226" : "#E6E8EB"
    readonly property color panel: contrast ? "#000000" : dark ? "#2A2F35" : "#F7F8F9"
    readonly property color text: contrast ? "#FFFFFF" : dark ? "#F2F2F2" : "#1A1A1A"
    readonly property color secondary: contrast ? "#FFFFFF" : dark ? "#A9B0B7" : "#5A6066"
    readonly property color line: contrast ? "#FFFFFF" : "#7D858D"
    readonly property color accent: contrast ? "#4FD1FF" : dark ? "#6CB2F5" : "#0B5CAD"

    readonly property color pass: contrast ? "#005A22" : "#0B6B2E"
    readonly property color fail: "#B00020"
    readonly property color failDark: contrast ? "#4A000D" : "#7A0016"
    readonly property color action: contrast ? "#003E7A" : "#0B5CAD"
    readonly property color warning: contrast ? "#FFE600" : "#FFC400"
    readonly property color inkOnColour: "#FFFFFF"
    readonly property color inkOnWarning: "#000000"

    // Font sizes. Capitals are 0.72 of these: small is 16 arcmin at 700 mm, verdict 20 arcmin at 3 m.
    readonly property real small: 4.7 * unit
    readonly property real body: 5.8 * unit
    readonly property real title: 8 * unit
    readonly property real vin: 9.5 * unit
    readonly property real headline: 17 * unit // 20 arcmin at 2 m, for what concerns only who stands at the vehicle
    readonly property real verdict: 25 * unit

    readonly property real gap: 3 * unit
    readonly property real margin: 6 * unit
    readonly property real target: 20 * unit // smallest side of what a gloved finger presses
    readonly property real edge: Math.max(contrast ? 3 : 1, (contrast ? 0.5 : 0.3) * unit)

    // Slashed zero: 0 and O must differ.
    readonly property string mono: "Noto Sans Mono"
}
