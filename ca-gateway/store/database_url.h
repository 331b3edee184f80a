#pragma once

#include <string>

#include "contract/error.h"

namespace gateway::store {

/// Parts of postgresql://user:password@host:port/database?host=/socket/folder. A host parameter wins over the one in
/// front of the path; other parameters are refused, so that a misspelled one is noticed.
struct DatabaseUrl
{
    std::string user;
    std::string password;
    std::string host; ///< name, address or the folder of the unix socket
    int port = 5432;
    std::string database;
};

/// @return InvalidRequest "database-url"; the detail never repeats the URL, which holds a password
[[nodiscard]] Result<DatabaseUrl> parseDatabaseUrl(const std::string& text);

} // namespace gateway::store
