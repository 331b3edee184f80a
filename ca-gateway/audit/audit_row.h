#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle_tree.h"
#include "contract/error.h"

namespace gateway::audit {

/// A row of the audit as the database gives it out.
struct AuditRow
{
    std::int64_t id = 0;
    std::string timestamp; ///< "2025-10-09T10:30:00.000000Z"
    std::string eventType;
    std::string actor;
    std::string subjectJson; ///< an object
    std::string result;
    std::string metadataJson; ///< an object
    std::string traceId;
};

/// The row's bytes in the tree, and its line in an export: one JSON object with the specification's field names and the
/// id, keys sorted, no white space, UTF-8 as it is. docs/audit.md describes it.
/// @return Internal "audit-row" when subject or metadata are no objects
[[nodiscard]] Result<std::string> canonicalLine(const AuditRow& row);

/// What stands in an export in place of a row that has been dropped after its retention: {"expired":"<leaf hash>"}.
[[nodiscard]] std::string expiredLine(const TreeHash& leaf);
/// @return the leaf hash of a line that expiredLine() has written
[[nodiscard]] std::optional<TreeHash> parseExpiredLine(std::string_view line);

/// The same row in the export's table. @param line  of canonicalLine() or expiredLine()
/// @return InvalidRequest "audit-line" naming what is wrong with it
[[nodiscard]] Result<std::string> csvLine(std::uint64_t index, const std::string& line);
[[nodiscard]] std::string csvHeader();

} // namespace gateway::audit
