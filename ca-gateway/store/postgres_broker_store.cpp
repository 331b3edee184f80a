#include "store/postgres_broker_store.h"

#include "store/rows.h"

namespace gateway::store {
namespace {

/// @return nothing when there is none
Result<std::optional<StoredBrokerRequest>> load(Transaction& transaction, const TransactionId& key)
{
    auto rows = transaction.run("SELECT region, requested_by, csr_sha256, public_key_sha256, issuer, serial, profile, "
                                "tbs_der, extract(epoch FROM requested_at)::bigint, finished_at IS NOT NULL "
                                "FROM broker_requests WHERE request_key = ?",
                                {parameter(key.text())});
    if (!rows.next()) return std::nullopt;
    auto serial = CertificateSerial::parse(rows.text(5));
    if (!serial) return fail(ErrorCode::Internal, "store-row", "a broker's request has an unreadable serial");
    StoredBrokerRequest stored{.intent = {.transaction = key,
                                          .region = rows.text(0),
                                          .requestedBy = rows.text(1),
                                          .csrSha256 = rows.bytes(2),
                                          .publicKeySha256 = rows.bytes(3),
                                          .issuer = rows.text(4),
                                          .serial = std::move(*serial),
                                          .profile = rows.text(6),
                                          .tbsDer = rows.bytes(7),
                                          .requestedAt = rows.time(8)},
                               .certificate = {}};
    if (rows.flag(9)) {
        auto certificate = findCertificate(transaction, stored.intent.issuer, stored.intent.serial);
        if (!certificate) return tl::unexpected(certificate.error());
        if (!certificate->has_value() && !transaction.failed())
            return fail(ErrorCode::Internal, "store-row", "request " + key.text() + " is issued without a certificate");
        stored.certificate = std::move(*certificate);
    }
    return std::optional(std::move(stored));
}

} // namespace

Result<StoredBrokerRequest> PostgresBrokerStore::begin(const BrokerIntent& intent, int perIssuerAndHour,
                                                       const AuditEvent& audit)
{
    return m_database.transact<StoredBrokerRequest>([&](Transaction& transaction) -> Result<StoredBrokerRequest> {
        // Brokers ask a few times a year: one after the other costs nothing and makes the checks simple.
        transaction.lock("broker:" + intent.issuer);
        auto known = load(transaction, intent.transaction);
        if (!known) return tl::unexpected(known.error());
        if (known->has_value()) return std::move(**known);
        auto duplicates = transaction.run("SELECT 1 FROM broker_requests WHERE public_key_sha256 = ?::bytea UNION ALL "
                                          "SELECT 1 FROM certificates WHERE public_key_sha256 = ?::bytea LIMIT 1",
                                          {parameter(intent.publicKeySha256), parameter(intent.publicKeySha256)});
        if (duplicates.next())
            return fail(ErrorCode::Conflict, "duplicate-key",
                        "the public key of this CSR has been certified under another request: a new key is needed");
        auto count = transaction.run("SELECT count(*) FROM broker_requests WHERE issuer = ? AND "
                                     "requested_at > to_timestamp(?::bigint)",
                                     {parameter(intent.issuer), parameter(intent.requestedAt - std::chrono::hours(1))});
        if (count.next() && count.number(0) >= perIssuerAndHour)
            return fail(ErrorCode::RateLimited, "rate-limit-issuer",
                        "the issuer has given " + std::to_string(perIssuerAndHour) +
                            " certificates within an hour, which is the limit",
                        std::chrono::hours(1));
        transaction.run("INSERT INTO broker_requests (request_key, region, requested_by, requested_at, csr_sha256, "
                        "public_key_sha256, issuer, serial, profile, tbs_der) VALUES "
                        "(?, ?, ?, to_timestamp(?::bigint), ?::bytea, ?::bytea, ?, ?, ?, ?::bytea)",
                        {parameter(intent.transaction.text()), parameter(intent.region), parameter(intent.requestedBy),
                         parameter(intent.requestedAt), parameter(intent.csrSha256), parameter(intent.publicKeySha256),
                         parameter(intent.issuer), parameter(intent.serial.text()), parameter(intent.profile),
                         parameter(intent.tbsDer)});
        insertAudit(transaction, audit);
        return StoredBrokerRequest{.intent = intent, .certificate = {}};
    });
}

Result<CertificateRecord> PostgresBrokerStore::complete(const TransactionId& key, const CertificateRecord& certificate,
                                                        const AuditEvent& audit)
{
    return m_database.transact<CertificateRecord>([&](Transaction& transaction) -> Result<CertificateRecord> {
        transaction.lock("broker:" + certificate.issuer);
        auto stored = load(transaction, key);
        if (!stored) return tl::unexpected(stored.error());
        if (!stored->has_value())
            return fail(ErrorCode::NotFound, "request-unknown", "no request with key " + key.text());
        if ((*stored)->certificate) return std::move(*(*stored)->certificate);
        if (!insertCertificate(transaction, certificate) && !transaction.failed())
            return fail(ErrorCode::Internal, "store-row", "the serial of a broker's request is taken");
        transaction.run("UPDATE broker_requests SET finished_at = to_timestamp(?::bigint) WHERE request_key = ?",
                        {parameter(audit.timestamp), parameter(key.text())});
        insertAudit(transaction, audit);
        insertEvent(transaction, audit.eventType, certificate, audit.timestamp);
        return certificate;
    });
}

Result<void> PostgresBrokerStore::appendAudit(const AuditEvent& audit)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        insertAudit(transaction, audit);
        return {};
    });
}

} // namespace gateway::store
