#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "crl/crl_source.h"
#include "issuance/clock.h"
#include "issuance/signer.h"
#include "pki/certificate.h"

namespace gateway {

struct CrlSettings
{
    std::filesystem::path folder;           ///< where <name>.crl (DER) and <name>.crl.pem are published
    std::string name = "v2c";               ///< "v2c" for the Device Issuing CA
    std::chrono::seconds rebuildAfter{300}; ///< at least this often, changed or not
    std::chrono::seconds nextUpdate{86400}; ///< an expired CRL stops every connection
    std::chrono::seconds leastDistance{2};  ///< between two builds
};

struct PublishedCrl
{
    Bytes der;
    std::uint64_t number = 0;
    Time thisUpdate{};
    Time nextUpdate{};
};

/// Builds and publishes the full CRL of one issuing CA. Thread-safe.
class CrlService final
{
public:
    CrlService(CrlSource& source, Signer& signer, const pki::Issuer& issuer, CrlSettings settings, Clock clock);

    /// Publishes a new CRL when the set of revoked certificates has changed or the last one is old; to be called every
    /// 500 ms and on a NOTIFY. While it fails, the last one stays.
    /// @return whether there is a new one; StoreUnavailable, HsmUnavailable, Internal "crl-write"
    [[nodiscard]] Result<bool> refreshIfNeeded();

    /// What is published; null before the first success.
    [[nodiscard]] std::shared_ptr<const PublishedCrl> current();

private:
    [[nodiscard]] Result<PublishedCrl> build(Time now);
    [[nodiscard]] Result<void> publish(const PublishedCrl& crl);

    CrlSource& m_source;
    Signer& m_signer;
    const pki::Issuer& m_issuer;
    CrlSettings m_settings;
    Clock m_clock;
    std::string m_issuerText;
    std::mutex m_building; ///< guards m_version; readers of current() do not wait for it
    std::string m_version;
    std::mutex m_mutex; ///< guards m_current
    std::shared_ptr<const PublishedCrl> m_current;
};

} // namespace gateway
