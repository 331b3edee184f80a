#pragma once

#include <string>
#include <vector>

#include "contract/vin.h"

namespace station {

/// What a wrong check digit in position 9 means. North America demands the digit (49 CFR 565.15), China too
/// (GB 16735), Europe knows none: a rule per manufacturer decides.
enum class CheckDigitRule {
    Off,     ///< not looked at
    Advise,  ///< told, never refused
    Confirm, ///< the window asks for the same VIN a second time, then goes on; elsewhere as Advise
    Require, ///< refused before anything is opened
};

/// "off", "advise", "confirm", "require"
[[nodiscard]] std::string_view name(CheckDigitRule rule);

/// The rule of the VINs that begin so.
struct MakerRule
{
    std::string prefix; ///< 1 to 17 VIN characters: "L" is China, "WVW" one manufacturer (ISO 3780)
    CheckDigitRule checkDigit = CheckDigitRule::Advise;
};

struct VinRules
{
    CheckDigitRule northAmerica = CheckDigitRule::Require; ///< world manufacturer identifier beginning with 1 to 5
    CheckDigitRule elsewhere = CheckDigitRule::Advise;
    std::vector<MakerRule> makers{};           ///< the longest prefix that fits wins over both
    std::vector<std::string> acceptedMakers{}; ///< prefixes of the VINs that this line builds; empty: all
};

/// The rule for VINs like this one, whether its digit is right or not.
[[nodiscard]] CheckDigitRule ruleFor(const VinRules& rules, const gateway::Vin& vin);

/// @return what to do about this VIN: Off when its digit is right or nobody looks at it
[[nodiscard]] CheckDigitRule appliedRule(const VinRules& rules, const gateway::Vin& vin);

/// What the line refuses whatever the vehicle says.
/// @return InvalidRequest "vin-maker" (not built here) or "vin-check-digit" (wrong, and its rule is Require)
[[nodiscard]] gateway::Result<void> checkVin(const VinRules& rules, const gateway::Vin& vin);

} // namespace station
