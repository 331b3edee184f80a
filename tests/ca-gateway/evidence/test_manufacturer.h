#pragma once

#include <string>

#include "evidence/endorsement_trust.h"
#include "pki/openssl_types.h"

namespace test {

/// What a certificate is to say, for makeCertificate().
struct CertificateWish
{
    std::string commonName;
    bool isCa = false;
    std::string keyUsage = "keyEncipherment";
    std::string extendedKeyUsage = "2.23.133.8.1";
    bool hasTpmName = true;
    std::string criticalExtension = {}; ///< an object identifier with a value nobody knows
    long startsIn = -10L * 86400;       ///< seconds from the manufacturer's now
    long endsIn = 3650L * 86400;
    int version = 2;
};

struct Issued
{
    gateway::pki::X509Handle certificate;
    gateway::pki::EvpKeyHandle key;

    [[nodiscard]] gateway::Bytes der() const { return gateway::pki::encodeDer(i2d_X509, certificate.get()); }
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] std::string keyPem() const;
};

/// @param subjectSpki  whose key it is to be; empty for a fresh P-256 key
/// @param issuer  nothing for a self-signed certificate
[[nodiscard]] Issued makeCertificate(const CertificateWish& wish, gateway::ByteView subjectSpki, const Issued* issuer,
                                     gateway::Time now);

/// A maker of TPMs: root, intermediate, EK certificates and CRLs.
class TestManufacturer final
{
public:
    explicit TestManufacturer(gateway::Time now, const std::string& name = "Test TPM");

    /// The EK certificate as this maker issues it.
    /// @param spki  RSA or EC decides the key usage
    [[nodiscard]] gateway::Bytes certify(gateway::ByteView spki, CertificateWish wish = {.commonName = ""}) const;

    /// @param revoked  DER of a certificate that the list names
    [[nodiscard]] gateway::Bytes crl(bool byRoot, const gateway::Bytes& revoked, long nextUpdateIn) const;

    /// Root and intermediate.
    [[nodiscard]] gateway::evidence::TrustContent content() const;

    [[nodiscard]] const Issued& root() const { return m_root; }
    [[nodiscard]] const Issued& intermediate() const { return m_intermediate; }

private:
    gateway::Time m_now;
    Issued m_root;
    Issued m_intermediate;
};

} // namespace test
