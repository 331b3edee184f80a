#pragma once

#include <string>

#include "contract/bytes.h"
#include "contract/error.h"
#include "contract/secret_bytes.h"

namespace gateway::ceremony {

/// A key pair of an end entity that has no HSM: a TLS server or a station.
struct SoftwareKey
{
    SecretBytes privatePem; ///< PKCS#8, not encrypted
    Bytes publicKeyDer;     ///< SubjectPublicKeyInfo
};

/// @param algorithm  "RSA-2048", "RSA-4096", "EC-P256", "EC-P384"
[[nodiscard]] Result<SoftwareKey> generateSoftwareKey(const std::string& algorithm);

} // namespace gateway::ceremony
