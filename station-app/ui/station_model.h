#pragma once

#include <functional>

#include <QDateTime>
#include <QObject>
#include <QString>
#include <QThread>
#include <QTimer>
#include <QVariantList>
#include <QVariantMap>
#include <qqmlregistration.h>

#include "ui/window.h"

namespace station {

/// Header and footer: who this station is, the time, and how its connections are.
class StationModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString name READ name CONSTANT)
    Q_PROPERTY(QString technician READ technician CONSTANT)
    Q_PROPERTY(int slot READ slot CONSTANT)
    Q_PROPERTY(bool simulation READ isSimulation CONSTANT)
    Q_PROPERTY(QString theme READ theme CONSTANT) ///< "light", "dark", "contrast"
    Q_PROPERTY(int cycleTargetMs READ cycleTargetMs CONSTANT)
    /// Width in millimetres that the window would have if it filled the screen; 0 when it does not fill it.
    Q_PROPERTY(double widthMm READ widthMm CONSTANT)
    Q_PROPERTY(QString clockText READ clockText NOTIFY clockChanged) ///< ISO 8601 date and time to the second
    Q_PROPERTY(bool hasStatus READ hasStatus CONSTANT)
    Q_PROPERTY(QString gateway READ gateway NOTIFY statusChanged) ///< "unknown", "up" or "down"
    Q_PROPERTY(QString unit READ unit NOTIFY statusChanged)
    Q_PROPERTY(int reportsWaiting READ reportsWaiting NOTIFY statusChanged)
    /// The most important thing that is not as usual: kind ("warning", "info"), text. Empty: all is as usual.
    Q_PROPERTY(QVariantMap band READ band NOTIFY statusChanged)
    Q_PROPERTY(int moreBands READ moreBands NOTIFY statusChanged) ///< besides band
    /// Jobs that an interruption left: title, text, shown, position. Empty: none.
    Q_PROPERTY(QVariantMap interrupted READ interrupted NOTIFY statusChanged)
    Q_PROPERTY(int scanned READ scanned NOTIFY statusChanged) ///< vehicles of this shift
    Q_PROPERTY(int passed READ passed NOTIFY statusChanged)
    Q_PROPERTY(int failed READ failed NOTIFY statusChanged)
    Q_PROPERTY(int open READ open NOTIFY statusChanged)

public:
    /// @param wallClock  the system's when empty
    StationModel(const WindowSettings& settings, double widthMm, std::function<QDateTime()> wallClock = {},
                 QObject* parent = nullptr);
    /// Waits for a readStatus() that is under way.
    ~StationModel() override;

    [[nodiscard]] QString name() const { return QString::fromStdString(m_settings.stationName); }
    [[nodiscard]] QString technician() const { return QString::fromStdString(m_settings.technician); }
    [[nodiscard]] int slot() const { return m_settings.slot; }
    [[nodiscard]] bool isSimulation() const { return m_settings.simulation; }
    [[nodiscard]] QString theme() const { return QString::fromStdString(m_settings.theme); }
    [[nodiscard]] int cycleTargetMs() const { return static_cast<int>(m_settings.cycleTarget.count()) * 1000; }
    [[nodiscard]] double widthMm() const { return m_widthMm; }
    [[nodiscard]] QString clockText() const { return m_clockText; }
    [[nodiscard]] bool hasStatus() const { return static_cast<bool>(m_settings.readStatus); }
    [[nodiscard]] QString gateway() const { return linkText(m_status.gateway); }
    [[nodiscard]] QString unit() const { return linkText(m_status.unit); }
    [[nodiscard]] int reportsWaiting() const { return m_status.reportsWaiting; }
    [[nodiscard]] QVariantMap band() const;
    [[nodiscard]] int moreBands() const;
    [[nodiscard]] QVariantMap interrupted() const;
    [[nodiscard]] int scanned() const { return m_status.shift.scanned; }
    [[nodiscard]] int passed() const { return m_status.shift.passed; }
    [[nodiscard]] int failed() const { return m_status.shift.failed; }
    [[nodiscard]] int open() const { return m_status.shift.open; }

    /// The language has changed.
    void retranslate() { Q_EMIT statusChanged(); }
    /// Asks now instead of at the next turn: a run has ended.
    void refresh();

Q_SIGNALS:
    void clockChanged();
    void statusChanged();

private:
    static QString linkText(StationStatus::Link link);
    void onClock();
    void askStatus();
    void take(const StationStatus& status);
    [[nodiscard]] QVariantList bands() const;

    const WindowSettings m_settings;
    double m_widthMm;
    std::function<QDateTime()> m_wallClock;
    QString m_clockText;
    StationStatus m_status;
    bool m_isAsking = false;
    bool m_askAgain = false; ///< something changed while the answer was under way
    QDateTime m_gatewayAwaySince;
    QDateTime m_backupSince;
    QTimer m_clock;
    QTimer m_again;
    QThread m_thread;
    QObject* m_worker = nullptr; ///< lives in m_thread, deleted with it
};

} // namespace station
