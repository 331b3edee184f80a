#pragma once

#include <array>
#include <compare>
#include <string_view>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// HMAC-SHA-256 of the VIN under a deployment secret, 64 lower-case hex digits: the serialNumber of the vehicle
/// certificate's subject. Keyed, because a bare hash of a VIN is found by trying all VINs. Source: specification note
/// 2; derivation: identity/.
class VinHash final
{
public:
    static constexpr std::size_t kLength = 64;

    [[nodiscard]] static Result<VinHash> parse(std::string_view text);
    [[nodiscard]] static VinHash fromMac(std::span<const std::uint8_t, 32> mac);

    [[nodiscard]] std::string_view text() const { return {m_text.data(), m_text.size()}; }

    friend auto operator<=>(const VinHash&, const VinHash&) = default;

private:
    VinHash() = default;

    std::array<char, kLength> m_text{};
};

} // namespace gateway
