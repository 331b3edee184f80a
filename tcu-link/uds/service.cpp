#include "uds/service.h"

#include <algorithm>
#include <string_view>

namespace tcu {

namespace {

constexpr std::size_t kNegativeResponseBytes = 3;

/// @return whether the message repeats the first count bytes after the request's service id as an answer must
bool echoes(ByteView request, ByteView message, std::size_t count)
{
    for (std::size_t i = 1; i <= count; ++i) {
        const bool isSubFunction = i == 1 && hasSubFunction(request[0]);
        const std::uint8_t expected =
            isSubFunction ? static_cast<std::uint8_t>(request[i] & ~kSuppressPositiveResponse) : request[i];
        if (message[i] != expected) return false;
    }
    return true;
}

bool isPositiveTo(std::uint8_t service, ByteView message)
{
    return message[0] == static_cast<std::uint8_t>(service + sid::kPositiveOffset);
}

std::string hex(ByteView bytes)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0x0F];
    }
    return text;
}

} // namespace

bool hasSubFunction(std::uint8_t service)
{
    return service == sid::kDiagnosticSessionControl || service == sid::kRoutineControl ||
           service == sid::kTesterPresent;
}

std::size_t echoedBytes(std::uint8_t service)
{
    switch (service) {
    case sid::kDiagnosticSessionControl:
    case sid::kTesterPresent:
    case sid::kTransferData:
        return 1;
    case sid::kReadDataByIdentifier:
        return 2;
    case sid::kRoutineControl:
        return 3;
    default:
        return 0;
    }
}

Match matchAnswer(ByteView request, ByteView message)
{
    if (request.empty() || message.empty()) return Match::Foreign;
    const std::uint8_t service = request[0];
    if (message[0] == sid::kNegativeResponse) {
        if (message.size() < 2 || message[1] != service) return Match::Foreign;
        return message.size() == kNegativeResponseBytes ? Match::Negative : Match::Malformed;
    }
    if (!isPositiveTo(service, message)) return Match::Foreign;
    const std::size_t echo = std::min(echoedBytes(service), request.size() - 1);
    if (message.size() < 1 + echo) return Match::Malformed;
    return echoes(request, message, echo) ? Match::Positive : Match::Foreign;
}

bool mayAnswer(ByteView request, ByteView head)
{
    if (request.empty() || head.empty() || !isPositiveTo(request[0], head)) return false;
    return echoes(request, head, std::min({echoedBytes(request[0]), request.size() - 1, head.size() - 1}));
}

std::string describeRequest(ByteView request)
{
    if (request.empty()) return "empty request";
    std::string text = hex(request.first(1));
    std::size_t at = 1;
    if (hasSubFunction(request[0]) && request.size() > at) text += ' ' + hex(request.subspan(at++, 1));
    const std::size_t end = std::min(request.size(), 1 + echoedBytes(request[0]));
    if (end > at) text += ' ' + hex(request.subspan(at, end - at));
    return text;
}

} // namespace tcu
