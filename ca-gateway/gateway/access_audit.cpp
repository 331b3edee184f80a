#include "gateway/access_audit.h"

#include "api/rfc3339.h"

namespace gateway {

AuditEvent accessEvent(const http::AnsweredRequest& request, Time now)
{
    constexpr int kFirstFailure = 400;
    auto event = makeAuditEvent("access", Caller{Caller::Kind::Gateway, request.caller, {}, request.traceId}, now,
                                request.status < kFirstFailure ? "success" : "failure");
    if (event.actor.empty()) event.actor = "unknown";
    event.metadata = {{"route", request.route}, {"status", std::to_string(request.status)}, {"remote", request.remote}};
    if (!request.problem.empty()) event.metadata.emplace("cause", request.problem);
    return event;
}

OcspTally::OcspTally(std::string responder, Time begin) : m_responder(std::move(responder)), m_begin(begin) {}

void OcspTally::count(const pki::OcspResponse& response)
{
    const std::lock_guard lock(m_mutex);
    if (response.statuses.empty()) ++m_counts["refused"];
    for (const auto& [status, number] : response.statuses)
        m_counts[status] += number;
}

std::optional<AuditEvent> OcspTally::take(Time now)
{
    const std::lock_guard lock(m_mutex);
    const auto begin = std::exchange(m_begin, now);
    if (m_counts.empty()) return std::nullopt;
    auto event = makeAuditEvent("ocsp_responses", Caller{Caller::Kind::Gateway, m_responder, {}, {}}, now);
    event.metadata = {{"from", api::toRfc3339(begin)}, {"to", api::toRfc3339(now)}};
    for (const auto& [status, number] : std::exchange(m_counts, {}))
        event.metadata.emplace(std::string(status), std::to_string(number));
    return event;
}

} // namespace gateway
