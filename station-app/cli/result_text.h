#pragma once

#include <optional>
#include <string>

#include "flow/run_record.h"

namespace station::cli {

/// The object that --json prints, one line; docs/station.md describes its fields. VINs are masked.
[[nodiscard]] std::string toJson(const RunResult& result);

/// The same object for a run that never began: a VIN or a configuration that cannot be used.
[[nodiscard]] std::string toJson(Outcome outcome, const std::string& cause, const std::string& detail);

/// One line for a step that has come to an end, for a person.
[[nodiscard]] std::string toLine(const StepRecord& step);

/// The verdict for a person, several lines. Ends with the specification's "✓ Provisioning complete" or says what
/// happened and what to do.
[[nodiscard]] std::string toVerdict(const RunResult& result);

} // namespace station::cli
