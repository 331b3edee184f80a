#pragma once

#include <filesystem>

#include "store/connection.h"

namespace gateway::store {

/// Names of the roles that the migrations grant to; they are created (without login) when missing and the owner may.
struct MigrationRoles
{
    std::string gateway = "v2c_gateway";
    std::string readonly = "v2c_readonly";
    std::string feed = "v2c_feed";
    std::string vaultWriter = "v2c_vault_writer";
    std::string vaultReader = "v2c_vault_reader";
};

/// Applies the files NNNN_name.sql of the folder that the database does not have yet, in order, all in one transaction
/// and one process at a time. Forward only: schema_migrations remembers what was applied, and what.
/// @param database  connected as the owner of the schema
/// @return how many were applied; InvalidRequest "migration-folder" (none there, or a gap in the numbers); Conflict
/// "migration-changed" (an applied file has other contents now) or "schema-newer" (the database has one that the
/// folder lacks); StoreUnavailable; Internal
[[nodiscard]] Result<int> migrate(Database& database, const std::filesystem::path& folder,
                                  const MigrationRoles& roles = {});

} // namespace gateway::store
