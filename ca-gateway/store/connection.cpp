#include "store/connection.h"

#include <atomic>
#include <map>
#include <thread>
#include <unordered_map>

#include <libpq-fe.h>

#include <QSqlDatabase>
#include <QSqlDriver>
#include <QSqlError>
#include <QSqlQuery>
#include <QtGlobal>
#include <spdlog/spdlog.h>

namespace gateway::store {
namespace {

constexpr std::chrono::seconds kRetryAfter{5};
constexpr std::chrono::milliseconds kFirstPause{5};

std::atomic<unsigned> g_connectionNumber{0};

tl::unexpected<Error> unavailable(std::string type, std::string detail)
{
    return fail(ErrorCode::StoreUnavailable, std::move(type), std::move(detail), kRetryAfter);
}

} // namespace

/// A connection of one thread with its prepared statements.
class Connection final
{
public:
    Connection() : m_name(QStringLiteral("v2c-%1").arg(g_connectionNumber.fetch_add(1))) {}
    ~Connection()
    {
        m_database.close();
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(m_name);
        // Only now, without a driver: over a lost connection each statement would try to free itself at the server.
        m_statements.clear();
        m_once.reset();
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool open(const DatabaseUrl& url)
    {
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), m_name);
        m_database.setHostName(QString::fromStdString(url.host));
        m_database.setPort(url.port);
        m_database.setDatabaseName(QString::fromStdString(url.database));
        m_database.setUserName(QString::fromStdString(url.user));
        m_database.setPassword(QString::fromStdString(url.password));
        m_database.setConnectOptions(QStringLiteral("connect_timeout=3;tcp_user_timeout=10000;application_name=v2c"));
        if (!m_database.open()) return false;
        QSqlQuery settings(m_database);
        return settings.exec(QStringLiteral("SET statement_timeout = '10s'; SET lock_timeout = '5s'; "
                                            "SET idle_in_transaction_session_timeout = '30s'; SET TIME ZONE 'UTC'"));
    }

    [[nodiscard]] QSqlDatabase& database() { return m_database; }
    [[nodiscard]] QString lastErrorText() const { return m_database.lastError().driverText(); }

    /// @return null when it could not be prepared
    QSqlQuery* statement(const char* sql, QSqlError& error)
    {
        auto& prepared = m_statements[sql];
        if (!prepared) {
            auto fresh = std::make_unique<QSqlQuery>(m_database);
            if (!fresh->prepare(QString::fromUtf8(sql))) {
                error = fresh->lastError();
                return nullptr;
            }
            prepared = std::move(fresh);
        }
        return prepared.get();
    }

    /// In place of the last one that was made so. @return null when it could not be prepared
    QSqlQuery* statementOnce(const std::string& sql, QSqlError& error)
    {
        auto fresh = std::make_unique<QSqlQuery>(m_database);
        if (!fresh->prepare(QString::fromStdString(sql))) {
            error = fresh->lastError();
            return nullptr;
        }
        m_once = std::move(fresh);
        return m_once.get();
    }

private:
    QString m_name;
    QSqlDatabase m_database;
    std::unordered_map<std::string_view, std::unique_ptr<QSqlQuery>> m_statements; ///< by literal
    std::unique_ptr<QSqlQuery> m_once;
};

namespace {

struct ThreadConnection
{
    std::weak_ptr<const int> alive;
    std::unique_ptr<Connection> connection;
};

/// Set when this thread's connections are gone: a Database that lives longer, a static one, must not look for them.
thread_local bool t_ended = false;

struct ThreadConnections
{
    ~ThreadConnections() { t_ended = true; }

    std::map<const int*, ThreadConnection> byDatabase;
};

std::map<const int*, ThreadConnection>& threadConnections()
{
    thread_local ThreadConnections connections;
    return connections.byDatabase;
}

} // namespace

