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

} // namespace gateway
