#include "store/postgres_crl_source.h"

#include <algorithm>
#include <charconv>

#include "issuance/issuance_store.h"

namespace gateway::store {
namespace {

/// A revoked certificate leaves the list only after a list that was made after its expiry (RFC 5280 3.3): lists are
/// made every few minutes, so a day keeps it on many.
constexpr std::chrono::hours kKeptAfterExpiry{24};

std::string seconds(Time time)
{
    return std::to_string(time.time_since_epoch().count());
}

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

Result<pki::RevokedList> PostgresCrlSource::revoked(const std::string& issuer, Time now)
{
    return m_database.transact<pki::RevokedList>([&](Transaction& transaction) -> Result<pki::RevokedList> {
        pki::RevokedList list;
        bool isReadable = true;
        transaction.copyOut(
            "SELECT serial, extract(epoch FROM revoked_at)::bigint, reason FROM certificates "
            "WHERE issuer = $1 AND status = 'REVOKED' AND expires_at > to_timestamp($2) UNION ALL "
            "SELECT serial, extract(epoch FROM replaced_at)::bigint + $3, 'SUPERSEDED' FROM certificates "
            "WHERE issuer = $1 AND status IN ('ACTIVE', 'SUPERSEDED') AND replaced_at <= to_timestamp($4) AND "
            "expires_at > to_timestamp($2) AND $5",
            {issuer, seconds(now - kKeptAfterExpiry), std::to_string(std::chrono::seconds(kReplacementGrace).count()),
             seconds(now - kReplacementGrace), m_includeSuperseded ? "true" : "false"},
            [&](std::span<const std::string_view> columns) {
                const auto serial = CertificateSerial::parse(columns[0]);
                std::int64_t since = 0;
                const auto parsed = std::from_chars(columns[1].data(), columns[1].data() + columns[1].size(), since);
                const auto reason = parseRevocationReason(columns[2]);
                isReadable = isReadable && serial && reason && parsed.ec == std::errc{};
                if (isReadable) list.add(*serial, Time(std::chrono::seconds(since)), *reason);
                return true;
            });
        if (!isReadable)
            return fail(ErrorCode::Internal, "store-row", "a revoked certificate has an unreadable serial or reason");
        return list;
    });
}

Result<std::uint64_t> PostgresCrlSource::reserveNumber(const std::string& issuer, Time now, std::uint64_t atLeast)
{
    return m_database.transact<std::uint64_t>([&](Transaction& transaction) -> Result<std::uint64_t> {
        auto rows = transaction.run(
            "INSERT INTO crl_numbers (issuer, last_number, reserved_at) VALUES (?, ?::bigint, to_timestamp(?::bigint)) "
            "ON CONFLICT (issuer) DO UPDATE SET "
            "last_number = greatest(excluded.last_number, crl_numbers.last_number + 1), "
            "reserved_at = excluded.reserved_at RETURNING last_number",
            {parameter(issuer),
             parameter(std::max(std::int64_t{now.time_since_epoch().count()}, static_cast<std::int64_t>(atLeast))),
             parameter(now)});
        if (!rows.next()) return std::uint64_t{0};
        return static_cast<std::uint64_t>(rows.number(0));
    });
}

} // namespace gateway::store
