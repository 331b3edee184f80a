#pragma once

#include "ocsp/status_source.h"
#include "store/connection.h"

namespace gateway::store {

class PostgresStatusSource final : public OcspStatusSource
{
public:
    explicit PostgresStatusSource(Database& database) : m_database(database) {}

    [[nodiscard]] Result<pki::OcspStatus> status(const std::string& issuer, const CertificateSerial& serial,
                                                 Time now) override;

private:
    Database& m_database;
};

} // namespace gateway::store
