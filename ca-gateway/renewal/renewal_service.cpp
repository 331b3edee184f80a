#include "renewal/renewal_service.h"

#include "issuance/request_draft.h"
#include "issuance/signing.h"
#include "pki/csr.h"

namespace gateway {
namespace {

/// How long an expired certificate may still renew, and do nothing else (specification note 9).
constexpr std::chrono::days kRenewalAfterExpiry{7};

} // namespace

RenewalService::RenewalService(IssuanceStore& store, IssuerSet& issuers, const pki::Profile& profile, Clock clock,
                               pki::WeakKeys weakKeys)
    : m_store(store), m_issuers(issuers), m_profile(profile), m_clock(std::move(clock)), m_weakKeys(std::move(weakKeys))
{
}

Result<IssuedCertificate> RenewalService::renew(const RenewRequest& request, const Caller& caller)
{
    const auto now = m_clock();
    if (caller.kind != Caller::Kind::Vehicle || caller.certificateDer.empty())
        return fail(ErrorCode::Unauthorized, "client-certificate-required",
                    "renewal needs mutual TLS with the vehicle certificate that is to be renewed");
    const auto presented = pki::Certificate::parseDer(caller.certificateDer);
    if (!presented) return fail(ErrorCode::Unauthorized, "client-certificate-malformed", presented.error().detail);

    const auto found = m_store.findCertificate(presented->issuerText(), presented->serial());
    if (!found) return tl::unexpected(found.error());
    auto refusal = makeAuditEvent("certificate_refused", caller, now, "failure");
    refusal.serial = presented->serial();
    const auto refuse = [&](const Error& error) -> tl::unexpected<Error> {
        refusal.metadata = {{"cause", error.type}, {"detail", sanitizeFreeText(error.detail)}, {"request", "renewal"}};
        if (auto stored = m_store.appendAudit(refusal); !stored) return tl::unexpected(stored.error());
        return tl::unexpected(error);
    };

    if (!found->has_value() || (*found)->der != caller.certificateDer)
        return refuse({ErrorCode::Forbidden, "certificate-unknown",
                       "certificate " + presented->serial().text() + " was not issued here"});
    const auto& old = **found;
    if (old.type != m_profile.certificateType || !old.deviceId || !old.vinHash)
        return refuse({ErrorCode::Forbidden, "certificate-not-renewable",
                       "expected a certificate of type " + m_profile.certificateType + ", got " + old.type});
    refusal.deviceId = old.deviceId;
    refusal.vinHash = old.vinHash;
    if (old.status == CertificateStatus::Revoked)
        return refuse({ErrorCode::Forbidden, "certificate-revoked",
                       "certificate " + old.serial.text() + " is revoked and cannot be renewed"});
    if (old.status != CertificateStatus::Active)
        return refuse({ErrorCode::Forbidden, "certificate-not-renewable",
                       "certificate " + old.serial.text() + " is " + std::string(name(old.status))});
    if (now > old.expiresAt + kRenewalAfterExpiry)
        return refuse({ErrorCode::Forbidden, "certificate-expired",
                       "certificate " + old.serial.text() + " expired more than 7 days ago"});

    const VehicleIdentity identity{.deviceId = *old.deviceId, .vinHash = *old.vinHash};
    const auto csr = pki::checkVehicleCsr(request.csrDer, identity, m_profile, m_weakKeys);
    if (!csr) return refuse(csr.error());
    auto draft = draftRequest(m_issuers, m_profile,
                              {.transaction = request.transaction,
                               .kind = RequestKind::Renewal,
                               .caller = caller,
                               .identity = identity,
                               .csr = *csr,
                               .now = now});
    if (!draft) return refuse(draft.error());
    auto& intent = draft->intent;
    intent.replaces = old.serial;
    intent.replacesIssuer = old.issuer;
    draft->audit.metadata.emplace("replaces", old.serial.text());

    auto stored = m_store.begin(intent, {}, draft->audit);
    if (!stored) return isRefusal(stored.error()) ? refuse(stored.error()) : tl::unexpected(stored.error());
    const auto& existing = stored->intent;
    if (existing.kind != RequestKind::Renewal || existing.csrSha256 != intent.csrSha256 ||
        existing.replaces != intent.replaces || existing.replacesIssuer != intent.replacesIssuer)
        return refuse({ErrorCode::Conflict, "idempotency-conflict",
                       "the idempotency key " + request.transaction.text() +
                           " belongs to a request with another CSR or certificate"});

    return finishRequest({.store = m_store,
                          .issuers = m_issuers,
                          .profile = m_profile,
                          .publicKeyDer = csr->publicKeyDer(),
                          .limits = {},
                          .eventType = "certificate_renewed",
                          .caller = caller,
                          .now = now},
                         std::move(*stored), std::move(draft->turn), std::move(draft->prepared));
}

Result<void> RenewalService::recordFailure(const RenewFailureReport& report, const Caller& caller)
{
    auto audit = makeAuditEvent("certificate_renewal_failed", caller, m_clock(), "failure");
    audit.serial = report.serial;
    if (caller.kind == Caller::Kind::Vehicle) {
        if (const auto deviceId = DeviceId::parse(caller.name)) audit.deviceId = *deviceId;
    }
    audit.metadata = {{"error", sanitizeFreeText(report.error)}};
    return m_store.appendAudit(audit);
}

} // namespace gateway
