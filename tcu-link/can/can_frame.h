#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "can/bytes.h"

namespace tcu {

/// One CAN data frame, classic or FD. Always valid: the id fits its format and the length exists on the wire.
class CanFrame final
{
public:
    static constexpr std::size_t kClassicSize = 8;
    static constexpr std::size_t kFdSize = 64;

    enum class IdFormat { Standard11, Extended29 };
    enum class Format { Classic, Fd };

    /// @return nothing when the id does not fit its format, or when no frame of that format has that many bytes
    [[nodiscard]] static std::optional<CanFrame> make(std::uint32_t id, IdFormat idFormat, Format format,
                                                      ByteView payload);
    /// Classic frame with an 11-bit id.
    [[nodiscard]] static std::optional<CanFrame> make(std::uint32_t id, ByteView payload)
    {
        return make(id, IdFormat::Standard11, Format::Classic, payload);
    }

    [[nodiscard]] std::uint32_t id() const { return m_id; }
    [[nodiscard]] IdFormat idFormat() const { return m_idFormat; }
    [[nodiscard]] Format format() const { return m_format; }
    [[nodiscard]] ByteView payload() const { return {m_data.data(), m_length}; }

private:
    CanFrame() = default;

    std::uint32_t m_id = 0;
    IdFormat m_idFormat = IdFormat::Standard11;
    Format m_format = Format::Classic;
    std::uint8_t m_length = 0;
    std::array<std::uint8_t, kFdSize> m_data{};
};

/// @return whether a frame of that format can carry exactly so many bytes: 0 to 8, with FD also 12, 16, 20, 24, 32, 48
///         and 64 (ISO 11898-1, DLC)
[[nodiscard]] bool isFrameLength(CanFrame::Format format, std::size_t length);

} // namespace tcu
