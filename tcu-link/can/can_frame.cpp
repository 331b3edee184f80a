#include "can/can_frame.h"

#include <algorithm>

namespace tcu {

namespace {

constexpr std::uint32_t kMaxStandardId = 0x7FF;
constexpr std::uint32_t kMaxExtendedId = 0x1FFFFFFF;

} // namespace

bool isFrameLength(CanFrame::Format format, std::size_t length)
{
    if (length <= CanFrame::kClassicSize) return true;
    if (format == CanFrame::Format::Classic) return false;
    constexpr std::array<std::size_t, 7> kFdLengths{12, 16, 20, 24, 32, 48, 64};
    return std::find(kFdLengths.begin(), kFdLengths.end(), length) != kFdLengths.end();
}

std::optional<CanFrame> CanFrame::make(std::uint32_t id, IdFormat idFormat, Format format, ByteView payload)
{
    if (id > (idFormat == IdFormat::Standard11 ? kMaxStandardId : kMaxExtendedId)) return std::nullopt;
    if (!isFrameLength(format, payload.size())) return std::nullopt;
    CanFrame frame;
    frame.m_id = id;
    frame.m_idFormat = idFormat;
    frame.m_format = format;
    frame.m_length = static_cast<std::uint8_t>(payload.size());
    std::copy(payload.begin(), payload.end(), frame.m_data.begin());
    return frame;
}

} // namespace tcu
