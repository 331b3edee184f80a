#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contract/messages.h"
#include "pki/profile.h"

namespace gateway::pki {

/// A parsed X.509 certificate. Immutable; copies share.
class Certificate final
{
public:
    [[nodiscard]] static Result<Certificate> parseDer(ByteView der);
    [[nodiscard]] static Result<Certificate> parsePem(std::string_view pem);

    [[nodiscard]] const Bytes& der() const;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] CertificateSerial serial() const;
    [[nodiscard]] Time notBefore() const;
    [[nodiscard]] Time notAfter() const;
    [[nodiscard]] std::string subjectCommonName() const;
    [[nodiscard]] std::string subjectText() const; ///< "CN = ..., O = ...", as OpenSSL prints it
    [[nodiscard]] std::string issuerText() const;
    [[nodiscard]] Bytes subjectDer() const;
    [[nodiscard]] Bytes issuerDer() const;
    [[nodiscard]] Bytes publicKeyDer() const;    ///< SubjectPublicKeyInfo
    [[nodiscard]] Bytes publicKeySha256() const; ///< over SubjectPublicKeyInfo
    [[nodiscard]] Bytes subjectKeyIdentifier() const;
    [[nodiscard]] std::vector<std::string> crlUrls() const; ///< of its cRLDistributionPoints
    [[nodiscard]] std::string keyAlgorithmText() const;     ///< "ECC P-256", "RSA 2048": the audit's spelling

    struct Impl;
    [[nodiscard]] const Impl& impl() const { return *m_impl; } ///< for pki/ itself

private:
    explicit Certificate(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

    std::shared_ptr<const Impl> m_impl;
};

/// Splits and parses a PEM file with one or more certificates.
[[nodiscard]] Result<std::vector<Certificate>> parsePemBundle(std::string_view pem);

/// A certification authority as its own certificate and the label of its key in the HSM.
struct Issuer
{
    Certificate certificate;
    std::string keyLabel;
    /// The issuer's own certificate first, then upward, without the root: what goes out with a leaf.
    std::vector<Certificate> chain;
};

} // namespace gateway::pki
