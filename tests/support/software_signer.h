#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "identity/vehicle_identity.h"
#include "issuance/signer.h"
#include "pki/certificate.h"
#include "pki/profile.h"

using EVP_PKEY = struct evp_pkey_st;

namespace support {

/// A private key in memory.
class SoftwareKey final
{
public:
    enum class Kind { EcP256, EcP384, Rsa2048 };

    explicit SoftwareKey(Kind kind = Kind::EcP256);

    [[nodiscard]] EVP_PKEY* get() const { return m_key.get(); }
    [[nodiscard]] gateway::Bytes publicKeyDer() const; ///< SubjectPublicKeyInfo
    [[nodiscard]] gateway::Bytes sign(gateway::ByteView message) const;

    /// A CSR (DER) as a unit makes it: the vehicle profile's subject, signed by this key.
    [[nodiscard]] gateway::Bytes vehicleCsr(const gateway::VehicleIdentity& identity) const;

private:
    std::shared_ptr<EVP_PKEY> m_key;
};

/// A certification authority in memory, built through pki/ from the shipped profiles: root (P-384) and Device Issuing
/// CA, whose key is RSA 2048 as shipped or P-256. Checks as v2c-signer does. Thread-safe.
class SoftwareSigner final : public gateway::Signer
{
public:
    /// @param now       the CA's notBefore
    /// @param instance  "" for the Device Issuing CA, "backup" for its backup, under a root of its own
    explicit SoftwareSigner(gateway::Time now, SoftwareKey::Kind issuingKey = SoftwareKey::Kind::Rsa2048,
                            const std::string& instance = "");

    [[nodiscard]] const gateway::pki::Certificate& root() const { return *m_root; }
    [[nodiscard]] const gateway::pki::Issuer& issuer() const { return *m_issuer; }
    [[nodiscard]] const gateway::pki::Profile& profile(const std::string& name) const { return m_profiles.at(name); }

    /// Called before each signature with its number, 1 for the first; what it returns is the answer.
    void setFault(std::function<gateway::Result<void>(int)> fault) { m_fault = std::move(fault); }
    [[nodiscard]] int calls() const { return m_calls; }

    [[nodiscard]] gateway::Result<gateway::Bytes> sign(const gateway::SignRequest& request) override;
    [[nodiscard]] gateway::Result<void> checkHealth() override
    {
        return m_health ? m_health() : gateway::Result<void>();
    }
    void setHealth(std::function<gateway::Result<void>()> health) { m_health = std::move(health); }

private:
    std::map<std::string, gateway::pki::Profile> m_profiles;
    std::map<std::string, SoftwareKey> m_keys; ///< by label
    std::unique_ptr<gateway::pki::Certificate> m_root;
    std::unique_ptr<gateway::pki::Issuer> m_issuer;
    std::function<gateway::Result<void>(int)> m_fault;
    std::function<gateway::Result<void>()> m_health;
    std::atomic<int> m_calls{0};
};

} // namespace support
