#include "adapters/sqlite_journal.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include "adapters/tpm_evidence.h"
#include "provisioning/records.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

constexpr int kSchema = 2;

/// The first schema; kSchemaChanges bring it to what the program knows.
const char* const kSchemaSql[] = {
    "CREATE TABLE jobs ("
    " id INTEGER PRIMARY KEY, vin TEXT NOT NULL, slot INTEGER NOT NULL, txn TEXT NOT NULL UNIQUE,"
    " ecu_serial TEXT NOT NULL DEFAULT '', csr BLOB, issue_begun INTEGER NOT NULL DEFAULT 0,"
    " serial TEXT, device_id TEXT, vin_hash TEXT, leaf BLOB, chain TEXT, issued_at INTEGER, expires_at INTEGER,"
    " installed INTEGER NOT NULL DEFAULT 0, verified INTEGER NOT NULL DEFAULT 0,"
    " outcome TEXT, opened_at INTEGER NOT NULL, closed_at INTEGER)",
    "CREATE UNIQUE INDEX one_open_job_per_vin ON jobs(vin) WHERE outcome IS NULL",
    "CREATE TABLE steps ("
    " id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, at INTEGER NOT NULL,"
    " step TEXT NOT NULL, phase TEXT NOT NULL, attempt INTEGER NOT NULL, cause TEXT NOT NULL, detail TEXT NOT NULL)",
    "CREATE INDEX steps_by_job ON steps(job)",
    // AUTOINCREMENT: the order of the queue must not depend on ids that were free again.
    "CREATE TABLE outbox ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL CHECK (kind IN ('provisioned', 'rejected')), serial TEXT NOT NULL, txn TEXT NOT NULL,"
    " at INTEGER NOT NULL, cause TEXT NOT NULL, delivered_at INTEGER, set_aside TEXT)",
    "CREATE INDEX outbox_waiting ON outbox(id) WHERE delivered_at IS NULL AND set_aside IS NULL",
};

/// Element n leads from schema n + 1 to n + 2.
const char* const kSchemaChanges[] = {
    // The record of DID F1A4 as the unit gave it (docs/tcu-link.md); null: the unit gave none.
    "ALTER TABLE jobs ADD COLUMN evidence BLOB",
};
static_assert(std::size(kSchemaChanges) + 1 == kSchema);

tl::unexpected<gateway::Error> unusable(const char* type, std::string detail)
{
    return gateway::fail(ErrorCode::StoreUnavailable, type, std::move(detail));
}

/// Primary result codes of SQLite (sqlite.org/rescode.html); extended ones carry them in the low byte.
tl::unexpected<gateway::Error> sqlFailure(const QSqlError& error, const std::string& doing)
{
    const auto said = doing + ": " + error.databaseText().toStdString();
    switch (error.nativeErrorCode().toInt() & 0xFF) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
        return unusable("journal-locked", said + "; another program is writing to the journal");
    case 8:  // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
        return unusable("journal-cannot-open", said);
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
        return unusable("journal-corrupt",
                        said + "; move the file away for inspection, its open jobs and reports are in it");
    case 13: // SQLITE_FULL
        return unusable("journal-full", said + "; nothing is done that could not be written down");
    case 19: // SQLITE_CONSTRAINT
        return gateway::fail(ErrorCode::Conflict, "job-open", said);
    default:
        return unusable("journal-io", said);
    }
}

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

qint64 seconds(gateway::Time time)
{
    return time.time_since_epoch().count();
}

gateway::Time timeOf(const QVariant& value)
{
    return gateway::Time(std::chrono::seconds(value.toLongLong()));
}

QString text(std::string_view value)
{
    return QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
}

QByteArray blob(const gateway::Bytes& value)
{
    return {reinterpret_cast<const char*>(value.data()), static_cast<qsizetype>(value.size())};
}

gateway::Bytes bytes(const QVariant& value)
{
    const auto array = value.toByteArray();
    return {array.begin(), array.end()};
}

