#pragma once

#include "issuance/issuance_store.h"
#include "store/commit_group.h"

namespace gateway::store {

class PostgresIssuanceStore final : public IssuanceStore
{
public:
    explicit PostgresIssuanceStore(Database& database);

    [[nodiscard]] Result<StoredRequest> begin(const IssuanceIntent& intent, const IntentLimits& limits,
                                              const AuditEvent& audit) override;
    [[nodiscard]] Result<StoredRequest> reassign(const Reassignment& reassignment, const IntentLimits& limits,
                                                 const AuditEvent& burned, const AuditEvent& reassigned) override;
    [[nodiscard]] Result<CertificateRecord>
    complete(const TransactionId& transaction, const CertificateRecord& certificate, const AuditEvent& audit) override;
    [[nodiscard]] Result<std::optional<StoredRequest>> findRequest(const TransactionId& transaction) override;
    [[nodiscard]] Result<std::optional<CertificateRecord>> findCertificate(const std::string& issuer,
                                                                           const CertificateSerial& serial) override;
    [[nodiscard]] Result<void> markProvisioned(const ProvisionedReport& report, const AuditEvent& audit) override;
    [[nodiscard]] Result<Revocation> reject(const RejectedReport& report, const AuditEvent& rejected,
                                            const AuditEvent& revoked) override;
    [[nodiscard]] Result<void> appendAudit(const AuditEvent& audit) override;

private:
    [[nodiscard]] Result<StoredRequest> findStored(const TransactionId& transaction);

    Database& m_database;
    CommitGroup m_beginning;
    CommitGroup m_completing;
};

} // namespace gateway::store
