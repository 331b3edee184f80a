#pragma once

#include "identity/vehicle_identity.h"
#include "issuance/issuance_store.h"
#include "issuance/issuer_set.h"
#include "pki/prepared_certificate.h"

namespace gateway {

/// The steps that all issuing shares.

/// "365 days", "Device Issuing CA", "ECC P-256": the metadata of the specification's audit example.
[[nodiscard]] std::map<std::string, std::string> issuingMetadata(const pki::Issuer& issuer, Time notBefore,
                                                                 Time notAfter, std::string keyAlgorithm);

/// Has the signer sign what was prepared, and checks what came back.
/// @return HsmUnavailable with retryAfter: not signed, or in doubt
[[nodiscard]] Result<pki::Certificate> signPrepared(Signer& signer, pki::PreparedCertificate prepared,
                                                    const pki::Certificate& issuer);

/// The row of a certificate that is ACTIVE and belongs to no vehicle and no request.
[[nodiscard]] CertificateRecord makeCertificateRecord(const pki::Certificate& certificate, std::string type,
                                                      std::string createdBy);

/// Prepares a certificate with a fresh random serial.
[[nodiscard]] Result<pki::PreparedCertificate> prepareWithFreshSerial(const pki::Profile& profile,
                                                                      const VehicleIdentity& identity,
                                                                      ByteView publicKeyDer, const pki::Issuer& issuer,
                                                                      Time now);

/// What finishing a request needs beside the request itself.
struct Finishing
{
    IssuanceStore& store;
    IssuerSet& issuers;
    const pki::Profile& profile;
    ByteView publicKeyDer; ///< SubjectPublicKeyInfo of the request's CSR
    IntentLimits limits;
    std::string eventType; ///< audit: "certificate_issued" or "certificate_renewed"
    const Caller& caller;
    Time now;
};

/// Answers a stored request: with its certificate when there is one, else signs what the intent holds, stores the
/// certificate and returns what is stored. Signing the same stored TBSCertificate twice is harmless, so a repeat needs
/// no lock and waits for nobody. When the intent's CA cannot sign, the serial is burned and another CA takes over.
/// @param turn      what the intent was prepared with; dropped when an earlier intent names another CA
/// @param prepared  what was put into the intent, so that it need not be checked again; dropped when the stored intent
///                  is an earlier one
/// @return HsmUnavailable with retryAfter (the intent stays for a repeat); Conflict "intent-outdated" when issuers or
/// profile have changed since, "request-burned"; what IssuanceStore::reassign() and complete() say
[[nodiscard]] Result<IssuedCertificate> finishRequest(const Finishing& finishing, StoredRequest request,
                                                      IssuerSet::Turn turn,
                                                      std::optional<pki::PreparedCertificate> prepared);

/// The answer to a request that lost against another one for the same device.
[[nodiscard]] Error requestBurned();

/// The answer to the caller, with the chain of the CA that signed. @return Internal "record-incomplete" when the row
/// has no vehicle's identity, "issuer-not-configured" when this gateway does not have that CA
[[nodiscard]] Result<IssuedCertificate> toIssuedCertificate(const CertificateRecord& record, const IssuerSet& issuers);

} // namespace gateway
