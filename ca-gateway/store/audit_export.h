#pragma once

#include <filesystem>
#include <limits>

#include "audit/export_manifest.h"
#include "contract/audit_export.h"
#include "store/audit_ledger.h"

/// Exports of the audit, into a folder on the host or as an archive for the API.
namespace gateway::store {

struct AuditExportScope
{
    std::optional<Time> from;
    std::optional<Time> to;
    std::optional<audit::SignedHead> previousHead; ///< of the export that this one continues
    std::uint64_t maxRows = std::numeric_limits<std::uint64_t>::max();
};

struct AuditExportSummary
{
    std::uint64_t first = 0;
    std::uint64_t last = 0;    ///< exclusive
    std::uint64_t expired = 0; ///< of them, dropped after their retention
    audit::AuditHead head;
};

/// Writes a signed export of sealed rows into a new folder.
/// @param certificates  PEM: the audit signer, then its issuers without the root
/// @return InvalidRequest "export-folder", "audit-export-size" (more rows than asked for); NotFound
/// "audit-head-missing", "audit-empty"; Conflict "audit-tampered" (fewer rows than the previous head); StoreUnavailable
[[nodiscard]] Result<AuditExportSummary> writeAuditExport(AuditLedger& ledger, std::vector<std::string> certificates,
                                                          const AuditExportScope& scope,
                                                          const std::filesystem::path& folder);

/// The same as one file, at most 50,000 rows; NotFound "audit-head-missing" for a previous size that no head has.
[[nodiscard]] Result<AuditArchive> makeAuditArchive(AuditLedger& ledger, std::vector<std::string> certificates,
                                                    const AuditExportQuery& query);

} // namespace gateway::store
