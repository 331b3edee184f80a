#include "flow/report_queue.h"

namespace station {
namespace {

gateway::Result<void> tell(CertificateIssuer& issuer, const Report& report)
{
    switch (report.kind) {
    case Report::Kind::Provisioned:
        return issuer.reportProvisioned({report.serial, report.transaction, report.at});
    case Report::Kind::Rejected:
        return issuer.reportRejected({report.serial, report.transaction, report.cause});
    }
    return gateway::fail(gateway::ErrorCode::Internal, "report-kind", "a report of an unknown kind");
}

} // namespace

bool isPassing(const gateway::Error& error)
{
    switch (error.code) {
    case gateway::ErrorCode::InvalidRequest:
    case gateway::ErrorCode::NotFound:
    case gateway::ErrorCode::Conflict:
    case gateway::ErrorCode::PolicyViolation:
        return false;
    case gateway::ErrorCode::Unauthorized:
    case gateway::ErrorCode::Forbidden:
    case gateway::ErrorCode::RateLimited:
    case gateway::ErrorCode::HsmUnavailable:
    case gateway::ErrorCode::StoreUnavailable:
    case gateway::ErrorCode::OutcomeUnknown:
    case gateway::ErrorCode::Internal:
        return true;
    }
    return true;
}

gateway::Result<DeliverySummary> deliverReports(Journal& journal, CertificateIssuer& issuer, const RunClock& clock,
                                                std::chrono::milliseconds budget)
{
    const auto pending = journal.pendingReports();
    if (!pending) return tl::unexpected(pending.error());

    DeliverySummary summary;
    const auto deadline = clock.now() + budget;
    for (const auto& [id, report] : *pending) {
        if (clock.now() >= deadline) break;
        const auto answer = tell(issuer, report);
        if (answer) {
            if (const auto marked = journal.markDelivered(id); !marked) return tl::unexpected(marked.error());
            summary.delivered.push_back(report);
            continue;
        }
        summary.error = answer.error();
        if (isPassing(answer.error())) break;
        const auto why = answer.error().type + ": " + answer.error().detail;
        if (const auto kept = journal.setAside(id, why); !kept) return tl::unexpected(kept.error());
        summary.setAside.push_back(report);
    }
    summary.waiting = static_cast<int>(pending->size() - summary.delivered.size() - summary.setAside.size());
    return summary;
}

} // namespace station
