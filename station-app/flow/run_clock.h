#pragma once

#include <chrono>
#include <functional>

#include "contract/messages.h"

namespace station {

/// Time as a run sees it; tests set it.
struct RunClock
{
    std::function<std::chrono::steady_clock::time_point()> now;
    std::function<gateway::Time()> wallTime;
    std::function<void(std::chrono::milliseconds)> sleep;
};

} // namespace station
