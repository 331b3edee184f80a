#pragma once

#include <map>
#include <string>

#include "pki/certificate.h"
#include "pki/profile.h"

namespace gateway::pki {

/// Values for the placeholders of a profile: {"device_id": "...", "vin_hash": "..."}.
using ProfileValues = std::map<std::string, std::string>;

/// A TBSCertificate that has been built from a profile and linted. Only a prepared certificate can be signed;
/// move-only, used once.
class PreparedCertificate final
{
public:
    PreparedCertificate(PreparedCertificate&&) noexcept = default;
    PreparedCertificate& operator=(PreparedCertificate&&) noexcept = default;
    PreparedCertificate(const PreparedCertificate&) = delete;
    PreparedCertificate& operator=(const PreparedCertificate&) = delete;

    [[nodiscard]] ByteView tbsDer() const { return m_tbsDer; }
    [[nodiscard]] const CertificateSerial& serial() const { return m_serial; }
    [[nodiscard]] Time notBefore() const { return m_notBefore; }
    [[nodiscard]] Time notAfter() const { return m_notAfter; }
    [[nodiscard]] const std::string& profileName() const { return m_profileName; }
    [[nodiscard]] const std::string& keyLabel() const { return m_keyLabel; } ///< of the issuer's key in the HSM

private:
    friend struct PreparedCertificateAccess;
    PreparedCertificate(Bytes tbs, CertificateSerial serial, Time notBefore, Time notAfter, std::string profile,
                        std::string key)
        : m_tbsDer(std::move(tbs)),
          m_serial(std::move(serial)),
          m_notBefore(notBefore),
          m_notAfter(notAfter),
          m_profileName(std::move(profile)),
          m_keyLabel(std::move(key))
    {
    }

    Bytes m_tbsDer;
    CertificateSerial m_serial;
    Time m_notBefore;
    Time m_notAfter;
    std::string m_profileName;
    std::string m_keyLabel;
};

/// Builds the TBSCertificate: subject from profile and values, 32-byte subjectKeyIdentifier (SHA-256 of the
/// subjectPublicKey bits), authorityKeyIdentifier from the issuer, validity from now, and lints it against RFC 5280,
/// the profile and the issuer. The signature algorithm follows the issuer's key: sha256WithRSAEncryption, or
/// ecdsa-with-SHA256/384 by curve.
/// @return PolicyViolation "outlives-issuer" when notAfter would be past the issuer's (specification note 14), "lint"
/// with the rule
[[nodiscard]] Result<PreparedCertificate> prepareCertificate(const Profile& profile, const ProfileValues& values,
                                                             ByteView subjectPublicKeyDer, const Issuer& issuer,
                                                             const CertificateSerial& serial, Time now);

/// As above for a root: the issuer is the subject itself.
[[nodiscard]] Result<PreparedCertificate> prepareSelfSigned(const Profile& profile, const ProfileValues& values,
                                                            ByteView publicKeyDer, const std::string& keyLabel,
                                                            const CertificateSerial& serial, Time now);

/// Takes up a TBSCertificate that was prepared and stored before a crash: parses and lints it again.
[[nodiscard]] Result<PreparedCertificate> restorePrepared(ByteView tbsDer, const Profile& profile,
                                                          const Issuer& issuer);

/// What v2c-signer checks once more before it signs: the TBSCertificate fits the profile, whatever its values are.
[[nodiscard]] Result<void> lintTbsCertificate(ByteView tbsDer, const Profile& profile, const Certificate* issuer);

/// Assembles the certificate, verifies the signature with the issuer's key and compares the signed bytes with the
/// prepared ones.
[[nodiscard]] Result<Certificate> completeCertificate(PreparedCertificate&& prepared, ByteView signature,
                                                      const Certificate& issuer);
[[nodiscard]] Result<Certificate> completeSelfSigned(PreparedCertificate&& prepared, ByteView signature);

} // namespace gateway::pki
