#include "adapters/sqlite_history.h"

#include "adapters/journal_database.h"

namespace station {
namespace {

using gateway::Result;

/// What is told of each job; the last failure is the newest step that has a cause.
constexpr auto kColumns = "id, vin, slot, txn, ecu_serial, serial, outcome, opened_at, closed_at,"
                          " (SELECT step FROM steps WHERE job = jobs.id ORDER BY id DESC LIMIT 1),"
                          " (SELECT cause FROM steps WHERE job = jobs.id AND cause <> '' ORDER BY id DESC LIMIT 1),"
                          " (SELECT detail FROM steps WHERE job = jobs.id AND cause <> '' ORDER BY id DESC LIMIT 1),"
                          " (SELECT coalesce(sum(ms), 0) FROM steps WHERE job = jobs.id AND phase = 'after'),"
                          " (SELECT coalesce(max(attempt), 0) FROM steps WHERE job = jobs.id),"
                          " EXISTS (SELECT 1 FROM outbox WHERE job = jobs.id AND delivered_at IS NULL)";

/// LIKE with its wildcards taken literally.
QString likeEverywhere(const std::string& text)
{
    QString pattern = sqlText(text);
    pattern.replace(u'\\', QStringLiteral("\\\\"))
        .replace(u'%', QStringLiteral("\\%"))
        .replace(u'_', QStringLiteral("\\_"));
    return QStringLiteral("%") + pattern + QStringLiteral("%");
}

struct Condition
{
    QString sql;
    QVariantList values;
};

Condition conditionOf(const RunFilter& filter)
{
    Condition condition{QStringLiteral("1 = 1"), {}};
    switch (filter.state) {
    case RunFilter::State::All:
        break;
    case RunFilter::State::Provisioned:
        condition.sql += QStringLiteral(" AND outcome = 'provisioned'");
        break;
    case RunFilter::State::Failed:
        condition.sql += QStringLiteral(" AND outcome <> 'provisioned'");
        break;
    case RunFilter::State::Open:
        condition.sql += QStringLiteral(" AND outcome IS NULL");
        break;
    }
    if (!filter.text.empty()) {
        condition.sql += QStringLiteral(" AND (vin LIKE ? ESCAPE '\\' OR serial LIKE ? ESCAPE '\\'"
                                        " OR ecu_serial LIKE ? ESCAPE '\\' OR txn LIKE ? ESCAPE '\\')");
        for (int i = 0; i < 4; ++i)
            condition.values << likeEverywhere(filter.text);
    }
    if (filter.from) {
        condition.sql += QStringLiteral(" AND opened_at >= ?");
        condition.values << sqlSeconds(*filter.from);
    }
    if (filter.until) {
        condition.sql += QStringLiteral(" AND opened_at < ?");
        condition.values << sqlSeconds(*filter.until);
    }
    return condition;
}

std::optional<PastRun> runOf(const QSqlQuery& row)
{
    const auto vin = gateway::Vin::parse(row.value(1).toString().toStdString());
    const auto transaction = gateway::TransactionId::parse(row.value(3).toString().toStdString());
    if (!vin || !transaction) return std::nullopt;
    PastRun run{
        .id = row.value(0).toLongLong(), .vin = *vin, .slot = row.value(2).toInt(), .transaction = *transaction};
    run.ecuSerial = row.value(4).toString().toStdString();
    if (const auto serial = gateway::CertificateSerial::parse(row.value(5).toString().toStdString()))
        run.serial = *serial;
    run.outcome = outcomeOf(row.value(6).toString().toStdString());
    run.openedAt = sqlTime(row.value(7));
    if (!row.value(8).isNull()) run.closedAt = sqlTime(row.value(8));
    run.lastStep = stepOf(row.value(9).toString().toStdString()).value_or(StepId::OpenSession);
    if (run.outcome != Outcome::Provisioned) {
        run.cause = row.value(10).toString().toStdString();
        run.detail = row.value(11).toString().toStdString();
    }
    run.worked = std::chrono::milliseconds(row.value(12).toLongLong());
    run.attempts = row.value(13).toInt();
    run.reportWaits = row.value(14).toBool();
    return run;
}

class SqliteHistory final : public RunHistory
{
public:
    SqliteHistory(const JournalSettings& settings, std::function<gateway::Time()> wallTime)
        : m_database(settings, std::move(wallTime))
    {
    }

    Result<void> open() { return m_database.open(); }

