#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contract/certificate_status.h"
#include "issuance/audit_event.h"

namespace gateway {

/// Factory: the first certificate of a unit, through a station. Renewal: the next one, asked for by the vehicle.
enum class RequestKind { Factory, Renewal };

/// A technician's permission, checked, to issue to a unit again within IntentLimits::perUnit.
struct LimitOverride
{
    struct Signer
    {
        std::string commonName;
        CertificateSerial serial;
    };

    Bytes statementSha256; ///< over what was signed: used once
    std::string reason;
    Time expiresAt{};
    std::vector<Signer> signers;
};

/// What is stored before anything is signed. Whoever finds it can finish the job, and gets the same certificate.
struct IssuanceIntent
{
    TransactionId transaction;
    RequestKind kind = RequestKind::Factory;
    std::string requestedBy;
    std::string tcuSerial; ///< for a renewal the store takes it, and the EK, from the unit's first request
    Bytes ekSha256 = {};   ///< of the EK's SubjectPublicKeyInfo; empty without TPM evidence
    Bytes csrSha256;
    Bytes publicKeySha256;
    DeviceId deviceId;
    VinHash vinHash;
    std::string issuer; ///< the issuer's subject as pki::Certificate::subjectText() prints it
    CertificateSerial serial;
    std::string profile;
    Bytes tbsDer;
    std::optional<CertificateSerial> replaces; ///< the old certificate of a renewal or of the unit that is swapped
    std::string replacesIssuer;  ///< its issuer, which may be an earlier CA; for a swap the store finds it
    std::string swapReason = {}; ///< why a unit is swapped; empty without replaces and for a renewal
    Time requestedAt{};
    std::optional<LimitOverride> limitOverride = std::nullopt; ///< not stored with the request but apart
};

/// A row of certificates.
struct CertificateRecord
{
    std::string issuer;
    CertificateSerial serial;
    std::string type; ///< the profile's certificateType: "vehicle", "station", "ocsp-signer", ...
    std::string subject;
    std::optional<DeviceId> deviceId;
    std::optional<VinHash> vinHash;
    CertificateStatus status = CertificateStatus::Active;
    Time issuedAt{};
    Time expiresAt{};
    bool provisioned = false;
    std::optional<Time> provisionedAt;
    std::optional<Time> revokedAt;
    std::optional<RevocationReason> reason;
    std::optional<CertificateSerial> replacedBy;
    std::optional<Time> replacedAt;
    Bytes publicKeySha256;
    Bytes der;
    std::optional<TransactionId> request;
    std::string createdBy;
};

/// A row of certificate_requests, with its certificate when there is one.
struct StoredRequest
{
    /// Burned: signed perhaps, but another certificate became the device's live one first. Its serial is never used.
    enum class State { Intent, Issued, Burned };

    IssuanceIntent intent;
    State state = State::Intent;
    std::optional<CertificateRecord> certificate;
};

/// Another CA takes over a request whose signing failed or is in doubt.
struct Reassignment
{
    TransactionId transaction;
    std::string failedIssuer;
    CertificateSerial failedSerial; ///< never used again, and never stored when its signature comes after all
    std::string cause;              ///< Error::type of the failed signing
    std::string issuer;
    CertificateSerial serial;
    Bytes tbsDer;
};

/// Limits that the store enforces in the transaction that stores an intent, so that replicas share them.
struct IntentLimits
{
    std::chrono::seconds perUnit{0};
    int perIssuerAndHour = 0;
};

/// How long a replaced certificate stays valid beside its successor (specification note 9).
inline constexpr std::chrono::days kReplacementGrace{7};

/// The status at a moment: a replaced certificate is SUPERSEDED after the grace and any is EXPIRED after its expiry,
/// whether or not the row says so already.
[[nodiscard]] CertificateStatus effectiveStatus(const CertificateRecord& certificate, Time now);

/// What issuing and renewal need of the database. Each call is one transaction and safe to repeat. Errors besides the
/// named ones: StoreUnavailable (nothing is known to be committed; repeating is safe), Internal.
class IssuanceStore
{
public:
    virtual ~IssuanceStore() = default;

    /// Transaction 1. When the transaction is known, returns what is stored under it and changes nothing; the caller
    /// compares. Otherwise checks and stores the intent and its audit row. A key or EK that two parties have shown is
    /// put into quarantine, which is stored although the answer is an error.
    /// @return Conflict "key-quarantined", "ek-quarantined", "duplicate-key" (the key was certified or intended under
    /// another transaction), "already-provisioned" (factory: the device has a live certificate other than the replaced
    /// one), "replaced-other-vehicle", "replaced-same-unit" (swap), "already-replaced" (renewal), "override-used";
    /// PolicyViolation "csr-key-revoked" (a certificate of this key was revoked); RateLimited "rate-limit-tcu" (unit or
    /// EK, without limitOverride) or "rate-limit-issuer" (factory); NotFound "replaced-unknown" (swap),
    /// "serial-unknown" (renewal); Forbidden "certificate-revoked" (renewal: the old one is not active)
    [[nodiscard]] virtual Result<StoredRequest> begin(const IssuanceIntent& intent, const IntentLimits& limits,
                                                      const AuditEvent& audit) = 0;

    /// Between the two: burns the intent's serial, puts the other CA's to-be-signed certificate in its place and writes
    /// both audit rows. Only while the request is still the intent for the failed issuer and serial; else changes
    /// nothing. Returns what is stored afterwards.
    /// @return NotFound "request-unknown"; RateLimited "rate-limit-issuer" (factory: the other CA's limit)
    [[nodiscard]] virtual Result<StoredRequest> reassign(const Reassignment& reassignment, const IntentLimits& limits,
                                                         const AuditEvent& burned, const AuditEvent& reassigned) = 0;

    /// Transaction 2: certificate, request state, audit and event; for a renewal replaced_by of the old certificate,
    /// for a swap the revocation of the old unit's. Returns what is stored, which is another caller's when that one was
    /// first.
    /// @return Conflict "already-provisioned" or "already-replaced", Forbidden "certificate-revoked": another
    /// certificate was first or the old one was revoked meanwhile; the serial is then burned and audited;
    /// Conflict "request-reassigned": another CA has taken the request over, nothing is stored
    [[nodiscard]] virtual Result<CertificateRecord>
    complete(const TransactionId& transaction, const CertificateRecord& certificate, const AuditEvent& audit) = 0;

    [[nodiscard]] virtual Result<std::optional<StoredRequest>> findRequest(const TransactionId& transaction) = 0;
    [[nodiscard]] virtual Result<std::optional<CertificateRecord>> findCertificate(const std::string& issuer,
                                                                                   const CertificateSerial& serial) = 0;

    /// Sets provisioned once; the audit row is written by the call that does.
    /// @return NotFound "request-unknown"; Conflict "serial-mismatch" (the transaction's certificate is another one),
    /// "certificate-revoked"
    [[nodiscard]] virtual Result<void> markProvisioned(const ProvisionedReport& report, const AuditEvent& audit) = 0;

    /// Revokes with cessationOfOperation and writes both audit rows, once.
    /// @return NotFound "request-unknown"; Conflict "serial-mismatch"
    [[nodiscard]] virtual Result<Revocation> reject(const RejectedReport& report, const AuditEvent& rejected,
                                                    const AuditEvent& revoked) = 0;

    /// An audit row of its own, for what changes nothing else.
    [[nodiscard]] virtual Result<void> appendAudit(const AuditEvent& audit) = 0;
};

} // namespace gateway
