#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "flow/certificate_issuer.h"
#include "flow/journal.h"
#include "flow/run_clock.h"

namespace station {

struct DeliverySummary
{
    std::vector<Report> delivered;
    std::vector<Report> setAside;
    int waiting = 0;
    /// What stopped the delivery, or why the last report was set aside.
    std::optional<gateway::Error> error;
};

/// Whether asking the gateway again later may help. Its definite no (400, 404, 409, 422) never changes.
[[nodiscard]] bool isPassing(const gateway::Error& error);

/// Tells the gateway what waits in the journal, oldest first, until one meets passing trouble or the time is over. The
/// order is kept: nothing overtakes a report that the gateway could not take yet.
/// @return the journal's error when it cannot be read or written
[[nodiscard]] gateway::Result<DeliverySummary> deliverReports(Journal& journal, CertificateIssuer& issuer,
                                                              const RunClock& clock, std::chrono::milliseconds budget);

} // namespace station
