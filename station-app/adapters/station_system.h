#pragma once

#include <memory>

#include "adapters/config.h"
#include "adapters/gateway_certificate_issuer.h"
#include "flow/audit_batch.h"
#include "flow/cases.h"
#include "flow/journal.h"
#include "flow/people.h"
#include "flow/report_queue.h"
#include "flow/run_history.h"
#include "flow/run_record.h"
#include "flow/vehicle_unit.h"

namespace station {

/// The station as its configuration describes it: the real unit, gateway and journal behind the flow's interfaces.
/// Thread-safe; each call makes its own parts in the thread that calls.
class StationSystem
{
public:
    virtual ~StationSystem() = default;

    [[nodiscard]] virtual const Config& config() const = 0;
    [[nodiscard]] virtual Provisioner& provisioner() = 0;
    /// Tells the gateway everything that waits in the journal.
    [[nodiscard]] virtual gateway::Result<DeliverySummary> deliverReports() = 0;
    [[nodiscard]] virtual gateway::Result<int> countWaitingReports() = 0;
    [[nodiscard]] virtual gateway::Result<GatewayStanding> checkGateway() = 0;
    /// Whether the bus of the slot can be used; nothing when only a run can tell.
    [[nodiscard]] virtual std::optional<bool> isBusUp(int slot) = 0;
    [[nodiscard]] virtual gateway::Result<std::unique_ptr<RunHistory>> openHistory() = 0;
    [[nodiscard]] virtual gateway::Result<std::unique_ptr<People>> openPeople() = 0;
    [[nodiscard]] virtual gateway::Result<std::unique_ptr<Cases>> openCases() = 0;
    /// Reports and audit batches to folders and sticks.
    [[nodiscard]] virtual ExportServices exports() = 0;
    /// The certificate that the unit in the slot uses, DER.
    [[nodiscard]] virtual UnitResult<gateway::Bytes> readActiveLeaf(int slot) = 0;
};

/// Reads secrets, credential and root certificate, so that a wrong one is told before a vehicle is touched.
/// @return what is wrong with them, as InvalidRequest
[[nodiscard]] gateway::Result<std::unique_ptr<StationSystem>> makeStationSystem(Config config, JournalHook hook = {});

} // namespace station
