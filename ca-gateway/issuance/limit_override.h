#pragma once

#include "contract/limit_override.h"
#include "issuance/issuance_store.h"
#include "pki/certificate.h"

namespace gateway {

/// Whose overrides count.
struct OverridePolicy
{
    std::optional<pki::Certificate> technicianIssuer; ///< the Cloud Service CA; without it none counts
    int signers = 1;                                  ///< how many different technicians it takes
};

/// Checks a technician's override: not expired, and signed over the statement by as many technicians as the policy
/// asks for, whose certificates are registered here as such, ACTIVE, within their time and issued by the policy's CA.
/// @return Forbidden "override-not-accepted" (no policy), "override-expired", "override-certificate" (any of its
/// faults, which the detail names), "override-signature", "override-signers" (too few different ones); StoreUnavailable
[[nodiscard]] Result<LimitOverride> checkOverride(const IssuingOverride& grant, const OverrideStatement& statement,
                                                  const OverridePolicy& policy, IssuanceStore& store, Time now);

} // namespace gateway
