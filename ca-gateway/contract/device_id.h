#pragma once

#include <array>
#include <compare>
#include <string_view>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// Name of a vehicle towards the cloud: the first 16 bytes of SHA-256(VIN ‖ salt) as 32 upper-case hex digits, so that
/// it fits a DNS label. It is the CN of the vehicle certificate. Source: specification note 1; derivation: identity/.
class DeviceId final
{
public:
    static constexpr std::size_t kLength = 32;

    [[nodiscard]] static Result<DeviceId> parse(std::string_view text);
    [[nodiscard]] static DeviceId fromDigest(std::span<const std::uint8_t, 16> digest);

    [[nodiscard]] std::string_view text() const { return {m_text.data(), m_text.size()}; }

    friend auto operator<=>(const DeviceId&, const DeviceId&) = default;

private:
    DeviceId() = default;

    std::array<char, kLength> m_text{};
};

} // namespace gateway
