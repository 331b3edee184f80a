#pragma once

#include <vector>

#include "issuance/audit_event.h"
#include "store/connection.h"

namespace gateway::store {

/// Appends audit rows that belong to no other transaction.
class AuditJournal final
{
public:
    explicit AuditJournal(Database& database) : m_database(database) {}

    /// All of them or none, committed. @return StoreUnavailable: then they may stand there or not
    [[nodiscard]] Result<void> append(const std::vector<AuditEvent>& events);

private:
    Database& m_database;
};

} // namespace gateway::store
