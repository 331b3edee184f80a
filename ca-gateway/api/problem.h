#pragma once

#include <string>
#include <string_view>

#include "contract/error.h"

namespace gateway::api {

inline constexpr std::string_view kProblemContentType = "application/problem+json";
inline constexpr std::string_view kProblemTypeBase = "https://v2c.example.com/problems/";

/// An RFC 9457 problem document: type (kProblemTypeBase + error.type), title, status, detail, code (the ErrorCode's
/// name), trace_id and, when set, retry_after in seconds.
/// @param status  0 for the one of error.code; others are what only HTTP knows (405, 413, 415, 431)
[[nodiscard]] std::string toProblem(const Error& error, std::string_view traceId, int status = 0);

/// Reads what toProblem() wrote. Anything that is no problem document (a proxy's page) gives an error by its status,
/// of type "http-status".
/// @param status  of the response
[[nodiscard]] Error parseProblem(std::string_view json, int status);

} // namespace gateway::api
