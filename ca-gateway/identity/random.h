#pragma once

#include <cstdint>
#include <span>

namespace gateway {

/// Fills the span from OpenSSL's private generator, which the operating system seeds. False when it cannot.
[[nodiscard]] bool fillFromSystemRandom(std::span<std::uint8_t> bytes);

} // namespace gateway
