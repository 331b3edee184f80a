#include "isotp/codec.h"

#include <algorithm>

namespace tcu::isotp {

namespace {

constexpr std::uint8_t kSingle = 0x0;
constexpr std::uint8_t kFirst = 0x1;
constexpr std::uint8_t kConsecutive = 0x2;
constexpr std::uint8_t kFlowControl = 0x3;
constexpr std::size_t kShortHeader = 2;
constexpr std::size_t kEscapeHeader = 6;
constexpr std::size_t kFlowControlBytes = 3;
constexpr std::chrono::milliseconds kLongestSeparation{127};

std::optional<Pdu> parseSingle(ByteView bytes)
{
    const std::size_t length = bytes[0] & 0x0F;
    if (length == 0 || length > bytes.size() - 1) return std::nullopt;
    return SingleFrame{bytes.subspan(1, length)};
}

std::optional<Pdu> parseFirst(ByteView bytes, const FrameShape& shape)
{
    if (bytes.size() < shape.room()) return std::nullopt;
    const std::uint32_t shortLength = (static_cast<std::uint32_t>(bytes[0] & 0x0F) << 8) | bytes[1];
    if (shortLength != 0) {
        if (shortLength <= shape.singleFrameCapacity()) return std::nullopt;
        return FirstFrame{shortLength, bytes.subspan(kShortHeader)};
    }
    const std::uint32_t length = (static_cast<std::uint32_t>(bytes[2]) << 24) |
                                 (static_cast<std::uint32_t>(bytes[3]) << 16) |
                                 (static_cast<std::uint32_t>(bytes[4]) << 8) | bytes[5];
    if (length <= kMaxShortLength) return std::nullopt;
    return FirstFrame{length, bytes.subspan(kEscapeHeader)};
}

Bytes padded(Bytes frame, const FrameShape& shape)
{
    frame.resize(shape.room(), shape.padding);
    return frame;
}

} // namespace

std::optional<Pdu> parse(ByteView frame, const FrameShape& shape)
{
    const std::size_t addressBytes = addressByteCount(shape.addressing);
    if (frame.size() <= addressBytes) return std::nullopt;
    const ByteView bytes = frame.subspan(addressBytes);
    switch (bytes[0] >> 4) {
    case kSingle:
        return parseSingle(bytes);
    case kFirst:
        return parseFirst(bytes, shape);
    case kConsecutive:
        if (bytes.size() < 2) return std::nullopt;
        return ConsecutiveFrame{static_cast<std::uint8_t>(bytes[0] & 0x0F), bytes.subspan(1)};
    case kFlowControl:
        if (bytes.size() < kFlowControlBytes) return std::nullopt;
        return FlowControl{static_cast<std::uint8_t>(bytes[0] & 0x0F), bytes[1], separationOf(bytes[2])};
    default:
        return std::nullopt;
    }
}

std::chrono::microseconds separationOf(std::uint8_t stMin)
{
    if (stMin <= 0x7F) return std::chrono::milliseconds(stMin);
    if (stMin >= 0xF1 && stMin <= 0xF9) return std::chrono::microseconds(100 * (stMin - 0xF0));
    return kLongestSeparation;
}

std::uint8_t stMinOf(std::chrono::microseconds separation)
{
    using std::chrono::milliseconds;
    if (separation <= std::chrono::microseconds(0)) return 0;
    if (separation <= std::chrono::microseconds(900)) {
        return static_cast<std::uint8_t>(0xF0 + (separation.count() + 99) / 100);
    }
    return static_cast<std::uint8_t>(std::min(std::chrono::ceil<milliseconds>(separation), kLongestSeparation).count());
}

Bytes singleFrame(ByteView payload, const FrameShape& shape)
{
    Bytes frame{static_cast<std::uint8_t>((kSingle << 4) | payload.size())};
    frame.insert(frame.end(), payload.begin(), payload.end());
    return padded(std::move(frame), shape);
}

std::size_t firstFrameCapacity(std::size_t messageLength, const FrameShape& shape)
{
    return shape.room() - (messageLength <= kMaxShortLength ? kShortHeader : kEscapeHeader);
}

Bytes firstFrame(ByteView message, const FrameShape& shape)
{
    Bytes frame;
    const auto length = static_cast<std::uint32_t>(message.size());
    if (message.size() <= kMaxShortLength) {
        frame = {static_cast<std::uint8_t>((kFirst << 4) | (length >> 8)), static_cast<std::uint8_t>(length)};
    } else {
        frame = {static_cast<std::uint8_t>(kFirst << 4),  0,
                 static_cast<std::uint8_t>(length >> 24), static_cast<std::uint8_t>(length >> 16),
                 static_cast<std::uint8_t>(length >> 8),  static_cast<std::uint8_t>(length)};
    }
    const auto head = message.first(firstFrameCapacity(message.size(), shape));
    frame.insert(frame.end(), head.begin(), head.end());
    return frame;
}

Bytes consecutiveFrame(std::uint8_t sequence, ByteView payload, const FrameShape& shape)
{
    Bytes frame{static_cast<std::uint8_t>((kConsecutive << 4) | (sequence & 0x0F))};
    frame.insert(frame.end(), payload.begin(), payload.end());
    return padded(std::move(frame), shape);
}

Bytes flowControl(FlowStatus status, std::uint8_t blockSize, std::chrono::microseconds separation,
                  const FrameShape& shape)
{
    return padded(Bytes{static_cast<std::uint8_t>((kFlowControl << 4) | static_cast<std::uint8_t>(status)), blockSize,
                        stMinOf(separation)},
                  shape);
}

} // namespace tcu::isotp
