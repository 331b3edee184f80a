#pragma once

#include <functional>
#include <string>
#include <vector>

namespace station {

/// One thing that the station looked at in itself.
struct SelfCheck
{
    enum class State { Good, Warning, Bad };

    std::string what; ///< "bus" (value: its number), "gateway", "clock", "disk", "journal"
    State state = State::Good;
    std::string value{}; ///< what was found: a number with its unit, or the cause of what is wrong
};

/// Looks at everything; blocks for seconds.
using SelfTest = std::function<std::vector<SelfCheck>()>;

} // namespace station
