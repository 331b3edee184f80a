#include "adapters/sqlite_journal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QStringList>

#include "adapters/journal_database.h"
#include "adapters/tpm_evidence.h"
#include "provisioning/records.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

class FileLock final : public SlotClaim
{
public:
    explicit FileLock(int descriptor) : m_descriptor(descriptor) {}
    ~FileLock() override { ::close(m_descriptor); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int m_descriptor;
};

QString joined(const std::vector<gateway::Bytes>& chain)
{
    QStringList parts;
    for (const auto& certificate : chain)
        parts << sqlText(gateway::toBase64(certificate));
    return parts.join(u',');
}

std::vector<gateway::Bytes> split(const QString& chain)
{
    std::vector<gateway::Bytes> certificates;
    for (const auto& part : chain.split(u',', Qt::SkipEmptyParts)) {
        if (auto der = gateway::parseBase64(part.toStdString())) certificates.push_back(std::move(*der));
    }
    return certificates;
}

class SqliteJournal final : public Journal
{
public:
    SqliteJournal(const JournalSettings& settings, std::function<gateway::Time()> wallTime)
        : m_database(settings, std::move(wallTime))
    {
    }

    Result<void> open()
    {
        return m_database.open().and_then([&] { return forget(); });
    }

    Result<std::unique_ptr<SlotClaim>> claimSlot(int slot) override
    {
        const auto file = m_database.settings().file.string() + ".slot" + std::to_string(slot);
        const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0) return journalUnusable("journal-cannot-open", file + ": " + std::strerror(errno));
        auto claim = std::make_unique<FileLock>(descriptor);
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
            return gateway::fail(ErrorCode::Conflict, "slot-busy",
                                 "another run is at work in slot " + std::to_string(slot));
        return claim;
    }

    Result<std::optional<Job>> findOpenJob(const gateway::Vin& vin) override
    {
        auto found = m_database.ask("looking for an open job",
                                    QStringLiteral("SELECT id, slot, txn, ecu_serial, csr, issue_begun, serial,"
                                                   " device_id, vin_hash, leaf, chain, issued_at, expires_at,"
                                                   " installed, verified, evidence FROM jobs"
                                                   " WHERE vin = ? AND outcome IS NULL"),
                                    {sqlText(vin.text())});
        if (!found) return tl::unexpected(found.error());
        QSqlQuery& query = *found;
        if (!query.next()) return std::nullopt;

        const auto transaction = gateway::TransactionId::parse(query.value(2).toString().toStdString());
        if (!transaction)
            return journalUnusable("journal-corrupt", "a job's transaction: " + transaction.error().detail);
        Job job{
            .id = query.value(0).toLongLong(), .vin = vin, .slot = query.value(1).toInt(), .transaction = *transaction};
        job.ecuSerial = query.value(3).toString().toStdString();
        job.csrDer = sqlBytes(query.value(4));
        job.issueBegun = query.value(5).toBool();
        if (!query.value(6).isNull()) {
            const auto serial = gateway::CertificateSerial::parse(query.value(6).toString().toStdString());
            const auto deviceId = gateway::DeviceId::parse(query.value(7).toString().toStdString());
            const auto vinHash = gateway::VinHash::parse(query.value(8).toString().toStdString());
            if (!serial || !deviceId || !vinHash)
                return journalUnusable("journal-corrupt",
                                       "the certificate of job " + transaction->text() + " is unreadable");
            job.certificate = gateway::IssuedCertificate{*serial,
                                                         *deviceId,
                                                         *vinHash,
                                                         sqlBytes(query.value(9)),
                                                         split(query.value(10).toString()),
                                                         sqlTime(query.value(11)),
                                                         sqlTime(query.value(12))};
        }
        job.installed = query.value(13).toBool();
        job.verified = query.value(14).toBool();
        if (!query.value(15).isNull()) {
            auto evidence = tcu::parseEvidence(sqlBytes(query.value(15)));
            if (!evidence)
                return journalUnusable("journal-corrupt",
                                       "the evidence of job " + transaction->text() + " is unreadable");
            job.evidence = toContract(std::move(*evidence));
        }
        return job;
    }

