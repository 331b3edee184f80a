#include "adapters/journal_database.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QSqlError>

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

constexpr int kSchema = 3;

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

struct SchemaChange
{
    int to; ///< the schema that it belongs to
    const char* sql;
};

constexpr SchemaChange kSchemaChanges[] = {
    // The record of DID F1A4 as the unit gave it (docs/tcu-link.md); null: the unit gave none.
    {2, "ALTER TABLE jobs ADD COLUMN evidence BLOB"},
    {3, "ALTER TABLE steps ADD COLUMN ms INTEGER NOT NULL DEFAULT 0"},
    {3, "CREATE INDEX jobs_by_time ON jobs(opened_at)"},
    // A badge is looked up by its hash, so all badges share the station's salt; a PIN has a salt of its own.
    {3, "CREATE TABLE people ("
        " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL"
        " CHECK (role IN ('operator', 'technician', 'supervisor')),"
        " badge_hash BLOB UNIQUE, pin_salt BLOB, pin_hash BLOB, wrong_pins INTEGER NOT NULL DEFAULT 0,"
        " blocked_until INTEGER NOT NULL DEFAULT 0, added_at INTEGER NOT NULL)"},
    {3, "CREATE TABLE badge_salt (one INTEGER PRIMARY KEY CHECK (one = 1), salt BLOB NOT NULL)"},
    {3, "CREATE TABLE sessions ("
        " id INTEGER PRIMARY KEY, person TEXT NOT NULL, role TEXT NOT NULL, what TEXT NOT NULL, at INTEGER NOT NULL)"},
    {3, "CREATE TABLE cases ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER REFERENCES jobs(id) ON DELETE SET NULL, vin TEXT NOT NULL,"
        " slot INTEGER NOT NULL, txn TEXT NOT NULL, outcome TEXT NOT NULL, step TEXT NOT NULL, cause TEXT NOT NULL,"
        " detail TEXT NOT NULL, transcript TEXT NOT NULL DEFAULT '', opened_at INTEGER NOT NULL,"
        " taken_by TEXT, taken_at INTEGER, closed_by TEXT, closed_at INTEGER, resolution TEXT)"},
    {3, "CREATE UNIQUE INDEX one_open_case_per_vin ON cases(vin) WHERE closed_at IS NULL"},
};
static_assert(std::end(kSchemaChanges)[-1].to == kSchema);

/// Primary result codes of SQLite (sqlite.org/rescode.html); extended ones carry them in the low byte.
tl::unexpected<gateway::Error> sqlFailure(const QSqlError& error, const std::string& doing)
{
    const auto said = doing + ": " + error.databaseText().toStdString();
    switch (error.nativeErrorCode().toInt() & 0xFF) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
        return journalUnusable("journal-locked", said + "; another program is writing to the journal");
    case 8:  // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
        return journalUnusable("journal-cannot-open", said);
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
        return journalUnusable("journal-corrupt",
                               said + "; move the file away for inspection, its open jobs and reports are in it");
    case 13: // SQLITE_FULL
        return journalUnusable("journal-full", said + "; nothing is done that could not be written down");
    case 19: // SQLITE_CONSTRAINT
        return gateway::fail(ErrorCode::Conflict, "job-open", said);
    default:
        return journalUnusable("journal-io", said);
    }
}

} // namespace

tl::unexpected<gateway::Error> journalUnusable(const char* type, std::string detail)
{
    return gateway::fail(ErrorCode::StoreUnavailable, type, std::move(detail));
}

qint64 sqlSeconds(gateway::Time time)
{
    return time.time_since_epoch().count();
}

gateway::Time sqlTime(const QVariant& value)
{
    return gateway::Time(std::chrono::seconds(value.toLongLong()));
}

QString sqlText(std::string_view value)
{
    return QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
}

QByteArray sqlBlob(const gateway::Bytes& value)
{
    return {reinterpret_cast<const char*>(value.data()), static_cast<qsizetype>(value.size())};
}

gateway::Bytes sqlBytes(const QVariant& value)
{
    const auto array = value.toByteArray();
    return {array.begin(), array.end()};
}

JournalDatabase::JournalDatabase(JournalSettings settings, std::function<gateway::Time()> wallTime)
    : m_settings(std::move(settings)), m_wallTime(std::move(wallTime))
{
    static std::atomic<unsigned> number{0};
    m_connection = QStringLiteral("station-journal-%1").arg(++number);
}

