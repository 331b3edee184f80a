#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "contract/error.h"
#include "flow/run_history.h"

namespace station {

/// Where reports and batches may go: a folder of the configuration or a stick.
struct ExportTarget
{
    std::string label; ///< as people know it: the stick's name or the folder
    std::filesystem::path folder;
    std::uint64_t freeOctets = 0;
    bool isStick = false;
};

/// What an audit batch has.
struct BatchSummary
{
    std::string name; ///< of its folder
    std::uint64_t runs = 0;
    std::optional<std::uint64_t> gatewayRows; ///< nothing: the gateway's records are not in it
    std::string gatewayFault;                 ///< why not, e.g. "gateway-unreachable"
};

/// Hears how far it is, 0 to 1, in the thread of the export.
using ExportProgress = std::function<void(double)>;

/// The calls block. Errors besides those of Journal: StoreUnavailable "target-gone", "target-full", "target-read-only",
/// "target-io", "batch-differs" (what was read back is not what was written).
struct ExportServices
{
    std::function<std::vector<ExportTarget>()> targets{};
    std::function<gateway::Result<BatchSummary>(const RunFilter& period, const std::filesystem::path& folder,
                                                const ExportProgress& progress)>
        exportBatch{};
    /// On disk and read back when it returns; never half a file under that name.
    std::function<gateway::Result<void>(const std::filesystem::path& file, const std::string& octets)> writeFile{};
};

} // namespace station