    Result<Job> beginJob(const gateway::Vin& vin, int slot, const gateway::TransactionId& transaction,
                         const JournalRecord& first) override
    {
        Job job{.id = 0, .vin = vin, .slot = slot, .transaction = transaction};
        const auto done = m_database.inTransaction("beginning a job", [&]() -> Result<void> {
            const auto begun =
                change("beginning a job", "INSERT INTO jobs (vin, slot, txn, opened_at) VALUES (?, ?, ?, ?)",
                       {sqlText(vin.text()), slot, sqlText(transaction.text()), now()});
            if (!begun) return begun;
            job.id = m_database.lastInsertId();
            return write(job.id, first);
        });
        if (!done) return tl::unexpected(done.error());
        return job;
    }

    Result<void> record(std::int64_t job, const JournalRecord& record) override
    {
        return m_database.inTransaction("recording a step", [&] { return write(job, record); });
    }

    Result<void> close(std::int64_t job, Outcome outcome) override
    {
        return change("closing a job", "UPDATE jobs SET outcome = ?, closed_at = ? WHERE id = ?",
                      {sqlText(name(outcome)), now(), qint64(job)});
    }

    Result<std::vector<QueuedReport>> pendingReports() override
    {
        auto found = m_database.ask("reading the reports",
                                    QStringLiteral("SELECT id, kind, serial, txn, at, cause FROM outbox"
                                                   " WHERE delivered_at IS NULL AND set_aside IS NULL ORDER BY id"));
        if (!found) return tl::unexpected(found.error());
        QSqlQuery& query = *found;
        std::vector<QueuedReport> reports;
        while (query.next()) {
            const auto serial = gateway::CertificateSerial::parse(query.value(2).toString().toStdString());
            const auto transaction = gateway::TransactionId::parse(query.value(3).toString().toStdString());
            if (!serial || !transaction) return journalUnusable("journal-corrupt", "a waiting report is unreadable");
            reports.push_back(
                {query.value(0).toLongLong(),
                 {query.value(1).toString() == u"rejected" ? Report::Kind::Rejected : Report::Kind::Provisioned,
                  *serial, *transaction, sqlTime(query.value(4)), query.value(5).toString().toStdString()}});
        }
        return reports;
    }

    Result<void> markDelivered(std::int64_t report) override
    {
        return change("marking a report", "UPDATE outbox SET delivered_at = ? WHERE id = ?", {now(), qint64(report)});
    }

    Result<void> setAside(std::int64_t report, const std::string& why) override
    {
        return change("setting a report aside", "UPDATE outbox SET set_aside = ? WHERE id = ?",
                      {sqlText(why), qint64(report)});
    }

private:
    qint64 now() const { return sqlSeconds(m_database.now()); }

    Result<void> change(const char* doing, const char* sql, const QVariantList& values)
    {
        return m_database.change(doing, sql, values);
    }

    /// Only looks unless there is something to forget: opening must not wait for a writer.
    Result<void> forget()
    {
        const auto before = sqlSeconds(m_database.now() - m_database.settings().keep);
        auto old = m_database.ask("looking for old jobs",
                                  QStringLiteral("SELECT (SELECT count(*) FROM jobs WHERE closed_at < ?)"
                                                 " + (SELECT count(*) FROM cases WHERE closed_at < ?)"),
                                  {before, before});
        if (!old) return tl::unexpected(old.error());
        if (!old->next() || old->value(0).toInt() == 0) return {};
        old->finish();
        return change("forgetting old jobs",
                      "DELETE FROM jobs WHERE closed_at < ? AND NOT EXISTS"
                      " (SELECT 1 FROM outbox WHERE outbox.job = jobs.id AND delivered_at IS NULL)",
                      {before})
            .and_then(
                [&] { return change("forgetting old cases", "DELETE FROM cases WHERE closed_at < ?", {before}); });
    }

