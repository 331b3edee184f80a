#include "api/rfc3339.h"

#include <array>
#include <cstdio>
#include <optional>

namespace gateway::api {
namespace {

/// Takes exactly count digits from the front.
std::optional<int> takeNumber(std::string_view& text, std::size_t count)
{
    if (text.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool takeCharacter(std::string_view& text, char expected)
{
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

bool dropFraction(std::string_view& text)
{
    if (!takeCharacter(text, '.')) return true;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
        ++digits;
    text.remove_prefix(digits);
    return digits >= 1 && digits <= 9;
}

std::optional<std::chrono::minutes> takeOffset(std::string_view& text)
{
    if (takeCharacter(text, 'Z')) return std::chrono::minutes(0);
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto hours = takeNumber(text, 2);
    if (!hours || *hours > 23 || !takeCharacter(text, ':')) return std::nullopt;
    const auto minutes = takeNumber(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

std::optional<Time> read(std::string_view text)
{
    const auto year = takeNumber(text, 4);
    if (!year || !takeCharacter(text, '-')) return std::nullopt;
    const auto month = takeNumber(text, 2);
    if (!month || !takeCharacter(text, '-')) return std::nullopt;
    const auto day = takeNumber(text, 2);
    if (!day || !takeCharacter(text, 'T')) return std::nullopt;
    const auto hour = takeNumber(text, 2);
    if (!hour || *hour > 23 || !takeCharacter(text, ':')) return std::nullopt;
    const auto minute = takeNumber(text, 2);
    if (!minute || *minute > 59 || !takeCharacter(text, ':')) return std::nullopt;
    const auto second = takeNumber(text, 2);
    if (!second || *second > 59 || !dropFraction(text)) return std::nullopt;
    const auto offset = takeOffset(text);
    if (!offset || !text.empty()) return std::nullopt;

    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                           std::chrono::day(unsigned(*day))};
    if (!date.ok() || *year < 1970) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) - *offset;
}

} // namespace

std::string toRfc3339(Time time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                  int(clock.seconds().count()));
    return text.data();
}

Result<Time> parseRfc3339(std::string_view text)
{
    if (const auto time = read(text)) return *time;
    return fail(ErrorCode::InvalidRequest, "time-format",
                "expected an RFC 3339 time such as 2025-10-09T10:30:00Z, got " + std::to_string(text.size()) +
                    " characters that are none");
}

Result<Time> parseTimeOrDate(std::string_view text)
{
    constexpr std::size_t kDateLength = 10;
    return parseRfc3339(text.size() == kDateLength ? std::string(text) + "T00:00:00Z" : std::string(text));
}

} // namespace gateway::api
