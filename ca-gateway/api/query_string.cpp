#include "api/query_string.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "contract/bytes.h"

namespace gateway::api {
namespace {

std::optional<std::string> decoded(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            result.push_back(' ');
        } else if (text[i] == '%') {
            const auto octet = parseHex(text.substr(i + 1, 2));
            if (!octet || octet->size() != 1) return std::nullopt;
            result.push_back(static_cast<char>(octet->front()));
            i += 2;
        } else {
            result.push_back(text[i]);
        }
    }
    return result;
}

bool isUnreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

} // namespace

bool isPlainUtf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
        if (length == 0 || text.size() - i < length) return false;
        std::uint32_t value = length == 1 ? lead : lead & (0xFFU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<std::uint8_t>(text[i + k]);
            if (next >> 6 != 2) return false;
            value = value << 6 | (next & 0x3FU);
        }
        constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
        if (value < kLeast[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
        if (value < 0x20 || (value >= 0x7F && value < 0xA0)) return false;
        i += length;
    }
    return true;
}

Result<std::vector<std::pair<std::string, std::string>>> parseQueryString(std::string_view text)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        auto name = decoded(part.substr(0, equals));
        const bool isReadableName = name && !name->empty() && isPlainUtf8(*name);
        auto value = decoded(equals < part.size() ? part.substr(equals + 1) : std::string_view());
        if (!isReadableName || !value || !isPlainUtf8(*value))
            return fail(ErrorCode::InvalidRequest, "query-malformed",
                        "expected name=value pairs in percent-encoded UTF-8 without control characters, got another " +
                            std::string(isReadableName ? "value of " + name->substr(0, 40) : "name"));
        if (std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == *name; }))
            return fail(ErrorCode::InvalidRequest, "parameter-repeated",
                        "expected each parameter once, got " + name->substr(0, 40) + " twice");
        if (pairs.size() == kMaxQueryParameters)
            return fail(ErrorCode::InvalidRequest, "query-malformed",
                        "expected at most " + std::to_string(kMaxQueryParameters) + " parameters, got more");
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

std::string percentEncoded(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        if (isUnreserved(c)) {
            result.push_back(c);
            continue;
        }
        const auto octet = static_cast<std::uint8_t>(c);
        result += '%' + toUpperHex({&octet, 1});
    }
    return result;
}

} // namespace gateway::api
