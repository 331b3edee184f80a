#pragma once

#include <functional>

#include "adapters/station_system.h"
#include "flow/journal.h"

namespace station::cli {

/// Opens the operator's window for one slot of a station that stands; returns the exit code. The arguments are those of
/// main(), for Qt.
using WindowOpener = std::function<int(StationSystem& station, int slot, int& argc, char** argv)>;

/// The program v2c-station: parses the command line, runs the command, prints its result.
/// Exit codes: 0 provisioned (done), 1 unit failed, 2 station or infrastructure failed, 3 refused, 64 usage.
/// @param hook    called after every durable journal record of a run
/// @param window  empty: this program has no window, and says so
int run(int argc, char** argv, JournalHook hook = {}, const WindowOpener& window = {});

} // namespace station::cli
