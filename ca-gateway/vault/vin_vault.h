#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "issuance/clock.h"
#include "issuance/vin_keeper.h"
#include "vault/key_wrapper.h"
#include "vault/vault_store.h"

namespace gateway::vault {

/// What happens to issuing while the vault cannot store.
enum class Policy {
    Required,   ///< it waits: 503
    BestEffort, ///< it goes on; the audit's intent says so
};

struct VaultSettings
{
    std::vector<std::string> wrappingKeys = {"vin-vault"}; ///< labels, the preferred one first
    Policy policy = Policy::Required;
    std::uint64_t usesPerKey = 10'000; ///< of a data key; random 96-bit nonces would allow 2^32
    std::chrono::seconds keyAge{std::chrono::hours(24)};
};

/// Stores VINs sealed. The HSM is asked once per data key; the plain key stays in memory for its uses, then is wiped.
class VinVault final : public VinKeeper
{
public:
    /// @param onMissing  called with the cause when BestEffort goes on without
    VinVault(VaultWriter& store, KeyWrapper& wrapper, const IndexKey& indexKey, VaultSettings settings, Clock clock,
             std::function<void(const Error&)> onMissing = {});

    [[nodiscard]] Result<bool> keep(const Vin& vin, const VehicleIdentity& identity) override;

    /// A data key is at hand, or can be had. Takes one when there is none.
    [[nodiscard]] Result<void> checkHealth();

private:
    struct ActiveKey
    {
        Bytes id;
        SecretBytes plain;
        Time since;
        std::atomic<std::uint64_t> uses{0};
    };

    [[nodiscard]] Result<bool> store(const Vin& vin, const VehicleIdentity& identity);
    [[nodiscard]] Result<std::shared_ptr<ActiveKey>> takeKey(std::uint64_t uses);
    [[nodiscard]] Result<std::shared_ptr<ActiveKey>> makeKey();

    VaultWriter& m_store;
    KeyWrapper& m_wrapper;
    const IndexKey& m_indexKey;
    VaultSettings m_settings;
    Clock m_clock;
    std::function<void(const Error&)> m_onMissing;
    std::mutex m_mutex;
    std::shared_ptr<ActiveKey> m_active; ///< guarded by m_mutex
    Time m_nextEarlyTry{};               ///< guarded by m_mutex
};

} // namespace gateway::vault
