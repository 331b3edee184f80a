#pragma once

#include "crl/crl_source.h"
#include "store/connection.h"

namespace gateway::store {

class PostgresCrlSource final : public CrlSource
{
public:
    /// @param includeSuperseded  list replaced certificates after their grace (specification note 9)
    PostgresCrlSource(Database& database, bool includeSuperseded)
        : m_database(database), m_includeSuperseded(includeSuperseded)
    {
    }

    [[nodiscard]] Result<std::string> version(const std::string& issuer, Time now) override;
    [[nodiscard]] Result<pki::RevokedList> revoked(const std::string& issuer, Time now) override;
    [[nodiscard]] Result<std::uint64_t> reserveNumber(const std::string& issuer, Time now,
                                                      std::uint64_t atLeast) override;

private:
    Database& m_database;
    bool m_includeSuperseded;
};

} // namespace gateway::store
