#include "store/quarantine_store.h"

#include "store/rows.h"

namespace gateway::store {

Result<std::vector<std::string>> QuarantineStore::list(bool withReleased)
{
    return m_database.transact<std::vector<std::string>>(
        [&](Transaction& transaction) -> Result<std::vector<std::string>> {
            auto rows = transaction.run("SELECT to_jsonb(q) || jsonb_build_object('value_sha256', "
                                        "encode(value_sha256, 'hex')) FROM quarantine q "
                                        "WHERE released_at IS NULL OR ? ORDER BY id",
                                        {parameter(withReleased)});
            std::vector<std::string> list;
            while (rows.next())
                list.push_back(rows.text(0));
            return list;
        });
}

Result<bool> QuarantineStore::release(std::int64_t id, const std::string& reason, const Caller& caller, Time now)
{
    const auto text = sanitizeFreeText(reason);
    if (text.find_first_not_of(' ') == std::string::npos)
        return fail(ErrorCode::InvalidRequest, "release-reason", "expected a reason for the audit, got none");
    return m_database.transact<bool>([&](Transaction& transaction) -> Result<bool> {
        auto rows = transaction.run("SELECT kind, encode(value_sha256, 'hex'), first_device_id, second_device_id, "
                                    "released_at IS NOT NULL FROM quarantine WHERE id = ? FOR UPDATE",
                                    {parameter(id)});
        if (!rows.next())
            return fail(ErrorCode::NotFound, "quarantine-unknown", "no entry with id " + std::to_string(id));
        if (rows.flag(4)) return false;
        auto audit = makeAuditEvent(rows.text(0) + "_released", caller, now);
        audit.metadata = {{rows.text(0) + "_sha256", rows.text(1)},
                          {"first_device_id", rows.text(2)},
                          {"second_device_id", rows.text(3)},
                          {"reason", text}};
        transaction.run("UPDATE quarantine SET released_at = to_timestamp(?::bigint), released_by = ?, "
                        "release_reason = ? WHERE id = ?",
                        {parameter(now), parameter(audit.actor), parameter(text), parameter(id)});
        insertAudit(transaction, audit);
        return true;
    });
}

} // namespace gateway::store
