#pragma once

#include "contract/messages.h"
#include "issuance/clock.h"
#include "revocation/revocation_store.h"

namespace gateway {

/// Status change, audit row and event in one transaction. Idempotent: a revoked certificate stays as first revoked.
class RevocationService final
{
public:
    RevocationService(RevocationStore& store, Clock clock);

    [[nodiscard]] Result<Revocation> revoke(const RevokeRequest& request, const Caller& caller);

    /// Ends the grace of replaced certificates (specification note 9), so that brokers hear of it as of a revocation;
    /// to be called every few seconds. @return whether there were any
    [[nodiscard]] Result<bool> supersedeDue(const Caller& self);

private:
    RevocationStore& m_store;
    Clock m_clock;
};

} // namespace gateway
