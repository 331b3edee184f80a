#pragma once

#include "contract/error.h"
#include "pki/openssl_types.h"
#include "pki/profile.h"

namespace gateway::pki {

/// A subject public key of one of the kinds a profile may allow: EC with a named curve and an uncompressed point on
/// it, or RSA of 2048 or 4096 bits with the exponent 65537.
class PublicKey final
{
public:
    /// @param spki  SubjectPublicKeyInfo, DER, nothing after it
    /// @return PolicyViolation "key-not-allowed" for anything else
    [[nodiscard]] static Result<PublicKey> parse(ByteView spki);
    /// The same for what OpenSSL has decoded already, which takes it longer than all the checks.
    /// @param key  of this spki; null when it cannot be decoded. Shared, not taken
    [[nodiscard]] static Result<PublicKey> fromDecoded(ByteView spki, EVP_PKEY* key);

    [[nodiscard]] KeyAlgorithm algorithm() const { return m_algorithm; }
    [[nodiscard]] EVP_PKEY* handle() const { return m_handle.get(); }

    /// AlgorithmIdentifier of the signatures this key makes: sha256WithRSAEncryption, ecdsa-with-SHA256 (P-256) or
    /// ecdsa-with-SHA384 (P-384).
    [[nodiscard]] Bytes signatureAlgorithmDer() const;
    [[nodiscard]] bool verifies(ByteView data, ByteView signature) const;

private:
    PublicKey(KeyAlgorithm algorithm, EvpKeyHandle handle) : m_algorithm(algorithm), m_handle(std::move(handle)) {}

    KeyAlgorithm m_algorithm;
    EvpKeyHandle m_handle;
};

/// The profile file's spelling: "ec-p256", "ec-p384", "rsa-2048", "rsa-4096".
[[nodiscard]] std::string_view name(KeyAlgorithm algorithm);

/// All 32 bytes of SHA-256 over the content of the subjectPublicKey BIT STRING. Specification note 3, RFC 7093.
[[nodiscard]] Bytes makeSubjectKeyIdentifier(ByteView spki);

[[nodiscard]] Bytes sha256(ByteView bytes);

} // namespace gateway::pki