JournalDatabase::~JournalDatabase()
{
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_connection);
}

Result<void> JournalDatabase::open()
{
    const int descriptor = ::open(m_settings.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return journalUnusable("journal-cannot-open", m_settings.file.string() + ": " + std::strerror(errno));
    // It holds VINs; SQLite gives its -wal and -shm the mode of the file.
    const bool closedToOthers = ::fchmod(descriptor, 0600) == 0;
    ::close(descriptor);
    if (!closedToOthers)
        return journalUnusable("journal-cannot-open",
                               m_settings.file.string() + ": cannot be closed to other users: " + std::strerror(errno));

    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(QString::fromStdString(m_settings.file.string()));
    m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(m_settings.lockTimeout.count()));
    if (!m_database.open()) return sqlFailure(m_database.lastError(), "opening " + m_settings.file.string());
    return execute(QStringLiteral("PRAGMA journal_mode = WAL"))
        .and_then([&] { return execute(QStringLiteral("PRAGMA synchronous = FULL")); })
        .and_then([&] { return execute(QStringLiteral("PRAGMA foreign_keys = ON")); })
        .and_then([&] {
            return m_settings.maxPages == 0
                       ? Result<void>{}
                       : execute(QStringLiteral("PRAGMA max_page_count = %1").arg(m_settings.maxPages));
        })
        .and_then([&] { return migrate(); });
}

Result<void> JournalDatabase::execute(const QString& sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql)) return sqlFailure(query.lastError(), m_settings.file.string());
    return {};
}

Result<void> JournalDatabase::change(const char* doing, const char* sql, const QVariantList& values)
{
    auto done = ask(doing, QString::fromLatin1(sql), values);
    if (!done) return tl::unexpected(done.error());
    m_lastInsertId = done->lastInsertId().toLongLong();
    return {};
}

Result<QSqlQuery> JournalDatabase::ask(const char* doing, const QString& sql, const QVariantList& values)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(sql)) return sqlFailure(query.lastError(), doing);
    for (const auto& value : values)
        query.addBindValue(value);
    if (!query.exec()) return sqlFailure(query.lastError(), doing);
    return query;
}

Result<void> JournalDatabase::inTransaction(const char* doing, const std::function<Result<void>()>& body)
{
    // IMMEDIATE: a reader that wants to write later would fail at once instead of waiting for its turn.
    if (const auto begun = execute(QStringLiteral("BEGIN IMMEDIATE")); !begun) return begun;
    if (const auto done = body(); !done) {
        static_cast<void>(execute(QStringLiteral("ROLLBACK")));
        return done;
    }
    QSqlQuery query(m_database);
    if (query.exec(QStringLiteral("COMMIT"))) return {};
    const auto failure = sqlFailure(query.lastError(), doing);
    static_cast<void>(execute(QStringLiteral("ROLLBACK")));
    return failure;
}

Result<int> JournalDatabase::schema()
{
    QSqlQuery query(m_database);
    if (!query.exec(QStringLiteral("PRAGMA user_version")) || !query.next())
        return sqlFailure(query.lastError(), m_settings.file.string());
    return query.value(0).toInt();
}

Result<void> JournalDatabase::migrate()
{
    const auto found = schema();
    if (!found) return tl::unexpected(found.error());
    if (*found > kSchema)
        return journalUnusable("journal-newer", m_settings.file.string() + " has schema " + std::to_string(*found) +
                                                    ", this program knows " + std::to_string(kSchema));
    if (*found == kSchema) return {};
    return inTransaction("making the journal", [&]() -> Result<void> {
        // Another process may have been faster.
        const auto now = schema();
        if (!now) return tl::unexpected(now.error());
        if (*now == kSchema) return {};
        if (*now == 0) {
            for (const auto* sql : kSchemaSql)
                if (const auto done = execute(QString::fromLatin1(sql)); !done) return done;
        }
        for (const auto& change : kSchemaChanges) {
            if (change.to <= *now) continue;
            if (const auto done = execute(QString::fromLatin1(change.sql)); !done) return done;
        }
        return execute(QStringLiteral("PRAGMA user_version = %1").arg(kSchema));
    });
}

} // namespace station
