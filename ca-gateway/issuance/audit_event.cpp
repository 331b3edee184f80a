#include "issuance/audit_event.h"

#include <algorithm>

namespace gateway {
namespace {

bool isAlphanumeric(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z');
}

} // namespace

AuditEvent makeAuditEvent(std::string eventType, const Caller& caller, Time now, std::string result)
{
    return {.timestamp = now,
            .eventType = std::move(eventType),
            .actor = sanitizeFreeText(caller.name, 200),
            .deviceId = {},
            .vinHash = {},
            .serial = {},
            .result = std::move(result),
            .metadata = {},
            .traceId = caller.traceId};
}

std::string sanitizeFreeText(std::string_view text, std::size_t maxLength)
{
    std::string clean(text.substr(0, maxLength));
    // A character of several bytes may have been cut in two: drop its beginning.
    if (text.size() > maxLength) {
        while (!clean.empty() && (static_cast<unsigned char>(clean.back()) & 0xC0U) == 0x80U)
            clean.pop_back();
        if (!clean.empty() && static_cast<unsigned char>(clean.back()) >= 0x80U) clean.pop_back();
    }
    std::replace_if(
        clean.begin(), clean.end(),
        [](char character) { return static_cast<unsigned char>(character) < 0x20U || character == 0x7F; }, ' ');

    auto word = clean.begin();
    while (word != clean.end()) {
        word = std::find_if(word, clean.end(), isAlphanumeric);
        const auto end = std::find_if_not(word, clean.end(), isAlphanumeric);
        // 18 too: a label's VIN comes with the data identifier "I" in front.
        const auto vin = Vin::fromLabel(std::string_view(word, end));
        if (vin) std::fill(word, end - 6, '*');
        word = end;
    }
    return clean;
}

} // namespace gateway
