#pragma once

#include <array>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// Names one job from the scan to the green lamp: 16 random bytes, 32 lower-case hex digits. The station journals it
/// before anything happens, the unit remembers it, and at the gateway it is the Idempotency-Key.
class TransactionId final
{
public:
    static constexpr std::size_t kOctets = 16;

    [[nodiscard]] static Result<TransactionId> parse(std::string_view text);
    [[nodiscard]] static TransactionId fromBytes(std::span<const std::uint8_t, kOctets> bytes);
    [[nodiscard]] static Result<TransactionId> random(const std::function<bool(std::span<std::uint8_t>)>& fillRandom);

    [[nodiscard]] std::span<const std::uint8_t, kOctets> bytes() const { return m_bytes; }
    [[nodiscard]] std::string text() const { return toLowerHex(m_bytes); }

    friend auto operator<=>(const TransactionId&, const TransactionId&) = default;

private:
    TransactionId() = default;

    std::array<std::uint8_t, kOctets> m_bytes{};
};

} // namespace gateway
