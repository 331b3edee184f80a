#pragma once

#include <map>
#include <string>

#include "ceremony/ceremony_plan.h"
#include "pki/profile.h"

namespace gateway::ceremony {

/// The profiles of the plan's folder, once each that the plan uses fits the CAs above it: those that are yet to be made
/// as their profiles say, those of an earlier ceremony as their certificates do.
/// @return InvalidRequest "ceremony-file", "profile", "profile-value"; PolicyViolation "profile-exceeds-ca"
[[nodiscard]] Result<std::map<std::string, pki::Profile>> loadBoundProfiles(const Plan& plan);

/// The profile with the order's own name constraints.
[[nodiscard]] pki::Profile profileOf(const Plan::CertificateOrder& order,
                                     const std::map<std::string, pki::Profile>& profiles);

} // namespace gateway::ceremony