QVariant parameter(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QVariant parameter(const Bytes& bytes)
{
    return QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}

QVariant parameter(Time time)
{
    return QVariant::fromValue<qlonglong>(time.time_since_epoch().count());
}

QVariant parameter(std::int64_t number)
{
    return QVariant::fromValue<qlonglong>(number);
}

QVariant parameter(bool value)
{
    return value;
}

QVariant nullText()
{
    return QVariant(QMetaType::fromType<QString>());
}

bool Rows::next()
{
    return m_query != nullptr && m_query->next();
}

bool Rows::isNull(int column) const
{
    return m_query->isNull(column);
}

std::string Rows::text(int column) const
{
    return m_query->value(column).toString().toStdString();
}

Bytes Rows::bytes(int column) const
{
    const auto array = m_query->value(column).toByteArray();
    return {array.begin(), array.end()};
}

std::int64_t Rows::number(int column) const
{
    return m_query->value(column).toLongLong();
}

bool Rows::flag(int column) const
{
    return m_query->value(column).toBool();
}

Time Rows::time(int column) const
{
    return Time(std::chrono::seconds(number(column)));
}

int Rows::affected() const
{
    return m_query == nullptr ? 0 : m_query->numRowsAffected();
}

void Transaction::noteFailure(const QSqlError& error)
{
    if (failed()) return;
    m_sqlState = error.nativeErrorCode().toStdString();
    // A lost connection has no SQLSTATE, or one of class 08 or 57P; 25P02 and others cannot come first.
    if (m_sqlState.empty() || m_sqlState.starts_with("08") || m_sqlState.starts_with("57P")) {
        m_failure = Failure::ConnectionLost;
    } else if (m_sqlState == "40001" || m_sqlState == "40P01" || m_sqlState == "23505") {
        m_failure = Failure::Repeatable;
    } else if (m_sqlState == "57014" || m_sqlState == "55P03" || m_sqlState.starts_with("53") ||
               m_sqlState == "25P03") {
        m_failure = Failure::Busy;
    } else {
        m_failure = Failure::Permanent;
        // Parameters hold no VIN, so the server's text cannot either.
        spdlog::error("store: SQLSTATE {}: {}", m_sqlState, error.databaseText().toStdString());
    }
}

Rows Transaction::run(const char* sql, const std::vector<QVariant>& parameters)
{
    if (failed()) return Rows(nullptr);
    QSqlError error;
    return execute(m_connection.statement(sql, error), error, parameters);
}

Rows Transaction::runOnce(const std::string& sql, const std::vector<QVariant>& parameters)
{
    if (failed()) return Rows(nullptr);
    QSqlError error;
    return execute(m_connection.statementOnce(sql, error), error, parameters);
}

Rows Transaction::execute(QSqlQuery* query, const QSqlError& error, const std::vector<QVariant>& parameters)
{
    if (query == nullptr) {
        noteFailure(error);
        return Rows(nullptr);
    }
    for (std::size_t index = 0; index < parameters.size(); ++index) {
        const auto& value = parameters[index];
        if (value.typeId() == QMetaType::QString && value.toString().contains(QChar(u'\0'))) {
            m_failure = Failure::BadParameter;
            return Rows(nullptr);
        }
        query->bindValue(static_cast<int>(index), value);
    }
    if (!query->exec()) {
        noteFailure(query->lastError());
        return Rows(nullptr);
    }
    return Rows(query);
}

void Transaction::runScript(const std::string& sql)
{
    if (failed()) return;
    QSqlQuery query(m_connection.database());
    if (!query.exec(QString::fromStdString(sql))) noteFailure(query.lastError());
}

void Transaction::copyOut(std::string query, const std::vector<std::string>& parameters,
                          const std::function<bool(std::span<const std::string_view>)>& takeRow)
{
    if (failed()) return;
    // QtSql's driver has no COPY and keeps all rows of a SELECT; its connection can do both.
    const auto handle = m_connection.database().driver()->handle();
    auto* connection = *static_cast<PGconn* const*>(handle.constData());
    const auto lost = [&] { m_failure = Failure::ConnectionLost; };
    for (std::size_t i = parameters.size(); i > 0; --i) {
        const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
            PQescapeLiteral(connection, parameters[i - 1].data(), parameters[i - 1].size()), &PQfreemem);
        if (!quoted) return lost();
        const auto name = '$' + std::to_string(i);
        for (auto at = query.find(name); at != std::string::npos; at = query.find(name, at))
            query.replace(at, name.size(), quoted.get());
    }
    using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;
    const PgResult begun(PQexec(connection, ("COPY (" + query + ") TO STDOUT").c_str()), &PQclear);
    if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) {
        const char* state = PQresultErrorField(begun.get(), PG_DIAG_SQLSTATE);
        spdlog::error("store: COPY: SQLSTATE {}", state != nullptr ? state : "none");
        m_failure = state != nullptr ? Failure::Permanent : Failure::ConnectionLost;
        return;
    }
    bool isWanted = true;
    std::vector<std::string_view> columns;
    for (;;) {
        char* line = nullptr;
        const int length = PQgetCopyData(connection, &line, 0);
        if (length < 0) break; // the end, or a failure that the result tells
        const std::unique_ptr<char, decltype(&PQfreemem)> owned(line, &PQfreemem);
        if (!isWanted) continue;
        columns.clear();
        std::string_view rest(line, static_cast<std::size_t>(length));
        if (rest.ends_with('\n')) rest.remove_suffix(1);
        for (auto tab = rest.find('\t'); tab != std::string_view::npos; tab = rest.find('\t')) {
            columns.push_back(rest.substr(0, tab));
            rest.remove_prefix(tab + 1);
        }
        columns.push_back(rest);
        isWanted = takeRow(columns);
    }
    bool isComplete = true;
    while (const PgResult result{PQgetResult(connection), &PQclear})
        isComplete = isComplete && PQresultStatus(result.get()) == PGRES_COMMAND_OK;
    if (!isComplete || !isWanted) lost();
}

