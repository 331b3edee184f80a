#pragma once

#include "contract/certificate_search.h"
#include "issuance/clock.h"
#include "store/connection.h"

namespace gateway::store {

struct SearchStatement
{
    std::string sql;
    std::vector<QVariant> parameters;
};

/// The SELECT for one page and one row more. Every condition goes in as a parameter, and only those that are set, so
/// that the planner sees which index fits.
[[nodiscard]] SearchStatement makeSearchStatement(const CertificateQuery& query, Time now);

/// Reading access to the certificates table. Thread-safe.
class CertificateSearch final
{
public:
    CertificateSearch(Database& database, Clock clock) : m_database(database), m_clock(std::move(clock)) {}

    /// Newest first. A row that existed when the first page was asked for is on exactly one page, whatever is inserted
    /// meanwhile. @return StoreUnavailable "store-busy" also for conditions that take longer than 5 s
    [[nodiscard]] Result<CertificatePage> search(const CertificateQuery& query);

    /// @return NotFound "serial-unknown"; Conflict "serial-ambiguous" when two issuers have used it
    [[nodiscard]] Result<CertificateDetails> find(const CertificateReference& reference);

private:
    Database& m_database;
    Clock m_clock;
};

} // namespace gateway::store
