#include "store/postgres_revocation_store.h"

#include "store/rows.h"

namespace gateway::store {

Result<Revocation> PostgresRevocationStore::revoke(const CertificateSerial& serial, RevocationReason reason,
                                                   const AuditEvent& audit)
{
    return m_database.transact<Revocation>([&](Transaction& transaction) -> Result<Revocation> {
        auto rows = transaction.run("SELECT " V2C_CERTIFICATE_COLUMNS " FROM certificates WHERE serial = ? FOR UPDATE",
                                    {parameter(serial.text())});
        if (!rows.next())
            return fail(ErrorCode::NotFound, "serial-unknown", "no certificate with serial " + serial.text());
        const auto certificate = readCertificate(rows);
        if (!certificate) return tl::unexpected(certificate.error());
        if (rows.next())
            return fail(ErrorCode::Conflict, "serial-ambiguous",
                        "more than one issuer has used serial " + serial.text());
        if (certificate->status == CertificateStatus::Revoked) return revocationOf(*certificate);
        return revokeLocked(transaction, *certificate, reason, audit);
    });
}

Result<std::size_t> PostgresRevocationStore::supersedeDue(Time now, std::size_t most, const AuditEvent& audit)
{
    return m_database.transact<std::size_t>([&](Transaction& transaction) -> Result<std::size_t> {
        auto rows = transaction.run("SELECT " V2C_CERTIFICATE_COLUMNS " FROM certificates WHERE status = 'ACTIVE' AND "
                                    "replaced_at <= to_timestamp(?::bigint) ORDER BY replaced_at LIMIT ?::bigint "
                                    "FOR UPDATE SKIP LOCKED",
                                    {parameter(now - kReplacementGrace), parameter(static_cast<std::int64_t>(most))});
        std::vector<CertificateRecord> due;
        while (rows.next()) {
            auto certificate = readCertificate(rows);
            if (!certificate) return tl::unexpected(certificate.error());
            due.push_back(std::move(*certificate));
        }
        for (auto& certificate : due) {
            transaction.run("UPDATE certificates SET status = 'SUPERSEDED' WHERE issuer = ? AND serial = ?",
                            {parameter(certificate.issuer), parameter(certificate.serial.text())});
            insertAudit(transaction, audit, certificate);
            // To whoever does not accept it the event reads as a revocation.
            certificate.revokedAt = *certificate.replacedAt + kReplacementGrace;
            certificate.reason = RevocationReason::Superseded;
            insertEvent(transaction, "certificate_superseded", certificate, now);
        }
        if (!due.empty()) transaction.run("SELECT pg_notify('v2c_revocation', '')");
        return due.size();
    });
}

} // namespace gateway::store
