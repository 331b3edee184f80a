#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "store/connection.h"

namespace gateway::store {

/// Lets the calls of many threads share one statement and its commit. Whoever finds a free turn runs what waits, its
/// own call among it; with one caller at a time that is a group of one and costs no wait. A call that the group could
/// not carry out, and every call of a group whose commit is in doubt, is run again alone by its own thread.
/// Thread-safe.
class CommitGroup final
{
public:
    /// Both statements are literals and repeatable: they answer the same for an item that is there already.
    /// @param groupStatement  takes a JSON list of items, answers a list of as many; null: to be run alone
    /// @param aloneStatement  takes one item, answers it
    CommitGroup(Database& database, const char* groupStatement, const char* aloneStatement)
        : m_database(database), m_groupStatement(groupStatement), m_aloneStatement(aloneStatement)
    {
    }

    /// @param item  JSON without NUL characters
    /// @return the answer, JSON; what Database::transact() says
    [[nodiscard]] Result<std::string> run(std::string item);

private:
    struct Call
    {
        std::string item;
        bool isDone = false;
        std::string answer; ///< empty: to be run alone
        std::condition_variable changed;
    };

    void runGroup(const std::vector<Call*>& calls);

    Database& m_database;
    const char* m_groupStatement;
    const char* m_aloneStatement;
    std::mutex m_mutex;
    std::deque<Call*> m_waiting; ///< guarded by m_mutex, as are isDone and the number of turns
    int m_turnsTaken = 0;
};

} // namespace gateway::store
