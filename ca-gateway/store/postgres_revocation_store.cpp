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

} // namespace gateway::store
