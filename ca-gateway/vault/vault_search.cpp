#include "vault/vault_search.h"

#include <algorithm>

namespace gateway::vault {
namespace {

constexpr int kPageRows = 500;

tl::unexpected<Error> unknown()
{
    return fail(ErrorCode::NotFound, "vault-unknown", "the vault has no such vehicle");
}

bool isDamage(const Error& error)
{
    return error.type == "vault-row-damaged" || error.type == "vault-key-damaged" || error.type == "vault-key-missing";
}

} // namespace

Result<FoundVehicle> VaultSearch::byVin(const Vin& vin, VaultAccess access)
{
    access.method = "vin";
    access.vinIndex = m_indexKey.indexOf(vin);
    if (const auto recorded = m_store.recordAccess(access); !recorded) return tl::unexpected(recorded.error());
    const auto row = m_store.findByIndex(access.vinIndex);
    if (!row) return tl::unexpected(row.error());
    if (!*row) return unknown();
    return open(**row);
}

Result<FoundVehicle> VaultSearch::byDevice(const DeviceId& deviceId, VaultAccess access)
{
    access.method = "device-id";
    access.deviceId = deviceId;
    if (const auto recorded = m_store.recordAccess(access); !recorded) return tl::unexpected(recorded.error());
    const auto row = m_store.findByDevice(deviceId);
    if (!row) return tl::unexpected(row.error());
    if (!*row) return unknown();
    return open(**row);
}

Result<VaultSearch::Check> VaultSearch::checkAll(VaultAccess access)
{
    access.method = "check";
    if (const auto recorded = m_store.recordAccess(access); !recorded) return tl::unexpected(recorded.error());
    Check check;
    std::optional<DeviceId> last;
    while (true) {
        const auto rows = m_store.page(last, kPageRows);
        if (!rows) return tl::unexpected(rows.error());
        if (rows->empty()) return check;
        for (const auto& row : *rows) {
            const auto opened = open(row);
            if (!opened && !isDamage(opened.error())) return tl::unexpected(opened.error());
            if (!opened) check.damaged.push_back(row.vin.deviceId);
            ++check.rows;
        }
        last = rows->back().vin.deviceId;
    }
}

Result<FoundVehicle> VaultSearch::open(const VaultReader::Row& row)
{
    auto known = m_dataKeys.find(row.vin.dataKeyId);
    if (known == m_dataKeys.end()) {
        const auto stored = m_store.dataKey(row.vin.dataKeyId);
        if (!stored) return tl::unexpected(stored.error());
        if (!*stored) return fail(ErrorCode::Internal, "vault-key-missing", "the data key of the row is not stored");
        auto opened = m_wrapper.openDataKey((*stored)->wrappingKey, (*stored)->id, (*stored)->wrapped);
        if (!opened) return tl::unexpected(opened.error());
        known = m_dataKeys.emplace(row.vin.dataKeyId, std::move(*opened)).first;
    }
    const auto vin = openVin(row.vin, m_indexKey, known->second);
    if (!vin) return tl::unexpected(vin.error());
    return FoundVehicle{row.vin.deviceId, *vin, row.storedAt};
}

Result<std::size_t> rewrapDataKeys(VaultOwner& store, KeyWrapper& wrapper, const std::vector<std::string>& wrappingKeys)
{
    const auto keys = store.dataKeys();
    if (!keys) return tl::unexpected(keys.error());
    std::size_t changed = 0;
    for (const auto& key : *keys) {
        if (std::ranges::find(wrappingKeys, key.wrappingKey) != wrappingKeys.end()) continue;
        Result<Bytes> wrapped = fail(ErrorCode::InvalidRequest, "config", "vault.keys: expected a key, got none");
        std::string target;
        for (const auto& candidate : wrappingKeys) {
            target = candidate;
            wrapped = wrapper.rewrapDataKey(key.wrappingKey, candidate, key.id, key.wrapped);
            if (wrapped || wrapped.error().type != "unknown-key") break;
        }
        if (!wrapped) return tl::unexpected(wrapped.error());
        const auto replaced = store.replaceWrapped({key.id, target, std::move(*wrapped)}, key.wrapped);
        if (!replaced) return tl::unexpected(replaced.error());
        ++changed;
    }
    return changed;
}

} // namespace gateway::vault
