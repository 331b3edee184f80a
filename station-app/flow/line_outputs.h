#pragma once

#include <functional>
#include <string>

#include "contract/error.h"
#include "flow/run_record.h"

namespace station {

/// What the station does outside its window: lamp, sound, label. What is empty is not there. The calls block, for at
/// most some seconds, and run one after the other. Errors are Internal "output-failed" with the reason.
struct LineOutputs
{
    /// @param state  "ready", "running", "pass", "fail", "refused", "station-fault", "called"
    std::function<gateway::Result<void>(const std::string& state)> andon{};
    /// @param sound  "accepted" (a scan began a vehicle), "ignored", "pass", "fail"
    std::function<gateway::Result<void>(const std::string& sound)> sound{};
    /// @param result  of a vehicle that passed
    std::function<gateway::Result<void>(const RunResult& result)> printLabel{};
};

} // namespace station
