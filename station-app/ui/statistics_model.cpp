#include "ui/statistics_model.h"

#include <QLocale>
#include <algorithm>
#include <utility>

#include "ui/cause_text.h"
#include "ui/period_model.h"
#include "ui/step_list_model.h"

namespace station {
namespace {

constexpr std::size_t kMostCauses = 5;
/// More points than a chart has pixels tell nothing more.
constexpr std::size_t kMostPoints = 600;
constexpr double kMillisecondsPerSecond = 1000.0;

} // namespace

QString firstPassYield(const RunCounts& counts)
{
    const int ended = counts.passed + counts.failed;
    if (ended == 0) return QStringLiteral("–");
    return QStringLiteral("%1 %").arg(100.0 * counts.passedFirstTime / ended, 0, 'f', 1);
}

QString causeSentence(const std::string& cause)
{
    const QString happened = causeText(Outcome::StationFailed, {StepId::OpenSession, cause, {}, {}, {}}).happened;
    const QString nothingKnown = causeText(Outcome::StationFailed, {StepId::OpenSession, {}, {}, {}, {}}).happened;
    return happened == nothingKnown ? QString::fromStdString(cause) : happened;
}

StatisticsModel::StatisticsModel(RecordServices services, PeriodModel& period, QObject* parent)
    : QObject(parent), m_services(std::move(services)), m_period(period)
{
}

void StatisticsModel::refresh()
{
    if (!m_services.statistics) return;
    m_isBusy = true;
    m_tasks.ask<RunStatistics>([this, filter = m_period.filter()] { return m_services.statistics(filter); },
                               [this, question = ++m_question](const auto& statistics) {
                                   if (question != m_question) return;
                                   m_isBusy = false;
                                   m_hasFailed = !statistics;
                                   if (statistics) m_statistics = *statistics;
                                   Q_EMIT changed();
                               });
    Q_EMIT changed();
}

QString StatisticsModel::firstPassText() const
{
    return firstPassYield(m_statistics.counts);
}

QString StatisticsModel::medianText() const
{
    return m_statistics.cycleTimes.empty() ? QStringLiteral("–") : durationText(m_statistics.median);
}

QString StatisticsModel::p90Text() const
{
    return m_statistics.cycleTimes.empty() ? QStringLiteral("–") : durationText(m_statistics.p90);
}

QVariantList StatisticsModel::cycleSeconds() const
{
    const auto& times = m_statistics.cycleTimes;
    QVariantList seconds;
    const std::size_t first = times.size() > kMostPoints ? times.size() - kMostPoints : 0;
    for (std::size_t i = first; i < times.size(); ++i)
        seconds << static_cast<double>(times[i].count()) / kMillisecondsPerSecond;
    return seconds;
}

QVariantList StatisticsModel::buckets() const
{
    QVariantList rows;
    const bool isLong = m_statistics.buckets.size() * m_statistics.bucket > std::chrono::hours(24);
    for (const auto& bucket : m_statistics.buckets)
        rows << QVariantMap{{QStringLiteral("label"), minuteText(bucket.begin).mid(isLong ? 5 : 11, 5)},
                            {QStringLiteral("passed"), bucket.counts.passed},
                            {QStringLiteral("failed"), bucket.counts.failed},
                            {QStringLiteral("open"), bucket.counts.open}};
    return rows;
}

int StatisticsModel::bucketHours() const
{
    return static_cast<int>(std::chrono::duration_cast<std::chrono::hours>(m_statistics.bucket).count());
}

QVariantList StatisticsModel::steps() const
{
    QVariantList rows;
    for (const auto& step : m_statistics.steps)
        rows << QVariantMap{{QStringLiteral("name"), stepName(step.step)},
                            {QStringLiteral("count"), step.count},
                            {QStringLiteral("median"), durationText(step.median)},
                            {QStringLiteral("p90"), durationText(step.p90)}};
    return rows;
}

QVariantList StatisticsModel::causes() const
{
    QVariantList rows;
    for (std::size_t i = 0; i < std::min(kMostCauses, m_statistics.causes.size()); ++i)
        rows << QVariantMap{{QStringLiteral("text"), causeSentence(m_statistics.causes[i].cause)},
                            {QStringLiteral("count"), m_statistics.causes[i].count}};
    return rows;
}

} // namespace station
