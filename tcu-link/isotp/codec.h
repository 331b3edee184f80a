#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

#include "can/bytes.h"
#include "isotp/addressing.h"

/// Protocol control information of ISO 15765-2 on classic CAN: bytes of a frame to protocol data unit and back.
namespace tcu::isotp {

inline constexpr std::size_t kMaxShortLength = 4095; ///< 12-bit FF_DL; longer messages use the 32-bit escape

struct SingleFrame
{
    ByteView payload; ///< without padding; a view into the frame
};
struct FirstFrame
{
    std::uint32_t length = 0; ///< FF_DL, of the whole message
    ByteView payload;
};
struct ConsecutiveFrame
{
    std::uint8_t sequence = 0; ///< 0 to 15
    ByteView payload;          ///< padding of a last frame included: only the receiver knows where the message ends
};
/// FlowStatus as it came; 3 to 15 are reserved and reported to the sender.
enum class FlowStatus : std::uint8_t { ContinueToSend = 0, Wait = 1, Overflow = 2 };
struct FlowControl
{
    std::uint8_t status = 0;
    std::uint8_t blockSize = 0; ///< in frames; 0: no further flow control
    std::chrono::microseconds separation{0};
};
using Pdu = std::variant<SingleFrame, FirstFrame, ConsecutiveFrame, FlowControl>;

/// @param frame bytes of one CAN frame
/// @return nothing for what the standard tells a receiver to ignore: unknown PCI, SF_DL of 0 or beyond the frame, a
///         first frame that is short or whose message would fit a single frame, an escape length of 4095 or less,
///         a flow control of less than three bytes, an empty consecutive frame
[[nodiscard]] std::optional<Pdu> parse(ByteView frame, const FrameShape& shape);

/// STmin byte to time: 00-7F milliseconds, F1-F9 hundreds of microseconds, every reserved value 127 ms.
[[nodiscard]] std::chrono::microseconds separationOf(std::uint8_t stMin);
/// Time to STmin byte, rounded up to the next that exists and at most 127 ms; never a reserved value.
[[nodiscard]] std::uint8_t stMinOf(std::chrono::microseconds separation);

/// @param payload 1 to singleFrameCapacity() bytes
[[nodiscard]] Bytes singleFrame(ByteView payload, const FrameShape& shape);
/// @param message more than singleFrameCapacity() and less than 2^32 bytes; its beginning is put into the frame
[[nodiscard]] Bytes firstFrame(ByteView message, const FrameShape& shape);
/// @return bytes of the message that firstFrame() carries
[[nodiscard]] std::size_t firstFrameCapacity(std::size_t messageLength, const FrameShape& shape);
[[nodiscard]] Bytes consecutiveFrame(std::uint8_t sequence, ByteView payload, const FrameShape& shape);
[[nodiscard]] Bytes flowControl(FlowStatus status, std::uint8_t blockSize, std::chrono::microseconds separation,
                                const FrameShape& shape);

} // namespace tcu::isotp
