#include "ui/export_model.h"

#include <algorithm>
#include <utility>

#include "ui/period_model.h"
#include "ui/session_model.h"
#include "ui/shift_report.h"

namespace station {
namespace {

constexpr int kLookEveryMs = 2000;
constexpr int kMostListed = 500; ///< vehicles that did not pass, in a report
constexpr double kMebi = 1024.0 * 1024.0;

QString textOf(const std::string& text)
{
    return QString::fromStdString(text);
}

/// A file name of every file system: what is not a letter, a digit or a hyphen becomes a hyphen.
std::string fileName(const std::string& text)
{
    std::string name;
    for (const char character : text)
        name += std::isalnum(static_cast<unsigned char>(character)) != 0 ? character : '-';
    return name;
}

} // namespace

ExportModel::ExportModel(Services services, PeriodModel& period, SessionModel& session, QObject* parent)
    : QObject(parent), m_services(std::move(services)), m_period(period), m_session(session)
{
    m_look.setInterval(kLookEveryMs);
    connect(&m_look, &QTimer::timeout, this, &ExportModel::refresh);
    if (!isAvailable()) return;
    m_look.start();
    refresh();
}

void ExportModel::refresh()
{
    if (!isAvailable() || m_isBusy) return;
    m_tasks.ask<std::vector<ExportTarget>>(
        [this]() -> gateway::Result<std::vector<ExportTarget>> { return m_services.output.targets(); },
        [this](const auto& targets) {
            if (!targets || m_isBusy) return;
            const auto chosen = m_chosen < m_targets.size() ? m_targets[m_chosen].folder : std::filesystem::path();
            const bool same = std::ranges::equal(*targets, m_targets, [](const auto& a, const auto& b) {
                return a.folder == b.folder && a.label == b.label && a.freeOctets == b.freeOctets;
            });
            if (same) return;
            m_targets = *targets;
            const auto again = std::ranges::find(m_targets, chosen, &ExportTarget::folder);
            m_chosen = again == m_targets.end() ? 0 : static_cast<std::size_t>(again - m_targets.begin());
            Q_EMIT changed();
        });
}

QVariantList ExportModel::targets() const
{
    QVariantList rows;
    for (std::size_t i = 0; i < m_targets.size(); ++i)
        rows << QVariantMap{{QStringLiteral("label"), textOf(m_targets[i].label)},
                            {QStringLiteral("free"),
                             tr("%1 MB free").arg(static_cast<double>(m_targets[i].freeOctets) / kMebi, 0, 'f', 0)},
                            {QStringLiteral("stick"), m_targets[i].isStick},
                            {QStringLiteral("chosen"), i == m_chosen}};
    return rows;
}

void ExportModel::choose(int index)
{
    if (m_isBusy || index < 0) return;
    m_chosen = static_cast<std::size_t>(index);
    Q_EMIT changed();
}

void ExportModel::begin()
{
    m_isBusy = true;
    m_progress = 0;
    m_result = {};
    Q_EMIT changed();
    Q_EMIT progressChanged();
}

void ExportModel::end(std::function<QVariantMap()> result)
{
    m_isBusy = false;
    m_result = std::move(result);
    Q_EMIT changed();
    refresh();
}

void ExportModel::writeReport()
{
    if (!canWrite()) return;
    begin();
    ShiftReport report;
    report.station = textOf(m_services.station);
    report.range = m_period.range();
    report.madeAt = m_period.now().toString(QStringLiteral("yyyy-MM-dd HH:mm"));
    report.madeBy = m_session.person();
    const std::string name = "shift-report-" + fileName(m_services.station) + "-" +
                             m_period.now().toString(QStringLiteral("yyyyMMdd-HHmmss")).toStdString() + ".pdf";
    const auto file = m_targets[m_chosen].folder / name;
    m_tasks.ask<void>(
        [this, report = std::move(report), filter = m_period.filter(), file]() mutable -> gateway::Result<void> {
            auto statistics = m_services.records.statistics(filter);
            if (!statistics) return tl::unexpected(statistics.error());
            report.statistics = std::move(*statistics);
            filter.limit = kMostListed;
            for (const auto state : {RunFilter::State::Failed, RunFilter::State::Open}) {
                filter.state = state;
                auto page = m_services.records.find(filter);
                if (!page) return tl::unexpected(page.error());
                std::ranges::move(page->runs, std::back_inserter(report.notPassed));
            }
            return m_services.output.writeFile(file, makeShiftReport(report).toStdString());
        },
        [this, name](const gateway::Result<void>& done) {
            end([done, name] {
                return done ? told("good", tr("Report written and read back: %1").arg(textOf(name)))
                            : toldFault(done.error());
            });
        });
}

void ExportModel::writeBatch()
{
    if (!canWrite()) return;
    begin();
    m_tasks.ask<BatchSummary>(
        [this, filter = m_period.filter(), folder = m_targets[m_chosen].folder] {
            return m_services.output.exportBatch(filter, folder, [this](double share) {
                m_tasks.tell([this, share] {
                    m_progress = share;
                    Q_EMIT progressChanged();
                });
            });
        },
        [this](const gateway::Result<BatchSummary>& summary) {
            end([summary] { return summary ? toldBatch(*summary) : toldFault(summary.error()); });
        });
}

QVariantMap ExportModel::told(const char* kind, const QString& text)
{
    return {{QStringLiteral("kind"), QString::fromLatin1(kind)}, {QStringLiteral("text"), text}};
}

QVariantMap ExportModel::toldBatch(const BatchSummary& summary)
{
    const QString written = tr("Batch written and verified: %1, %n run(s).", nullptr, static_cast<int>(summary.runs))
                                .arg(textOf(summary.name));
    if (summary.gatewayRows)
        return told("good", written + QLatin1Char(' ') +
                                tr("%n record(s) of the gateway.", nullptr, static_cast<int>(*summary.gatewayRows)));
    const QString cause = textOf(summary.gatewayFault);
    return told("warning", written + QLatin1Char(' ') + tr("The gateway's records are not in it: %1.").arg(cause));
}

QVariantMap ExportModel::toldFault(const gateway::Error& error)
{
    const auto& type = error.type;
    if (type == "target-gone")
        return told("bad", tr("Stick or folder is gone. Nothing usable was written: put it back and export again."));
    if (type == "target-full")
        return told("bad", tr("No room left there. Nothing usable was written: make room and export again."));
    if (type == "target-read-only") return told("bad", tr("Stick or folder cannot be written to."));
    if (type == "batch-differs")
        return told("bad", tr("What was read back is not what was written. Take another stick."));
    if (type.starts_with("journal-")) return told("bad", tr("The journal cannot be read."));
    return told("bad", tr("The export failed: %1").arg(textOf(error.detail.empty() ? error.type : error.detail)));
}

} // namespace station
