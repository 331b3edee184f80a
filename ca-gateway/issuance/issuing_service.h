#pragma once

#include <memory>

#include "contract/messages.h"
#include "identity/vehicle_identity.h"
#include "issuance/clock.h"
#include "issuance/evidence_check.h"
#include "issuance/issuance_store.h"
#include "issuance/issuer_set.h"
#include "issuance/limit_override.h"
#include "issuance/vin_keeper.h"
#include "pki/profile.h"
#include "pki/weak_keys.h"

namespace gateway {

struct IssuingLimits
{
    std::chrono::seconds perUnit{
        std::chrono::hours(24)};   ///< one certificate per TCU in this time (specification note 16)
    int perIssuerAndHour = 1000;   ///< specification note 15
    OverridePolicy overrides = {}; ///< of perUnit
};

/// Factory issuing: intent → checked → signed → stored, exactly once per transaction. docs/issuance.md tells the order
/// and why. Thread-safe as far as its store is.
class IssuingService final
{
public:
    /// @param vinKeeper  remembers the vehicle before the intent is stored; null where nobody does
    IssuingService(IssuanceStore& store, IssuerSet& issuers, const pki::Profile& profile,
                   const IdentitySecrets& secrets, const EvidenceCheck& evidence, IssuingLimits limits, Clock clock,
                   VinKeeper* vinKeeper = nullptr, pki::WeakKeys weakKeys = {});

    [[nodiscard]] Result<IssuedCertificate> issue(const IssueRequest& request, const Caller& caller);
    [[nodiscard]] Result<RequestStatus> findRequest(const TransactionId& transaction);
    [[nodiscard]] Result<void> recordProvisioned(const ProvisionedReport& report, const Caller& caller);
    [[nodiscard]] Result<Revocation> recordRejected(const RejectedReport& report, const Caller& caller);

private:
    IssuanceStore& m_store;
    IssuerSet& m_issuers;
    const pki::Profile& m_profile;
    const IdentitySecrets& m_secrets;
    const EvidenceCheck& m_evidence;
    IssuingLimits m_limits;
    Clock m_clock;
    VinKeeper* m_vinKeeper;
    pki::WeakKeys m_weakKeys;
};

} // namespace gateway
