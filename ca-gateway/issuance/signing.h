#pragma once

#include "identity/vehicle_identity.h"
#include "issuance/issuance_store.h"
#include "issuance/signer.h"
#include "pki/prepared_certificate.h"

namespace gateway {

/// The steps that factory issuing and renewal share.

/// "365 days", "Device Issuing CA", "ECC P-256": the metadata of the specification's audit example.
[[nodiscard]] std::map<std::string, std::string> issuingMetadata(const pki::Issuer& issuer, Time notBefore,
                                                                 Time notAfter, std::string keyAlgorithm);

/// Prepares a certificate with a fresh random serial.
[[nodiscard]] Result<pki::PreparedCertificate> prepareWithFreshSerial(const pki::Profile& profile,
                                                                      const VehicleIdentity& identity,
                                                                      ByteView publicKeyDer, const pki::Issuer& issuer,
                                                                      Time now);

/// Answers a stored request: with its certificate when there is one, else signs what the intent holds, stores the
/// certificate and returns what is stored. Signing the same stored TBSCertificate twice is harmless, so a repeat needs
/// no lock and waits for nobody.
/// @param eventType  audit: "certificate_issued" or "certificate_renewed"
/// @return HsmUnavailable with retryAfter (the intent stays for a repeat); Conflict "intent-outdated" when issuer or
/// profile have changed since, "request-burned"; what IssuanceStore::complete() says
[[nodiscard]] Result<IssuedCertificate> finishRequest(IssuanceStore& store, Signer& signer, const pki::Issuer& issuer,
                                                      const pki::Profile& profile, const StoredRequest& request,
                                                      std::string eventType, const Caller& caller, Time now);

/// The answer to a request that lost against another one for the same device.
[[nodiscard]] Error requestBurned();

/// The answer to the caller. @return Internal when the row has no vehicle's identity
[[nodiscard]] Result<IssuedCertificate> toIssuedCertificate(const CertificateRecord& record, const pki::Issuer& issuer);

} // namespace gateway
