#pragma once

#include "store/connection.h"
#include "vault/vault_store.h"

/// The vault's database through its roles; each class needs a connection of its own role.
namespace gateway::store {

class PostgresVaultWriter final : public vault::VaultWriter
{
public:
    explicit PostgresVaultWriter(Database& database) : m_database(database) {}
    [[nodiscard]] Result<void> addDataKey(const vault::StoredDataKey& key) override;
    [[nodiscard]] Result<Outcome> put(const vault::SealedVin& row) override;

private:
    Database& m_database;
};

class PostgresVaultReader final : public vault::VaultReader
{
public:
    explicit PostgresVaultReader(Database& database) : m_database(database) {}
    [[nodiscard]] Result<void> recordAccess(const vault::VaultAccess& access) override;
    [[nodiscard]] Result<std::optional<Row>> findByIndex(ByteView vinIndex) override;
    [[nodiscard]] Result<std::optional<Row>> findByDevice(const DeviceId& deviceId) override;
    [[nodiscard]] Result<std::optional<vault::StoredDataKey>> dataKey(ByteView id) override;
    [[nodiscard]] Result<std::vector<Row>> page(const std::optional<DeviceId>& after, int most) override;

private:
    Database& m_database;
};

class PostgresVaultOwner final : public vault::VaultOwner
{
public:
    explicit PostgresVaultOwner(Database& database) : m_database(database) {}
    [[nodiscard]] Result<std::vector<vault::StoredDataKey>> dataKeys() override;
    [[nodiscard]] Result<void> replaceWrapped(const vault::StoredDataKey& key, ByteView before) override;

private:
    Database& m_database;
};

} // namespace gateway::store
