#pragma once

#include <filesystem>
#include <mutex>
#include <optional>

#include "crl/atomic_file.h"
#include "crl/crl_source.h"
#include "issuance/clock.h"
#include "issuance/signer.h"
#include "pki/certificate.h"
#include "pki/crl.h"

namespace gateway {

struct CrlSettings
{
    std::filesystem::path folder;           ///< where <name>.crl (DER) and <name>.crl.pem are published
    std::string name = "v2c";               ///< "v2c" for the Device Issuing CA
    std::chrono::seconds rebuildAfter{300}; ///< at least this often, changed or not
    std::chrono::seconds nextUpdate{86400}; ///< an expired CRL stops every connection
    std::chrono::seconds leastDistance{2};  ///< between two builds
};

/// Builds and publishes the full CRL of one issuing CA. Several processes may do so in one folder: one builds at a
/// time, and none falls below the number that is published, whatever the database says. Thread-safe.
class CrlService final
{
public:
    CrlService(CrlSource& source, Signer& signer, const pki::Issuer& issuer, CrlSettings settings, Clock clock);

    /// Publishes a new CRL when the set of revoked certificates has changed or the last one is old; to be called every
    /// 500 ms and on a NOTIFY. While it fails, the last one stays.
    /// @return whether there is a new one; StoreUnavailable, HsmUnavailable, Internal "crl-write"
    [[nodiscard]] Result<bool> refreshIfNeeded();

    /// What is published; nothing before the first success.
    [[nodiscard]] std::optional<pki::CrlTimes> current();

private:
    [[nodiscard]] std::filesystem::path file(const char* extension) const;
    void takePublished();
    [[nodiscard]] Result<pki::CrlTimes> build(Time now, std::uint64_t last);
    [[nodiscard]] Result<void> publish(ByteView tbs, const pki::CrlFrame& frame, std::uint64_t number);

    CrlSource& m_source;
    Signer& m_signer;
    const pki::Issuer& m_issuer;
    CrlSettings m_settings;
    Clock m_clock;
    std::string m_issuerText;
    std::mutex m_building; ///< guards m_version, m_published; readers of current() do not wait for it
    std::string m_version; ///< empty: nothing built yet
    FileStamp m_published; ///< of what m_current tells
    std::mutex m_mutex;    ///< guards m_current
    std::optional<pki::CrlTimes> m_current;
};

} // namespace gateway
