#pragma once

#include <cstddef>
#include <cstdint>

namespace tcu {

/// How a message's addresses travel. Normal addressing has them in the CAN id alone; modes with an address byte in
/// front of every frame's payload add to addressByteCount().
enum class AddressingMode { Normal };

/// @return bytes of every frame that the addresses take away from the transport layer, flow controls included
[[nodiscard]] constexpr std::size_t addressByteCount(AddressingMode mode)
{
    switch (mode) {
    case AddressingMode::Normal:
        return 0;
    }
    return 0;
}

/// The shape of the frames of one connection.
struct FrameShape
{
    AddressingMode addressing = AddressingMode::Normal;
    std::size_t frameBytes = 8; ///< TX_DL: 8 on classic CAN
    std::uint8_t padding = 0xCC;

    /// @return bytes of a frame that are left for the protocol
    [[nodiscard]] constexpr std::size_t room() const { return frameBytes - addressByteCount(addressing); }
    [[nodiscard]] constexpr std::size_t singleFrameCapacity() const { return room() - 1; }
    [[nodiscard]] constexpr std::size_t consecutiveFrameCapacity() const { return room() - 1; }
};

} // namespace tcu
