#include "store/postgres_issuance_store.h"

#include <algorithm>
#include <ctime>

#include <nlohmann/json.hpp>

#include "store/rows.h"

namespace gateway::store {
namespace {

using nlohmann::json;

#define V2C_REQUEST_COLUMNS                                                                                            \
    "request_key, kind, state, requested_by, tcu_serial, csr_sha256, public_key_sha256, device_id, vin_hash, issuer, " \
    "serial, profile, tbs_der, replaces, replaces_issuer, extract(epoch FROM requested_at)::bigint, ek_sha256, "       \
    "coalesce(swap_reason, '')"

tl::unexpected<Error> badRequestRow(const char* column)
{
    return fail(ErrorCode::Internal, "store-row", std::string("a stored request has an unreadable ") + column);
}

Result<StoredRequest> readRequest(const Rows& rows)
{
    const auto transaction = TransactionId::parse(rows.text(0));
    if (!transaction) return badRequestRow("request_key");
    const auto deviceId = DeviceId::parse(rows.text(7));
    if (!deviceId) return badRequestRow("device_id");
    const auto vinHash = VinHash::parse(rows.text(8));
    if (!vinHash) return badRequestRow("vin_hash");
    const auto serial = CertificateSerial::parse(rows.text(10));
    if (!serial) return badRequestRow("serial");
    StoredRequest request{.intent = {.transaction = *transaction,
                                     .kind = rows.text(1) == "renewal" ? RequestKind::Renewal : RequestKind::Factory,
                                     .requestedBy = rows.text(3),
                                     .tcuSerial = rows.text(4),
                                     .ekSha256 = rows.bytes(16),
                                     .csrSha256 = rows.bytes(5),
                                     .publicKeySha256 = rows.bytes(6),
                                     .deviceId = *deviceId,
                                     .vinHash = *vinHash,
                                     .issuer = rows.text(9),
                                     .serial = *serial,
                                     .profile = rows.text(11),
                                     .tbsDer = rows.bytes(12),
                                     .replaces = {},
                                     .replacesIssuer = rows.text(14),
                                     .swapReason = rows.text(17),
                                     .requestedAt = rows.time(15)},
                          .state = StoredRequest::State::Intent,
                          .certificate = {}};
    if (!rows.isNull(13)) {
        const auto replaces = CertificateSerial::parse(rows.text(13));
        if (!replaces) return badRequestRow("replaces");
        request.intent.replaces = *replaces;
    }
    const auto state = rows.text(2);
    if (state == "issued") request.state = StoredRequest::State::Issued;
    if (state == "burned") request.state = StoredRequest::State::Burned;
    return request;
}

/// The request with its certificate; nothing when there is none.
Result<std::optional<StoredRequest>> loadRequest(Transaction& transaction, const TransactionId& key, bool forUpdate)
{
    const std::vector<QVariant> parameters{parameter(key.text())};
    auto rows = forUpdate
                    ? transaction.run("SELECT " V2C_REQUEST_COLUMNS
                                      " FROM certificate_requests WHERE request_key = ? FOR UPDATE",
                                      parameters)
                    : transaction.run("SELECT " V2C_REQUEST_COLUMNS " FROM certificate_requests WHERE request_key = ?",
                                      parameters);
    if (!rows.next()) return std::nullopt;
    auto request = readRequest(rows);
    if (!request) return tl::unexpected(request.error());
    if (request->state == StoredRequest::State::Issued) {
        auto certificate = findCertificate(transaction, request->intent.issuer, request->intent.serial);
        if (!certificate) return tl::unexpected(certificate.error());
        if (!certificate->has_value() && !transaction.failed())
            return fail(ErrorCode::Internal, "store-row", "request " + key.text() + " is issued without a certificate");
        request->certificate = std::move(*certificate);
    }
    return std::optional(std::move(*request));
}

std::string utcText(Time time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text, length};
}

std::chrono::seconds until(Time when, Time now)
{
    return std::max(std::chrono::seconds(1), std::chrono::seconds(when - now));
}

/// No JSON of a parameter may hold one: PostgreSQL would refuse the whole group.
bool holdsNul(const json& value)
{
    if (value.is_string()) return value.get_ref<const std::string&>().find('\0') != std::string::npos;
    if (!value.is_structured()) return false;
    return std::any_of(value.begin(), value.end(), holdsNul);
}

Result<json> runItem(CommitGroup& group, const json& item)
{
    if (holdsNul(item)) return fail(ErrorCode::InvalidRequest, "text-nul", "a text holds a NUL character");
    const auto answer = group.run(dumpJson(item));
    if (!answer) return tl::unexpected(answer.error());
    auto parsed = json::parse(*answer, nullptr, false);
    if (!parsed.is_object()) return fail(ErrorCode::Internal, "store-row", "the database's answer is no object");
    return parsed;
}

json overrideJson(const LimitOverride& permission)
{
    auto signers = json::array();
    for (const auto& signer : permission.signers)
        signers.push_back({{"name", signer.commonName}, {"serial", signer.serial.text()}});
    return {{"statement_sha256", toLowerHex(permission.statementSha256)},
            {"reason", permission.reason},
            {"expires_at", permission.expiresAt.time_since_epoch().count()},
            {"signers", std::move(signers)}};
}

json requestJson(const IssuanceIntent& intent, const IntentLimits& limits, const AuditEvent& audit)
{
    json item{{"request_key", intent.transaction.text()},
              {"kind", intent.kind == RequestKind::Renewal ? "renewal" : "factory"},
              {"requested_by", intent.requestedBy},
              {"requested_at", intent.requestedAt.time_since_epoch().count()},
              {"tcu_serial", intent.tcuSerial},
              {"csr_sha256", toLowerHex(intent.csrSha256)},
              {"public_key_sha256", toLowerHex(intent.publicKeySha256)},
              {"device_id", intent.deviceId.text()},
              {"vin_hash", intent.vinHash.text()},
              {"issuer", intent.issuer},
              {"serial", intent.serial.text()},
              {"profile", intent.profile},
              {"tbs_der", toBase64(intent.tbsDer)},
              {"replaces_issuer", intent.replacesIssuer},
              {"per_unit_s", limits.perUnit.count()},
              {"per_issuer_and_hour", limits.perIssuerAndHour},
              {"audit", auditJson(audit)}};
    if (!intent.ekSha256.empty()) item["ek_sha256"] = toLowerHex(intent.ekSha256);
    if (intent.replaces) item["replaces"] = intent.replaces->text();
    if (intent.replaces && intent.kind == RequestKind::Factory) item["swap_reason"] = intent.swapReason;
    if (intent.limitOverride) item["override"] = overrideJson(*intent.limitOverride);
    return item;
}

json certificateJson(const TransactionId& key, const CertificateRecord& certificate, const AuditEvent& audit)
{
    return {{"request_key", key.text()},
            {"issuer", certificate.issuer},
            {"serial", certificate.serial.text()},
            {"type", certificate.type},
            {"subject", certificate.subject},
            {"device_id", certificate.deviceId ? certificate.deviceId->text() : std::string_view()},
            {"vin_hash", certificate.vinHash ? certificate.vinHash->text() : std::string_view()},
            {"issued_at", certificate.issuedAt.time_since_epoch().count()},
            {"expires_at", certificate.expiresAt.time_since_epoch().count()},
            {"certificate_der", toBase64(certificate.der)},
            {"created_by", certificate.createdBy},
            {"event", eventJson(certificate)},
            {"audit", auditJson(audit)}};
}

Error issuerLimit(std::int64_t number, int perHour, Time oldest, Time now)
{
    return {ErrorCode::RateLimited, "rate-limit-issuer",
            "the issuer has given " + std::to_string(number) + " certificates within an hour, the limit is " +
                std::to_string(perHour),
            until(oldest + std::chrono::hours(1), now)};
}

/// What begin_request() in SQL refuses, in words.
Error beginRefusal(const json& answer, const IssuanceIntent& intent, const IntentLimits& limits)
{
    const auto type = answer.value("refused", "");
    const auto at = Time(std::chrono::seconds(answer.value("at", std::int64_t{0})));
    const auto device = std::string(intent.deviceId.text());
    const auto replaced = intent.replaces ? intent.replaces->text() : std::string();
    const auto error = [&](ErrorCode code, std::string detail) { return Error{code, type, std::move(detail)}; };
    if (type == "rate-limit-tcu")
        return {ErrorCode::RateLimited, type,
                "unit " + intent.tcuSerial + " was issued a certificate at " + utcText(at) +
                    ", the next one may be asked for at " + utcText(at + limits.perUnit),
                until(at + limits.perUnit, intent.requestedAt)};
    if (type == "rate-limit-issuer")
        return issuerLimit(answer.value("number", std::int64_t{0}), limits.perIssuerAndHour, at, intent.requestedAt);
    if (type == "duplicate-key")
        return error(ErrorCode::Conflict,
                     "the public key of this CSR has been certified under another request: a new key is needed");
    if (type == "csr-key-revoked")
        return error(ErrorCode::PolicyViolation,
                     "a certificate of this public key has been revoked: a new key is needed");
    if (type == "key-quarantined")
        return error(ErrorCode::Conflict, "two vehicles or units have shown this key: it is in quarantine until an "
                                          "administrator releases it");
    if (type == "ek-quarantined")
        return error(ErrorCode::Conflict, "two vehicles or units have shown this unit's endorsement key: it is in "
                                          "quarantine until an administrator releases it");
    if (type == "override-used") return error(ErrorCode::Conflict, "this override has been used by another request");
    if (type == "already-provisioned")
        return error(ErrorCode::Conflict, "device " + device + " has the live certificate " +
                                              answer.value("serial", "") +
                                              ": revoke it, or name it in replaces_unit, before a new unit is "
                                              "provisioned");
    if (type == "replaced-unknown")
        return error(ErrorCode::NotFound, "replaces_unit: no vehicle certificate with serial " + replaced);
    if (type == "replaced-other-vehicle")
        return error(ErrorCode::Conflict,
                     "replaces_unit: certificate " + replaced + " is of another vehicle than device " + device);
    if (type == "replaced-same-unit")
        return error(ErrorCode::Conflict,
                     "replaces_unit: certificate " + replaced + " is of this unit, expected that of another");
    if (type == "serial-unknown") return error(ErrorCode::NotFound, "no certificate with serial " + replaced);
    if (type == "certificate-revoked")
        return error(ErrorCode::Forbidden,
                     "certificate " + replaced + " is " + answer.value("status", "") + " and cannot be renewed");
    if (type == "already-replaced")
        return error(ErrorCode::Conflict, "certificate " + replaced + " has been replaced under another request");
    return {ErrorCode::Internal, "store-row", "the database refused a request without a known cause"};
}

/// What complete_request() in SQL refuses or has burned, in words.
Error completeRefusal(const json& answer, const TransactionId& key, const CertificateRecord& certificate)
{
    const auto type = answer.value("burned", answer.value("refused", ""));
    const auto error = [&](ErrorCode code, std::string detail) { return Error{code, type, std::move(detail)}; };
    if (type == "request-unknown") return error(ErrorCode::NotFound, "no request with key " + key.text());
    if (type == "request-burned")
        return error(ErrorCode::Conflict, "the request lost against another one for the same device; begin a new one");
    if (type == "request-reassigned")
        return error(ErrorCode::Conflict, "the request is for serial " + answer.value("serial", "") +
                                              " by now, not for " + certificate.serial.text());
    if (type == "already-provisioned")
        return error(ErrorCode::Conflict, "another certificate became the device's live one first");
    if (type == "serial-unknown") return error(ErrorCode::NotFound, "the certificate to be renewed is not there");
    if (type == "certificate-revoked")
        return error(ErrorCode::Forbidden,
                     "the certificate to be renewed is " + answer.value("status", "") + " by now");
    if (type == "already-replaced")
        return error(ErrorCode::Conflict, "the certificate has been replaced under another request");
    return {ErrorCode::Internal, "store-row", "the database refused a certificate without a known cause"};
}

} // namespace

