#pragma once

#include "contract/messages.h"
#include "issuance/clock.h"
#include "issuance/issuance_store.h"
#include "issuance/issuer_set.h"
#include "pki/profile.h"
#include "pki/weak_keys.h"

namespace gateway {

/// Renewal by the vehicle itself: the caller's client certificate is the one to be renewed. Old and new are both valid
/// for the grace.
class RenewalService final
{
public:
    RenewalService(IssuanceStore& store, IssuerSet& issuers, const pki::Profile& profile, Clock clock,
                   pki::WeakKeys weakKeys = {});

    /// @param caller  a vehicle; its certificateDer is the old certificate, whose key TLS has proved
    [[nodiscard]] Result<IssuedCertificate> renew(const RenewRequest& request, const Caller& caller);
    [[nodiscard]] Result<void> recordFailure(const RenewFailureReport& report, const Caller& caller);

private:
    IssuanceStore& m_store;
    IssuerSet& m_issuers;
    const pki::Profile& m_profile;
    Clock m_clock;
    pki::WeakKeys m_weakKeys;
};

} // namespace gateway
