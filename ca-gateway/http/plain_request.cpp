#include "http/plain_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace gateway::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

bool isVisible(char c)
{
    return c > ' ' && c < '\x7f';
}

bool equalsNoCase(std::string_view text, std::string_view lower)
{
    return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
}

/// Takes the text up to the mark and the mark itself.
std::optional<std::string_view> takeUntil(std::string_view& rest, std::string_view mark)
{
    const auto end = rest.find(mark);
    if (end == std::string_view::npos) return std::nullopt;
    const auto taken = rest.substr(0, end);
    rest.remove_prefix(end + mark.size());
    return taken;
}

/// What the fields have said so far.
struct Fields
{
    bool hasHost = false;
    std::optional<std::size_t> contentLength;
    std::optional<std::string_view> contentType;
};

/// @return false for a field that is not of the common form
bool takeField(std::string_view line, Fields& fields)
{
    constexpr std::array<std::string_view, 6> kIgnored{"accept",        "accept-encoding", "accept-language",
                                                       "cache-control", "pragma",          "user-agent"};
    const auto name = takeUntil(line, ":");
    if (!name) return false;
    while (line.starts_with(' '))
        line.remove_prefix(1);
    if (line.empty() || line.ends_with(' ') ||
        !std::all_of(line.begin(), line.end(), [](char c) { return c == ' ' || isVisible(c); }))
        return false;
    if (equalsNoCase(*name, "host")) return !std::exchange(fields.hasHost, true);
    if (equalsNoCase(*name, "connection")) return equalsNoCase(line, "keep-alive");
    if (equalsNoCase(*name, "content-type")) {
        if (fields.contentType) return false;
        fields.contentType = line;
        return true;
    }
    if (equalsNoCase(*name, "content-length")) {
        std::size_t length = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), length);
        if (fields.contentLength || error != std::errc() || end != line.data() + line.size()) return false;
        fields.contentLength = length;
        return true;
    }
    return std::any_of(kIgnored.begin(), kIgnored.end(),
                       [&](std::string_view ignored) { return equalsNoCase(*name, ignored); });
}

} // namespace

std::optional<PlainRequest> scanPlainRequest(std::string_view octets)
{
    PlainRequest request;
    auto rest = octets;
    for (const std::string_view method : {"GET", "POST"})
        if (rest.starts_with(method)) request.method = method;
    rest.remove_prefix(request.method.size());
    if (request.method.empty() || !rest.starts_with(" /")) return std::nullopt;
    rest.remove_prefix(1);
    const auto target = takeUntil(rest, " ");
    if (!target || !std::all_of(target->begin(), target->end(), isVisible)) return std::nullopt;
    request.target = *target;
    if (takeUntil(rest, kLineEnd) != "HTTP/1.1") return std::nullopt;

    Fields fields;
    while (true) {
        const auto line = takeUntil(rest, kLineEnd);
        if (!line) return std::nullopt;
        if (line->empty()) break;
        if (!takeField(*line, fields)) return std::nullopt;
    }
    const bool isPost = request.method == "POST";
    if (!fields.hasHost || fields.contentLength.has_value() != isPost) return std::nullopt;
    const auto length = fields.contentLength.value_or(0);
    if (rest.size() < length) return std::nullopt;
    request.contentType = fields.contentType.value_or(std::string_view());
    request.body = rest.substr(0, length);
    request.octets = octets.size() - rest.size() + length;
    return request;
}

} // namespace gateway::http
