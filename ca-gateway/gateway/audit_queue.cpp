#include "gateway/audit_queue.h"

#include <iterator>

namespace gateway {

AuditQueue::AuditQueue(Append append, Clock clock) : m_append(std::move(append)), m_clock(std::move(clock)) {}

void AuditQueue::push(AuditEvent event)
{
    const std::lock_guard lock(m_mutex);
    if (m_events.size() >= kCapacity)
        ++m_lost[event.eventType];
    else
        m_events.push_back(std::move(event));
}

Result<bool> AuditQueue::flush()
{
    bool wroteSome = false;
    while (true) {
        std::vector<AuditEvent> batch;
        std::map<std::string, std::uint64_t> lost;
        {
            const std::lock_guard lock(m_mutex);
            const auto count = std::min(kBatch, m_events.size());
            const auto end = m_events.begin() + static_cast<std::ptrdiff_t>(count);
            batch.assign(std::move_iterator(m_events.begin()), std::move_iterator(end));
            m_events.erase(m_events.begin(), end);
            lost.swap(m_lost);
        }
        if (batch.empty() && lost.empty()) return wroteSome;
        const auto rows = batch.size();
        for (const auto& [type, count] : lost) {
            auto event = makeAuditEvent(type, Caller{Caller::Kind::Gateway, "gateway", {}, {}}, m_clock(), "failure");
            event.metadata = {{"rows_lost", std::to_string(count)}};
            batch.push_back(std::move(event));
        }
        if (const auto written = m_append(batch); !written) {
            const std::lock_guard lock(m_mutex);
            m_events.insert(m_events.begin(), std::move_iterator(batch.begin()),
                            std::move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(rows)));
            for (const auto& [type, count] : lost)
                m_lost[type] += count;
            return tl::unexpected(written.error());
        }
        wroteSome = true;
    }
}

} // namespace gateway
