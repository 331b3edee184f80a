#include "store/postgres_status_source.h"

#include "store/rows.h"

namespace gateway::store {

Result<pki::OcspStatus> PostgresStatusSource::status(const std::string& issuer, const CertificateSerial& serial,
                                                     Time now)
{
    using Found = std::optional<CertificateRecord>;
    const auto found = m_database.runStatement<Found>(
        [&](Transaction& transaction) { return findCertificate(transaction, issuer, serial); });
    if (!found) return tl::unexpected(found.error());
    if (!found->has_value()) return pki::OcspStatus{};
    const auto& certificate = **found;

    using Kind = pki::OcspStatus::Kind;
    switch (effectiveStatus(certificate, now)) {
    case CertificateStatus::Revoked: {
        const auto revocation = revocationOf(certificate);
        if (!revocation) return tl::unexpected(revocation.error());
        return pki::OcspStatus{.kind = Kind::Revoked, .revokedAt = revocation->revokedAt, .reason = revocation->reason};
    }
    case CertificateStatus::Superseded:
        return pki::OcspStatus{.kind = Kind::Revoked,
                               .revokedAt = certificate.replacedAt ? *certificate.replacedAt + kReplacementGrace : now,
                               .reason = RevocationReason::Superseded};
    case CertificateStatus::Active:
    case CertificateStatus::Expired:
        break;
    }
    pki::OcspStatus good{.kind = Kind::Good, .revokedAt = {}, .reason = RevocationReason::Unspecified};
    if (certificate.replacedAt) good.goodUntil = *certificate.replacedAt + kReplacementGrace;
    return good;
}

} // namespace gateway::store
