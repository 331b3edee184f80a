#include "store/rows.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace gateway::store {
namespace {

tl::unexpected<Error> badRow(const char* column)
{
    return fail(ErrorCode::Internal, "store-row", std::string("a stored certificate has an unreadable ") + column);
}

bool isUuid(std::string_view text)
{
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') ||
                         (text[i] >= 'A' && text[i] <= 'F');
        if (dash ? text[i] != '-' : !hex) return false;
    }
    return true;
}

} // namespace

std::string dumpJson(const nlohmann::json& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json auditJson(const AuditEvent& event)
{
    auto subject = nlohmann::json::object();
    if (event.deviceId) subject["device_id"] = event.deviceId->text();
    if (event.vinHash) subject["vin_hash"] = event.vinHash->text();
    if (event.serial) subject["serial"] = event.serial->text();
    return {{"timestamp", event.timestamp.time_since_epoch().count()},
            {"event_type", event.eventType},
            {"actor", event.actor},
            {"subject", std::move(subject)},
            {"result", event.result},
            {"metadata", event.metadata},
            {"trace_id", isUuid(event.traceId) ? event.traceId : std::string()}};
}

void insertAudit(Transaction& transaction, const AuditEvent& event)
{
    const auto json = auditJson(event);
    transaction.run("INSERT INTO audit (timestamp, event_type, actor, subject, result, metadata, trace_id) VALUES "
                    "(to_timestamp(?::bigint), ?, ?, ?::jsonb, ?, ?::jsonb, "
                    "coalesce(nullif(?::text, '')::uuid, gen_random_uuid()))",
                    {parameter(event.timestamp), parameter(event.eventType), parameter(event.actor),
                     parameter(dumpJson(json["subject"])), parameter(event.result),
                     parameter(dumpJson(json["metadata"])), parameter(json["trace_id"].get<std::string>())});
}

void insertAudit(Transaction& transaction, AuditEvent event, const CertificateRecord& subject)
{
    if (!event.deviceId) event.deviceId = subject.deviceId;
    if (!event.vinHash) event.vinHash = subject.vinHash;
    event.serial = subject.serial;
    insertAudit(transaction, event);
}

nlohmann::json eventJson(const CertificateRecord& certificate)
{
    nlohmann::json payload{{"issuer", certificate.issuer},
                           {"serial", certificate.serial.text()},
                           {"type", certificate.type},
                           {"expires_at", certificate.expiresAt.time_since_epoch().count()}};
    if (certificate.deviceId) payload["device_id"] = certificate.deviceId->text();
    if (certificate.revokedAt) payload["revoked_at"] = certificate.revokedAt->time_since_epoch().count();
    if (certificate.reason) payload["reason"] = name(*certificate.reason);
    return payload;
}

void insertEvent(Transaction& transaction, std::string_view eventType, const CertificateRecord& certificate, Time now)
{
    transaction.run(
        "INSERT INTO outbox (created_at, event_type, payload) VALUES (to_timestamp(?::bigint), ?, ?::jsonb)",
        {parameter(now), parameter(eventType), parameter(dumpJson(eventJson(certificate)))});
}

bool insertCertificate(Transaction& transaction, const CertificateRecord& certificate)
{
    const auto inserted = transaction.run(
        "INSERT INTO certificates (issuer, serial, type, subject, device_id, vin_hash, status, issued_at, expires_at, "
        "public_key_sha256, certificate_der, request_key, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, "
        "to_timestamp(?::bigint), to_timestamp(?::bigint), ?::bytea, ?::bytea, ?, ?) ON CONFLICT DO NOTHING",
        {parameter(certificate.issuer), parameter(certificate.serial.text()), parameter(certificate.type),
         parameter(certificate.subject), certificate.deviceId ? parameter(certificate.deviceId->text()) : nullText(),
         certificate.vinHash ? parameter(certificate.vinHash->text()) : nullText(), parameter(name(certificate.status)),
         parameter(certificate.issuedAt), parameter(certificate.expiresAt), parameter(certificate.publicKeySha256),
         parameter(certificate.der), certificate.request ? parameter(certificate.request->text()) : nullText(),
         parameter(certificate.createdBy)});
    return inserted.affected() == 1;
}

Result<CertificateRecord> readCertificate(const Rows& rows)
{
    auto serial = CertificateSerial::parse(rows.text(1));
    if (!serial) return badRow("serial");
    const auto status = parseCertificateStatus(rows.text(6));
    if (!status) return badRow("status");
    CertificateRecord record{.issuer = rows.text(0),
                             .serial = std::move(*serial),
                             .type = rows.text(2),
                             .subject = rows.text(3),
                             .deviceId = {},
                             .vinHash = {},
                             .status = *status,
                             .issuedAt = rows.time(7),
                             .expiresAt = rows.time(8),
                             .provisioned = rows.flag(9),
                             .provisionedAt = {},
                             .revokedAt = {},
                             .reason = {},
                             .replacedBy = {},
                             .replacedAt = {},
                             .publicKeySha256 = rows.bytes(15),
                             .der = rows.bytes(16),
                             .request = {},
                             .createdBy = rows.text(18)};
    if (!rows.isNull(4)) {
        const auto deviceId = DeviceId::parse(rows.text(4));
        if (!deviceId) return badRow("device_id");
        record.deviceId = *deviceId;
    }
    if (!rows.isNull(5)) {
        const auto vinHash = VinHash::parse(rows.text(5));
        if (!vinHash) return badRow("vin_hash");
        record.vinHash = *vinHash;
    }
    if (!rows.isNull(10)) record.provisionedAt = rows.time(10);
    if (!rows.isNull(11)) record.revokedAt = rows.time(11);
    if (!rows.isNull(12)) {
        record.reason = parseRevocationReason(rows.text(12));
        if (!record.reason) return badRow("reason");
    }
    if (!rows.isNull(13)) {
        auto replacedBy = CertificateSerial::parse(rows.text(13));
        if (!replacedBy) return badRow("replaced_by");
        record.replacedBy = std::move(*replacedBy);
    }
    if (!rows.isNull(14)) record.replacedAt = rows.time(14);
    if (!rows.isNull(17)) {
        const auto request = TransactionId::parse(rows.text(17));
        if (!request) return badRow("request_key");
        record.request = *request;
    }
    return record;
}

Result<std::optional<CertificateRecord>> findCertificate(Transaction& transaction, const std::string& issuer,
                                                         const CertificateSerial& serial)
{
    auto rows = transaction.run("SELECT " V2C_CERTIFICATE_COLUMNS " FROM certificates WHERE issuer = ? AND serial = ?",
                                {parameter(issuer), parameter(serial.text())});
    if (!rows.next()) return std::nullopt;
    auto record = readCertificate(rows);
    if (!record) return tl::unexpected(record.error());
    return std::optional(std::move(*record));
}

Revocation revokeLocked(Transaction& transaction, const CertificateRecord& certificate, RevocationReason reason,
                        const AuditEvent& audit)
{
    auto revoked = certificate;
    revoked.status = CertificateStatus::Revoked;
    revoked.revokedAt = audit.timestamp;
    revoked.reason = reason;
    transaction.run("UPDATE certificates SET status = 'REVOKED', revoked_at = to_timestamp(?::bigint), reason = ? "
                    "WHERE issuer = ? AND serial = ?",
                    {parameter(audit.timestamp), parameter(name(reason)), parameter(certificate.issuer),
                     parameter(certificate.serial.text())});
    insertAudit(transaction, audit, certificate);
    insertEvent(transaction, "certificate_revoked", revoked, audit.timestamp);
    // Only a wake-up: who listens reads the table.
    transaction.run("SELECT pg_notify('v2c_revocation', '')");
    return {.serial = certificate.serial, .revokedAt = audit.timestamp, .reason = reason};
}

Result<Revocation> revocationOf(const CertificateRecord& certificate)
{
    if (certificate.status != CertificateStatus::Revoked || !certificate.revokedAt)
        return fail(ErrorCode::Internal, "store-row",
                    "certificate " + certificate.serial.text() + " was expected to be revoked");
    return Revocation{.serial = certificate.serial,
                      .revokedAt = *certificate.revokedAt,
                      .reason = certificate.reason.value_or(RevocationReason::Unspecified)};
}

} // namespace gateway::store
