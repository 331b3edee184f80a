#include "vault/vin_vault.h"

#include "identity/random.h"

namespace gateway::vault {
namespace {

constexpr std::chrono::seconds kRetryAfter{5};
/// After a failed attempt at an early successor of the data key.
constexpr std::chrono::seconds kEarlyTryPause{10};

Error unavailable(const Error& cause)
{
    return {ErrorCode::StoreUnavailable, "vault-unavailable",
            "the VIN vault cannot store: " + cause.type + ": " + cause.detail, kRetryAfter};
}

} // namespace

VinVault::VinVault(VaultWriter& store, KeyWrapper& wrapper, const IndexKey& indexKey, VaultSettings settings,
                   Clock clock, std::function<void(const Error&)> onMissing)
    : m_store(store),
      m_wrapper(wrapper),
      m_indexKey(indexKey),
      m_settings(std::move(settings)),
      m_clock(std::move(clock)),
      m_onMissing(std::move(onMissing))
{
}

Result<bool> VinVault::keep(const Vin& vin, const VehicleIdentity& identity)
{
    auto stored = store(vin, identity);
    if (stored || stored.error().code == ErrorCode::Conflict) return stored;
    const auto error = unavailable(stored.error());
    if (m_settings.policy == Policy::Required) return tl::unexpected(error);
    if (m_onMissing) m_onMissing(error);
    return false;
}

Result<bool> VinVault::store(const Vin& vin, const VehicleIdentity& identity)
{
    const auto key = takeKey(1);
    if (!key) return tl::unexpected(key.error());
    const auto row = sealVin(vin, identity.deviceId, m_indexKey, (*key)->id, (*key)->plain);
    if (!row) return tl::unexpected(row.error());
    const auto put = m_store.put(*row);
    if (!put) return tl::unexpected(put.error());
    if (*put == VaultWriter::Outcome::Conflict)
        return fail(ErrorCode::Conflict, "vault-mapping",
                    "the vault has another device_id for this VIN, or another VIN for device " +
                        std::string(identity.deviceId.text()) + "; was device_id_salt changed?");
    return true;
}

Result<void> VinVault::checkHealth()
{
    const auto key = takeKey(0);
    if (!key) return tl::unexpected(unavailable(key.error()));
    return {};
}

Result<std::shared_ptr<VinVault::ActiveKey>> VinVault::takeKey(std::uint64_t uses)
{
    const std::lock_guard lock(m_mutex);
    const auto now = m_clock();
    const auto isWorn = [&](std::uint64_t percent) {
        return m_active->uses * 100 >= m_settings.usesPerKey * percent ||
               (now - m_active->since) * 100 >= m_settings.keyAge * static_cast<std::int64_t>(percent);
    };
    // The successor is asked for early, so that an HSM that is away at the wrong moment stops nothing.
    const bool mustChange = !m_active || isWorn(100);
    if (mustChange || (isWorn(80) && now >= m_nextEarlyTry)) {
        auto made = makeKey();
        if (made)
            m_active = std::move(*made);
        else if (mustChange)
            return tl::unexpected(made.error());
        else
            m_nextEarlyTry = now + kEarlyTryPause;
    }
    m_active->uses += uses;
    return m_active;
}

Result<std::shared_ptr<VinVault::ActiveKey>> VinVault::makeKey()
{
    Bytes id(kDataKeyIdBytes);
    if (!fillFromSystemRandom(id)) return fail(ErrorCode::Internal, "random", "the random generator failed");
    Error last{ErrorCode::HsmUnavailable, "vault-key", "no wrapping key is configured", std::nullopt};
    for (const auto& wrappingKey : m_settings.wrappingKeys) {
        auto fresh = m_wrapper.makeDataKey(wrappingKey, id);
        if (!fresh) {
            last = fresh.error();
            continue;
        }
        // Before its first use: a row whose data key is stored nowhere would be lost.
        const auto stored = m_store.addDataKey({id, wrappingKey, std::move(fresh->wrapped)});
        if (!stored) return tl::unexpected(stored.error());
        auto key = std::make_shared<ActiveKey>();
        key->id = std::move(id);
        key->plain = std::move(fresh->plain);
        key->since = m_clock();
        return key;
    }
    return tl::unexpected(last);
}

} // namespace gateway::vault
