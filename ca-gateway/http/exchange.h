#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/message.h"
#include "http/metrics.h"
#include "http/server.h"

namespace gateway::http {

/// One request on its way through a listener: what log, metrics and the answer's X-Trace-Id tell about it.
struct Exchange
{
    std::string traceId;
    std::string route = "unknown"; ///< method and pattern, "POST /api/certificates"; never the path itself
    std::string caller;            ///< the certificate's CN or the token's name, once known
    std::string problem;           ///< slug of the error, if there was one

    /// Notes the error and makes the answer.
    [[nodiscard]] Response refuse(const Error& error, int status = 0);
};

using ExchangeHandler = std::function<Response(const Request&, Exchange&)>;

inline constexpr std::string_view kHealthRoute = "GET /health";

/// One request that has been answered, for the audit.
struct AnsweredRequest
{
    std::string traceId;
    std::string route;
    std::string caller;  ///< empty for who is not known
    std::string remote;  ///< address
    std::string problem; ///< slug of the error, if there was one
    int status = 0;
};

using AnsweredSink = std::function<void(AnsweredRequest)>;

/// Gives each request its trace id, measures it, and writes one access line: a JSON object with trace_id, listener,
/// method, route, status, ms, caller, remote and problem. Bodies, paths, VINs and tokens are not in it.
/// @param metrics  outlives the handler
/// @param sink     is told of each answer, on the thread that has made it
[[nodiscard]] Handler observe(std::string listener, ExchangeHandler handler, Metrics& metrics,
                              std::shared_ptr<spdlog::logger> log, AnsweredSink sink = {});

/// The trace id of a request: the trace-id of a valid W3C traceparent header, else an X-Request-Id that is a UUID, both
/// as UUID text; else a random UUID.
[[nodiscard]] std::string traceIdOf(const Request& request);

/// RFC 9110 8.3: whether Content-Type is this media type, with or without parameters, in any case.
[[nodiscard]] bool hasMediaType(const Request& request, std::string_view mediaType);

/// Answers 404 or, when another method of the path exists, 405 with Allow.
[[nodiscard]] Response refuseRoute(Exchange& exchange, const std::string& allowedMethods);

/// Decodes %XX (RFC 3986 2.1). @return nothing for a % without two hex digits
[[nodiscard]] std::optional<std::string> percentDecoded(std::string_view text);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 5.6.7)
[[nodiscard]] std::string toHttpDate(Time time);

/// Strong entity tag of a body: its SHA-256 in hex, quoted.
[[nodiscard]] std::string entityTag(ByteView body);

/// Whether If-None-Match names this tag (RFC 9110 13.1.2).
[[nodiscard]] bool matchesEntityTag(const Request& request, const std::string& tag);

} // namespace gateway::http
