#include "store/audit_journal.h"

#include <nlohmann/json.hpp>

#include "store/rows.h"

namespace gateway::store {

Result<void> AuditJournal::append(const std::vector<AuditEvent>& events)
{
    auto list = nlohmann::json::array();
    for (const auto& event : events)
        list.push_back(auditJson(event));
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        transaction.run("SELECT append_audit(event) FROM jsonb_array_elements(?::jsonb) event",
                        {parameter(dumpJson(list))});
        return {};
    });
}

} // namespace gateway::store
