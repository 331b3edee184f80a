#pragma once

#include <string>
#include <string_view>

#include "contract/messages.h"

namespace gateway::api {

/// "2025-10-09T10:30:00Z": RFC 3339 in UTC, whole seconds.
[[nodiscard]] std::string toRfc3339(Time time);

/// Reads RFC 3339 strictly: upper-case T and Z, or an offset; a fraction of a second is dropped, leap seconds are
/// refused. Years 1970 to 9999.
/// @return InvalidRequest "time-format"
[[nodiscard]] Result<Time> parseRfc3339(std::string_view text);

/// The same, or a date alone: its first second in UTC.
[[nodiscard]] Result<Time> parseTimeOrDate(std::string_view text);

} // namespace gateway::api
