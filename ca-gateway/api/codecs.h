#pragma once

#include <string>
#include <string_view>

#include "contract/broker_messages.h"
#include "contract/messages.h"

/// The JSON form of contract/messages.h, documented in docs/api/openapi.yaml.
///
/// Requests are read strictly: a missing or surplus field, a wrong type, a size outside the limits is InvalidRequest
/// whose detail names the field, what was expected and what came (never a VIN's text). Answers are read the same way,
/// except that surplus fields are skipped, so that a newer gateway serves an older station.
/// Types: "json-malformed", "field-missing", "field-unknown", "field-type", "field-size", "field-value".
namespace gateway::api {

inline constexpr std::size_t kMaxCsrOctets = 8192;
inline constexpr std::size_t kMaxTcuSerialLength = 64;
inline constexpr std::size_t kMaxEkCertificateOctets = 4096;
inline constexpr std::size_t kMaxTpmStructureOctets = 1024;
inline constexpr std::size_t kMaxNoteLength = 2000;
inline constexpr std::size_t kMaxSignatureOctets = 512;
inline constexpr std::size_t kMaxCosignatures = 4;

// Requests
[[nodiscard]] std::string toJson(const IssueRequest& request);
/// For the field "override" of an issue request.
[[nodiscard]] std::string toJson(const IssuingOverride& grant);
[[nodiscard]] std::string toJson(const ChallengeRequest& request);
[[nodiscard]] std::string toJson(const RenewRequest& request);
[[nodiscard]] std::string toJson(const RenewFailureReport& report);
[[nodiscard]] std::string toJson(const RevokeRequest& request);
[[nodiscard]] std::string toJson(const ProvisionedReport& report);
[[nodiscard]] std::string toJson(const RejectedReport& report);

/// {"csr": base64 DER or PEM, "vin": "...", "tcu_serial": "...", "evidence": {"ek_certificate", "ak_public",
/// "key_public", "certify_info", "signature", "credential_proof": base64}, "replaces_unit": {"serial": "1A:2B",
/// "reason": "..."}, "override": {"reason", "expires_at", "certificate": PEM or base64 DER, "signature": base64,
/// "cosignatures": [{"certificate", "signature"}]}}; the last three, and cosignatures, may be left out
/// @param transaction  from the Idempotency-Key header
[[nodiscard]] Result<IssueRequest> parseIssueRequest(std::string_view json, const TransactionId& transaction);
/// {"ek_certificate": base64 DER, "ak_public": base64}
/// @param transaction  from the Idempotency-Key header
[[nodiscard]] Result<ChallengeRequest> parseChallengeRequest(std::string_view json, const TransactionId& transaction);
/// {"csr": base64 DER or PEM}
[[nodiscard]] Result<RenewRequest> parseRenewRequest(std::string_view json, const TransactionId& transaction);
/// {"serial": "1A:2B", "error": "..."}
[[nodiscard]] Result<RenewFailureReport> parseRenewFailureReport(std::string_view json);
/// {"serial": "1A:2B", "reason": "KEY_COMPROMISE", "severity": "P0", "notes": "..."}; without severity P3, without
/// notes none
[[nodiscard]] Result<RevokeRequest> parseRevokeRequest(std::string_view json);
/// {"transaction": "...", "provisioned_at": "2025-10-09T10:30:00Z"}
/// @param serial  from the path
[[nodiscard]] Result<ProvisionedReport> parseProvisionedReport(std::string_view json, const CertificateSerial& serial);
/// {"transaction": "...", "cause": "..."}
/// @param serial  from the path
[[nodiscard]] Result<RejectedReport> parseRejectedReport(std::string_view json, const CertificateSerial& serial);

/// {"csr": base64 DER or PEM, "region": "eu-west-1"}
[[nodiscard]] std::string toJson(const BrokerRequest& request);
[[nodiscard]] Result<BrokerRequest> parseBrokerRequest(std::string_view json, const TransactionId& transaction);

// Answers
/// {"serial","certificate": PEM, "chain": [PEM...], "issued_at","expires_at"}
[[nodiscard]] std::string toJson(const IssuedServiceCertificate& issued);
/// {"nonce","credential_blob","encrypted_secret": base64}
[[nodiscard]] std::string toJson(const EvidenceChallenge& challenge);
[[nodiscard]] Result<EvidenceChallenge> parseEvidenceChallenge(std::string_view json);
/// {"serial","device_id","vin_hash","certificate": PEM, "chain": [PEM...], "issued_at","expires_at"}
[[nodiscard]] std::string toJson(const IssuedCertificate& issued);
[[nodiscard]] Result<IssuedCertificate> parseIssuedCertificate(std::string_view json);
/// {"state": "INTENT"} or {"state": "ISSUED", "issued": as above}
[[nodiscard]] std::string toJson(const RequestStatus& status);
[[nodiscard]] Result<RequestStatus> parseRequestStatus(std::string_view json);
/// {"serial","revoked_at","reason","status":"REVOKED"}
[[nodiscard]] std::string toJson(const Revocation& revocation);
[[nodiscard]] Result<Revocation> parseRevocation(std::string_view json);

} // namespace gateway::api
