#pragma once

#include "contract/messages.h"
#include "issuance/clock.h"
#include "issuance/issuance_store.h"
#include "issuance/signer.h"
#include "pki/certificate.h"
#include "pki/profile.h"

namespace gateway {

/// Renewal by the vehicle itself: the caller's client certificate is the one to be renewed. Old and new are both valid
/// for the grace.
class RenewalService final
{
public:
    RenewalService(IssuanceStore& store, Signer& signer, const pki::Issuer& issuer, const pki::Profile& profile,
                   Clock clock);

    /// @param caller  a vehicle; its certificateDer is the old certificate, whose key TLS has proved
    [[nodiscard]] Result<IssuedCertificate> renew(const RenewRequest& request, const Caller& caller);
    [[nodiscard]] Result<void> recordFailure(const RenewFailureReport& report, const Caller& caller);

private:
    IssuanceStore& m_store;
    Signer& m_signer;
    const pki::Issuer& m_issuer;
    const pki::Profile& m_profile;
    Clock m_clock;
};

} // namespace gateway
