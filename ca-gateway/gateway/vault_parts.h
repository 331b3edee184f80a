#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "contract/messages.h"
#include "gateway/gateway_config.h"
#include "identity/vehicle_identity.h"
#include "keys/signer_client.h"
#include "store/connection.h"
#include "store/postgres_vault_store.h"
#include "vault/vin_vault.h"

namespace gateway {

/// The VIN vault as issuing uses it, built from the configuration. Neither database nor signer need be up.
class VaultParts final
{
public:
    /// @return the fault of the vault's secrets or URL
    [[nodiscard]] static Result<std::unique_ptr<VaultParts>>
    make(const VaultConfig& config, const IdentitySecrets& identity, std::chrono::milliseconds deadline, Clock clock);

    [[nodiscard]] vault::VinVault& vault() { return m_vault; }
    /// Database and a data key.
    [[nodiscard]] Result<void> checkHealth();

private:
    VaultParts(const VaultConfig& config, vault::IndexKey indexKey, store::DatabaseUrl url,
               std::chrono::milliseconds deadline, Clock clock);

    vault::IndexKey m_indexKey;
    store::Database m_database;
    store::PostgresVaultWriter m_store{m_database};
    SignerClient m_signer;
    vault::VinVault m_vault;
};

/// What is to be found, and why.
struct VaultQuestion
{
    std::optional<Vin> vin;           ///< one of the two
    std::optional<DeviceId> deviceId; ///< or neither: check every row
    std::string reason;
};

/// Looks a vehicle up and writes {"device_id", "vin_hash", "stored_at"} to out, with "vin" when the device_id was
/// given; or checks every row and writes {"rows", "damaged"}. First it stands in the gateway's audit and in the vault's
/// access log. Needs vault.reader_url.
/// @return NotFound "vault-unknown"; Internal "vault-row-damaged"
[[nodiscard]] Result<void> askVault(const GatewayConfig& config, const VaultQuestion& question, const Caller& caller,
                                    std::ostream& out);

/// Puts the data keys that are under a key not in vault.keys any more under one that is. Needs vault.owner_url.
[[nodiscard]] Result<void> rewrapVault(const GatewayConfig& config, const Caller& caller, std::ostream& out);

/// Applies the vault's migrations. Needs vault.owner_url.
[[nodiscard]] Result<void> migrateVault(const VaultConfig& config, std::ostream& out);

} // namespace gateway
