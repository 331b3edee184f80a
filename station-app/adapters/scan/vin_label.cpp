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

char upper(char character)
{
    return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
}

std::string_view withoutPadding(std::string_view text)
{
    while (!text.empty() && isPadding(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isPadding(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view withoutAdditions(std::string_view text, const LabelRules& rules)
{
    if (!rules.prefix.empty() && text.starts_with(rules.prefix)) text.remove_prefix(rules.prefix.size());
    if (!rules.suffix.empty() && text.ends_with(rules.suffix)) text.remove_suffix(rules.suffix.size());
    return text;
}

/// "]cm" of ISO/IEC 15424; empty when the scanner sends none.
std::string_view symbologyIdentifier(std::string_view text)
{
    const bool found = text.size() > 3 && text[0] == ']' && isLetter(text[1]) && isDigit(text[2]);
    return found ? text.substr(0, 3) : std::string_view();
}

/// The order of the characters is their value.
constexpr std::string_view kCode39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

/// @return the text without its check character; nothing when that does not fit
std::optional<std::string_view> withoutCheckCharacter(std::string_view text)
{
    std::size_t sum = 0;
    for (const char character : text.substr(0, text.size() - 1)) {
        const auto value = kCode39.find(upper(character));
        if (value == std::string_view::npos) return std::nullopt;
        sum += value;
    }
    if (kCode39[sum % kCode39.size()] != upper(text.back())) return std::nullopt;
    return text.substr(0, text.size() - 1);
}

/// ]A3 and ]A7 say that the scanner has checked and dropped it; other symbologies have none.
bool mayCarryCheckCharacter(std::string_view symbology)
{
    return symbology.empty() || symbology == "]A0" || symbology == "]A1" || symbology == "]A4" || symbology == "]A5";
}

/// A VIN begins with no I, so the data identifier shows how long the label is meant to be.
bool mayEndInCheckCharacter(std::string_view text)
{
    const bool hasDataIdentifier = !text.empty() && upper(text.front()) == 'I';
    return text.size() == Vin::kLength + 1 + (hasDataIdentifier ? 1 : 0);
}

Result<Vin> accepted(const Vin& vin, const VinRules& rules)
{
    if (const auto checked = checkVin(rules, vin); !checked) return tl::unexpected(checked.error());
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

    [[nodiscard]] Result<Vin> take(const VinRules& rules) const
    {
        if (m_contradicted)
            return fail(ErrorCode::InvalidRequest, "two-vins", "one VIN was expected, and two different ones came");
        if (!m_vin) return fail(ErrorCode::InvalidRequest, "no-vin", "the text holds no VIN");
        return accepted(*m_vin, rules);
    }

private:
    std::optional<Vin> m_vin;
    bool m_contradicted = false;
};

Result<Vin> readEnvelope(std::string_view text, const VinRules& rules)
{
    SingleVin found;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(std::string_view("\x1D\x1E\x04", 3)), text.size());
        const auto field = text.substr(0, end);
        if (field.size() == Vin::kLength + 1 && (field.front() == 'I' || field.front() == 'i'))
            if (const auto vin = Vin::parse(field.substr(1))) found.add(*vin);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found.take(rules);
}

/// A VIN in a longer text has to be a word of its own and to end in four digits (ISO 3779), so that a part number or a
/// piece of a URL is not taken for one.
Result<Vin> readWords(std::string_view text, const VinRules& rules)
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
    return found.take(rules);
}

} // namespace

Result<Vin> readVinLabel(std::string_view text, const LabelRules& rules)
{
    text = withoutAdditions(withoutPadding(text), rules);
    const auto symbology = symbologyIdentifier(text);
    text.remove_prefix(symbology.size());
    if (text.starts_with(kEnvelope)) return readEnvelope(text.substr(kEnvelope.size()), rules.vins);

    if (rules.code39Mod43 && mayCarryCheckCharacter(symbology) && mayEndInCheckCharacter(text)) {
        const auto checked = withoutCheckCharacter(text);
        if (!checked)
            return fail(ErrorCode::InvalidRequest, "label-check-character",
                        "the check character at the end of the label does not fit: misread");
        text = *checked;
    }
    const auto vin = Vin::fromLabel(text);
    if (vin) return accepted(*vin, rules.vins);

    if (text.size() == 2 * Vin::kLength || text.size() == 2 * (Vin::kLength + 1)) {
        const auto first = Vin::fromLabel(text.substr(0, text.size() / 2));
        const auto second = Vin::fromLabel(text.substr(text.size() / 2));
        if (first && second) {
            SingleVin both;
            both.add(*first);
            both.add(*second);
            return both.take(rules.vins);
        }
    }
    const bool isLongText = text.size() > Vin::kLength + 1;
    const bool isOneWord = std::all_of(text.begin(), text.end(), [](char c) { return isDigit(c) || isLetter(c); });
    if (isLongText && !isOneWord) return readWords(text, rules.vins);
    return vin;
}

} // namespace station