    Result<RunPage> find(const RunFilter& filter) override
    {
        const Condition condition = conditionOf(filter);
        auto counted = m_database.ask(
            "counting jobs", QStringLiteral("SELECT count(*) FROM jobs WHERE ") + condition.sql, condition.values);
        if (!counted) return tl::unexpected(counted.error());
        RunPage page;
        if (counted->next()) page.total = counted->value(0).toInt();
        counted->finish();

        auto found = m_database.ask("reading jobs",
                                    QStringLiteral("SELECT %1 FROM jobs WHERE %2 ORDER BY opened_at DESC, id DESC"
                                                   " LIMIT ? OFFSET ?")
                                        .arg(QString::fromLatin1(kColumns), condition.sql),
                                    condition.values + QVariantList{filter.limit, filter.offset});
        if (!found) return tl::unexpected(found.error());
        while (found->next()) {
            auto run = runOf(*found);
            if (!run)
                return journalUnusable("journal-corrupt",
                                       "job " + std::to_string(found->value(0).toLongLong()) + " is unreadable");
            page.runs.push_back(std::move(*run));
        }
        return page;
    }

    Result<std::vector<PastStep>> steps(std::int64_t job) override
    {
        auto found = m_database.ask("reading steps",
                                    QStringLiteral("SELECT step, phase, attempt, at, ms, cause, detail FROM steps"
                                                   " WHERE job = ? ORDER BY id"),
                                    {qint64(job)});
        if (!found) return tl::unexpected(found.error());
        std::vector<PastStep> steps;
        while (found->next()) {
            const auto step = stepOf(found->value(0).toString().toStdString());
            if (!step)
                return journalUnusable("journal-corrupt", "a step of job " + std::to_string(job) + " is unknown");
            steps.push_back({*step, found->value(1).toString() == u"after" ? RecordPhase::After : RecordPhase::Before,
                             found->value(2).toInt(), sqlTime(found->value(3)),
                             std::chrono::milliseconds(found->value(4).toLongLong()),
                             found->value(5).toString().toStdString(), found->value(6).toString().toStdString()});
        }
        return steps;
    }

    Result<RunCounts> count(const RunFilter& filter) override
    {
        const Condition condition = conditionOf(filter);
        // One statement, so that the numbers are of one moment and add up.
        auto found = m_database.ask(
            "counting jobs",
            QStringLiteral("SELECT count(*), coalesce(sum(outcome = 'provisioned'), 0),"
                           " coalesce(sum(outcome <> 'provisioned'), 0), coalesce(sum(outcome IS NULL), 0),"
                           " coalesce(sum(outcome = 'provisioned' AND NOT EXISTS (SELECT 1 FROM steps"
                           " WHERE job = jobs.id AND (attempt > 1 OR cause <> ''))), 0) FROM jobs WHERE ") +
                condition.sql,
            condition.values);
        if (!found) return tl::unexpected(found.error());
        RunCounts counts;
        if (found->next())
            counts = {found->value(0).toInt(), found->value(1).toInt(), found->value(2).toInt(),
                      found->value(3).toInt(), found->value(4).toInt()};
        return counts;
    }

    Result<std::vector<RunSample>> samples(const RunFilter& filter) override
    {
        const Condition condition = conditionOf(filter);
        auto found = m_database.ask(
            "reading jobs",
            QStringLiteral("SELECT opened_at, outcome,"
                           " (SELECT coalesce(sum(ms), 0) FROM steps WHERE job = jobs.id AND phase = 'after'),"
                           " NOT EXISTS (SELECT 1 FROM steps WHERE job = jobs.id AND (attempt > 1 OR cause <> '')),"
                           " (SELECT cause FROM steps WHERE job = jobs.id AND cause <> '' ORDER BY id DESC LIMIT 1)"
                           " FROM jobs WHERE %1 ORDER BY opened_at, id")
                .arg(condition.sql),
            condition.values);
        if (!found) return tl::unexpected(found.error());
        std::vector<RunSample> samples;
        while (found->next())
            samples.push_back({sqlTime(found->value(0)), outcomeOf(found->value(1).toString().toStdString()),
                               std::chrono::milliseconds(found->value(2).toLongLong()), found->value(3).toBool(),
                               found->value(4).toString().toStdString()});
        return samples;
    }

    Result<std::vector<StepSample>> stepTimes(const RunFilter& filter) override
    {
        const Condition condition = conditionOf(filter);
        auto found =
            m_database.ask("reading steps",
                           QStringLiteral("SELECT step, ms FROM steps WHERE phase = 'after' AND cause = ''"
                                          " AND job IN (SELECT id FROM jobs WHERE outcome = 'provisioned' AND %1)")
                               .arg(condition.sql),
                           condition.values);
        if (!found) return tl::unexpected(found.error());
        std::vector<StepSample> samples;
        while (found->next())
            if (const auto step = stepOf(found->value(0).toString().toStdString()))
                samples.emplace_back(*step, std::chrono::milliseconds(found->value(1).toLongLong()));
        return samples;
    }

private:
    JournalDatabase m_database;
};

} // namespace

Result<std::unique_ptr<RunHistory>> openSqliteHistory(const JournalSettings& settings,
                                                      std::function<gateway::Time()> wallTime)
{
    auto history = std::make_unique<SqliteHistory>(settings, std::move(wallTime));
    if (const auto opened = history->open(); !opened) return tl::unexpected(opened.error());
    return history;
}

} // namespace station
