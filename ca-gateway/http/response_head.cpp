#include "http/response_head.h"

#include <chrono>
#include <string_view>

#include "http/exchange.h"
#include "http/beast.h"

namespace gateway::http {
namespace {

namespace beast = boost::beast;

/// A value that breaks the line would be read as a field of its own.
void appendField(std::string& head, std::string_view name, std::string_view value)
{
    head.append(name).append(": ");
    for (const char c : value)
        head.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
    head.append("\r\n");
}

/// RFC 9110 6.6.1
const std::string& currentDate()
{
    thread_local Time second{};
    thread_local std::string text;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now != second) {
        second = now;
        text = toHttpDate(now);
    }
    return text;
}

} // namespace

bool hasLength(const Response& response)
{
    return response.status != 204 && response.status != 304;
}

std::string responseHead(const Response& response, unsigned version, bool keepAlive)
{
    // By hand: the library's fields and serialiser cost more than a kept OCSP answer.
    const auto status = static_cast<beast::http::status>(response.status);
    std::string head;
    head.reserve(512);
    head.append(version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ").append(std::to_string(response.status)).append(" ");
    head.append(beast::http::obsolete_reason(status)).append("\r\nServer: v2c-ca-gateway\r\n");
    appendField(head, "Date", currentDate());
    for (const auto& [name, value] : response.headers)
        appendField(head, name, value);
    if (!response.contentType.empty()) appendField(head, "Content-Type", response.contentType);
    if (hasLength(response)) appendField(head, "Content-Length", std::to_string(response.body.size()));
    if (version >= 11 && !keepAlive) appendField(head, "Connection", "close");
    if (version < 11 && keepAlive) appendField(head, "Connection", "keep-alive");
    head.append("\r\n");
    return head;
}

} // namespace gateway::http
