#pragma once

#include "gateway/audit_queue.h"
#include "http/exchange.h"
#include "pki/ocsp.h"

/// What the audit keeps of requests that change nothing (specification, "Audit Logging": access and OCSP responses).
namespace gateway {

/// Row "access": who asked what of the API, and what came of it.
[[nodiscard]] AuditEvent accessEvent(const http::AnsweredRequest& request, Time now);

/// Counts OCSP answers into one row "ocsp_responses" per interval. Thread-safe.
class OcspTally final
{
public:
    /// @param responder  this replica: the row's actor
    OcspTally(std::string responder, Time begin);

    void count(const pki::OcspResponse& response);
    /// What was counted since the last call; nothing when there were no answers.
    [[nodiscard]] std::optional<AuditEvent> take(Time now);

private:
    std::string m_responder;
    std::mutex m_mutex;
    Time m_begin;
    std::map<std::string_view, std::uint64_t> m_counts;
};

} // namespace gateway
