#include "pki/der.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string>

namespace gateway::pki::der {
namespace {

std::optional<int> readDigits(ByteView text, std::size_t position, std::size_t count)
{
    int value = 0;
    for (std::size_t i = position; i < position + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

void appendDigits(std::string& text, unsigned value, std::size_t count)
{
    const std::string digits = std::to_string(value);
    text.append(count - std::min(count, digits.size()), '0').append(digits);
}

} // namespace

void append(Bytes& to, ByteView bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void appendHeader(Bytes& to, std::uint8_t tag, std::size_t length)
{
    to.push_back(tag);
    if (length < 0x80) {
        to.push_back(static_cast<std::uint8_t>(length));
        return;
    }
    std::array<std::uint8_t, sizeof(length)> octets{};
    std::size_t count = 0;
    for (std::size_t rest = length; rest != 0; rest >>= 8)
        octets[count++] = static_cast<std::uint8_t>(rest & 0xFF);
    to.push_back(static_cast<std::uint8_t>(0x80 | count));
    while (count != 0)
        to.push_back(octets[--count]);
}

Bytes element(std::uint8_t tag, ByteView content)
{
    Bytes bytes;
    bytes.reserve(content.size() + 10);
    appendHeader(bytes, tag, content.size());
    append(bytes, content);
    return bytes;
}

Bytes sequence(std::initializer_list<ByteView> elements)
{
    Bytes content;
    for (const auto& part : elements)
        append(content, part);
    return element(kSequence, content);
}

Bytes unsignedInteger(ByteView magnitude)
{
    const auto first = std::find_if(magnitude.begin(), magnitude.end(), [](std::uint8_t octet) { return octet != 0; });
    Bytes content(first, magnitude.end());
    if (content.empty() || (content.front() & 0x80) != 0) content.insert(content.begin(), 0);
    return element(kInteger, content);
}

Bytes smallInteger(std::uint64_t value)
{
    std::array<std::uint8_t, 8> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i)
        octets[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i) & 0xFF);
    return unsignedInteger(octets);
}

std::optional<Bytes> oid(std::string_view dotted)
{
    std::vector<std::uint32_t> arcs;
    while (true) {
        const auto dot = dotted.find('.');
        const auto arc = dotted.substr(0, dot);
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(arc.data(), arc.data() + arc.size(), value);
        if (error != std::errc{} || end != arc.data() + arc.size() || (arc.size() > 1 && arc.front() == '0'))
            return std::nullopt;
        arcs.push_back(value);
        if (dot == std::string_view::npos) break;
        dotted.remove_prefix(dot + 1);
    }
    if (arcs.size() < 2 || arcs.size() > 32 || arcs[0] > 2 || arcs[1] > (arcs[0] < 2 ? 39U : 0xFFFFFFFFU - 80U))
        return std::nullopt;
    arcs[1] += arcs[0] * 40;
    Bytes content;
    for (auto arc = arcs.begin() + 1; arc != arcs.end(); ++arc) {
        int shift = 28;
        while (shift > 0 && (*arc >> shift) == 0)
            shift -= 7;
        for (; shift > 0; shift -= 7)
            content.push_back(static_cast<std::uint8_t>(0x80 | (*arc >> shift & 0x7F)));
        content.push_back(static_cast<std::uint8_t>(*arc & 0x7F));
    }
    return element(kOid, content);
}

Bytes knownOid(std::string_view dotted)
{
    auto encoded = oid(dotted);
    if (!encoded) throw std::logic_error("not an object identifier: " + std::string(dotted));
    return std::move(*encoded);
}

Bytes time(std::chrono::sys_seconds time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    const int year = static_cast<int>(date.year());
    const bool utc = year >= 1950 && year < 2050;
    std::string text;
    appendDigits(text, static_cast<unsigned>(utc ? year % 100 : year), utc ? 2 : 4);
    appendDigits(text, static_cast<unsigned>(date.month()), 2);
    appendDigits(text, static_cast<unsigned>(date.day()), 2);
    appendDigits(text, static_cast<unsigned>(clock.hours().count()), 2);
    appendDigits(text, static_cast<unsigned>(clock.minutes().count()), 2);
    appendDigits(text, static_cast<unsigned>(clock.seconds().count()), 2);
    text.push_back('Z');
    return element(utc ? kUtcTime : kGeneralizedTime, asBytes(text));
}

std::optional<Element> Reader::next()
{
    if (m_rest.size() < 2 || (m_rest[0] & 0x1F) == 0x1F) return std::nullopt;
    std::size_t header = 2;
    std::size_t length = m_rest[1];
    if (length >= 0x80) {
        const std::size_t count = length & 0x7F;
        if (count == 0 || count > 4 || m_rest.size() < 2 + count || m_rest[2] == 0) return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < count; ++i)
            length = length << 8 | m_rest[2 + i];
        if (length < 0x80) return std::nullopt;
        header += count;
    }
    if (m_rest.size() - header < length) return std::nullopt;
    const Element element{m_rest[0], m_rest.subspan(header, length), m_rest.first(header + length)};
    m_rest = m_rest.subspan(header + length);
    return element;
}

std::optional<Element> Reader::next(std::uint8_t tag)
{
    if (peek() != tag) return std::nullopt;
    return next();
}

std::optional<std::uint64_t> readUnsigned(const Element& integer)
{
    const auto octets = integer.content;
    if (octets.empty() || octets.size() > 9 || (octets[0] & 0x80) != 0) return std::nullopt;
    if (octets.size() > 1 && octets[0] == 0 && (octets[1] & 0x80) == 0) return std::nullopt;
    if (octets.size() == 9 && octets[0] != 0) return std::nullopt;
    std::uint64_t value = 0;
    for (const auto octet : octets)
        value = value << 8 | octet;
    return value;
}

std::optional<std::chrono::sys_seconds> readTime(const Element& element)
{
    const bool utc = element.tag == kUtcTime;
    if (!utc && element.tag != kGeneralizedTime) return std::nullopt;
    const std::size_t yearDigits = utc ? 2 : 4;
    const auto text = element.content;
    if (text.size() != yearDigits + 11 || text.back() != 'Z') return std::nullopt;
    auto year = readDigits(text, 0, yearDigits);
    std::array<int, 5> fields{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto field = readDigits(text, yearDigits + 2 * i, 2);
        if (!field) return std::nullopt;
        fields[i] = *field;
    }
    if (!year) return std::nullopt;
    if (utc) *year += *year < 50 ? 2000 : 1900;
    if (!utc && *year >= 1950 && *year < 2050) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(fields[0])),
                                           std::chrono::day(static_cast<unsigned>(fields[1]))};
    if (!date.ok() || fields[2] > 23 || fields[3] > 59 || fields[4] > 59) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(fields[2]) + std::chrono::minutes(fields[3]) +
           std::chrono::seconds(fields[4]);
}

} // namespace gateway::pki::der