    Result<void> write(std::int64_t job, const JournalRecord& record)
    {
        constexpr auto doing = "recording a step";
        const auto line = change(
            doing,
            "INSERT INTO steps (job, at, step, phase, attempt, cause, detail, ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            {qint64(job), now(), sqlText(name(record.step)), sqlText(name(record.phase)), record.attempt,
             sqlText(record.cause), sqlText(record.detail), qint64(record.elapsed.count())});
        if (!line) return line;
        return writeFindings(job, record)
            .and_then([&] { return writeProgress(job, record); })
            .and_then([&] { return writeReport(job, record); })
            .and_then([&] { return record.closes ? close(job, *record.closes) : Result<void>{}; });
    }

    Result<void> writeFindings(std::int64_t job, const JournalRecord& record)
    {
        constexpr auto doing = "recording a step";
        if (record.ecuSerial) {
            if (const auto done = change(doing, "UPDATE jobs SET ecu_serial = ? WHERE id = ?",
                                         {sqlText(*record.ecuSerial), qint64(job)});
                !done)
                return done;
        }
        if (record.csrDer) {
            if (const auto done =
                    change(doing, "UPDATE jobs SET csr = ? WHERE id = ?", {sqlBlob(*record.csrDer), qint64(job)});
                !done)
                return done;
        }
        if (record.evidence) {
            if (const auto done = change(doing, "UPDATE jobs SET evidence = ? WHERE id = ?",
                                         {sqlBlob(tcu::encodeEvidence(toWire(*record.evidence))), qint64(job)});
                !done)
                return done;
        }
        if (!record.certificate) return {};
        const auto& issued = *record.certificate;
        return change(doing,
                      "UPDATE jobs SET serial = ?, device_id = ?, vin_hash = ?, leaf = ?, chain = ?, issued_at = ?,"
                      " expires_at = ? WHERE id = ?",
                      {sqlText(issued.serial.text()), sqlText(issued.deviceId.text()), sqlText(issued.vinHash.text()),
                       sqlBlob(issued.certificateDer), joined(issued.chainDer), sqlSeconds(issued.issuedAt),
                       sqlSeconds(issued.expiresAt), qint64(job)});
    }

    Result<void> writeProgress(std::int64_t job, const JournalRecord& record)
    {
        constexpr auto doing = "recording a step";
        if (record.step == StepId::IssueCertificate && record.phase == RecordPhase::Before)
            return change(doing, "UPDATE jobs SET issue_begun = 1 WHERE id = ?", {qint64(job)});
        if (record.isDone(StepId::InstallCertificate))
            return change(doing, "UPDATE jobs SET installed = 1 WHERE id = ?", {qint64(job)});
        if (record.isDone(StepId::VerifyCertificate))
            return change(doing, "UPDATE jobs SET verified = 1 WHERE id = ?", {qint64(job)});
        return {};
    }

    Result<void> writeReport(std::int64_t job, const JournalRecord& record)
    {
        if (!record.report) return {};
        const auto& report = *record.report;
        return change(
            "queueing a report", "INSERT INTO outbox (job, kind, serial, txn, at, cause) VALUES (?, ?, ?, ?, ?, ?)",
            {qint64(job),
             report.kind == Report::Kind::Rejected ? QStringLiteral("rejected") : QStringLiteral("provisioned"),
             sqlText(report.serial.text()), sqlText(report.transaction.text()), sqlSeconds(report.at),
             sqlText(report.cause)});
    }

    JournalDatabase m_database;
};

} // namespace

Result<std::unique_ptr<Journal>> openSqliteJournal(const JournalSettings& settings,
                                                   std::function<gateway::Time()> wallTime)
{
    auto journal = std::make_unique<SqliteJournal>(settings, std::move(wallTime));
    if (const auto opened = journal->open(); !opened) return tl::unexpected(opened.error());
    return journal;
}

} // namespace station
