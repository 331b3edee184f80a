#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <qqmlregistration.h>

class QKeyEvent;

namespace station {

/// Collects what a keyboard-wedge scanner types, before any control sees it: no field needs the focus for a scan to
/// count. Installed as event filter of the application.
class ScanInput : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString pending READ pending NOTIFY pendingChanged) ///< typed so far

public:
    /// Longer than any label; what comes beyond it is dropped, and the rest is no VIN.
    static constexpr qsizetype kLongestScan = 512;

    explicit ScanInput(QObject* parent = nullptr);

    [[nodiscard]] QString pending() const { return m_pending; }

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void pendingChanged();
    void scanned(const QString& text);
    void primaryPressed(); ///< Enter without a scan before it
    void backPressed();    ///< Esc

private:
    bool onKey(const QKeyEvent& key);
    void setPending(const QString& text);

    QString m_pending;
    QTimer m_forget;     ///< characters without an end were no scan
    QTimer m_scanEnding; ///< a second terminator (CR and LF, CR and Tab) is no key of the operator
};

} // namespace station
