#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contract/messages.h"
#include "flow/run_record.h"

namespace station {

/// How a technician ended a case.
enum class Resolution { Passed, UnitReplaced, CablingRepaired, VehicleCorrected, StationRepaired, SentOn };

/// "passed", "unit-replaced", "cabling-repaired", "vehicle-corrected", "station-repaired", "sent-on"
[[nodiscard]] std::string_view name(Resolution resolution);
[[nodiscard]] std::optional<Resolution> resolutionOf(std::string_view name);

/// A vehicle that waits for a technician. Its state: new, taken by somebody, closed.
struct Case
{
    std::int64_t id = 0;
    gateway::Vin vin;
    int slot = 1;
    gateway::TransactionId transaction;
    Outcome outcome = Outcome::StationFailed;
    RunFailure failure{};
    gateway::Time openedAt{};
    std::string takenBy{}; ///< "" for a new one
    std::string closedBy{};
    std::optional<gateway::Time> closedAt{};
    std::optional<Resolution> resolution{};
    std::vector<TranscriptLine> transcript{};
};

/// The technicians' queue; one open case a VIN. Used in the thread that opened it. Errors besides those below are those
/// of Journal.
class Cases
{
public:
    virtual ~Cases() = default;

    /// A VIN with an open case keeps it, its age and who took it; what failed is the newest.
    /// @param result  not Provisioned
    [[nodiscard]] virtual gateway::Result<void> open(const RunResult& result, int slot) = 0;
    /// The vehicle has passed: its case, if there is an open one, needs nobody any more.
    [[nodiscard]] virtual gateway::Result<void> closePassed(const gateway::Vin& vin) = 0;
    /// Oldest first.
    [[nodiscard]] virtual gateway::Result<std::vector<Case>> listOpen() = 0;
    /// @return Conflict "case-taken" when somebody else has it, "case-closed"
    [[nodiscard]] virtual gateway::Result<void> take(std::int64_t id, const std::string& person) = 0;
    /// @return Conflict "case-closed"
    [[nodiscard]] virtual gateway::Result<void> close(std::int64_t id, const std::string& person,
                                                      Resolution resolution) = 0;
};

} // namespace station
