#include "adapters/sqlite_cases.h"

#include "adapters/journal_database.h"
#include "flow/run_history.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

/// One message a line, its four fields apart by tabs, which none of them holds.
QString written(const std::vector<TranscriptLine>& transcript)
{
    QString text = QStringLiteral(""); // a null QString would be SQL's NULL
    for (const auto& line : transcript)
        text += QStringLiteral("%1\t%2\t%3\t%4\n")
                    .arg(line.at.count())
                    .arg(line.isRequest ? u'>' : u'<')
                    .arg(sqlText(line.bytes), sqlText(line.meaning));
    return text;
}

std::vector<TranscriptLine> transcriptOf(const QString& text)
{
    std::vector<TranscriptLine> transcript;
    for (const auto& line : text.split(u'\n', Qt::SkipEmptyParts)) {
        const auto fields = line.split(u'\t');
        if (fields.size() != 4) continue; // what cannot be read explains nothing
        transcript.push_back({std::chrono::milliseconds(fields[0].toLongLong()), fields[1] == u">",
                              fields[2].toStdString(), fields[3].toStdString()});
    }
    return transcript;
}

class SqliteCases final : public Cases
{
public:
    SqliteCases(const JournalSettings& settings, std::function<gateway::Time()> wallTime)
        : m_database(settings, std::move(wallTime))
    {
    }

    Result<void> open() { return m_database.open(); }

    Result<void> open(const RunResult& result, int slot) override
    {
        const RunFailure failure =
            result.failure.value_or(RunFailure{StepId::OpenSession, "unknown", "", std::nullopt, std::nullopt});
        return m_database.change(
            "opening a case",
            "INSERT INTO cases (job, vin, slot, txn, outcome, step, cause, detail, transcript, opened_at)"
            " VALUES ((SELECT id FROM jobs WHERE txn = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (vin) WHERE closed_at IS NULL DO UPDATE SET job = excluded.job, slot = excluded.slot,"
            " txn = excluded.txn, outcome = excluded.outcome, step = excluded.step, cause = excluded.cause,"
            " detail = excluded.detail, transcript = excluded.transcript",
            {sqlText(result.transaction.text()), sqlText(result.vin.text()), slot, sqlText(result.transaction.text()),
             sqlText(name(result.outcome)), sqlText(name(failure.step)), sqlText(failure.cause),
             sqlText(failure.detail), written(result.transcript), sqlSeconds(m_database.now())});
    }

    Result<void> closePassed(const gateway::Vin& vin) override
    {
        return m_database.change(
            "closing a case",
            "UPDATE cases SET closed_at = ?, closed_by = '', resolution = ?"
            " WHERE vin = ? AND closed_at IS NULL",
            {sqlSeconds(m_database.now()), sqlText(name(Resolution::Passed)), sqlText(vin.text())});
    }

    Result<std::vector<Case>> listOpen() override
    {
        auto found = m_database.ask(
            "reading cases", QStringLiteral("SELECT id, vin, slot, txn, outcome, step, cause, detail, opened_at,"
                                            " taken_by, transcript FROM cases WHERE closed_at IS NULL ORDER BY id"));
        if (!found) return tl::unexpected(found.error());
        std::vector<Case> cases;
        while (found->next()) {
            const auto vin = gateway::Vin::parse(found->value(1).toString().toStdString());
            const auto transaction = gateway::TransactionId::parse(found->value(3).toString().toStdString());
            const auto outcome = outcomeOf(found->value(4).toString().toStdString());
            const auto step = stepOf(found->value(5).toString().toStdString());
            if (!vin || !transaction || !outcome || !step)
                return journalUnusable("journal-corrupt",
                                       "case " + std::to_string(found->value(0).toLongLong()) + " is unreadable");
            Case entry{
                .id = found->value(0).toLongLong(),
                .vin = *vin,
                .slot = found->value(2).toInt(),
                .transaction = *transaction,
                .outcome = *outcome,
                .failure = {
                    *step, found->value(6).toString().toStdString(), found->value(7).toString().toStdString(), {}, {}}};
            entry.openedAt = sqlTime(found->value(8));
            entry.takenBy = found->value(9).toString().toStdString();
            entry.transcript = transcriptOf(found->value(10).toString());
            cases.push_back(std::move(entry));
        }
        return cases;
    }

    Result<void> take(std::int64_t id, const std::string& person) override
    {
        return m_database.inTransaction("taking a case", [&]() -> Result<void> {
            const auto holder = holderOf(id);
            if (!holder) return tl::unexpected(holder.error());
            if (!holder->empty() && *holder != person)
                return gateway::fail(ErrorCode::Conflict, "case-taken", "somebody else has taken the case");
            return m_database.change("taking a case", "UPDATE cases SET taken_by = ?, taken_at = ? WHERE id = ?",
                                     {sqlText(person), sqlSeconds(m_database.now()), qint64(id)});
        });
    }

    Result<void> close(std::int64_t id, const std::string& person, Resolution resolution) override
    {
        return m_database.inTransaction("closing a case", [&]() -> Result<void> {
            const auto holder = holderOf(id);
            if (!holder) return tl::unexpected(holder.error());
            return m_database.change(
                "closing a case", "UPDATE cases SET closed_at = ?, closed_by = ?, resolution = ? WHERE id = ?",
                {sqlSeconds(m_database.now()), sqlText(person), sqlText(name(resolution)), qint64(id)});
        });
    }

private:
    /// @return who has taken it, "" nobody yet
    Result<std::string> holderOf(std::int64_t id)
    {
        auto found = m_database.ask("reading a case",
                                    QStringLiteral("SELECT taken_by FROM cases WHERE id = ? AND closed_at IS NULL"),
                                    {qint64(id)});
        if (!found) return tl::unexpected(found.error());
        if (!found->next()) return gateway::fail(ErrorCode::Conflict, "case-closed", "the case is closed");
        return found->value(0).toString().toStdString();
    }

    JournalDatabase m_database;
};

} // namespace

Result<std::unique_ptr<Cases>> openSqliteCases(const JournalSettings& settings, std::function<gateway::Time()> wallTime)
{
    auto cases = std::make_unique<SqliteCases>(settings, std::move(wallTime));
    if (const auto opened = cases->open(); !opened) return tl::unexpected(opened.error());
    return cases;
}

} // namespace station
