#include "ui/period_model.h"

#include <utility>

namespace station {
namespace {

constexpr int kPeriods = PeriodModel::All + 1;
constexpr int kDaysOfAWeek = 7;

gateway::Time timeOf(const QDateTime& time)
{
    return gateway::Time(std::chrono::seconds(time.toSecsSinceEpoch()));
}

} // namespace

QDateTime shiftStart(const std::vector<std::chrono::minutes>& starts, const QDateTime& now)
{
    const auto at = [&](int daysBack, std::chrono::minutes start) {
        return QDateTime(now.date().addDays(-daysBack), QTime(0, 0).addSecs(static_cast<int>(start.count()) * 60));
    };
    QDateTime begun = starts.empty() ? at(0, {}) : at(1, starts.back());
    for (const auto start : starts)
        if (at(0, start) <= now) begun = at(0, start);
    return begun;
}

QString minuteText(gateway::Time time)
{
    return QDateTime::fromSecsSinceEpoch(time.time_since_epoch().count()).toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

PeriodModel::PeriodModel(std::vector<std::chrono::minutes> shifts, std::function<QDateTime()> now, QObject* parent)
    : QObject(parent), m_shifts(std::move(shifts)), m_now(std::move(now))
{
    if (!m_now) m_now = [] { return QDateTime::currentDateTime(); };
}

QString PeriodModel::text() const
{
    switch (m_period) {
    case ThisShift:
        return tr("This shift");
    case LastShift:
        return tr("Last shift");
    case Day:
        return tr("24 hours");
    case Week:
        return tr("7 days");
    case All:
        return tr("All");
    }
    return {};
}

QString PeriodModel::range() const
{
    const auto begin = from();
    if (!begin) return tr("all that the station keeps");
    return minuteText(timeOf(*begin)) + QStringLiteral(" – ") + minuteText(timeOf(until().value_or(m_now())));
}

std::optional<QDateTime> PeriodModel::from() const
{
    const QDateTime shift = shiftStart(m_shifts, m_now());
    switch (m_period) {
    case ThisShift:
        return shift;
    case LastShift:
        return shiftStart(m_shifts, shift.addSecs(-1));
    case Day:
        return m_now().addDays(-1);
    case Week:
        return m_now().addDays(-kDaysOfAWeek);
    case All:
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<QDateTime> PeriodModel::until() const
{
    if (m_period != LastShift) return std::nullopt;
    return shiftStart(m_shifts, m_now());
}

RunFilter PeriodModel::filter() const
{
    RunFilter filter;
    if (const auto begin = from()) filter.from = timeOf(*begin);
    if (const auto end = until()) filter.until = timeOf(*end);
    return filter;
}

void PeriodModel::next()
{
    m_period = static_cast<Period>((m_period + 1) % kPeriods);
    Q_EMIT changed();
}

} // namespace station
