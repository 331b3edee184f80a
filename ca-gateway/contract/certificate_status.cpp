#include "contract/certificate_status.h"

#include <array>
#include <utility>

namespace gateway {
namespace {

constexpr std::array<std::pair<CertificateStatus, std::string_view>, 4> kNames{{
    {CertificateStatus::Active, "ACTIVE"},
    {CertificateStatus::Revoked, "REVOKED"},
    {CertificateStatus::Superseded, "SUPERSEDED"},
    {CertificateStatus::Expired, "EXPIRED"},
}};

} // namespace

std::string_view name(CertificateStatus status)
{
    for (const auto& [value, text] : kNames)
        if (value == status) return text;
    return "?";
}

std::optional<CertificateStatus> parseCertificateStatus(std::string_view text)
{
    for (const auto& [value, known] : kNames)
        if (known == text) return value;
    return std::nullopt;
}

} // namespace gateway
