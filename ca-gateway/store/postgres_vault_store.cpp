#include "store/postgres_vault_store.h"

namespace gateway::store {
namespace {

using vault::SealedVin;
using vault::StoredDataKey;

#define V2C_VAULT_ROW                                                                                                  \
    "SELECT device_id, vin_index, data_key, nonce, ciphertext, extract(epoch FROM stored_at)::bigint FROM vehicles "

QVariant octets(ByteView bytes)
{
    return parameter(Bytes(bytes.begin(), bytes.end()));
}

Result<std::optional<vault::VaultReader::Row>> readRow(Rows& rows)
{
    if (!rows.next()) return std::nullopt;
    const auto deviceId = DeviceId::parse(rows.text(0));
    if (!deviceId) return fail(ErrorCode::Internal, "store-row", "a row of the vault has no device_id");
    return std::optional(vault::VaultReader::Row{
        SealedVin{*deviceId, rows.bytes(1), rows.bytes(2), rows.bytes(3), rows.bytes(4)}, rows.time(5)});
}

} // namespace

Result<void> PostgresVaultWriter::addDataKey(const StoredDataKey& key)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        // Repeated after a lost answer it is the same row; the id is random.
        transaction.run("INSERT INTO data_keys (id, wrapping_key, wrapped) VALUES (?::bytea, ?, ?::bytea) "
                        "ON CONFLICT DO NOTHING",
                        {parameter(key.id), parameter(key.wrappingKey), parameter(key.wrapped)});
        return {};
    });
}

Result<vault::VaultWriter::Outcome> PostgresVaultWriter::put(const SealedVin& row)
{
    // Each statement by itself: the second one only looks at why the first had nothing to do.
    return m_database.runStatement<Outcome>([&](Transaction& transaction) -> Result<Outcome> {
        const auto inserted =
            transaction.run("INSERT INTO vehicles (device_id, vin_index, data_key, nonce, ciphertext) "
                            "VALUES (?, ?::bytea, ?::bytea, ?::bytea, ?::bytea) ON CONFLICT DO NOTHING",
                            {parameter(row.deviceId.text()), parameter(row.vinIndex), parameter(row.dataKeyId),
                             parameter(row.nonce), parameter(row.ciphertext)});
        if (inserted.affected() == 1) return Outcome::Stored;
        auto same = transaction.run("SELECT FROM vehicles WHERE device_id = ? AND vin_index = ?::bytea",
                                    {parameter(row.deviceId.text()), parameter(row.vinIndex)});
        return same.next() ? Outcome::WasThere : Outcome::Conflict;
    });
}

Result<void> PostgresVaultReader::recordAccess(const vault::VaultAccess& access)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        transaction.run("INSERT INTO access_log (actor, method, device_id, vin_index, reason, trace_id) "
                        "VALUES (?, ?, ?, nullif(?::bytea, ''), ?, ?::uuid)",
                        {parameter(access.actor), parameter(access.method),
                         access.deviceId ? parameter(access.deviceId->text()) : nullText(), parameter(access.vinIndex),
                         parameter(access.reason), parameter(access.traceId)});
        return {};
    });
}

Result<std::optional<vault::VaultReader::Row>> PostgresVaultReader::findByIndex(ByteView vinIndex)
{
    return m_database.transact<std::optional<Row>>([&](Transaction& transaction) {
        auto rows = transaction.run(V2C_VAULT_ROW "WHERE vin_index = ?::bytea", {octets(vinIndex)});
        return readRow(rows);
    });
}

Result<std::optional<vault::VaultReader::Row>> PostgresVaultReader::findByDevice(const DeviceId& deviceId)
{
    return m_database.transact<std::optional<Row>>([&](Transaction& transaction) {
        auto rows = transaction.run(V2C_VAULT_ROW "WHERE device_id = ?", {parameter(deviceId.text())});
        return readRow(rows);
    });
}

Result<std::optional<StoredDataKey>> PostgresVaultReader::dataKey(ByteView id)
{
    return m_database.transact<std::optional<StoredDataKey>>(
        [&](Transaction& transaction) -> Result<std::optional<StoredDataKey>> {
            auto rows =
                transaction.run("SELECT id, wrapping_key, wrapped FROM data_keys WHERE id = ?::bytea", {octets(id)});
            if (!rows.next()) return std::nullopt;
            return std::optional(StoredDataKey{rows.bytes(0), rows.text(1), rows.bytes(2)});
        });
}

Result<std::vector<vault::VaultReader::Row>> PostgresVaultReader::page(const std::optional<DeviceId>& after, int most)
{
    return m_database.transact<std::vector<Row>>([&](Transaction& transaction) -> Result<std::vector<Row>> {
        auto rows =
            transaction.run(V2C_VAULT_ROW "WHERE device_id > coalesce(?::text, '') ORDER BY device_id LIMIT ?::integer",
                            {after ? parameter(after->text()) : nullText(), parameter(std::int64_t{most})});
        std::vector<Row> page;
        while (true) {
            auto row = readRow(rows);
            if (!row) return tl::unexpected(row.error());
            if (!*row) return page;
            page.push_back(std::move(**row));
        }
    });
}

Result<std::vector<StoredDataKey>> PostgresVaultOwner::dataKeys()
{
    return m_database.transact<std::vector<StoredDataKey>>(
        [&](Transaction& transaction) -> Result<std::vector<StoredDataKey>> {
            auto rows = transaction.run("SELECT id, wrapping_key, wrapped FROM data_keys ORDER BY created_at, id");
            std::vector<StoredDataKey> keys;
            while (rows.next())
                keys.push_back({rows.bytes(0), rows.text(1), rows.bytes(2)});
            return keys;
        });
}

Result<void> PostgresVaultOwner::replaceWrapped(const StoredDataKey& key, ByteView before)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        transaction.run("UPDATE data_keys SET wrapping_key = ?, wrapped = ?::bytea, rewrapped_at = now() "
                        "WHERE id = ?::bytea AND wrapped = ?::bytea",
                        {parameter(key.wrappingKey), parameter(key.wrapped), parameter(key.id), octets(before)});
        return {};
    });
}

} // namespace gateway::store
