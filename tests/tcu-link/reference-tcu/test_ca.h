#pragma once

#include <string>

#include "reference-tcu/certificates.h"

namespace test {

/// What the CA puts into a leaf; the defaults make one that a unit accepts.
struct LeafOptions
{
    long notBeforeSeconds = -3600; ///< from now
    long notAfterSeconds = 365L * 86400;
    const char* deviceId = nullptr; ///< instead of the request's CN
    const char* extendedKeyUsage = "clientAuth,1.3.6.1.4.1.99999.1";
    EVP_PKEY* key = nullptr; ///< instead of the request's
    bool breakSignature = false;
};

/// A root, an intermediate and an issuing CA with fresh software keys.
class TestCa final
{
public:
    TestCa();

    [[nodiscard]] tcu::X509Ptr root() const;
    [[nodiscard]] std::string rootPem() const;
    /// @return leaf, issuing CA, intermediate as DER, one after another
    [[nodiscard]] tcu::Bytes issue(tcu::ByteView csr, const LeafOptions& options = {}) const;
    [[nodiscard]] tcu::Bytes rootDer() const { return tcu::toDer(m_root.certificate.get()); }
    /// A TLS server certificate of the issuing CA for 127.0.0.1, its key, and its issuers.
    struct Server
    {
        tcu::EvpPkeyPtr key;
        tcu::Chain chain;
    };
    [[nodiscard]] Server issueServer() const;

private:
    struct Authority
    {
        tcu::EvpPkeyPtr key;
        tcu::X509Ptr certificate;
    };
    static Authority makeAuthority(const char* name, const Authority* issuer, const char* basicConstraints);

    Authority m_root;
    Authority m_intermediate;
    Authority m_issuing;
};

[[nodiscard]] tcu::EvpPkeyPtr makeSoftwareKey();

} // namespace test
