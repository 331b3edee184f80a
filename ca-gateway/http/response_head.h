#pragma once

#include <string>

#include "http/message.h"

namespace gateway::http {

/// Whether the answer states a Content-Length: 204 and 304 must not (RFC 9110 8.6).
[[nodiscard]] bool hasLength(const Response& response);

/// The status line and the fields, with the empty line after them.
/// @param version  10 or 11, the request's
[[nodiscard]] std::string responseHead(const Response& response, unsigned version, bool keepAlive);

} // namespace gateway::http
