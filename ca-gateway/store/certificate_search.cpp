#include "store/certificate_search.h"

#include "store/rows.h"

namespace gateway::store {
namespace {

#define V2C_SUMMARY_COLUMNS                                                                                            \
    "issuer, serial, type, subject, device_id, vin_hash, status, extract(epoch FROM issued_at)::bigint, "              \
    "extract(epoch FROM expires_at)::bigint, extract(epoch FROM provisioned_at)::bigint, "                             \
    "extract(epoch FROM revoked_at)::bigint, reason, replaced_by, extract(epoch FROM replaced_at)::bigint, created_by"
constexpr int kSummaryColumns = 15;

tl::unexpected<Error> badRow(const char* column)
{
    return fail(ErrorCode::Internal, "store-row", std::string("a stored certificate has an unreadable ") + column);
}

Result<CertificateSummary> readSummary(const Rows& rows, Time now)
{
    auto serial = CertificateSerial::parse(rows.text(1));
    if (!serial) return badRow("serial");
    const auto status = parseCertificateStatus(rows.text(6));
    if (!status) return badRow("status");
    CertificateSummary summary{.serial = std::move(*serial),
                               .issuer = rows.text(0),
                               .type = rows.text(2),
                               .subject = rows.text(3),
                               .deviceId = {},
                               .vinHash = {},
                               .status = *status,
                               .issuedAt = rows.time(7),
                               .expiresAt = rows.time(8),
                               .provisionedAt = {},
                               .revokedAt = {},
                               .reason = {},
                               .replacedBy = {},
                               .station = rows.text(14)};
    if (!rows.isNull(4)) {
        const auto deviceId = DeviceId::parse(rows.text(4));
        if (!deviceId) return badRow("device_id");
        summary.deviceId = *deviceId;
    }
    if (!rows.isNull(5)) {
        const auto vinHash = VinHash::parse(rows.text(5));
        if (!vinHash) return badRow("vin_hash");
        summary.vinHash = *vinHash;
    }
    if (!rows.isNull(9)) summary.provisionedAt = rows.time(9);
    if (!rows.isNull(10)) summary.revokedAt = rows.time(10);
    if (!rows.isNull(11)) summary.reason = parseRevocationReason(rows.text(11));
    if (!rows.isNull(12)) {
        auto replacedBy = CertificateSerial::parse(rows.text(12));
        if (!replacedBy) return badRow("replaced_by");
        summary.replacedBy = std::move(*replacedBy);
    }
    // As effectiveStatus() does.
    if (summary.status == CertificateStatus::Active) {
        if (!rows.isNull(13) && now >= rows.time(13) + kReplacementGrace)
            summary.status = CertificateStatus::Superseded;
        else if (now > summary.expiresAt)
            summary.status = CertificateStatus::Expired;
    }
    return summary;
}

class Conditions final
{
public:
    void add(const char* sql, std::vector<QVariant> parameters)
    {
        m_sql += m_sql.empty() ? " WHERE " : " AND ";
        m_sql += sql;
        for (auto& value : parameters)
            m_parameters.push_back(std::move(value));
    }
    [[nodiscard]] const std::string& sql() const { return m_sql; }
    [[nodiscard]] std::vector<QVariant>& parameters() { return m_parameters; }

private:
    std::string m_sql;
    std::vector<QVariant> m_parameters;
};

void addStatus(Conditions& conditions, CertificateStatus status, Time now)
{
    const auto graceEnd = parameter(now - kReplacementGrace);
    switch (status) {
    case CertificateStatus::Active:
        conditions.add("status = 'ACTIVE' AND expires_at >= to_timestamp(?::bigint) AND "
                       "(replaced_at IS NULL OR replaced_at > to_timestamp(?::bigint))",
                       {parameter(now), graceEnd});
        return;
    case CertificateStatus::Revoked:
        conditions.add("status = 'REVOKED'", {});
        return;
    case CertificateStatus::Superseded:
        conditions.add("(status = 'SUPERSEDED' OR (status = 'ACTIVE' AND replaced_at <= to_timestamp(?::bigint)))",
                       {graceEnd});
        return;
    case CertificateStatus::Expired:
        conditions.add("expires_at <= to_timestamp(?::bigint) AND (status = 'EXPIRED' OR (status = 'ACTIVE' AND "
                       "expires_at < to_timestamp(?::bigint) AND "
                       "(replaced_at IS NULL OR replaced_at > to_timestamp(?::bigint))))",
                       {parameter(now), parameter(now), graceEnd});
        return;
    }
}

} // namespace

SearchStatement makeSearchStatement(const CertificateQuery& query, Time now)
{
    Conditions conditions;
    if (query.serial) conditions.add("serial = ?", {parameter(query.serial->text())});
    if (query.deviceId) conditions.add("device_id = ?", {parameter(query.deviceId->text())});
    if (query.vinHash) conditions.add("vin_hash = ?", {parameter(query.vinHash->text())});
    if (query.status) addStatus(conditions, *query.status, now);
    if (query.type)
        conditions.add(*query.type == "vehicle" ? "type = ?" : "type <> 'vehicle' AND type = ?",
                       {parameter(*query.type)});
    if (query.station) conditions.add("created_by = ?", {parameter(*query.station)});
    if (query.issuer) conditions.add("issuer = ?", {parameter(*query.issuer)});
    if (query.issuedFrom) conditions.add("issued_at >= to_timestamp(?::bigint)", {parameter(*query.issuedFrom)});
    if (query.issuedTo) conditions.add("issued_at < to_timestamp(?::bigint)", {parameter(*query.issuedTo)});
    if (query.expiresFrom) conditions.add("expires_at >= to_timestamp(?::bigint)", {parameter(*query.expiresFrom)});
    if (query.expiresTo) conditions.add("expires_at < to_timestamp(?::bigint)", {parameter(*query.expiresTo)});
    if (query.after)
        conditions.add(
            "(issued_at, issuer, serial) < (to_timestamp(?::bigint), ?, ?)",
            {parameter(query.after->issuedAt), parameter(query.after->issuer), parameter(query.after->serial.text())});
    auto sql = "SELECT " V2C_SUMMARY_COLUMNS " FROM certificates" + conditions.sql() +
               " ORDER BY issued_at DESC, issuer DESC, serial DESC LIMIT " + std::to_string(query.limit + 1);
    return {std::move(sql), std::move(conditions.parameters())};
}

Result<CertificatePage> CertificateSearch::search(const CertificateQuery& query)
{
    const auto now = m_clock();
    const auto statement = makeSearchStatement(query, now);
    return m_database.transact<CertificatePage>([&](Transaction& transaction) -> Result<CertificatePage> {
        transaction.run("SELECT set_config('statement_timeout', '5s', true)");
        auto rows = transaction.runOnce(statement.sql, statement.parameters);
        CertificatePage page;
        while (rows.next()) {
            if (page.certificates.size() == std::size_t(query.limit)) {
                const auto& last = page.certificates.back();
                page.next = CertificatePosition{last.issuedAt, last.issuer, last.serial};
                break;
            }
            auto summary = readSummary(rows, now);
            if (!summary) return tl::unexpected(summary.error());
            page.certificates.push_back(std::move(*summary));
        }
        return page;
    });
}

Result<CertificateDetails> CertificateSearch::find(const CertificateReference& reference)
{
    const auto now = m_clock();
    return m_database.transact<CertificateDetails>([&](Transaction& transaction) -> Result<CertificateDetails> {
        const auto serial = parameter(reference.serial.text());
        auto rows = reference.issuer
                        ? transaction.run("SELECT " V2C_SUMMARY_COLUMNS ", certificate_der FROM certificates "
                                          "WHERE serial = ? AND issuer = ?",
                                          {serial, parameter(*reference.issuer)})
                        : transaction.run("SELECT " V2C_SUMMARY_COLUMNS ", certificate_der FROM certificates "
                                          "WHERE serial = ? LIMIT 2",
                                          {serial});
        if (!rows.next())
            return fail(ErrorCode::NotFound, "serial-unknown",
                        "no certificate with serial " + reference.serial.text() +
                            (reference.issuer ? " by this issuer" : ""));
        auto summary = readSummary(rows, now);
        if (!summary) return tl::unexpected(summary.error());
        CertificateDetails details{std::move(*summary), rows.bytes(kSummaryColumns)};
        if (rows.next())
            return fail(ErrorCode::Conflict, "serial-ambiguous",
                        "two issuers have used the serial " + reference.serial.text() + "; name one as issuer");
        return details;
    });
}

} // namespace gateway::store
