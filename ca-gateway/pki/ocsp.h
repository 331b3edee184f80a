#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate.h"

namespace gateway::pki {

struct OcspStatus
{
    enum class Kind { Good, Revoked, Unknown };

    Kind kind = Kind::Unknown;
    Time revokedAt{}; ///< set when revoked
    RevocationReason reason = RevocationReason::Unspecified;
    std::optional<Time> goodUntil{}; ///< when a good certificate is going to be superseded, if that is known
};

/// A delegated OCSP signer: a key of this process and a certificate issued directly by the CA it speaks for (RFC
/// 6960 4.2.2.2).
class OcspSigner final
{
public:
    /// Makes a P-256 key in memory. The certificate comes later, by setCertificate().
    [[nodiscard]] static Result<OcspSigner> generate();

    OcspSigner(OcspSigner&&) noexcept;
    OcspSigner& operator=(OcspSigner&&) noexcept;
    ~OcspSigner();

    [[nodiscard]] Bytes publicKeyDer() const;
    /// @return PolicyViolation when the certificate is not for this key or lacks OCSPSigning
    [[nodiscard]] Result<void> setCertificate(Certificate certificate);
    [[nodiscard]] const std::optional<Certificate>& certificate() const;

    struct Impl;
    [[nodiscard]] const Impl& impl() const { return *m_impl; }

private:
    explicit OcspSigner(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

struct OcspResponse
{
    Bytes der;
    bool cacheable = false; ///< a signed answer without nonce to a single request
    std::string sha256;     ///< of a cacheable one, lower-case hex
    /// What a cacheable one is about; no serial when the number is none that a certificate of ours can have.
    std::optional<CertificateSerial> serial;
    OcspStatus status;
    std::chrono::seconds maxAge{0}; ///< HTTP max-age
    Time thisUpdate{};
    Time nextUpdate{};
    /// How many certificates it calls "good", "revoked" and "unknown"; none in a refusal.
    std::map<std::string_view, unsigned> statuses;
};

/// How long answers live; the defaults are those of specification note 7.
struct OcspLifetimes
{
    std::chrono::seconds goodNextUpdate{900};
    std::chrono::seconds goodMaxAge{300};     ///< CACHE_TTL
    std::chrono::seconds revokedMaxAge{3600}; ///< MAX_AGE, and nextUpdate of a revoked answer
    std::chrono::seconds unknownMaxAge{10};
    std::chrono::seconds backdate{60};
};

/// The same question in its shortest form: one CertID, no nonce, no other extension, no requestor.
/// @return nothing unless it is a request about one certificate
[[nodiscard]] std::optional<Bytes> plainOcspRequest(ByteView requestDer);

/// Whether the request's first CertID names this issuer, so that its responder is the one to answer.
[[nodiscard]] bool isOcspRequestFor(ByteView requestDer, const Certificate& issuer);

/// Answers one OCSP request (DER). Malformed input gives an unsigned malformedRequest, a CertID of another issuer
/// unauthorized; up to 8 requests, CertIDs with SHA-1 and SHA-256, nonces of 1 to 128 bytes echoed. ResponderID byKey.
/// @param status  asked per serial; an error becomes tryLater
[[nodiscard]] OcspResponse answerOcsp(ByteView requestDer, const Issuer& issuer, const OcspSigner& signer,
                                      const std::function<Result<OcspStatus>(const CertificateSerial&)>& status,
                                      Time now, const OcspLifetimes& lifetimes = {});

} // namespace gateway::pki