PostgresIssuanceStore::PostgresIssuanceStore(Database& database)
    : m_database(database),
      m_beginning(database, "SELECT begin_requests(?::jsonb)", "SELECT begin_request(?::jsonb, true)"),
      m_completing(database, "SELECT complete_requests(?::jsonb)", "SELECT complete_request(?::jsonb, true)")
{
}

Result<StoredRequest> PostgresIssuanceStore::findStored(const TransactionId& key)
{
    auto stored = findRequest(key);
    if (!stored) return tl::unexpected(stored.error());
    if (!*stored) return fail(ErrorCode::Internal, "store-row", "request " + key.text() + " has gone");
    return std::move(**stored);
}

Result<StoredRequest> PostgresIssuanceStore::begin(const IssuanceIntent& intent, const IntentLimits& limits,
                                                   const AuditEvent& audit)
{
    const auto answer = runItem(m_beginning, requestJson(intent, limits, audit));
    if (!answer) return tl::unexpected(answer.error());
    if (answer->contains("known")) return findStored(intent.transaction);
    if (!answer->contains("stored")) return tl::unexpected(beginRefusal(*answer, intent, limits));
    StoredRequest stored{.intent = intent, .state = StoredRequest::State::Intent, .certificate = {}};
    stored.intent.tcuSerial = (*answer)["stored"].value("tcu_serial", "");
    stored.intent.replacesIssuer = (*answer)["stored"].value("replaces_issuer", "");
    return stored;
}

