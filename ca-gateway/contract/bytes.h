#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] std::string toLowerHex(ByteView bytes);
[[nodiscard]] std::string toUpperHex(ByteView bytes);

/// Reads pairs of hex digits of either case; no separators.
/// @return nothing for an odd length or any other character
[[nodiscard]] std::optional<Bytes> parseHex(std::string_view text);

/// RFC 4648 section 4, with padding, without line breaks.
[[nodiscard]] std::string toBase64(ByteView bytes);

/// Reads RFC 4648 section 4 strictly: padding required, no white space, unused bits zero.
[[nodiscard]] std::optional<Bytes> parseBase64(std::string_view text);

/// Views the characters of a string as bytes.
[[nodiscard]] inline ByteView asBytes(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

} // namespace gateway
