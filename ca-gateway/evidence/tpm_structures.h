#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "contract/bytes.h"
#include "contract/error.h"

/// The TPM structures that evidence consists of, read from their marshalled form. Each parser takes the whole input and
/// nothing but: a length beyond its field, an unknown selector or a byte left over is InvalidRequest
/// "evidence-malformed". Source: TPM 2.0 Library, Part 2; the numbers in brackets are its tables' names.
namespace gateway::evidence {

/// TPM_ALG_ID, as far as evidence may hold it.
enum class TpmAlgorithm : std::uint16_t {
    Rsa = 0x0001,
    Aes = 0x0006,
    Sha256 = 0x000B,
    Sha384 = 0x000C,
    Null = 0x0010,
    RsaSsa = 0x0014,
    RsaPss = 0x0016,
    EcDsa = 0x0018,
    Ecc = 0x0023,
};

/// TPM_ECC_CURVE.
enum class TpmCurve : std::uint16_t { P256 = 0x0003, P384 = 0x0004 };

/// Bits of TPMA_OBJECT.
struct ObjectAttributes
{
    static constexpr std::uint32_t kFixedTpm = 1U << 1;
    static constexpr std::uint32_t kFixedParent = 1U << 4;
    static constexpr std::uint32_t kSensitiveDataOrigin = 1U << 5;
    static constexpr std::uint32_t kRestricted = 1U << 16;
    static constexpr std::uint32_t kDecrypt = 1U << 17;
    static constexpr std::uint32_t kSign = 1U << 18;

    std::uint32_t bits = 0;

    [[nodiscard]] bool has(std::uint32_t bit) const { return (bits & bit) == bit; }
};

struct SignatureScheme
{
    TpmAlgorithm algorithm = TpmAlgorithm::RsaSsa; ///< RsaSsa, RsaPss or EcDsa
    TpmAlgorithm hash = TpmAlgorithm::Sha256;

    friend bool operator==(const SignatureScheme&, const SignatureScheme&) = default;
};

struct RsaPublic
{
    std::uint16_t bits = 0;
    std::uint32_t exponent = 65537;
    Bytes modulus;
};

struct EccPublic
{
    TpmCurve curve = TpmCurve::P256;
    Bytes x; ///< as long as the curve's field
    Bytes y;
};

/// An asymmetric object's TPMT_PUBLIC.
struct TpmPublic
{
    TpmAlgorithm nameAlgorithm = TpmAlgorithm::Sha256;
    ObjectAttributes attributes;
    std::optional<SignatureScheme> scheme; ///< the one it is bound to
    std::variant<RsaPublic, EccPublic> key;
    Bytes area; ///< the TPMT_PUBLIC as it came

    /// nameAlg ‖ H(area). Part 1, 16 (Names).
    [[nodiscard]] Bytes name() const;
    /// SubjectPublicKeyInfo; empty when the numbers are no key, such as a point beside the curve.
    [[nodiscard]] Bytes publicKeyDer() const;
};

/// TPMS_ATTEST of TPM2_Certify. That magic is TPM_GENERATED and the type TPM_ST_ATTEST_CERTIFY is part of the form.
struct CertifyAttest
{
    Bytes qualifiedSigner;
    Bytes extraData;
    Bytes name; ///< of the certified object
};

struct TpmSignature
{
    SignatureScheme scheme;
    Bytes value; ///< RSA: the signature; ECDSA: a DER ECDSA-Sig-Value
};

/// TPM2B_PUBLIC of an RSA or ECC key whose names use SHA-256 or SHA-384.
[[nodiscard]] Result<TpmPublic> parsePublic(ByteView marshalled);
/// TPMS_ATTEST, without a size before it.
[[nodiscard]] Result<CertifyAttest> parseCertifyAttest(ByteView marshalled);
/// TPMT_SIGNATURE by RSASSA, RSAPSS or ECDSA.
[[nodiscard]] Result<TpmSignature> parseSignature(ByteView marshalled);

/// Whether the key made the signature over the data. False also for a scheme that is not the key's.
[[nodiscard]] bool verifies(const TpmPublic& key, const TpmSignature& signature, ByteView data);

} // namespace gateway::evidence
