#include "scan/vin_label.h"

#include <algorithm>
#include <optional>
#include <string>

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::fail;
using gateway::Result;
using gateway::Vin;

constexpr std::string_view kEnvelope = "[)>\x1E";

bool isPadding(char character)
{
    return character == ' ' || character == '\r' || character == '\n' || character == '\t' || character == '\0';
}

bool isDigit(char character)
{
    return character >= '0' && character <= '9';
}

bool isLetter(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

std::string_view withoutPadding(std::string_view text)
{
    while (!text.empty() && isPadding(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isPadding(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view withoutSymbologyIdentifier(std::string_view text)
{
    const bool found = text.size() > 3 && text[0] == ']' && isLetter(text[1]) && isDigit(text[2]);
    return found ? text.substr(3) : text;
}

Result<Vin> withCheckDigit(Vin vin)
{
    if (vin.requiresCheckDigit() && !vin.hasValidCheckDigit())
        return fail(ErrorCode::InvalidRequest, "vin-check-digit",
                    "position 9 of a North American VIN is its check digit, and it does not fit the other characters");
    return vin;
}

/// Keeps the one VIN of several fields or words; a repetition is no contradiction.
class SingleVin
{
public:
    void add(const Vin& vin)
    {
        if (!m_vin)
            m_vin = vin;
        else if (*m_vin != vin)
            m_contradicted = true;
    }

    [[nodiscard]] Result<Vin> take() const
    {
        if (m_contradicted)
            return fail(ErrorCode::InvalidRequest, "two-vins", "one VIN was expected, and two different ones came");
        if (!m_vin) return fail(ErrorCode::InvalidRequest, "no-vin", "the text holds no VIN");
        return withCheckDigit(*m_vin);
    }

private:
    std::optional<Vin> m_vin;
    bool m_contradicted = false;
};

Result<Vin> readEnvelope(std::string_view text)
{
    SingleVin found;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(std::string_view("\x1D\x1E\x04", 3)), text.size());
        const auto field = text.substr(0, end);
        if (field.size() == Vin::kLength + 1 && (field.front() == 'I' || field.front() == 'i'))
            if (const auto vin = Vin::parse(field.substr(1))) found.add(*vin);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found.take();
}

/// A VIN in a longer text has to be a word of its own and to end in four digits (ISO 3779), so that a part number or a
/// piece of a URL is not taken for one.
Result<Vin> readWords(std::string_view text)
{
    SingleVin found;
    while (!text.empty()) {
        const auto isWord = [](char character) { return isDigit(character) || isLetter(character); };
        const auto end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), isWord) - text.begin());
        const auto word = text.substr(0, end);
        if (word.size() >= Vin::kLength && std::all_of(word.end() - 4, word.end(), isDigit))
            if (const auto vin = Vin::fromLabel(word)) found.add(*vin);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found.take();
}

} // namespace

Result<Vin> readVinLabel(std::string_view text)
{
    text = withoutSymbologyIdentifier(withoutPadding(text));
    if (text.starts_with(kEnvelope)) return readEnvelope(text.substr(kEnvelope.size()));

    const auto vin = Vin::fromLabel(text);
    if (vin) return withCheckDigit(*vin);

    if (text.size() == 2 * Vin::kLength || text.size() == 2 * (Vin::kLength + 1)) {
        const auto first = Vin::fromLabel(text.substr(0, text.size() / 2));
        const auto second = Vin::fromLabel(text.substr(text.size() / 2));
        if (first && second) {
            SingleVin both;
            both.add(*first);
            both.add(*second);
            return both.take();
        }
    }
    const bool isLongText = text.size() > Vin::kLength + 1;
    const bool isOneWord = std::all_of(text.begin(), text.end(), [](char c) { return isDigit(c) || isLetter(c); });
    if (isLongText && !isOneWord) return readWords(text);
    return vin;
}

} // namespace station
