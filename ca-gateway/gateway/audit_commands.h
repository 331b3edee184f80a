#pragma once

#include <optional>
#include <ostream>

#include "gateway/gateway_config.h"

/// The audit's commands: what leaves the gateway for an auditor, and its check on any machine.
namespace gateway {

struct AuditExportRequest
{
    std::filesystem::path output;     ///< a folder that does not exist yet
    std::filesystem::path previous;   ///< folder of the export before: this one continues it; empty for none
    std::optional<std::string> from;  ///< RFC 3339 or a date; without it and without previous: from the beginning
    std::optional<std::string> until; ///< RFC 3339, exclusive; without it: to the newest sealed row
};

/// What goes out with each export: the audit signer's certificate and its issuers', PEM. @return InvalidRequest
/// "config"
[[nodiscard]] Result<std::vector<std::string>> loadAuditChain(const AuditConfig& config);

/// Writes a signed export of sealed rows. @return InvalidRequest "config", "time-format", "export-folder",
/// "export-format" (of previous); NotFound "audit-head-missing", "audit-empty"; StoreUnavailable
[[nodiscard]] Result<void> exportAudit(const GatewayConfig& config, const AuditExportRequest& request,
                                       std::ostream& out);

/// Checks an export offline and writes what it found. @param previous  empty for none
/// @return Conflict "audit-tampered" when anything is wrong with it
[[nodiscard]] Result<void> verifyAuditExport(const std::filesystem::path& folder, const std::filesystem::path& root,
                                             const std::filesystem::path& previous, std::ostream& out);

} // namespace gateway
