#pragma once

#include <vector>

#include "pki/certificate.h"

namespace gateway::pki {

/// Path validation (RFC 5280 6) up to a root, with OpenSSL's strict checks of each certificate.
/// @param intermediates  in any order; only those that are needed count
/// @param at  the time for which it is asked
/// @return PolicyViolation "path-invalid" with OpenSSL's reason
[[nodiscard]] Result<void> verifyPath(const Certificate& certificate, const std::vector<Certificate>& intermediates,
                                      const Certificate& root, Time at);

} // namespace gateway::pki
