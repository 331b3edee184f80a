#pragma once

#include "contract/vin.h"

namespace station {

/// What a wrong check digit in position 9 means. North America demands the digit (49 CFR 565.15), Europe knows none.
enum class CheckDigitRule {
    Off,     ///< not looked at
    Advise,  ///< told, never refused
    Require, ///< refused before anything is opened
};

struct CheckDigitPolicy
{
    CheckDigitRule northAmerica = CheckDigitRule::Require; ///< world manufacturer identifier beginning with 1 to 5
    CheckDigitRule elsewhere = CheckDigitRule::Advise;
};

/// @return what to do about this VIN: Off when its digit is right or nobody looks at it
[[nodiscard]] inline CheckDigitRule appliedRule(const CheckDigitPolicy& policy, const gateway::Vin& vin)
{
    if (vin.hasValidCheckDigit()) return CheckDigitRule::Off;
    return vin.requiresCheckDigit() ? policy.northAmerica : policy.elsewhere;
}

} // namespace station
