#pragma once

#include "issuance/clock.h"
#include "store/connection.h"

namespace gateway::store {

/// How long audit rows are kept, in days, by class; revocations for ever. The database refuses less than the
/// specification's times, which are the values here.
struct RetentionPeriods
{
    int issuanceDays = 2557; ///< 7 years
    int accessDays = 366;
    int ocspDays = 90;
};

/// Makes the audit's partitions ahead of time and drops those whose retention has ended. Any number of gateways may do
/// this; a lock lets one at a time.
class AuditRetention final
{
public:
    struct Done
    {
        int made = 0;
        int dropped = 0;
    };

    AuditRetention(Database& database, RetentionPeriods periods, Clock clock);

    /// A partition with a row that is not in the Merkle tree yet stays until it is. Repeating is safe.
    /// @return StoreUnavailable; Internal "store-error" for a period below the specification's
    [[nodiscard]] Result<Done> apply();

private:
    Database& m_database;
    RetentionPeriods m_periods;
    Clock m_clock;
};

} // namespace gateway::store