QString joined(const std::vector<gateway::Bytes>& chain)
{
    QStringList parts;
    for (const auto& certificate : chain)
        parts << text(gateway::toBase64(certificate));
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
    SqliteJournal(JournalSettings settings, std::function<gateway::Time()> wallTime)
        : m_settings(std::move(settings)), m_wallTime(std::move(wallTime))
    {
        static std::atomic<unsigned> number{0};
        m_connection = QStringLiteral("station-journal-%1").arg(++number);
    }

    ~SqliteJournal() override
    {
        m_database.close();
        m_database = {};
        QSqlDatabase::removeDatabase(m_connection);
    }

    Result<void> open()
    {
        const int descriptor = ::open(m_settings.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0)
            return unusable("journal-cannot-open", m_settings.file.string() + ": " + std::strerror(errno));
        // It holds VINs; SQLite gives its -wal and -shm the mode of the file.
        const bool closedToOthers = ::fchmod(descriptor, 0600) == 0;
        ::close(descriptor);
        if (!closedToOthers)
            return unusable("journal-cannot-open",
                            m_settings.file.string() + ": cannot be closed to other users: " + std::strerror(errno));

        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
        m_database.setDatabaseName(QString::fromStdString(m_settings.file.string()));
        m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(m_settings.lockTimeout.count()));
        if (!m_database.open()) return sqlFailure(m_database.lastError(), "opening " + m_settings.file.string());
        return execute("PRAGMA journal_mode = WAL")
            .and_then([&] { return execute("PRAGMA synchronous = FULL"); })
            .and_then([&] { return execute("PRAGMA foreign_keys = ON"); })
            .and_then([&] { return limitSize(); })
            .and_then([&] { return migrate(); });
    }

    Result<std::unique_ptr<SlotClaim>> claimSlot(int slot) override
    {
        const auto file = m_settings.file.string() + ".slot" + std::to_string(slot);
        const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (descriptor < 0) return unusable("journal-cannot-open", file + ": " + std::strerror(errno));
        auto claim = std::make_unique<FileLock>(descriptor);
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
            return gateway::fail(ErrorCode::Conflict, "slot-busy",
                                 "another run is at work in slot " + std::to_string(slot));
        return claim;
    }

    Result<std::optional<Job>> findOpenJob(const gateway::Vin& vin) override
    {
        QSqlQuery query(m_database);
        if (!prepare(query, "SELECT id, slot, txn, ecu_serial, csr, issue_begun, serial, device_id, vin_hash, leaf,"
                            " chain, issued_at, expires_at, installed, verified, evidence FROM jobs"
                            " WHERE vin = ? AND outcome IS NULL"))
            return sqlFailure(query.lastError(), "looking for an open job");
        query.addBindValue(text(vin.text()));
        if (!query.exec()) return sqlFailure(query.lastError(), "looking for an open job");
        if (!query.next()) return std::nullopt;

        const auto transaction = gateway::TransactionId::parse(query.value(2).toString().toStdString());
        if (!transaction) return unusable("journal-corrupt", "a job's transaction: " + transaction.error().detail);
        Job job{
            .id = query.value(0).toLongLong(), .vin = vin, .slot = query.value(1).toInt(), .transaction = *transaction};
        job.ecuSerial = query.value(3).toString().toStdString();
        job.csrDer = bytes(query.value(4));
        job.issueBegun = query.value(5).toBool();
        if (!query.value(6).isNull()) {
            const auto serial = gateway::CertificateSerial::parse(query.value(6).toString().toStdString());
            const auto deviceId = gateway::DeviceId::parse(query.value(7).toString().toStdString());
            const auto vinHash = gateway::VinHash::parse(query.value(8).toString().toStdString());
            if (!serial || !deviceId || !vinHash)
                return unusable("journal-corrupt", "the certificate of job " + transaction->text() + " is unreadable");
            job.certificate = gateway::IssuedCertificate{*serial,
                                                         *deviceId,
                                                         *vinHash,
                                                         bytes(query.value(9)),
                                                         split(query.value(10).toString()),
                                                         timeOf(query.value(11)),
                                                         timeOf(query.value(12))};
        }
        job.installed = query.value(13).toBool();
        job.verified = query.value(14).toBool();
        if (!query.value(15).isNull()) {
            auto evidence = tcu::parseEvidence(bytes(query.value(15)));
            if (!evidence)
                return unusable("journal-corrupt", "the evidence of job " + transaction->text() + " is unreadable");
            job.evidence = toContract(std::move(*evidence));
        }
        return job;
    }

    Result<Job> beginJob(const gateway::Vin& vin, int slot, const gateway::TransactionId& transaction,
                         const JournalRecord& first) override
    {
        Job job{.id = 0, .vin = vin, .slot = slot, .transaction = transaction};
        const auto done = inTransaction("beginning a job", [&]() -> Result<void> {
            QSqlQuery query(m_database);
            if (!prepare(query, "INSERT INTO jobs (vin, slot, txn, opened_at) VALUES (?, ?, ?, ?)"))
                return sqlFailure(query.lastError(), "beginning a job");
            query.addBindValue(text(vin.text()));
            query.addBindValue(slot);
            query.addBindValue(text(transaction.text()));
            query.addBindValue(seconds(m_wallTime()));
            if (!query.exec()) return sqlFailure(query.lastError(), "beginning a job");
            job.id = query.lastInsertId().toLongLong();
            return write(job.id, first);
        });
        if (!done) return tl::unexpected(done.error());
        return job;
    }

    Result<void> record(std::int64_t job, const JournalRecord& record) override
    {
        return inTransaction("recording a step", [&] { return write(job, record); });
    }

    Result<void> close(std::int64_t job, Outcome outcome) override
    {
        return change("closing a job", "UPDATE jobs SET outcome = ?, closed_at = ? WHERE id = ?",
                      {text(name(outcome)), seconds(m_wallTime()), qint64(job)});
    }

    Result<std::vector<QueuedReport>> pendingReports() override
    {
        QSqlQuery query(m_database);
        if (!query.exec(QStringLiteral("SELECT id, kind, serial, txn, at, cause FROM outbox"
                                       " WHERE delivered_at IS NULL AND set_aside IS NULL ORDER BY id")))
            return sqlFailure(query.lastError(), "reading the reports");
        std::vector<QueuedReport> reports;
        while (query.next()) {
            const auto serial = gateway::CertificateSerial::parse(query.value(2).toString().toStdString());
            const auto transaction = gateway::TransactionId::parse(query.value(3).toString().toStdString());
            if (!serial || !transaction) return unusable("journal-corrupt", "a waiting report is unreadable");
            reports.push_back(
                {query.value(0).toLongLong(),
                 {query.value(1).toString() == u"rejected" ? Report::Kind::Rejected : Report::Kind::Provisioned,
                  *serial, *transaction, timeOf(query.value(4)), query.value(5).toString().toStdString()}});
        }
        return reports;
    }

    Result<void> markDelivered(std::int64_t report) override
    {
        return change("marking a report", "UPDATE outbox SET delivered_at = ? WHERE id = ?",
                      {seconds(m_wallTime()), qint64(report)});
    }

    Result<void> setAside(std::int64_t report, const std::string& why) override
    {
        return change("setting a report aside", "UPDATE outbox SET set_aside = ? WHERE id = ?",
                      {text(why), qint64(report)});
    }

