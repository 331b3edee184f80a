#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "contract/bytes.h"

/// The few pieces of DER (ITU-T X.690) that certificates and CRLs are written with, and a strict reader for the same.
namespace gateway::pki::der {

inline constexpr std::uint8_t kBoolean = 0x01;
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kBitString = 0x03;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kNull = 0x05;
inline constexpr std::uint8_t kOid = 0x06;
inline constexpr std::uint8_t kEnumerated = 0x0A;
inline constexpr std::uint8_t kUtf8String = 0x0C;
inline constexpr std::uint8_t kPrintableString = 0x13;
inline constexpr std::uint8_t kUtcTime = 0x17;
inline constexpr std::uint8_t kGeneralizedTime = 0x18;
inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kSet = 0x31;

void append(Bytes& to, ByteView bytes);
/// Appends tag and length; the content is to follow.
void appendHeader(Bytes& to, std::uint8_t tag, std::size_t length);
[[nodiscard]] Bytes element(std::uint8_t tag, ByteView content);
[[nodiscard]] Bytes sequence(std::initializer_list<ByteView> elements);
/// @param magnitude  big-endian, unsigned
[[nodiscard]] Bytes unsignedInteger(ByteView magnitude);
[[nodiscard]] Bytes smallInteger(std::uint64_t value);
/// @param dotted  "2.5.29.15". @return nothing when it is not an object identifier
[[nodiscard]] std::optional<Bytes> oid(std::string_view dotted);
/// For identifiers that stand in the code.
[[nodiscard]] Bytes knownOid(std::string_view dotted);
/// UTCTime until 2049, GeneralizedTime after (RFC 5280 4.1.2.5).
[[nodiscard]] Bytes time(std::chrono::sys_seconds time);

struct Element
{
    std::uint8_t tag = 0;
    ByteView content;
    ByteView whole; ///< with tag and length
};

/// Reads elements one after the other; low tag numbers, definite and shortest lengths only.
class Reader final
{
public:
    explicit Reader(ByteView bytes) : m_rest(bytes) {}

    [[nodiscard]] bool atEnd() const { return m_rest.empty(); }
    /// @return nothing when what follows is not DER
    [[nodiscard]] std::optional<Element> next();
    /// As above, and the tag must be this one.
    [[nodiscard]] std::optional<Element> next(std::uint8_t tag);
    /// @return the tag that follows, 0 at the end
    [[nodiscard]] std::uint8_t peek() const { return m_rest.empty() ? std::uint8_t{0} : m_rest.front(); }

private:
    ByteView m_rest;
};

/// The content of an INTEGER as a number. @return nothing when negative, not shortest or above 64 bits
[[nodiscard]] std::optional<std::uint64_t> readUnsigned(const Element& integer);
/// UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 wants them: with seconds, "Z", and the form that fits the year.
[[nodiscard]] std::optional<std::chrono::sys_seconds> readTime(const Element& element);

} // namespace gateway::pki::der
