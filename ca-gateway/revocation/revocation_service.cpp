#include "revocation/revocation_service.h"

namespace gateway {

RevocationService::RevocationService(RevocationStore& store, Clock clock) : m_store(store), m_clock(std::move(clock)) {}

Result<Revocation> RevocationService::revoke(const RevokeRequest& request, const Caller& caller)
{
    // RFC 5280 5.3.1: removeFromCRL is not in the enum; a hold could be lifted again, which nothing here can do.
    if (request.reason == RevocationReason::CertificateHold)
        return fail(ErrorCode::InvalidRequest, "reason-not-supported",
                    "CERTIFICATE_HOLD is not supported: a revocation is final");

    auto audit = makeAuditEvent("certificate_revoked", caller, m_clock());
    audit.serial = request.serial;
    audit.metadata = {{"reason", std::string(name(request.reason))}, {"severity", std::string(name(request.severity))}};
    if (!request.notes.empty()) audit.metadata.emplace("notes", sanitizeFreeText(request.notes));
    return m_store.revoke(request.serial, request.reason, audit);
}

Result<bool> RevocationService::supersedeDue(const Caller& self)
{
    // A commit each, so that a fleet that renewed on one day keeps nobody else waiting.
    constexpr std::size_t kMost = 500;
    const auto now = m_clock();
    std::size_t done = 0;
    for (std::size_t last = kMost; last == kMost; done += last) {
        const auto some = m_store.supersedeDue(now, kMost, makeAuditEvent("certificate_superseded", self, now));
        if (!some) return tl::unexpected(some.error());
        last = *some;
    }
    return done > 0;
}

} // namespace gateway
