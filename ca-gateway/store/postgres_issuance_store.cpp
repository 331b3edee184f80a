#include "store/postgres_issuance_store.h"

#include <ctime>

#include "store/rows.h"

namespace gateway::store {
namespace {

/// Below the limit by more than this many, no lock is needed to count: no deployment has so many connections.
constexpr int kUncountedConcurrency = 200;

#define V2C_REQUEST_COLUMNS                                                                                            \
    "request_key, kind, state, requested_by, tcu_serial, csr_sha256, public_key_sha256, device_id, vin_hash, issuer, " \
    "serial, profile, tbs_der, replaces, replaces_issuer, extract(epoch FROM requested_at)::bigint"

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

Result<void> checkUnitLimit(Transaction& transaction, const IssuanceIntent& intent, std::chrono::seconds perUnit)
{
    auto rows = transaction.run("SELECT extract(epoch FROM max(requested_at))::bigint FROM certificate_requests "
                                "WHERE kind = 'factory' AND state IN ('intent', 'issued') AND tcu_serial = ? "
                                "AND requested_at > to_timestamp(?::bigint)",
                                {parameter(intent.tcuSerial), parameter(intent.requestedAt - perUnit)});
    if (!rows.next() || rows.isNull(0)) return {};
    const auto last = rows.time(0);
    return fail(ErrorCode::RateLimited, "rate-limit-tcu",
                "unit " + intent.tcuSerial + " was issued a certificate at " + utcText(last) +
                    ", the next one may be asked for at " + utcText(last + perUnit),
                until(last + perUnit, intent.requestedAt));
}

Result<void> checkIssuerLimit(Transaction& transaction, const IssuanceIntent& intent, int perHour)
{
    const auto since = intent.requestedAt - std::chrono::hours(1);
    const auto count = [&] {
        auto rows =
            transaction.run("SELECT count(*), extract(epoch FROM min(requested_at))::bigint FROM "
                            "(SELECT requested_at FROM certificate_requests WHERE kind = 'factory' AND issuer = ? "
                            "AND requested_at > to_timestamp(?::bigint) ORDER BY requested_at DESC "
                            "LIMIT ?::integer) latest",
                            {parameter(intent.issuer), parameter(since), parameter(std::int64_t{perHour})});
        struct
        {
            std::int64_t number = 0;
            Time oldest{};
        } result;
        if (rows.next()) {
            result.number = rows.number(0);
            if (result.number > 0) result.oldest = rows.time(1);
        }
        return result;
    };
    // Far from the limit every gateway counts without waiting for the others; near it, one after the other.
    auto latest = count();
    if (latest.number + kUncountedConcurrency < perHour) return {};
    transaction.lock("issuer:" + intent.issuer);
    latest = count();
    if (latest.number < perHour) return {};
    return fail(ErrorCode::RateLimited, "rate-limit-issuer",
                "the issuer has given " + std::to_string(latest.number) +
                    " certificates within an hour, the limit is " + std::to_string(perHour),
                until(latest.oldest + std::chrono::hours(1), intent.requestedAt));
}

Result<void> checkKeyIsNew(Transaction& transaction, const IssuanceIntent& intent)
{
    auto rows = transaction.run("SELECT 1 FROM certificate_requests WHERE public_key_sha256 = ?::bytea UNION ALL "
                                "SELECT 1 FROM certificates WHERE public_key_sha256 = ?::bytea LIMIT 1",
                                {parameter(intent.publicKeySha256), parameter(intent.publicKeySha256)});
    if (!rows.next()) return {};
    return fail(ErrorCode::Conflict, "duplicate-key",
                "the public key of this CSR has been certified under another request: a new key is needed");
}

Result<void> checkNoLiveCertificate(Transaction& transaction, const IssuanceIntent& intent)
{
    auto rows = transaction.run("SELECT serial FROM certificates WHERE device_id = ? AND type = 'vehicle' AND "
                                "status = 'ACTIVE' AND replaced_by IS NULL AND expires_at > to_timestamp(?::bigint)",
                                {parameter(intent.deviceId.text()), parameter(intent.requestedAt)});
    if (!rows.next()) return {};
    return fail(ErrorCode::Conflict, "already-provisioned",
                "device " + std::string(intent.deviceId.text()) + " has the live certificate " + rows.text(0) +
                    ": revoke it before a new unit is provisioned");
}

Error alreadyReplaced(const CertificateSerial& serial)
{
    return {ErrorCode::Conflict, "already-replaced",
            "certificate " + serial.text() + " has been replaced under another request"};
}

/// The old certificate of a renewal, locked; an error when it cannot be replaced.
Result<CertificateRecord> lockReplaceable(Transaction& transaction, const std::string& issuer,
                                          const CertificateSerial& serial)
{
    auto rows = transaction.run("SELECT " V2C_CERTIFICATE_COLUMNS
                                " FROM certificates WHERE issuer = ? AND serial = ? FOR UPDATE",
                                {parameter(issuer), parameter(serial.text())});
    if (!rows.next()) return fail(ErrorCode::NotFound, "serial-unknown", "no certificate with serial " + serial.text());
    auto old = readCertificate(rows);
    if (!old) return tl::unexpected(old.error());
    if (old->status != CertificateStatus::Active)
        return fail(ErrorCode::Forbidden, "certificate-revoked",
                    "certificate " + serial.text() + " is " + std::string(name(old->status)) +
                        " and cannot be renewed");
    if (old->replacedBy) return tl::unexpected(alreadyReplaced(serial));
    return old;
}

void insertRequest(Transaction& transaction, const IssuanceIntent& intent)
{
    transaction.run(
        "INSERT INTO certificate_requests (request_key, kind, requested_by, requested_at, tcu_serial, csr_sha256, "
        "public_key_sha256, device_id, vin_hash, issuer, serial, profile, tbs_der, replaces, replaces_issuer) VALUES "
        "(?, ?, ?, to_timestamp(?::bigint), ?, ?::bytea, ?::bytea, ?, ?, ?, ?, ?, ?::bytea, ?, ?)",
        {parameter(intent.transaction.text()),
         parameter(std::string_view(intent.kind == RequestKind::Renewal ? "renewal" : "factory")),
         parameter(intent.requestedBy), parameter(intent.requestedAt), parameter(intent.tcuSerial),
         parameter(intent.csrSha256), parameter(intent.publicKeySha256), parameter(intent.deviceId.text()),
         parameter(intent.vinHash.text()), parameter(intent.issuer), parameter(intent.serial.text()),
         parameter(intent.profile), parameter(intent.tbsDer),
         intent.replaces ? parameter(intent.replaces->text()) : nullText(), parameter(intent.replacesIssuer)});
}

void finishRequest(Transaction& transaction, const TransactionId& key, std::string_view state, Time now)
{
    transaction.run("UPDATE certificate_requests SET state = ?, finished_at = to_timestamp(?::bigint) "
                    "WHERE request_key = ?",
                    {parameter(state), parameter(now), parameter(key.text())});
}

/// Errors of complete() that must not roll its transaction back: the burned serial is part of the truth.
using Completion = tl::expected<CertificateRecord, Error>;

} // namespace

Result<StoredRequest> PostgresIssuanceStore::begin(const IssuanceIntent& intent, const IntentLimits& limits,
                                                   const AuditEvent& audit)
{
    return m_database.transact<StoredRequest>([&](Transaction& transaction) -> Result<StoredRequest> {
        // Always in this order, one of each kind: two requests cannot wait for each other in a circle.
        transaction.lock("request:" + intent.transaction.text());
        auto existing = loadRequest(transaction, intent.transaction, false);
        if (!existing) return tl::unexpected(existing.error());
        if (existing->has_value()) return std::move(**existing);

        if (intent.kind == RequestKind::Factory) transaction.lock("unit:" + intent.tcuSerial);
        transaction.lock("device:" + std::string(intent.deviceId.text()));
        transaction.lock("key:" + toLowerHex(intent.publicKeySha256));
        if (intent.kind == RequestKind::Factory) {
            if (auto allowed = checkUnitLimit(transaction, intent, limits.perUnit); !allowed)
                return tl::unexpected(allowed.error());
            if (auto allowed = checkIssuerLimit(transaction, intent, limits.perIssuerAndHour); !allowed)
                return tl::unexpected(allowed.error());
        }
        if (auto isNew = checkKeyIsNew(transaction, intent); !isNew) return tl::unexpected(isNew.error());
        if (intent.kind == RequestKind::Factory) {
            if (auto free = checkNoLiveCertificate(transaction, intent); !free) return tl::unexpected(free.error());
        } else {
            auto old = lockReplaceable(transaction, intent.replacesIssuer, *intent.replaces);
            if (!old) return tl::unexpected(old.error());
        }
        insertRequest(transaction, intent);
        insertAudit(transaction, audit);
        return StoredRequest{.intent = intent, .state = StoredRequest::State::Intent, .certificate = {}};
    });
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
            auto now = intent;
            now.requestedAt = reassigned.timestamp;
            if (auto allowed = checkIssuerLimit(transaction, now, limits.perIssuerAndHour); !allowed)
                return tl::unexpected(allowed.error());
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
    auto completion = m_database.transact<Completion>([&](Transaction& transaction) -> Result<Completion> {
        auto request = loadRequest(transaction, key, true);
        if (!request) return tl::unexpected(request.error());
        if (!request->has_value())
            return fail(ErrorCode::NotFound, "request-unknown", "no request with key " + key.text());
        const auto& intent = (*request)->intent;
        if ((*request)->state == StoredRequest::State::Issued) return Completion(*(*request)->certificate);
        if ((*request)->state == StoredRequest::State::Burned)
            return fail(ErrorCode::Conflict, "request-burned",
                        "the request lost against another one for the same device; begin a new one");
        if (intent.serial != certificate.serial || intent.issuer != certificate.issuer)
            return fail(ErrorCode::Conflict, "request-reassigned",
                        "the request is for serial " + intent.serial.text() + " by now, not for " +
                            certificate.serial.text());

        const auto burn = [&](const Error& cause) -> Completion {
            auto burned = audit;
            burned.eventType = "certificate_burned";
            burned.result = "failure";
            burned.metadata["cause"] = cause.type;
            insertAudit(transaction, burned);
            finishRequest(transaction, key, "burned", audit.timestamp);
            return tl::unexpected(cause);
        };

        if (intent.replaces) {
            auto old = lockReplaceable(transaction, intent.replacesIssuer, *intent.replaces);
            if (!old && (old.error().code == ErrorCode::Conflict || old.error().code == ErrorCode::Forbidden))
                return burn(old.error());
            if (!old) return tl::unexpected(old.error());
            transaction.run("UPDATE certificates SET replaced_by = ?, replaced_at = to_timestamp(?::bigint) "
                            "WHERE issuer = ? AND serial = ?",
                            {parameter(certificate.serial.text()), parameter(audit.timestamp), parameter(old->issuer),
                             parameter(old->serial.text())});
        } else if (certificate.deviceId) {
            // An expired certificate is not live, but the index that allows one live certificate cannot see the clock.
            transaction.run("UPDATE certificates SET status = 'EXPIRED' WHERE device_id = ? AND type = 'vehicle' AND "
                            "status = 'ACTIVE' AND expires_at <= to_timestamp(?::bigint)",
                            {parameter(certificate.deviceId->text()), parameter(audit.timestamp)});
        }
        if (!insertCertificate(transaction, certificate)) {
            if (transaction.failed()) return fail(ErrorCode::StoreUnavailable, "store-unavailable", "not stored");
            if (intent.replaces)
                return fail(ErrorCode::Internal, "store-row",
                            "the replaced certificate was not the device's only live one");
            return burn(
                {ErrorCode::Conflict, "already-provisioned", "another certificate became the device's live one first"});
        }
        finishRequest(transaction, key, "issued", audit.timestamp);
        insertAudit(transaction, audit);
        insertEvent(transaction, audit.eventType, certificate, audit.timestamp);
        return Completion(certificate);
    });
    if (!completion) return tl::unexpected(completion.error());
    return std::move(*completion);
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
