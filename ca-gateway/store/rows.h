#pragma once

#include <nlohmann/json_fwd.hpp>

#include "issuance/issuance_store.h"
#include "store/connection.h"

/// Reading and writing whole rows, for the stores of this folder.
namespace gateway::store {

/// The event as append_audit() in SQL takes it.
[[nodiscard]] nlohmann::json auditJson(const AuditEvent& event);
/// The outbox's payload for an event of this certificate.
[[nodiscard]] nlohmann::json eventJson(const CertificateRecord& certificate);
/// JSON text for a parameter; what is no UTF-8 is replaced.
[[nodiscard]] std::string dumpJson(const nlohmann::json& json);

void insertAudit(Transaction& transaction, const AuditEvent& event);
/// Fills in what the event does not say about its subject.
void insertAudit(Transaction& transaction, AuditEvent event, const CertificateRecord& subject);
void insertEvent(Transaction& transaction, std::string_view eventType, const CertificateRecord& certificate, Time now);

/// @return false when a unique index holds another certificate in this one's place
[[nodiscard]] bool insertCertificate(Transaction& transaction, const CertificateRecord& certificate);

/// Reads a row of a SELECT with the columns of V2C_CERTIFICATE_COLUMNS.
/// @return Internal "store-row" when the row is not what this program writes
[[nodiscard]] Result<CertificateRecord> readCertificate(const Rows& rows);

/// @return nothing when there is none
[[nodiscard]] Result<std::optional<CertificateRecord>>
findCertificate(Transaction& transaction, const std::string& issuer, const CertificateSerial& serial);

/// Sets REVOKED on a row that the transaction has locked and that is not revoked yet, with audit row, event and
/// wake-up.
[[nodiscard]] Revocation revokeLocked(Transaction& transaction, const CertificateRecord& certificate,
                                      RevocationReason reason, const AuditEvent& audit);

/// What a revoked row says about its revocation. @return Internal when it is not revoked
[[nodiscard]] Result<Revocation> revocationOf(const CertificateRecord& certificate);

} // namespace gateway::store

#define V2C_CERTIFICATE_COLUMNS                                                                                        \
    "issuer, serial, type, subject, device_id, vin_hash, status, extract(epoch FROM issued_at)::bigint, "              \
    "extract(epoch FROM expires_at)::bigint, provisioned, extract(epoch FROM provisioned_at)::bigint, "                \
    "extract(epoch FROM revoked_at)::bigint, reason, replaced_by, extract(epoch FROM replaced_at)::bigint, "           \
    "public_key_sha256, certificate_der, request_key, created_by"
