#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "contract/audit_export.h"
#include "flow/audit_batch.h"
#include "flow/certificate_checker.h"
#include "flow/run_clock.h"

namespace station {

/// What goes into a batch. docs/supervisor-guide.md has its files.
struct BatchSource
{
    std::string station; ///< its name
    HistoryFactory openHistory;
    std::function<VehicleNames(const gateway::Vin&)> deriveNames;
    /// The gateway's signed export as a tar archive. @return NotFound "audit-empty", InvalidRequest
    /// "audit-export-size": asked again for shorter periods
    std::function<gateway::Result<std::string>(const gateway::AuditExportQuery&)> exportAudit;
    std::filesystem::path rootCertificate; ///< PEM, what the gateway's records are verified against
    std::filesystem::path certificate;     ///< the station's, PEM; goes with the batch
    std::filesystem::path key;             ///< PEM; signs it
    std::function<gateway::Time()> now;
};

/// Writes a batch into a new folder below `folder`, under its name only when all of it is on disk, read back and
/// verified. What an earlier, cut off export left there is removed.
/// @return the errors of ExportServices; InvalidRequest "batch-key"; "audit-unproven": the gateway's records do not
///         verify
[[nodiscard]] gateway::Result<BatchSummary> writeAuditBatch(const BatchSource& source, const RunFilter& period,
                                                            const std::filesystem::path& folder,
                                                            const ExportProgress& progress);

/// Folders of the configuration, then what is mounted below /media, /run/media or /mnt and can be written.
[[nodiscard]] std::vector<ExportTarget> findExportTargets(const std::filesystem::path& configured);

} // namespace station
