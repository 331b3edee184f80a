#pragma once

#include "store/connection.h"

namespace gateway::store {

/// Keys and endorsement keys that two vehicles or units have shown. Rows are made by begin_request() in SQL.
class QuarantineStore final
{
public:
    explicit QuarantineStore(Database& database) : m_database(database) {}

    /// @return JSON objects with the columns of the table, oldest first
    [[nodiscard]] Result<std::vector<std::string>> list(bool withReleased);

    /// Needs the owner's connection. The pair of this row is not put into quarantine again.
    /// @return false when it was released before; NotFound "quarantine-unknown"; InvalidRequest "release-reason"
    [[nodiscard]] Result<bool> release(std::int64_t id, const std::string& reason, const Caller& caller, Time now);

private:
    Database& m_database;
};

} // namespace gateway::store
