#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flow/run_history.h"

namespace station {

/// What some jobs have in common: yield, cycle times, and what went wrong.
struct RunStatistics
{
    struct Bucket
    {
        gateway::Time begin;
        RunCounts counts;
    };
    struct StepTime
    {
        StepId step;
        int count = 0;
        std::chrono::milliseconds median{0};
        std::chrono::milliseconds p90{0};
    };
    struct Cause
    {
        std::string cause;
        int count = 0;
    };

    RunCounts counts;
    std::vector<Bucket> buckets;                       ///< by time of opening, ascending, without gaps
    std::chrono::seconds bucket{3600};                 ///< their width
    std::vector<std::chrono::milliseconds> cycleTimes; ///< of those that passed, oldest first
    std::chrono::milliseconds median{0};               ///< of cycleTimes; 0 without one
    std::chrono::milliseconds p90{0};
    std::vector<StepTime> steps; ///< in their order, those that were done at all
    std::vector<Cause> causes;   ///< of those that failed or are open, the most frequent first
};

/// @param samples  oldest first
/// @param steps  times of steps that were done, in any order
/// @param begin  where the buckets begin; they are as wide as needed for at most 24 of them, whole hours at least
[[nodiscard]] RunStatistics makeStatistics(std::span<const RunSample> samples, std::span<const StepSample> steps,
                                           std::optional<gateway::Time> begin);

} // namespace station