Result<StoredRequest> PostgresIssuanceStore::reassign(const Reassignment& reassignment, const IntentLimits& limits,
                                                      const AuditEvent& burned, const AuditEvent& reassigned)
{
    return m_database.transact<StoredRequest>([&](Transaction& transaction) -> Result<StoredRequest> {
        auto request = loadRequest(transaction, reassignment.transaction, true);
        if (!request) return tl::unexpected(request.error());
        if (!request->has_value())
            return fail(ErrorCode::NotFound, "request-unknown",
                        "no request with key " + reassignment.transaction.text());
        auto& intent = (*request)->intent;
        if ((*request)->state != StoredRequest::State::Intent || intent.issuer != reassignment.failedIssuer ||
            intent.serial != reassignment.failedSerial)
            return std::move(**request);

        intent.issuer = reassignment.issuer;
        intent.serial = reassignment.serial;
        intent.tbsDer = reassignment.tbsDer;
        if (intent.kind == RequestKind::Factory) {
            auto rows = transaction.run(
                "SELECT refusal ->> 'number', refusal ->> 'at' FROM "
                "issuer_limit_refusal(?, to_timestamp(?::bigint), ?::integer, true) refusal WHERE refusal IS NOT NULL",
                {parameter(intent.issuer), parameter(reassigned.timestamp),
                 parameter(std::int64_t{limits.perIssuerAndHour})});
            if (rows.next())
                return tl::unexpected(
                    issuerLimit(rows.number(0), limits.perIssuerAndHour, rows.time(1), reassigned.timestamp));
        }
        transaction.run("INSERT INTO burned_serials (issuer, serial, request_key, burned_at, cause) VALUES "
                        "(?, ?, ?, to_timestamp(?::bigint), ?)",
                        {parameter(reassignment.failedIssuer), parameter(reassignment.failedSerial.text()),
                         parameter(reassignment.transaction.text()), parameter(burned.timestamp),
                         parameter(reassignment.cause)});
        transaction.run("UPDATE certificate_requests SET issuer = ?, serial = ?, tbs_der = ?::bytea "
                        "WHERE request_key = ?",
                        {parameter(intent.issuer), parameter(intent.serial.text()), parameter(intent.tbsDer),
                         parameter(reassignment.transaction.text())});
        insertAudit(transaction, burned);
        insertAudit(transaction, reassigned);
        return std::move(**request);
    });
}

