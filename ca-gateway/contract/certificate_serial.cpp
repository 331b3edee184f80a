#include "contract/certificate_serial.h"

#include <algorithm>
#include <array>

namespace gateway {

Result<CertificateSerial> CertificateSerial::parse(std::string_view text)
{
    std::string digits;
    digits.reserve(text.size());
    if (text.find(':') == std::string_view::npos) {
        digits = text;
    } else {
        // With colons every octet has its two digits: "1A:2B", never "1A:2" or "1A::2B".
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool separator = i % 3 == 2;
            if (separator != (text[i] == ':') || (separator && i + 1 == text.size()))
                return fail(ErrorCode::InvalidRequest, "serial-format",
                            "a serial is hex, with colons between octets or without, got something else at position " +
                                std::to_string(i + 1));
            if (!separator) digits.push_back(text[i]);
        }
    }
    const auto bytes = parseHex(digits);
    if (!bytes || bytes->empty())
        return fail(ErrorCode::InvalidRequest, "serial-format",
                    "a serial is an even number of hex digits, with colons between octets or without");
    return fromBytes(*bytes);
}

Result<CertificateSerial> CertificateSerial::fromBytes(ByteView bigEndian)
{
    const auto first = std::find_if(bigEndian.begin(), bigEndian.end(), [](std::uint8_t octet) { return octet != 0; });
    const auto length = static_cast<std::size_t>(bigEndian.end() - first);
    if (length == 0) return fail(ErrorCode::InvalidRequest, "serial-format", "a serial is positive, got zero");
    if (length > kMaxOctets)
        return fail(ErrorCode::InvalidRequest, "serial-format",
                    "a serial has at most 20 octets, got " + std::to_string(length));
    CertificateSerial serial;
    serial.m_bytes.assign(first, bigEndian.end());
    return serial;
}

Result<CertificateSerial> CertificateSerial::random(const std::function<bool(std::span<std::uint8_t>)>& fillRandom)
{
    std::array<std::uint8_t, kRandomOctets> octets{};
    if (!fillRandom(octets))
        return fail(ErrorCode::Internal, "random-unavailable", "the random generator gave no bytes for a serial");
    octets[0] = static_cast<std::uint8_t>((octets[0] & 0x3F) | 0x40);
    return fromBytes(octets);
}

std::string CertificateSerial::text() const
{
    const std::string hex = toUpperHex(m_bytes);
    std::string text;
    text.reserve(hex.size() * 3 / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        if (i != 0) text.push_back(':');
        text.append(hex, i, 2);
    }
    return text;
}

} // namespace gateway
