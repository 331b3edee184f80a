#include "contract/vin.h"

namespace gateway {
namespace {

// Transliteration and weights of 49 CFR 565.15(c), tables III and IV.
int transliterate(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    constexpr std::string_view letters = "ABCDEFGHJKLMNPRSTUVWXYZ";
    constexpr std::string_view values = "12345678123457923456789";
    return values[letters.find(character)] - '0';
}

constexpr std::array<int, Vin::kLength> kWeights{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};

bool isVinCharacter(char character)
{
    if (character >= '0' && character <= '9') return true;
    return character >= 'A' && character <= 'Z' && character != 'I' && character != 'O' && character != 'Q';
}

char upper(char character)
{
    return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
}

std::string shown(char character)
{
    const auto byte = static_cast<unsigned char>(character);
    if (byte > 0x20 && byte < 0x7F) return std::string("'") + character + "'";
    return "byte " + std::to_string(byte);
}

bool isLabelPadding(char character)
{
    return character == ' ' || character == '\r' || character == '\n' || character == '\t' || character == '\0';
}

} // namespace

Result<Vin> Vin::parse(std::string_view text)
{
    if (text.size() != kLength)
        return fail(ErrorCode::InvalidRequest, "vin-length",
                    "a VIN has 17 characters, got " + std::to_string(text.size()));
    Vin vin;
    for (std::size_t i = 0; i < kLength; ++i) {
        const char character = upper(text[i]);
        if (!isVinCharacter(character))
            return fail(ErrorCode::InvalidRequest, "vin-character",
                        "a VIN has digits and letters without I, O and Q, got " + shown(text[i]) + " at position " +
                            std::to_string(i + 1));
        vin.m_text[i] = character;
    }
    return vin;
}

Result<Vin> Vin::fromLabel(std::string_view text)
{
    while (!text.empty() && isLabelPadding(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isLabelPadding(text.back()))
        text.remove_suffix(1);
    if (text.size() >= 2 && text.front() == '*' && text.back() == '*') text = text.substr(1, text.size() - 2);
    if (text.size() == kLength + 1 && upper(text.front()) == 'I') text.remove_prefix(1);
    return parse(text);
}

std::string Vin::masked() const
{
    return std::string(kLength - 6, '*') + std::string(text().substr(kLength - 6));
}

bool Vin::hasValidCheckDigit() const
{
    int sum = 0;
    for (std::size_t i = 0; i < kLength; ++i)
        sum += transliterate(m_text[i]) * kWeights[i];
    const int remainder = sum % 11;
    return m_text[8] == (remainder == 10 ? 'X' : static_cast<char>('0' + remainder));
}

bool Vin::requiresCheckDigit() const
{
    return m_text[0] >= '1' && m_text[0] <= '5';
}

} // namespace gateway
