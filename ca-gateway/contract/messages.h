#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "contract/bytes.h"
#include "contract/certificate_serial.h"
#include "contract/device_id.h"
#include "contract/revocation_reason.h"
#include "contract/transaction_id.h"
#include "contract/vin.h"
#include "contract/vin_hash.h"

/// What stations, vehicles, brokers and people say to the gateway, as values. Their JSON form is in api/, the HTTP
/// around it in http/ and client/.
namespace gateway {

using Time = std::chrono::sys_seconds;

/// Who asks, as the gateway has established it. Audited as actor.
struct Caller
{
    enum class Kind { Station, Technician, Administrator, Vehicle, Broker, Gateway, Token };

    Kind kind = Kind::Token;
    /// Subject CN of the client certificate, or the token's name.
    std::string name;
    /// The client certificate, DER; empty for a token.
    Bytes certificateDer;
    /// Ties log, audit and the caller's own records together; UUID text.
    std::string traceId;
};

/// What a unit's TPM says about its pending key; TPM structures as they are marshalled (TPM 2.0 Library, Part 2).
struct TpmEvidence
{
    Bytes ekCertificateDer;
    Bytes akPublic;        ///< TPM2B_PUBLIC
    Bytes keyPublic;       ///< TPM2B_PUBLIC of the key in the CSR
    Bytes certifyInfo;     ///< TPMS_ATTEST of TPM2_Certify, qualifying data SHA-256(transaction || nonce)
    Bytes signature;       ///< TPMT_SIGNATURE by the AK
    Bytes credentialProof; ///< HMAC-SHA-256(key = activated credential, transaction || SHA-256(certifyInfo))
};

/// POST /api/certificates/challenge; the transaction is the Idempotency-Key. Asked before the unit makes its evidence.
struct ChallengeRequest
{
    TransactionId transaction;
    Bytes ekCertificateDer;
    Bytes akPublic; ///< TPM2B_PUBLIC
};

/// Bound to the transaction, the EK and the AK; the same question gets the same nonce.
struct EvidenceChallenge
{
    std::array<std::uint8_t, 32> nonce{};
    Bytes credentialBlob;  ///< TPM2B_ID_OBJECT
    Bytes encryptedSecret; ///< TPM2B_ENCRYPTED_SECRET
};

/// The unit takes the place of another one of the same vehicle, whose certificate is revoked (cessationOfOperation) in
/// the transaction that stores the new one.
struct UnitSwap
{
    CertificateSerial serial; ///< of the old unit's certificate
    std::string reason;       ///< in words, for the audit
};

/// Permission to issue to a unit again within the day. The signed bytes: contract/limit_override.h.
struct IssuingOverride
{
    struct Signature
    {
        Bytes certificateDer; ///< the technician's
        Bytes signature;
    };

    std::string reason;
    Time expiresAt;
    std::vector<Signature> signatures; ///< as many technicians as the gateway asks for
};

/// POST /api/certificates; the transaction is the Idempotency-Key.
struct IssueRequest
{
    TransactionId transaction;
    Vin vin;
    Bytes csrDer;
    /// ECU serial number of the unit (DID F18C), 1 to 64 printable characters: what "1 cert per TCU per day" counts by.
    std::string tcuSerial;
    std::optional<TpmEvidence> evidence = std::nullopt;
    std::optional<UnitSwap> replacesUnit = std::nullopt;
    std::optional<IssuingOverride> limitOverride = std::nullopt; ///< looked at when the unit's limit says no
};

struct IssuedCertificate
{
    CertificateSerial serial;
    DeviceId deviceId;
    VinHash vinHash;
    Bytes certificateDer;
    /// The issuer first, then its issuer, without the root. DER.
    std::vector<Bytes> chainDer;
    Time issuedAt;
    Time expiresAt;
};

/// GET /api/certificates/requests/{key}
struct RequestStatus
{
    enum class State { Intent, Issued };

    State state = State::Intent;
    /// Set when issued.
    std::optional<IssuedCertificate> certificate;
};

/// POST /api/certificates/{serial}/provisioned: the unit has installed the certificate and proved its key.
struct ProvisionedReport
{
    CertificateSerial serial;
    TransactionId transaction;
    /// When the station saw it, which can be long before a buffered report arrives.
    Time provisionedAt;
};

/// POST /api/certificates/{serial}/rejected: the unit is to be replaced; the certificate is revoked
/// (cessationOfOperation).
struct RejectedReport
{
    CertificateSerial serial;
    TransactionId transaction;
    /// Step and cause in words, for the audit.
    std::string cause;
};

/// POST /api/certificates/renew, over mutual TLS with the certificate to be renewed.
struct RenewRequest
{
    TransactionId transaction;
    Bytes csrDer;
};

/// POST /api/certificates/renew/failure
struct RenewFailureReport
{
    CertificateSerial serial;
    std::string error;
};

/// POST /api/certificates/revoke
struct RevokeRequest
{
    CertificateSerial serial;
    RevocationReason reason = RevocationReason::Unspecified;
    Severity severity = Severity::P3;
    std::string notes;
};

struct Revocation
{
    CertificateSerial serial;
    Time revokedAt;
    RevocationReason reason = RevocationReason::Unspecified;
};

} // namespace gateway
