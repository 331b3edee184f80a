#pragma once

#include <filesystem>

#include "pki/certificate.h"

namespace gateway::pki {

/// Signs by a private key in a file: ECDSA or RSA PKCS#1 v1.5, with SHA-256.
/// @param key          PEM, without passphrase
/// @param certificate  must hold this key's public half
/// @return InvalidRequest "key-file"
[[nodiscard]] Result<Bytes> signWithKeyFile(ByteView message, const std::filesystem::path& key,
                                            const Certificate& certificate);

} // namespace gateway::pki
