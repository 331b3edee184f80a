#pragma once

#include <map>

#include "vault/key_wrapper.h"
#include "vault/vault_store.h"

namespace gateway::vault {

struct FoundVehicle
{
    DeviceId deviceId;
    Vin vin;
    Time storedAt;
};

/// Looks vehicles up. Each look-up stands in the vault's access log, committed, before the database is asked for it.
class VaultSearch final
{
public:
    VaultSearch(VaultReader& store, KeyWrapper& wrapper, const IndexKey& indexKey)
        : m_store(store), m_wrapper(wrapper), m_indexKey(indexKey)
    {
    }

    /// @return NotFound "vault-unknown"; Internal "vault-row-damaged"; as VaultReader and KeyWrapper
    [[nodiscard]] Result<FoundVehicle> byVin(const Vin& vin, VaultAccess access);
    [[nodiscard]] Result<FoundVehicle> byDevice(const DeviceId& deviceId, VaultAccess access);

    struct Check
    {
        std::size_t rows = 0;
        std::vector<DeviceId> damaged;
    };
    /// Opens every row and shows none.
    [[nodiscard]] Result<Check> checkAll(VaultAccess access);

private:
    [[nodiscard]] Result<FoundVehicle> open(const VaultReader::Row& row);

    VaultReader& m_store;
    KeyWrapper& m_wrapper;
    const IndexKey& m_indexKey;
    std::map<Bytes, SecretBytes> m_dataKeys; ///< opened so far, by id
};

/// Puts every data key that is under a retired wrapping key under the first of the current ones that its token has; the
/// rows stay as they are. Can be repeated: what a cut-off run has done stays done.
/// @return how many were changed
[[nodiscard]] Result<std::size_t> rewrapDataKeys(VaultOwner& store, KeyWrapper& wrapper,
                                                 const std::vector<std::string>& wrappingKeys);

} // namespace gateway::vault
