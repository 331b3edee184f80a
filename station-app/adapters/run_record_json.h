#pragma once

#include <string>

#include "flow/certificate_checker.h"
#include "flow/run_history.h"

namespace station {

/// One line of runs.jsonl: a job with its steps as JSON, the VIN masked.
[[nodiscard]] std::string toJsonLine(const PastRun& run, const std::vector<PastStep>& steps, const VehicleNames& names);

} // namespace station
