#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "issuance/audit_event.h"
#include "issuance/clock.h"

namespace gateway {

/// Audit rows of what changes nothing, so that nobody waits for them: accesses and counted OCSP answers. A job writes
/// them down in batches. What a crash takes with it is at most what one interval of that job has brought. Thread-safe.
class AuditQueue final
{
public:
    /// Writes all of them or none.
    using Append = std::function<Result<void>(const std::vector<AuditEvent>&)>;

    static constexpr std::size_t kCapacity = 10'000;
    static constexpr std::size_t kBatch = 500;

    AuditQueue(Append append, Clock clock);

    /// Never blocks on the store. Beyond the capacity rows are lost, which a row of the same type tells.
    void push(AuditEvent event);

    /// Writes down what waits. @return whether there was something; the store's error, and the rows wait on
    [[nodiscard]] Result<bool> flush();

private:
    Append m_append;
    Clock m_clock;
    std::mutex m_mutex;
    std::deque<AuditEvent> m_events;
    std::map<std::string, std::uint64_t> m_lost; ///< by event type
};

} // namespace gateway