Result<CertificateRecord> PostgresIssuanceStore::complete(const TransactionId& key,
                                                          const CertificateRecord& certificate, const AuditEvent& audit)
{
    const auto answer = runItem(m_completing, certificateJson(key, certificate, audit));
    if (!answer) return tl::unexpected(answer.error());
    if (answer->contains("stored")) return certificate;
    if (!answer->contains("known")) return tl::unexpected(completeRefusal(*answer, key, certificate));
    auto stored = findStored(key);
    if (!stored) return tl::unexpected(stored.error());
    return std::move(*stored->certificate);
}

Result<std::optional<StoredRequest>> PostgresIssuanceStore::findRequest(const TransactionId& key)
{
    return m_database.transact<std::optional<StoredRequest>>(
        [&](Transaction& transaction) { return loadRequest(transaction, key, false); });
}

Result<std::optional<CertificateRecord>> PostgresIssuanceStore::findCertificate(const std::string& issuer,
                                                                                const CertificateSerial& serial)
{
    return m_database.transact<std::optional<CertificateRecord>>(
        [&](Transaction& transaction) { return store::findCertificate(transaction, issuer, serial); });
}

namespace {

/// The certificate that was issued under the request, locked, when it is the one the report names.
Result<CertificateRecord> lockReported(Transaction& transaction, const TransactionId& key,
                                       const CertificateSerial& serial)
{
    auto rows = transaction.run("SELECT " V2C_CERTIFICATE_COLUMNS " FROM certificates WHERE request_key = ? FOR UPDATE",
                                {parameter(key.text())});
    if (!rows.next())
        return fail(ErrorCode::NotFound, "request-unknown", "no certificate was issued under key " + key.text());
    auto certificate = readCertificate(rows);
    if (!certificate) return tl::unexpected(certificate.error());
    if (certificate->serial != serial)
        return fail(ErrorCode::Conflict, "serial-mismatch",
                    "the request's certificate is " + certificate->serial.text() + ", the report names " +
                        serial.text());
    return certificate;
}

} // namespace

