#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::http {

/// A request that leaves no room for two readings; its parts point into the octets it was read from.
struct PlainRequest
{
    std::string_view method;      ///< "GET" or "POST"
    std::string_view target;      ///< as sent, printable ASCII
    std::string_view contentType; ///< empty when there is none
    std::string_view body;        ///< a POST's
    std::size_t octets = 0;       ///< of the whole request
};

/// Reads the common form of a request without the library's parser, which costs more than a kept answer: HTTP/1.1, GET
/// or POST, lines that end in CR LF, one Host, a POST with one Content-Length of digits, and beside them only fields
/// that change nothing about the answer (Accept, Accept-Encoding, Accept-Language, Cache-Control, Connection:
/// keep-alive, Content-Type, Pragma, User-Agent). Everything else is for the library to accept or refuse.
/// @return nothing for what is not complete or not of that form
[[nodiscard]] std::optional<PlainRequest> scanPlainRequest(std::string_view octets);

/// Appends the whole response, or leaves the request to the Handler by returning false. Called on an I/O thread; must
/// not block.
using PlainHandler = std::function<bool(const PlainRequest& request, std::string& response)>;

} // namespace gateway::http
