#include "audit/audit_head.h"

#include <algorithm>
#include <charconv>

namespace gateway::audit {
namespace {

constexpr std::string_view kFormat = "v2c-audit-head/1";

template <typename Number>
std::optional<Number> number(std::string_view text)
{
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

} // namespace

bool isOrigin(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
}

std::string encodeHead(const AuditHead& head)
{
    return std::string(kFormat) + '\n' + head.origin + '\n' + std::to_string(head.size) + '\n' + toLowerHex(head.root) +
           '\n' + std::to_string(head.sealedAt.time_since_epoch().count()) + '\n' + std::to_string(head.previousSize) +
           '\n';
}

Result<AuditHead> parseHead(std::string_view text)
{
    const auto refuse = [](const char* expected) {
        return fail(ErrorCode::InvalidRequest, "audit-head", std::string("expected ") + expected);
    };
    std::array<std::string_view, 6> lines;
    auto rest = text;
    for (auto& line : lines) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) return refuse("six lines");
        line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    if (!rest.empty()) return refuse("six lines and nothing behind them");
    if (lines[0] != kFormat) return refuse("v2c-audit-head/1 in the first line");
    if (!isOrigin(lines[1])) return refuse("an origin in the second line");
    const auto size = number<std::uint64_t>(lines[2]);
    const auto root = parseHex(lines[3]);
    const auto seconds = number<std::int64_t>(lines[4]);
    const auto previous = number<std::uint64_t>(lines[5]);
    if (!size || !root || root->size() != std::tuple_size_v<TreeHash> || !seconds || !previous || *previous >= *size)
        return refuse("size, root, time and a smaller previous size");
    AuditHead head{.origin = std::string(lines[1]),
                   .size = *size,
                   .root = {},
                   .sealedAt = Time(std::chrono::seconds(*seconds)),
                   .previousSize = *previous};
    std::copy(root->begin(), root->end(), head.root.begin());
    // Leading zeros, signs and upper case would give one statement two spellings.
    if (encodeHead(head) != text) return refuse("numbers and hex in their one spelling");
    return head;
}

} // namespace gateway::audit
