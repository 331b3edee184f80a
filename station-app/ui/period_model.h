#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include <QDateTime>
#include <QObject>
#include <QString>
#include <qqmlregistration.h>

#include "flow/run_history.h"

namespace station {

/// When the shift of a moment began: the newest start that is past.
/// @param starts  after local midnight, ascending; empty: one at midnight
[[nodiscard]] QDateTime shiftStart(const std::vector<std::chrono::minutes>& starts, const QDateTime& now);

/// Which jobs the supervisor looks at. Times are local, as people on the line read them.
class PeriodModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString text READ text NOTIFY changed)   ///< "This shift"
    Q_PROPERTY(QString range READ range NOTIFY changed) ///< "2026-11-24 06:00 – 09:30"

public:
    enum Period { ThisShift, LastShift, Day, Week, All };
    Q_ENUM(Period)

    /// @param now  the system's time when empty
    explicit PeriodModel(std::vector<std::chrono::minutes> shifts, std::function<QDateTime()> now = {},
                         QObject* parent = nullptr);

    [[nodiscard]] Period period() const { return m_period; }
    [[nodiscard]] QString text() const;
    [[nodiscard]] QString range() const;
    [[nodiscard]] QDateTime now() const { return m_now(); }
    /// Only its times are set.
    [[nodiscard]] RunFilter filter() const;

    Q_INVOKABLE void next();

Q_SIGNALS:
    void changed();

private:
    [[nodiscard]] std::optional<QDateTime> from() const;
    [[nodiscard]] std::optional<QDateTime> until() const;

    std::vector<std::chrono::minutes> m_shifts;
    std::function<QDateTime()> m_now;
    Period m_period = ThisShift;
};

/// "2026-11-24 09:30", local.
[[nodiscard]] QString minuteText(gateway::Time time);

} // namespace station
