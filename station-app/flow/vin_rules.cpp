#include "flow/vin_rules.h"

#include <algorithm>

namespace station {

std::string_view name(CheckDigitRule rule)
{
    switch (rule) {
    case CheckDigitRule::Off:
        return "off";
    case CheckDigitRule::Advise:
        return "advise";
    case CheckDigitRule::Confirm:
        return "confirm";
    case CheckDigitRule::Require:
        return "require";
    }
    return "";
}

CheckDigitRule ruleFor(const VinRules& rules, const gateway::Vin& vin)
{
    const MakerRule* best = nullptr;
    for (const MakerRule& rule : rules.makers)
        if (vin.text().starts_with(rule.prefix) && (best == nullptr || rule.prefix.size() > best->prefix.size()))
            best = &rule;
    if (best != nullptr) return best->checkDigit;
    return vin.requiresCheckDigit() ? rules.northAmerica : rules.elsewhere;
}

CheckDigitRule appliedRule(const VinRules& rules, const gateway::Vin& vin)
{
    return vin.hasValidCheckDigit() ? CheckDigitRule::Off : ruleFor(rules, vin);
}

gateway::Result<void> checkVin(const VinRules& rules, const gateway::Vin& vin)
{
    const auto begins = [&](const std::string& prefix) { return vin.text().starts_with(prefix); };
    if (!rules.acceptedMakers.empty() && std::ranges::none_of(rules.acceptedMakers, begins))
        return gateway::fail(gateway::ErrorCode::InvalidRequest, "vin-maker",
                             "this line expects VINs that begin with one of its " +
                                 std::to_string(rules.acceptedMakers.size()) + " accepted makers, got " +
                                 std::string(vin.text().substr(0, 3)));
    if (appliedRule(rules, vin) == CheckDigitRule::Require)
        return gateway::fail(
            gateway::ErrorCode::InvalidRequest, "vin-check-digit",
            "the check digit in position 9 does not fit the other characters: misread, mistyped or misprinted");
    return {};
}

} // namespace station