private:
    static bool prepare(QSqlQuery& query, const char* sql) { return query.prepare(QString::fromLatin1(sql)); }

    Result<void> execute(const QString& sql)
    {
        QSqlQuery query(m_database);
        if (!query.exec(sql)) return sqlFailure(query.lastError(), m_settings.file.string());
        return {};
    }
    Result<void> execute(const char* sql) { return execute(QString::fromLatin1(sql)); }

    Result<void> change(const char* doing, const char* sql, const QVariantList& values)
    {
        QSqlQuery query(m_database);
        if (!prepare(query, sql)) return sqlFailure(query.lastError(), doing);
        for (const auto& value : values)
            query.addBindValue(value);
        if (!query.exec()) return sqlFailure(query.lastError(), doing);
        return {};
    }

    template <typename Body>
    Result<void> inTransaction(const char* doing, Body body)
    {
        // IMMEDIATE: a reader that wants to write later would fail at once instead of waiting for its turn.
        if (const auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
        if (const auto done = body(); !done) {
            static_cast<void>(execute("ROLLBACK"));
            return done;
        }
        QSqlQuery query(m_database);
        if (query.exec(QStringLiteral("COMMIT"))) return {};
        const auto failure = sqlFailure(query.lastError(), doing);
        static_cast<void>(execute("ROLLBACK"));
        return failure;
    }

    Result<void> limitSize()
    {
        if (m_settings.maxPages == 0) return {};
        return execute(QStringLiteral("PRAGMA max_page_count = %1").arg(m_settings.maxPages));
    }

    Result<int> schema()
    {
        QSqlQuery query(m_database);
        if (!query.exec(QStringLiteral("PRAGMA user_version")) || !query.next())
            return sqlFailure(query.lastError(), m_settings.file.string());
        return query.value(0).toInt();
    }

    Result<void> migrate()
    {
        const auto found = schema();
        if (!found) return tl::unexpected(found.error());
        if (*found > kSchema)
            return unusable("journal-newer", m_settings.file.string() + " has schema " + std::to_string(*found) +
                                                 ", this program knows " + std::to_string(kSchema));
        if (*found == kSchema) return forget();
        return inTransaction("making the journal", [&]() -> Result<void> {
            // Another process may have been faster.
            const auto now = schema();
            if (!now) return tl::unexpected(now.error());
            if (*now == kSchema) return {};
            if (*now == 0) {
                for (const auto* sql : kSchemaSql)
                    if (const auto done = execute(sql); !done) return done;
            }
            for (int schema = std::max(*now, 1); schema < kSchema; ++schema)
                if (const auto done = execute(kSchemaChanges[schema - 1]); !done) return done;
            return execute(QStringLiteral("PRAGMA user_version = %1").arg(kSchema));
        });
    }

    Result<void> forget()
    {
        const auto before = seconds(m_wallTime() - m_settings.keep);
        QSqlQuery query(m_database);
        if (!prepare(query, "SELECT count(*) FROM jobs WHERE closed_at < ?"))
            return sqlFailure(query.lastError(), m_settings.file.string());
        query.addBindValue(before);
        if (!query.exec() || !query.next()) return sqlFailure(query.lastError(), m_settings.file.string());
        if (query.value(0).toInt() == 0) return {};
        query.finish();
        return change("forgetting old jobs",
                      "DELETE FROM jobs WHERE closed_at < ? AND NOT EXISTS"
                      " (SELECT 1 FROM outbox WHERE outbox.job = jobs.id AND delivered_at IS NULL)",
                      {before});
    }

    Result<void> write(std::int64_t job, const JournalRecord& record)
    {
        constexpr auto doing = "recording a step";
        const auto line = change(
            doing, "INSERT INTO steps (job, at, step, phase, attempt, cause, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            {qint64(job), seconds(m_wallTime()), text(name(record.step)), text(name(record.phase)), record.attempt,
             text(record.cause), text(record.detail)});
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
                                         {text(*record.ecuSerial), qint64(job)});
                !done)
                return done;
        }
        if (record.csrDer) {
            if (const auto done =
                    change(doing, "UPDATE jobs SET csr = ? WHERE id = ?", {blob(*record.csrDer), qint64(job)});
                !done)
                return done;
        }
        if (record.evidence) {
            if (const auto done = change(doing, "UPDATE jobs SET evidence = ? WHERE id = ?",
                                         {blob(tcu::encodeEvidence(toWire(*record.evidence))), qint64(job)});
                !done)
                return done;
        }
        if (!record.certificate) return {};
        const auto& issued = *record.certificate;
        return change(doing,
                      "UPDATE jobs SET serial = ?, device_id = ?, vin_hash = ?, leaf = ?, chain = ?, issued_at = ?,"
                      " expires_at = ? WHERE id = ?",
                      {text(issued.serial.text()), text(issued.deviceId.text()), text(issued.vinHash.text()),
                       blob(issued.certificateDer), joined(issued.chainDer), seconds(issued.issuedAt),
                       seconds(issued.expiresAt), qint64(job)});
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
             text(report.serial.text()), text(report.transaction.text()), seconds(report.at), text(report.cause)});
    }

    JournalSettings m_settings;
    std::function<gateway::Time()> m_wallTime;
    QString m_connection;
    QSqlDatabase m_database;
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
