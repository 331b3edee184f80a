#pragma once

#include "revocation/revocation_store.h"
#include "store/connection.h"

namespace gateway::store {

class PostgresRevocationStore final : public RevocationStore
{
public:
    explicit PostgresRevocationStore(Database& database) : m_database(database) {}

    [[nodiscard]] Result<Revocation> revoke(const CertificateSerial& serial, RevocationReason reason,
                                            const AuditEvent& audit) override;

    [[nodiscard]] Result<std::size_t> supersedeDue(Time now, std::size_t most, const AuditEvent& audit) override;

private:
    Database& m_database;
};

} // namespace gateway::store
