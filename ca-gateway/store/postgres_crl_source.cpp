#include "store/postgres_crl_source.h"

#include "issuance/issuance_store.h"

namespace gateway::store {
namespace {

/// A revoked certificate leaves the list only after a list that was made after its expiry (RFC 5280 3.3): lists are
/// made every few minutes, so a day keeps it on many.
constexpr std::chrono::hours kKeptAfterExpiry{24};

} // namespace

Result<std::string> PostgresCrlSource::version(const std::string& issuer, Time now)
{
    return m_database.transact<std::string>([&](Transaction& transaction) -> Result<std::string> {
        // Counts, not latest times: a transaction may commit after one with a later time.
        auto rows = transaction.run(
            "SELECT (SELECT count(*) FROM certificates WHERE issuer = ? AND status = 'REVOKED' AND "
            "expires_at > to_timestamp(?::bigint)), (SELECT count(*) FROM certificates WHERE issuer = ? AND "
            "status IN ('ACTIVE', 'SUPERSEDED') AND replaced_at <= to_timestamp(?::bigint) AND "
            "expires_at > to_timestamp(?::bigint) AND ?::boolean)",
            {parameter(issuer), parameter(now - kKeptAfterExpiry), parameter(issuer),
             parameter(now - kReplacementGrace), parameter(now - kKeptAfterExpiry), parameter(m_includeSuperseded)});
        if (!rows.next()) return std::string();
        return rows.text(0) + "+" + rows.text(1);
    });
}

Result<std::vector<pki::RevokedEntry>> PostgresCrlSource::revoked(const std::string& issuer, Time now)
{
    using Entries = std::vector<pki::RevokedEntry>;
    return m_database.transact<Entries>([&](Transaction& transaction) -> Result<Entries> {
        auto rows = transaction.run(
            "SELECT serial, extract(epoch FROM revoked_at)::bigint AS since, reason FROM certificates "
            "WHERE issuer = ? AND status = 'REVOKED' AND expires_at > to_timestamp(?::bigint) UNION ALL "
            "SELECT serial, extract(epoch FROM replaced_at)::bigint + ?::bigint, 'SUPERSEDED' FROM certificates "
            "WHERE issuer = ? AND status IN ('ACTIVE', 'SUPERSEDED') AND replaced_at <= to_timestamp(?::bigint) AND "
            "expires_at > to_timestamp(?::bigint) AND ?::boolean ORDER BY since, serial",
            {parameter(issuer), parameter(now - kKeptAfterExpiry),
             parameter(std::int64_t{std::chrono::seconds(kReplacementGrace).count()}), parameter(issuer),
             parameter(now - kReplacementGrace), parameter(now - kKeptAfterExpiry), parameter(m_includeSuperseded)});
        Entries entries;
        while (rows.next()) {
            auto serial = CertificateSerial::parse(rows.text(0));
            const auto reason = parseRevocationReason(rows.text(2));
            if (!serial || !reason)
                return fail(ErrorCode::Internal, "store-row",
                            "a revoked certificate has an unreadable serial or reason");
            entries.push_back({.serial = std::move(*serial), .revokedAt = rows.time(1), .reason = *reason});
        }
        return entries;
    });
}

Result<std::uint64_t> PostgresCrlSource::reserveNumber(const std::string& issuer, Time now)
{
    return m_database.transact<std::uint64_t>([&](Transaction& transaction) -> Result<std::uint64_t> {
        auto rows = transaction.run(
            "INSERT INTO crl_numbers (issuer, last_number, reserved_at) VALUES (?, ?::bigint, to_timestamp(?::bigint)) "
            "ON CONFLICT (issuer) DO UPDATE SET "
            "last_number = greatest(excluded.last_number, crl_numbers.last_number + 1), "
            "reserved_at = excluded.reserved_at RETURNING last_number",
            {parameter(issuer), parameter(now), parameter(now)});
        if (!rows.next()) return std::uint64_t{0};
        return static_cast<std::uint64_t>(rows.number(0));
    });
}

} // namespace gateway::store
