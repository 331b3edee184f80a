#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "flow/certificate_checker.h"

namespace station {

/// @param rootCertificate  PEM, the one root that certificates must lead to
/// @return InvalidRequest "root-certificate" when it cannot be read
[[nodiscard]] gateway::Result<std::unique_ptr<CertificateChecker>>
makeCertificateChecker(const std::filesystem::path& rootCertificate, std::function<gateway::Time()> wallTime);

/// A certificate as PEM.
[[nodiscard]] gateway::Result<std::string> toPem(const gateway::Bytes& certificateDer);

} // namespace station
