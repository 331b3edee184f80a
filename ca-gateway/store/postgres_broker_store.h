#pragma once

#include "issuance/broker_store.h"
#include "store/connection.h"

namespace gateway::store {

class PostgresBrokerStore final : public BrokerStore
{
public:
    explicit PostgresBrokerStore(Database& database) : m_database(database) {}

    [[nodiscard]] Result<StoredBrokerRequest> begin(const BrokerIntent& intent, int perIssuerAndHour,
                                                    const AuditEvent& audit) override;
    [[nodiscard]] Result<CertificateRecord>
    complete(const TransactionId& transaction, const CertificateRecord& certificate, const AuditEvent& audit) override;
    [[nodiscard]] Result<void> appendAudit(const AuditEvent& audit) override;

private:
    Database& m_database;
};

} // namespace gateway::store
