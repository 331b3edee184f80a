#pragma once

#include "flow/self_test.h"

namespace station {

class StationSystem;

/// Buses of all slots, gateway, clock, disk and journal, without a vehicle. The disk is tried with a file beside the
/// journal.
[[nodiscard]] std::vector<SelfCheck> runSelfTest(StationSystem& system);

} // namespace station
