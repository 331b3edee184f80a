#pragma once

#include <string>
#include <vector>

#include "signer/exit_code.h"

namespace gateway::signer {

/// Runs this program again as a worker with these arguments and starts it anew whenever it ends: after 100 ms, then
/// with doubled pauses up to 10 s, until a worker has lived for 10 s. Ends when asked to (SIGTERM, SIGINT), or when the
/// worker says that starting again cannot help. The worker dies with this process.
/// Call it before anything is loaded and before any thread is started.
[[nodiscard]] ExitCode supervise(const std::vector<std::string>& workerArguments);

} // namespace gateway::signer