void Transaction::lock(std::string_view name)
{
    run("SELECT pg_advisory_xact_lock(hashtextextended(?::text, 0))", {parameter(name)});
}

Database::Database(DatabaseUrl url) : m_url(std::move(url)), m_alive(std::make_shared<const int>(0)) {}

Database::~Database()
{
    dropThreadConnection();
}

Result<Connection*> Database::threadConnection()
{
    auto& connections = threadConnections();
    std::erase_if(connections, [](const auto& entry) { return entry.second.alive.expired(); });
    auto& entry = connections[m_alive.get()];
    if (entry.connection) return entry.connection.get();
    auto connection = std::make_unique<Connection>();
    if (!connection->open(m_url)) {
        spdlog::warn("store: cannot connect to the database: {}",
                     connection->database().lastError().databaseText().trimmed().toStdString());
        return unavailable("store-unreachable", "the database cannot be reached");
    }
    entry.alive = m_alive;
    entry.connection = std::move(connection);
    return entry.connection.get();
}

void Database::dropThreadConnection()
{
    if (!t_ended) threadConnections().erase(m_alive.get());
}

Result<void> Database::runTransaction(const std::function<bool(Transaction&)>& work, Scope scope, int attempts)
{
    const bool isBracketed = scope == Scope::Transaction;
    auto pause = kFirstPause;
    std::string lastState;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto connection = threadConnection();
        if (!connection) return tl::unexpected(connection.error());
        auto& database = (*connection)->database();

        const auto rollBack = [&] {
            // A rollback that fails means a lost connection, and a lost connection rolls back.
            if (isBracketed && !database.rollback()) dropThreadConnection();
        };
        Transaction transaction(**connection);
        if (isBracketed && !database.transaction()) {
            transaction.noteFailure(database.lastError());
        } else {
            const bool commit = work(transaction);
            if (!transaction.failed() && !commit) {
                rollBack();
                return {};
            }
            if (!transaction.failed() && isBracketed && !database.commit())
                transaction.noteFailure(database.lastError());
        }

        using Failure = Transaction::Failure;
        lastState = transaction.m_sqlState;
        switch (transaction.m_failure) {
        case Failure::None:
            return {};
        case Failure::ConnectionLost:
            dropThreadConnection();
            continue;
        case Failure::Repeatable:
            rollBack();
            std::this_thread::sleep_for(pause);
            pause *= 2;
            continue;
        case Failure::Busy:
            rollBack();
            return unavailable("store-busy", "the database did not answer in time, SQLSTATE " + lastState);
        case Failure::BadParameter:
            rollBack();
            return fail(ErrorCode::InvalidRequest, "text-nul", "a text holds a NUL character");
        case Failure::Permanent:
            rollBack();
            return fail(ErrorCode::Internal, "store-error", "the database refused, SQLSTATE " + lastState);
        }
    }
    return unavailable("store-unavailable", "the database failed " + std::to_string(attempts) +
                                                " times in a row, last SQLSTATE " +
                                                (lastState.empty() ? "none" : lastState));
}

Result<void> Database::checkHealth()
{
    const auto answer =
        transact<bool>([](Transaction& transaction) -> Result<bool> { return transaction.run("SELECT 1").next(); });
    if (!answer) return tl::unexpected(answer.error());
    return {};
}

} // namespace gateway::store
