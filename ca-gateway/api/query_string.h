#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/error.h"

namespace gateway::api {

inline constexpr std::size_t kMaxQueryParameters = 32;

/// Reads name=value pairs joined by & as application/x-www-form-urlencoded does (+ is a blank, %XX an octet). Names
/// and values are UTF-8 without control characters, and a name comes once: which of two counts would be up to the
/// reader.
/// @param text  what follows the ?; empty gives none
/// @return InvalidRequest "query-malformed" or "parameter-repeated", naming the parameter
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> parseQueryString(std::string_view text);

/// Percent-encodes all but unreserved characters (RFC 3986 2.3).
[[nodiscard]] std::string percentEncoded(std::string_view text);

/// UTF-8 without overlong forms, surrogates and values past U+10FFFF (RFC 3629), and without control characters.
[[nodiscard]] bool isPlainUtf8(std::string_view text);

} // namespace gateway::api
