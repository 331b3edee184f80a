#include "store/audit_retention.h"

namespace gateway::store {

AuditRetention::AuditRetention(Database& database, RetentionPeriods periods, Clock clock)
    : m_database(database), m_periods(periods), m_clock(std::move(clock))
{
}

Result<AuditRetention::Done> AuditRetention::apply()
{
    Done done;
    const auto made = m_database.transact<int>([](Transaction& transaction) -> Result<int> {
        auto rows = transaction.run("SELECT make_audit_partitions()");
        return rows.next() ? static_cast<int>(rows.number(0)) : 0;
    });
    if (!made) return tl::unexpected(made.error());
    done.made = *made;

    for (const auto& [name, days] : {std::pair(std::string_view("issuance"), m_periods.issuanceDays),
                                     std::pair(std::string_view("access"), m_periods.accessDays),
                                     std::pair(std::string_view("ocsp"), m_periods.ocspDays)}) {
        // One transaction each: a lock that one class waits for in vain keeps no other from being dropped.
        const auto dropped =
            m_database.transact<int>([&, name = name, days = days](Transaction& transaction) -> Result<int> {
                auto rows = transaction.run("SELECT drop_expired_audit(?, ?::integer, to_timestamp(?::bigint))",
                                            {parameter(name), parameter(std::int64_t{days}), parameter(m_clock())});
                return rows.next() ? static_cast<int>(rows.number(0)) : 0;
            });
        if (!dropped) return tl::unexpected(dropped.error());
        done.dropped += *dropped;
    }
    return done;
}

} // namespace gateway::store
