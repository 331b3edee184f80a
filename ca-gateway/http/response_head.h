#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace gateway::http {

/// Writes a status line and fields behind a string, without the library's fields and serialiser, which cost more than
/// a kept OCSP answer.
class ResponseHead final
{
public:
    /// Begins with the status line, Server and Date.
    /// @param version  10 or 11, the request's
    ResponseHead(std::string& text, int status, unsigned version);

    /// Characters that would break the line become blanks, so that no value is read as a field of its own.
    void add(std::string_view name, std::string_view value);
    void addContentLength(std::size_t octets);
    /// The connection's future, and the empty line.
    void end(bool keepAlive);

private:
    std::string& m_text;
    unsigned m_version;
};

/// Whether the answer states a Content-Length: 204 and 304 must not (RFC 9110 8.6).
[[nodiscard]] bool hasLength(const Response& response);

/// The whole head of an answer.
[[nodiscard]] std::string responseHead(const Response& response, unsigned version, bool keepAlive);

} // namespace gateway::http
