#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// Serial number of a certificate: big-endian, positive, at most 20 octets, no leading zero octets (RFC 5280 4.1.2.2).
/// Unique per issuer only. Printed as colon-separated upper-case hex, "1A:2B:3C", as the specification writes it.
class CertificateSerial final
{
public:
    static constexpr std::size_t kMaxOctets = 20;
    static constexpr std::size_t kRandomOctets = 16;

    /// Reads hex with or without colons, in either case.
    [[nodiscard]] static Result<CertificateSerial> parse(std::string_view text);

    /// From a DER INTEGER's content or a plain big-endian number; leading zero octets are dropped.
    [[nodiscard]] static Result<CertificateSerial> fromBytes(ByteView bigEndian);

    /// A fresh serial of 16 octets; the two top bits become 01, so that it is positive and its length never varies.
    /// @param fillRandom  fills the span from the HSM or the operating system's generator; false when it cannot
    [[nodiscard]] static Result<CertificateSerial>
    random(const std::function<bool(std::span<std::uint8_t>)>& fillRandom);

    [[nodiscard]] ByteView bytes() const { return m_bytes; }
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const CertificateSerial&, const CertificateSerial&) = default;

private:
    CertificateSerial() = default;

    Bytes m_bytes;
};

} // namespace gateway
