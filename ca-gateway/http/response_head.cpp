#include "http/response_head.h"

#include <chrono>
#include <string_view>

#include "http/beast.h"
#include "http/exchange.h"

namespace gateway::http {
namespace {

namespace beast = boost::beast;

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

ResponseHead::ResponseHead(std::string& text, int status, unsigned version) : m_text(text), m_version(version)
{
    m_text.append(version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ").append(std::to_string(status)).append(" ");
    m_text.append(beast::http::obsolete_reason(static_cast<beast::http::status>(status)));
    m_text.append("\r\nServer: v2c-ca-gateway\r\n");
    add("Date", currentDate());
}

void ResponseHead::add(std::string_view name, std::string_view value)
{
    m_text.append(name).append(": ");
    for (const char c : value)
        m_text.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
    m_text.append("\r\n");
}

void ResponseHead::addContentLength(std::size_t octets)
{
    add("Content-Length", std::to_string(octets));
}

void ResponseHead::end(bool keepAlive)
{
    if (m_version >= 11 && !keepAlive) add("Connection", "close");
    if (m_version < 11 && keepAlive) add("Connection", "keep-alive");
    m_text.append("\r\n");
}

bool hasLength(const Response& response)
{
    return response.status != 204 && response.status != 304;
}

std::string responseHead(const Response& response, unsigned version, bool keepAlive)
{
    std::string text;
    text.reserve(512);
    ResponseHead head(text, response.status, version);
    for (const auto& [name, value] : response.headers)
        head.add(name, value);
    if (!response.contentType.empty()) head.add("Content-Type", response.contentType);
    if (hasLength(response)) head.addContentLength(response.body.size());
    head.end(keepAlive);
    return text;
}

} // namespace gateway::http
