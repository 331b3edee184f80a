#pragma once

#include <functional>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>

#include "adapters/sqlite_journal.h"

namespace station {

/// One connection to the journal's file, which it makes or brings to the schema that this program knows. Used in the
/// thread that opened it. Errors are those of openSqliteJournal().
class JournalDatabase final
{
public:
    JournalDatabase(JournalSettings settings, std::function<gateway::Time()> wallTime);
    ~JournalDatabase();
    JournalDatabase(const JournalDatabase&) = delete;
    JournalDatabase& operator=(const JournalDatabase&) = delete;

    [[nodiscard]] gateway::Result<void> open();
    [[nodiscard]] const JournalSettings& settings() const { return m_settings; }
    [[nodiscard]] gateway::Time now() const { return m_wallTime(); }

    /// @param doing  for the error's text
    [[nodiscard]] gateway::Result<void> change(const char* doing, const char* sql, const QVariantList& values = {});
    /// @return a query that stands before its first row
    [[nodiscard]] gateway::Result<QSqlQuery> ask(const char* doing, const QString& sql,
                                                 const QVariantList& values = {});
    [[nodiscard]] qint64 lastInsertId() const { return m_lastInsertId; }

    /// All of the body's changes or none; the body's error is handed on.
    [[nodiscard]] gateway::Result<void> inTransaction(const char* doing,
                                                      const std::function<gateway::Result<void>()>& body);

private:
    gateway::Result<void> execute(const QString& sql);
    gateway::Result<int> schema();
    gateway::Result<void> migrate();

    JournalSettings m_settings;
    std::function<gateway::Time()> m_wallTime;
    QString m_connection;
    QSqlDatabase m_database;
    qint64 m_lastInsertId = 0;
};

/// StoreUnavailable with a slug of "journal-...".
[[nodiscard]] tl::unexpected<gateway::Error> journalUnusable(const char* type, std::string detail);

[[nodiscard]] qint64 sqlSeconds(gateway::Time time);
[[nodiscard]] gateway::Time sqlTime(const QVariant& value);
[[nodiscard]] QString sqlText(std::string_view value);
[[nodiscard]] QByteArray sqlBlob(const gateway::Bytes& value);
[[nodiscard]] gateway::Bytes sqlBytes(const QVariant& value);

} // namespace station
