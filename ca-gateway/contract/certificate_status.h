#pragma once

#include <optional>
#include <string_view>

namespace gateway {

/// Values of certificates.status.
enum class CertificateStatus { Active, Revoked, Superseded, Expired };

[[nodiscard]] std::string_view name(CertificateStatus status);
[[nodiscard]] std::optional<CertificateStatus> parseCertificateStatus(std::string_view text);

} // namespace gateway
