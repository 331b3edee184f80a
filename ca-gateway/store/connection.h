#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <QVariant>

#include "contract/messages.h"
#include "store/database_url.h"

class QSqlError;
class QSqlQuery;

namespace gateway::store {

class Connection;

/// A parameter of a statement. Times travel as seconds, to_timestamp($n) makes them timestamps.
[[nodiscard]] QVariant parameter(std::string_view text);
[[nodiscard]] QVariant parameter(const Bytes& bytes);
[[nodiscard]] QVariant parameter(Time time);
[[nodiscard]] QVariant parameter(std::int64_t number);
[[nodiscard]] QVariant parameter(bool value);
[[nodiscard]] QVariant nullText();

/// The rows of a statement that has been run. Read them before the same statement runs again.
class Rows final
{
public:
    [[nodiscard]] bool next();
    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] Bytes bytes(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] bool flag(int column) const;
    [[nodiscard]] Time time(int column) const; ///< of extract(epoch from ...)::bigint
    [[nodiscard]] int affected() const;

private:
    friend class Transaction;
    explicit Rows(QSqlQuery* query) : m_query(query) {}

    QSqlQuery* m_query; ///< null after a failure: no rows
};

/// A transaction under way. Its first failure sticks: what runs afterwards does nothing, and Database::transact()
/// returns that failure whatever the work makes of the missing rows.
class Transaction final
{
public:
    /// @param sql  a literal with ? for each parameter; prepared once per connection
    Rows run(const char* sql, const std::vector<QVariant>& parameters = {});
    /// For statements that are put together at run time: planned for these parameters, and not kept. The rows of one
    /// are to be read before the next.
    Rows runOnce(const std::string& sql, const std::vector<QVariant>& parameters);
    /// Runs a script of several statements, without parameters.
    void runScript(const std::string& sql);
    /// COPY (query) TO STDOUT, line by line, without holding the rows: for millions of them.
    /// @param query    with $1, $2, ... for the parameters, which are put in as quoted text
    /// @param takeRow  gets the columns; false ends with StoreUnavailable
    void copyOut(std::string query, const std::vector<std::string>& parameters,
                 const std::function<bool(std::span<const std::string_view>)>& takeRow);
    /// Serialises with every other transaction that takes a lock of this name, until the end of this one.
    void lock(std::string_view name);
    [[nodiscard]] bool failed() const { return m_failure != Failure::None; }

private:
    friend class Database;
    enum class Failure { None, ConnectionLost, Repeatable, Busy, BadParameter, Permanent };

    explicit Transaction(Connection& connection) : m_connection(connection) {}
    Rows execute(QSqlQuery* query, const QSqlError& error, const std::vector<QVariant>& parameters);
    void noteFailure(const QSqlError& error);

    Connection& m_connection;
    Failure m_failure = Failure::None;
    std::string m_sqlState;
};

/// PostgreSQL through QtSql: one connection per thread, opened when first used, opened again after a loss, closed when
/// the thread ends. Thread-safe.
class Database final
{
public:
    explicit Database(DatabaseUrl url);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs the work in a transaction and commits when it returns a value, else rolls back. Runs it again, from the
    /// beginning, after a serialization failure, a deadlock, a race for a unique index, or a lost connection; the work
    /// must therefore keep nothing from an earlier run and be safe to repeat after a commit whose answer was lost.
    /// @return the work's result; StoreUnavailable (not reachable, or too busy), InvalidRequest "text-nul" (a text with
    /// NUL), Internal
    template <typename T>
    [[nodiscard]] Result<T> transact(const std::function<Result<T>(Transaction&)>& work)
    {
        // Wrapped, so that the loop over connections and failures is compiled once.
        Result<T> result = fail(ErrorCode::Internal, "store-not-run", "the transaction did not run");
        const auto committed = runTransaction([&](Transaction& transaction) {
            result = work(transaction);
            return result.has_value();
        });
        if (!committed) return tl::unexpected(committed.error());
        return result;
    }

    /// The same for work that runs one statement and nothing else: that is a transaction by itself, and saves the round
    /// trips of BEGIN and COMMIT.
    /// @param attempts  how often at most, when the outcome is worth repeating
    template <typename T>
    [[nodiscard]] Result<T> runStatement(const std::function<Result<T>(Transaction&)>& work, int attempts = kAttempts)
    {
        Result<T> result = fail(ErrorCode::Internal, "store-not-run", "the statement did not run");
        const auto done = runTransaction(
            [&](Transaction& transaction) {
                result = work(transaction);
                return result.has_value();
            },
            Scope::Statement, attempts);
        if (!done) return tl::unexpected(done.error());
        return result;
    }

    /// Asks the server for a row, over this thread's connection.
    [[nodiscard]] Result<void> checkHealth();

private:
    enum class Scope { Transaction, Statement };
    static constexpr int kAttempts = 6;

    [[nodiscard]] Result<void> runTransaction(const std::function<bool(Transaction&)>& work,
                                              Scope scope = Scope::Transaction, int attempts = kAttempts);
    [[nodiscard]] Result<Connection*> threadConnection();
    void dropThreadConnection();

    DatabaseUrl m_url;
    std::shared_ptr<const int> m_alive; ///< tells the threads' connections when their database is gone
};

} // namespace gateway::store
