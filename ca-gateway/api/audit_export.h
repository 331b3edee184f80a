#pragma once

#include <string_view>

#include "contract/audit_export.h"
#include "contract/error.h"

namespace gateway::api {

/// Reads the query of GET /api/audit/export: from and to (RFC 3339 or a date) and previous (a whole number).
/// @return InvalidRequest "query-malformed", "parameter-repeated", "parameter-unknown" or "parameter-value"
[[nodiscard]] Result<AuditExportQuery> parseAuditExportQuery(std::string_view queryString);

} // namespace gateway::api
