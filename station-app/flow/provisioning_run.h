#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

#include "flow/certificate_checker.h"
#include "flow/certificate_issuer.h"
#include "flow/journal.h"
#include "flow/run_clock.h"
#include "flow/run_record.h"
#include "flow/vehicle_unit.h"
#include "flow/vin_rules.h"

namespace station {

/// How long a run keeps trying. A line has 60 s per vehicle.
struct RunBudgets
{
    std::chrono::milliseconds unit{15000};  ///< one step at the unit with its repetitions
    std::chrono::milliseconds issue{20000}; ///< until the gateway has given a definite answer
    std::chrono::milliseconds report{5000}; ///< for reports, once at the start and once at the end of a run
};

struct RunParts
{
    JournalFactory openJournal;
    UnitFactory makeUnit;
    IssuerFactory makeIssuer;
    const CertificateChecker* checker = nullptr; ///< outlives the run
    std::function<VehicleNames(const gateway::Vin&)> deriveNames;
    std::function<bool(std::span<std::uint8_t>)> fillRandom;
    RunClock clock;
    RunBudgets budgets;
    VinRules vinRules;
    JournalHook hook; ///< may be empty
};

/// The step machine from scan to verdict. Each step is journalled before and after and is safe to repeat: a run that
/// finds an open job of the VIN takes it up with the same transaction. docs/station.md tells which failure ends how.
/// provision() may run in several threads at once, one per slot; it makes its parts in the thread that calls it.
class ProvisioningRun final : public Provisioner
{
public:
    explicit ProvisioningRun(RunParts parts) : m_parts(std::move(parts)) {}

    [[nodiscard]] RunResult provision(const gateway::Vin& vin, int slot, RunObserver& observer) override;

private:
    RunParts m_parts;
};

} // namespace station