Result<void> PostgresIssuanceStore::markProvisioned(const ProvisionedReport& report, const AuditEvent& audit)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        const auto certificate = lockReported(transaction, report.transaction, report.serial);
        if (!certificate) return tl::unexpected(certificate.error());
        if (certificate->provisioned) return {};
        if (certificate->status == CertificateStatus::Revoked)
            return fail(ErrorCode::Conflict, "certificate-revoked",
                        "certificate " + report.serial.text() + " was revoked before it was reported as provisioned");
        transaction.run(
            "UPDATE certificates SET provisioned = true, provisioned_at = to_timestamp(?::bigint) "
            "WHERE issuer = ? AND serial = ?",
            {parameter(report.provisionedAt), parameter(certificate->issuer), parameter(certificate->serial.text())});
        insertAudit(transaction, audit, *certificate);
        return {};
    });
}

Result<Revocation> PostgresIssuanceStore::reject(const RejectedReport& report, const AuditEvent& rejected,
                                                 const AuditEvent& revoked)
{
    return m_database.transact<Revocation>([&](Transaction& transaction) -> Result<Revocation> {
        const auto certificate = lockReported(transaction, report.transaction, report.serial);
        if (!certificate) return tl::unexpected(certificate.error());
        if (certificate->status == CertificateStatus::Revoked) return revocationOf(*certificate);
        insertAudit(transaction, rejected, *certificate);
        return revokeLocked(transaction, *certificate, RevocationReason::CessationOfOperation, revoked);
    });
}

Result<void> PostgresIssuanceStore::appendAudit(const AuditEvent& audit)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        insertAudit(transaction, audit);
        return {};
    });
}

} // namespace gateway::store
