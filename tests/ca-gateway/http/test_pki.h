#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "contract/bytes.h"

/// Certificates made on the spot with OpenSSL alone.
namespace testpki {

struct Identity
{
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key; ///< P-256

    [[nodiscard]] gateway::Bytes der() const;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] std::string keyPem(const char* passphrase = nullptr) const;
};

struct Wish
{
    std::string commonName;
    bool isCa = false;
    std::string subjectAltName = {};   ///< "DNS:localhost,IP:127.0.0.1"
    std::string extendedKeyUsage = {}; ///< "clientAuth"
    long startsIn = -10L * 86400;      ///< seconds from now
    long endsIn = 30L * 86400;
};

/// @param issuer  nothing for a self-signed certificate
[[nodiscard]] Identity make(const Wish& wish, const Identity* issuer = nullptr);

/// A root with an intermediate, and what one gateway needs.
struct Hierarchy
{
    Identity root = make({.commonName = "Test Root", .isCa = true});
    Identity intermediate = make({.commonName = "Test Intermediate", .isCa = true}, &root);
    Identity server = make(
        {.commonName = "gateway", .subjectAltName = "DNS:localhost,IP:127.0.0.1", .extendedKeyUsage = "serverAuth"},
        &intermediate);

    [[nodiscard]] Identity client(const std::string& name, long endsIn = 30L * 86400) const;
};

void write(const std::string& file, const std::string& text);

} // namespace testpki
