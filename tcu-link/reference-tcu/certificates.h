#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "provisioning/unit.h"
#include "reference-tcu/openssl_types.h"
#include "uds/nrc_name.h"

/// The unit's X.509: its CSR, and the strict look at what the CA answers. OpenSSL only, no files but the pinned root.
namespace tcu {

/// Negative response codes for a refused chain or challenge. Source: ISO 14229-1:2020 Table A.1, the codes of
/// Authentication (0x29).
namespace nrc {
inline constexpr std::uint8_t kCertificateInvalidTimePeriod = 0x50;
inline constexpr std::uint8_t kCertificateInvalidSignature = 0x51;
inline constexpr std::uint8_t kCertificateInvalidChainOfTrust = 0x52;
inline constexpr std::uint8_t kCertificateInvalidType = 0x53;
inline constexpr std::uint8_t kCertificateInvalidFormat = 0x54;
inline constexpr std::uint8_t kCertificateInvalidContent = 0x55;
inline constexpr std::uint8_t kChallengeCalculationFailed = 0x59;
} // namespace nrc

/// Leaf first, then its issuers, without the root.
using Chain = std::vector<X509Ptr>;

[[nodiscard]] Sha256 sha256(ByteView bytes);

/// PKCS#10 with the subject CN={deviceId}, O=Automotive OEM, OU=Connected Vehicles, serialNumber={vinHash}, C=US and no
/// attributes. @return DER; empty when the key could not sign
[[nodiscard]] Bytes makeCsr(EVP_PKEY* key, const std::string& deviceId, const std::string& vinHash);

/// Reads DER certificates one after another; nothing may follow the last one, and each must be DER to the byte.
[[nodiscard]] UnitResult<Chain> parseChain(ByteView der);

/// The one certificate in the file, PEM. @return the error in words
[[nodiscard]] tl::expected<X509Ptr, std::string> loadRoot(const std::filesystem::path& file);

/// What the leaf has to fit.
struct Expectation
{
    X509* root;
    ByteView csr;
    std::chrono::sys_seconds now;
};

/// The chain leads to the root with every certificate used and in order (RFC 5280, strict), each is valid now, the leaf
/// is one for TLS clients, and carries the key and the subject of the request.
[[nodiscard]] UnitResult<void> checkChain(const Chain& chain, const Expectation& expected);

[[nodiscard]] Bytes toDer(X509* certificate);
[[nodiscard]] std::string toPem(const Chain& chain);
/// SHA-256 of the SubjectPublicKeyInfo, DER.
[[nodiscard]] Sha256 publicKeySha256(EVP_PKEY* key);
/// Colon-separated upper-case hex, "1A:2B:3C".
[[nodiscard]] std::string serialText(X509* certificate);
[[nodiscard]] std::chrono::sys_seconds notAfter(X509* certificate);
/// ISO 8601 in UTC: "2026-01-31T12:00:00Z".
[[nodiscard]] std::string timeText(std::chrono::sys_seconds time);
/// Whether the DER ECDSA-Sig-Value is one over SHA-256 of the message by the leaf's key.
[[nodiscard]] bool verifiesWith(X509* leaf, ByteView message, ByteView signature);

} // namespace tcu
