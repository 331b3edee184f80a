#include "contract/vin_hash.h"

#include <algorithm>

namespace gateway {

Result<VinHash> VinHash::parse(std::string_view text)
{
    const auto isLowerHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (text.size() != kLength || !std::all_of(text.begin(), text.end(), isLowerHex))
        return fail(ErrorCode::InvalidRequest, "vin-hash-format",
                    "a vin_hash has 64 lower-case hex digits, got " + std::to_string(text.size()) + " characters");
    VinHash hash;
    std::copy(text.begin(), text.end(), hash.m_text.begin());
    return hash;
}

VinHash VinHash::fromMac(std::span<const std::uint8_t, 32> mac)
{
    const std::string text = toLowerHex(mac);
    VinHash hash;
    std::copy(text.begin(), text.end(), hash.m_text.begin());
    return hash;
}

} // namespace gateway
