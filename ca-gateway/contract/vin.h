#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "contract/error.h"

namespace gateway {

/// Vehicle identification number: 17 characters from 0-9 and A-Z without I, O and Q (ISO 3779).
///
/// The check digit is a North American rule (49 CFR 565.15), so it is asked separately: hasValidCheckDigit(). A VIN of
/// another market without one is a valid Vin.
///
/// What parse() does with what a label or a keyboard gives:
/// | input                                      | result                                                          |
/// |--------------------------------------------|-----------------------------------------------------------------|
/// | 17 valid characters                        | the VIN                                                         |
/// | lower-case letters                         | the VIN in upper case: a keyboard with Caps Lock off is no fault |
/// | I, O or Q                                  | refused ("vin-character"), the position is named                |
/// | 16, 18 or any other number of characters   | refused ("vin-length"), the number is named                     |
/// | 18 characters that begin with I            | refused here; barcode labels carry "I" as the ANSI MH10.8.2 data |
/// |                                            | identifier, and fromLabel() drops it                            |
/// | white space, control or other characters   | refused ("vin-character")                                       |
class Vin final
{
public:
    static constexpr std::size_t kLength = 17;

    /// The only way in for text that is meant to be a VIN and nothing else.
    [[nodiscard]] static Result<Vin> parse(std::string_view text);

    /// Reads the text of a VIN label: as parse(), after dropping surrounding white space, Code 39 start and stop
    /// asterisks and the data identifier "I" in front of 17 characters. A VIN cannot begin with I, so this is
    /// unambiguous.
    [[nodiscard]] static Result<Vin> fromLabel(std::string_view text);

    [[nodiscard]] std::string_view text() const { return {m_text.data(), m_text.size()}; }

    /// For logs and screens that others see: the last six characters, e.g. "***********000017".
    [[nodiscard]] std::string masked() const;

    /// Whether position 9 holds the check digit of 49 CFR 565.15(c). Says nothing about markets without one.
    [[nodiscard]] bool hasValidCheckDigit() const;

    /// Whether the world manufacturer identifier belongs to North America (first character 1-5, ISO 3780), where the
    /// check digit is mandatory.
    [[nodiscard]] bool requiresCheckDigit() const;

    friend auto operator<=>(const Vin&, const Vin&) = default;

private:
    Vin() = default;

    std::array<char, kLength> m_text{};
};

} // namespace gateway
