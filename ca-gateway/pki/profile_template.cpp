#include "pki/profile_template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "contract/device_id.h"
#include "contract/vin_hash.h"

namespace gateway::pki {
namespace {

bool isAlphanumeric(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

bool isDnsLabel(std::string_view text)
{
    return !text.empty() && text.size() <= 63 && isAlphanumeric(text.front()) && isAlphanumeric(text.back()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return isAlphanumeric(c) || c == '-'; });
}

bool isDeviceId(std::string_view text)
{
    return DeviceId::parse(text).has_value();
}

bool isVinHash(std::string_view text)
{
    return VinHash::parse(text).has_value();
}

bool isInstanceSuffix(std::string_view text)
{
    return text.empty() || (text.size() == 2 && text[0] == ' ' && text[1] >= '2' && text[1] <= '9');
}

bool isIpText(std::string_view text)
{
    return !parseIpAddress(std::string(text)).empty();
}

struct Placeholder
{
    std::string_view name;
    bool (*accepts)(std::string_view);
    bool list = false;
    bool optional = false;
};

constexpr std::array<Placeholder, 12> kPlaceholders = {{
    {"device_id", isDeviceId},
    {"vin_hash", isVinHash},
    {"region", isDnsLabel},
    {"station", isDnsLabel},
    {"technician", isDnsLabel},
    {"administrator", isDnsLabel},
    {"audit_signer", isDnsLabel},
    {"host", isDnsName},
    {"responder", isDnsLabel},
    {"instance_suffix", isInstanceSuffix, false, true},
    {"dns_names", isDnsName, true, true},
    {"ip_addresses", isIpText, true, true},
}};

const Placeholder* findPlaceholder(std::string_view name)
{
    const auto found = std::find_if(kPlaceholders.begin(), kPlaceholders.end(),
                                    [&](const Placeholder& placeholder) { return placeholder.name == name; });
    return found == kPlaceholders.end() ? nullptr : &*found;
}

/// The text before the first placeholder, the placeholder, and what follows it.
struct Split
{
    std::string_view before;
    const Placeholder* placeholder = nullptr; ///< none: the text is all in before
    std::string_view after;
};

/// @return nothing when braces do not match or the name is unknown
std::optional<Split> split(std::string_view text)
{
    const auto open = text.find_first_of("{}");
    if (open == std::string_view::npos) return Split{text, nullptr, {}};
    const auto close = text.find('}', open);
    if (text[open] != '{' || close == std::string_view::npos) return std::nullopt;
    const auto* placeholder = findPlaceholder(text.substr(open + 1, close - open - 1));
    if (placeholder == nullptr) return std::nullopt;
    return Split{text.substr(0, open), placeholder, text.substr(close + 1)};
}

} // namespace

bool isDnsName(std::string_view text)
{
    if (text.empty() || text.size() > 253) return false;
    while (true) {
        const auto dot = text.find('.');
        if (!isDnsLabel(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

std::vector<std::uint8_t> parseIpAddress(const std::string& text)
{
    // inet_pton reads a C string and would not see what stands behind a zero byte.
    if (text.find('\0') != std::string::npos) return {};
    std::vector<std::uint8_t> bytes(4);
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
    bytes.resize(16);
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
    return {};
}

std::vector<std::uint8_t> parseIpNetwork(const std::string& text)
{
    const auto slash = text.find('/');
    if (slash == std::string::npos) return {};
    auto bytes = parseIpAddress(text.substr(0, slash));
    const auto digits = std::string_view(text).substr(slash + 1);
    std::size_t bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (bytes.empty() || error != std::errc{} || end != digits.data() + digits.size() || bits > bytes.size() * 8)
        return {};
    const std::size_t octets = bytes.size();
    for (std::size_t i = 0; i < octets; ++i) {
        const std::size_t set = std::min<std::size_t>(8, bits - std::min(bits, i * 8));
        const auto mask = static_cast<std::uint8_t>(0xFF00U >> set & 0xFFU);
        if ((bytes[i] & static_cast<std::uint8_t>(~mask)) != 0) return {};
        bytes.push_back(mask);
    }
    return bytes;
}

Result<void> checkTemplate(std::string_view text)
{
    for (auto rest = text;;) {
        const auto part = split(rest);
        if (!part)
            return fail(ErrorCode::InvalidRequest, "profile",
                        "unknown placeholder or unmatched brace in '" + std::string(text) + "'");
        if (part->placeholder == nullptr) return {};
        if (part->placeholder->list && text.size() != part->placeholder->name.size() + 2)
            return fail(ErrorCode::InvalidRequest, "profile",
                        "a list placeholder stands alone, got '" + std::string(text) + "'");
        rest = part->after;
    }
}

bool isListTemplate(std::string_view text)
{
    const auto part = split(text);
    return part && part->placeholder != nullptr && part->placeholder->list;
}

std::string_view listName(std::string_view text)
{
    return text.substr(1, text.size() - 2);
}

Result<std::string> expandTemplate(std::string_view text, const TemplateValues& values)
{
    std::string expanded;
    for (auto rest = text;;) {
        const auto part = split(rest);
        if (!part)
            return fail(ErrorCode::InvalidRequest, "profile", "unknown placeholder in '" + std::string(text) + "'");
        expanded += part->before;
        if (part->placeholder == nullptr) return expanded;
        const std::string name(part->placeholder->name);
        const auto value = values.find(name);
        if (value == values.end() && !part->placeholder->optional)
            return fail(ErrorCode::InvalidRequest, "profile-value", "no value for {" + name + "}");
        const std::string_view inserted = value == values.end() ? std::string_view() : value->second;
        if (!part->placeholder->accepts(inserted))
            return fail(ErrorCode::InvalidRequest, "profile-value", "the value for {" + name + "} does not fit it");
        expanded += inserted;
        rest = part->after;
    }
}

Result<std::vector<std::string>> expandList(std::string_view text, const TemplateValues& values)
{
    std::vector<std::string> entries;
    const std::string name(listName(text));
    const auto* placeholder = findPlaceholder(name);
    const auto value = values.find(name);
    if (placeholder == nullptr || value == values.end() || value->second.empty()) return entries;
    for (std::string_view rest = value->second;;) {
        const auto comma = rest.find(',');
        const auto entry = rest.substr(0, comma);
        if (!placeholder->accepts(entry))
            return fail(ErrorCode::InvalidRequest, "profile-value",
                        "an entry of {" + name + "} does not fit it; expected entries with commas between, no spaces");
        entries.emplace_back(entry);
        if (comma == std::string_view::npos) return entries;
        rest.remove_prefix(comma + 1);
    }
}

bool matchTemplate(std::string_view pattern, std::string_view text, TemplateValues& values)
{
    const auto part = split(pattern);
    if (!part || text.substr(0, part->before.size()) != part->before) return false;
    text.remove_prefix(part->before.size());
    if (part->placeholder == nullptr) return text.empty();
    const std::string name(part->placeholder->name);
    if (const auto known = values.find(name); known != values.end()) {
        if (text.substr(0, known->second.size()) != known->second) return false;
        return matchTemplate(part->after, text.substr(known->second.size()), values);
    }
    for (std::size_t length = std::min<std::size_t>(text.size(), 253) + 1; length-- != 0;) {
        const auto candidate = text.substr(0, length);
        if (!part->placeholder->accepts(candidate)) continue;
        auto attempt = values;
        attempt.emplace(name, candidate);
        if (!matchTemplate(part->after, text.substr(length), attempt)) continue;
        values = std::move(attempt);
        return true;
    }
    return false;
}

} // namespace gateway::pki
