#pragma once

#include <functional>
#include <vector>

#include <QObject>
#include <QString>
#include <QTimer>
#include <qqmlregistration.h>

class QKeyEvent;

namespace station {

/// Collects what a keyboard-wedge scanner types, before any control sees it: no field needs the focus for a scan to
/// count. Installed as event filter of the application.
///
/// A scan is told from typing by its rhythm: as fast as kScanMedianMs from key to key, never slower than kScanGapMs.
/// A text of scan length in that rhythm also counts without Enter or Tab, after kSilenceMs of silence.
class ScanInput : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString pending READ pending NOTIFY pendingChanged) ///< typed so far
    /// A form has the keyboard: keys go to its fields, only the function keys are taken.
    Q_PROPERTY(bool formOpen READ isFormOpen WRITE setFormOpen NOTIFY formOpenChanged)

public:
    /// Longer than any label; what comes beyond it is dropped, and the rest is no VIN.
    static constexpr qsizetype kLongestScan = 512;
    static constexpr qsizetype kShortestScan = 4; ///< shorter ones have no rhythm: badges and VINs are longer
    static constexpr int kScanMedianMs = 35;
    static constexpr int kScanGapMs = 120;
    static constexpr int kSilenceMs = 150;

    using Clock = std::function<qint64()>; ///< milliseconds, never back

    /// @param clock  the time of the key events when empty
    explicit ScanInput(Clock clock = {}, QObject* parent = nullptr);

    [[nodiscard]] QString pending() const { return m_pending; }
    [[nodiscard]] bool isFormOpen() const { return m_formOpen; }
    void setFormOpen(bool open);

    /// A key on the screen: what is entered so was typed.
    Q_INVOKABLE void enter(const QString& text);
    Q_INVOKABLE void erase();
    Q_INVOKABLE void submit();

    bool eventFilter(QObject* watched, QEvent* event) override;

    /// Milliseconds from key to key of the last whole entry: what the scanner test shows.
    [[nodiscard]] const std::vector<int>& lastGaps() const { return m_lastGaps; }

Q_SIGNALS:
    void pendingChanged();
    void formOpenChanged();
    void scanned(const QString& text); ///< by a scanner
    void typed(const QString& text);   ///< by a person
    void primaryPressed();             ///< Enter without a text before it
    void backPressed();                ///< Esc
    void functionPressed(int number);  ///< F1 is 1
    void activity();                   ///< a key or a touch, whatever for

private:
    bool onKey(const QKeyEvent& key);
    void finish();
    [[nodiscard]] bool hasScanRhythm() const;
    void setPending(const QString& text);

    Clock m_clock;
    QString m_pending;
    std::vector<int> m_gaps; ///< between the keys of m_pending
    std::vector<int> m_lastGaps;
    qint64 m_lastKeyAt = 0;
    bool m_wasCorrected = false; ///< scanners know no Backspace
    bool m_formOpen = false;
    QTimer m_forget;     ///< characters without an end were no entry
    QTimer m_silence;    ///< a scanner that sends no terminator is through
    QTimer m_scanEnding; ///< a second terminator (CR and LF, CR and Tab) is no key of the operator
};

} // namespace station
