#include "contract/device_id.h"

#include <algorithm>

namespace gateway {

Result<DeviceId> DeviceId::parse(std::string_view text)
{
    const auto isUpperHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
    if (text.size() != kLength || !std::all_of(text.begin(), text.end(), isUpperHex))
        return fail(ErrorCode::InvalidRequest, "device-id-format",
                    "a device_id has 32 upper-case hex digits, got " + std::to_string(text.size()) + " characters");
    DeviceId id;
    std::copy(text.begin(), text.end(), id.m_text.begin());
    return id;
}

DeviceId DeviceId::fromDigest(std::span<const std::uint8_t, 16> digest)
{
    const std::string text = toUpperHex(digest);
    DeviceId id;
    std::copy(text.begin(), text.end(), id.m_text.begin());
    return id;
}

} // namespace gateway
