#pragma once

#include <memory>
#include <string>
#include <vector>

#include "contract/messages.h"

namespace gateway::evidence {

/// What a bundle of trust holds, DER.
struct TrustContent
{
    std::vector<Bytes> roots;         ///< of TPM manufacturers, self-signed
    std::vector<Bytes> intermediates; ///< an EK's issuers, which a unit does not send
    std::vector<Bytes> crls;          ///< by any of them
};

/// When something in the bundle ends.
struct TrustExpiry
{
    std::string kind; ///< "root", "intermediate", "crl", "signer"
    std::string name; ///< subject, or the CRL's issuer
    Time at;
};

/// An endorsement key whose certificate has been verified.
struct EndorsementKey
{
    Bytes spki;
    Bytes spkiSha256;
    std::string manufacturer; ///< "id:49465800": the vendor's id as the TCG registers it
    std::string model;
    std::string version; ///< "id:00010102"
};

/// Verifies EK certificates against manufacturers' roots, without a network. Immutable; thread-safe.
class EndorsementTrust final
{
public:
    /// @return InvalidRequest "evidence-bundle": no root, something that is no certificate or CRL, a root that is not
    /// self-signed, an intermediate without CA:TRUE, a CRL without nextUpdate or signed by no certificate of the bundle
    [[nodiscard]] static Result<EndorsementTrust> make(const TrustContent& content);

    /// Checks the chain to a root at this time, the CRLs of the bundle for each issuer that has one there, and what the
    /// TCG EK Credential Profile for TPM 2.0 (3.2) asks of the certificate: version 3, not a CA, EKU
    /// tcg-kp-EKCertificate, keyEncipherment (RSA) or keyAgreement (EC), subjectAltName with manufacturer, model and
    /// version, a key that a credential can be made for. Of the critical extensions that OpenSSL does not know only
    /// subjectDirectoryAttributes passes: it states the TPM's specification, and nothing here depends on it.
    /// @return InvalidRequest "evidence-malformed" for what is no certificate; PolicyViolation "evidence-ek-untrusted",
    /// "evidence-ek-revoked", "evidence-ek-expired"; StoreUnavailable "evidence-bundle-expired" when a CRL that decides
    /// is past its nextUpdate
    [[nodiscard]] Result<EndorsementKey> verify(ByteView ekCertificateDer, Time now) const;

    [[nodiscard]] const std::vector<TrustExpiry>& expiries() const;

private:
    struct Impl;
    explicit EndorsementTrust(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

    std::shared_ptr<const Impl> m_impl;
};

} // namespace gateway::evidence
