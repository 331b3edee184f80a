#include "contract/revocation_reason.h"

#include <array>
#include <utility>

namespace gateway {
namespace {

constexpr std::array<std::pair<RevocationReason, std::string_view>, 9> kReasons{{
    {RevocationReason::Unspecified, "UNSPECIFIED"},
    {RevocationReason::KeyCompromise, "KEY_COMPROMISE"},
    {RevocationReason::CaCompromise, "CA_COMPROMISE"},
    {RevocationReason::AffiliationChanged, "AFFILIATION_CHANGED"},
    {RevocationReason::Superseded, "SUPERSEDED"},
    {RevocationReason::CessationOfOperation, "CESSATION_OF_OPERATION"},
    {RevocationReason::CertificateHold, "CERTIFICATE_HOLD"},
    {RevocationReason::PrivilegeWithdrawn, "PRIVILEGE_WITHDRAWN"},
    {RevocationReason::AaCompromise, "AA_COMPROMISE"},
}};

constexpr std::array<std::string_view, 5> kSeverities{"P0", "P1", "P2", "P3", "P4"};

} // namespace

std::string_view name(RevocationReason reason)
{
    for (const auto& [value, text] : kReasons)
        if (value == reason) return text;
    return "UNSPECIFIED";
}

std::optional<RevocationReason> parseRevocationReason(std::string_view text)
{
    for (const auto& [value, known] : kReasons)
        if (known == text) return value;
    return std::nullopt;
}

std::string_view name(Severity severity)
{
    return kSeverities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> parseSeverity(std::string_view text)
{
    for (std::size_t i = 0; i < kSeverities.size(); ++i)
        if (kSeverities[i] == text) return static_cast<Severity>(i);
    return std::nullopt;
}

} // namespace gateway
