#include "issuance/issuing_service.h"

#include <algorithm>

#include "issuance/request_draft.h"
#include "issuance/signing.h"
#include "pki/csr.h"

namespace gateway {
namespace {

Result<void> checkTcuSerial(const std::string& text)
{
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char character) { return character >= 0x20 && character < 0x7F; });
    if (text.empty() || text.size() > 64 || !printable)
        return fail(ErrorCode::InvalidRequest, "tcu-serial",
                    "the unit's serial number: expected 1 to 64 printable characters, got " +
                        std::to_string(text.size()) + (printable ? "" : " with others among them"));
    if (Vin::fromLabel(text))
        return fail(ErrorCode::InvalidRequest, "tcu-serial",
                    "the unit's serial number has the form of a VIN, which may not be stored");
    return {};
}

} // namespace

IssuingService::IssuingService(IssuanceStore& store, IssuerSet& issuers, const pki::Profile& profile,
                               const IdentitySecrets& secrets, const EvidenceCheck& evidence, IssuingLimits limits,
                               Clock clock, VinKeeper* vinKeeper, pki::WeakKeys weakKeys)
    : m_store(store),
      m_issuers(issuers),
      m_profile(profile),
      m_secrets(secrets),
      m_evidence(evidence),
      m_limits(std::move(limits)),
      m_clock(std::move(clock)),
      m_vinKeeper(vinKeeper),
      m_weakKeys(std::move(weakKeys))
{
}

Result<IssuedCertificate> IssuingService::issue(const IssueRequest& request, const Caller& caller)
{
    const auto now = m_clock();
    const auto identity = deriveVehicleIdentity(request.vin, m_secrets);

    const auto refuse = [&](const Error& error) -> tl::unexpected<Error> {
        auto audit = makeAuditEvent("certificate_refused", caller, now, "failure");
        audit.deviceId = identity.deviceId;
        audit.vinHash = identity.vinHash;
        audit.metadata = {{"cause", error.type}, {"detail", sanitizeFreeText(error.detail)}};
        // The refusal stands even when it cannot be recorded; then the caller hears of the store instead and repeats.
        if (auto stored = m_store.appendAudit(audit); !stored) return tl::unexpected(stored.error());
        return tl::unexpected(error);
    };

    if (auto tcuSerial = checkTcuSerial(request.tcuSerial); !tcuSerial) return refuse(tcuSerial.error());
    const auto csr = pki::checkVehicleCsr(request.csrDer, identity, m_profile, m_weakKeys);
    if (!csr) return refuse(csr.error());
    const auto evidence = m_evidence.check(request, csr->publicKeyDer());
    if (!evidence) {
        // What is wrong on our side says nothing about the unit.
        if (evidence.error().code == ErrorCode::StoreUnavailable) return tl::unexpected(evidence.error());
        return refuse(evidence.error());
    }
    auto draft = draftRequest(m_issuers, m_profile,
                              {.transaction = request.transaction,
                               .kind = RequestKind::Factory,
                               .caller = caller,
                               .identity = identity,
                               .csr = *csr,
                               .now = now});
    if (!draft) return refuse(draft.error());
    auto& intent = draft->intent;
    intent.tcuSerial = request.tcuSerial;
    intent.ekSha256 = evidence->ekSha256;
    draft->audit.metadata.emplace("tcu_serial", request.tcuSerial);
    draft->audit.metadata.insert(evidence->metadata.begin(), evidence->metadata.end());
    if (request.replacesUnit) {
        intent.replaces = request.replacesUnit->serial;
        intent.swapReason = sanitizeFreeText(request.replacesUnit->reason);
        draft->audit.metadata.emplace("replaces_unit", request.replacesUnit->serial.text());
    }

    // Before the intent, so that there is no certificate of a vehicle that nobody knows.
    if (m_vinKeeper != nullptr) {
        const auto kept = m_vinKeeper->keep(request.vin, identity);
        if (!kept && kept.error().code == ErrorCode::Conflict) return refuse(kept.error());
        if (!kept) return tl::unexpected(kept.error());
        if (!*kept) draft->audit.metadata.emplace("vin_vault", "not stored");
    }

    const IntentLimits limits{.perUnit = m_limits.perUnit, .perIssuerAndHour = m_limits.perIssuerAndHour};
    auto stored = m_store.begin(intent, limits, draft->audit);
    if (!stored && stored.error().type == "rate-limit-tcu" && request.limitOverride) {
        const auto& grant = *request.limitOverride;
        auto permission = checkOverride(grant,
                                        {.transaction = request.transaction,
                                         .deviceId = identity.deviceId,
                                         .tcuSerial = request.tcuSerial,
                                         .reason = grant.reason,
                                         .expiresAt = grant.expiresAt},
                                        m_limits.overrides, m_store, now);
        if (permission) {
            intent.limitOverride = std::move(*permission);
            stored = m_store.begin(intent, limits, draft->audit);
        } else {
            stored = tl::unexpected(permission.error());
        }
    }
    if (!stored) return isRefusal(stored.error()) ? refuse(stored.error()) : tl::unexpected(stored.error());
    const auto& existing = stored->intent;
    if (existing.kind != RequestKind::Factory || existing.csrSha256 != intent.csrSha256 ||
        existing.deviceId != intent.deviceId || existing.tcuSerial != intent.tcuSerial ||
        existing.replaces != intent.replaces)
        return refuse({ErrorCode::Conflict, "idempotency-conflict",
                       "the idempotency key " + request.transaction.text() +
                           " belongs to a request with another CSR, vehicle or unit"});

    return finishRequest({.store = m_store,
                          .issuers = m_issuers,
                          .profile = m_profile,
                          .publicKeyDer = csr->publicKeyDer(),
                          .limits = limits,
                          .eventType = "certificate_issued",
                          .caller = caller,
                          .now = now},
                         std::move(*stored), std::move(draft->turn), std::move(draft->prepared));
}

Result<RequestStatus> IssuingService::findRequest(const TransactionId& transaction)
{
    const auto stored = m_store.findRequest(transaction);
    if (!stored) return tl::unexpected(stored.error());
    if (!stored->has_value())
        return fail(ErrorCode::NotFound, "request-unknown", "no request with key " + transaction.text());
    const auto& request = **stored;
    switch (request.state) {
    case StoredRequest::State::Intent:
        return RequestStatus{.state = RequestStatus::State::Intent, .certificate = {}};
    case StoredRequest::State::Burned:
        return tl::unexpected(requestBurned());
    case StoredRequest::State::Issued:
        break;
    }
    auto issued = toIssuedCertificate(*request.certificate, m_issuers);
    if (!issued) return tl::unexpected(issued.error());
    return RequestStatus{.state = RequestStatus::State::Issued, .certificate = std::move(*issued)};
}

Result<void> IssuingService::recordProvisioned(const ProvisionedReport& report, const Caller& caller)
{
    auto audit = makeAuditEvent("certificate_provisioned", caller, m_clock());
    audit.serial = report.serial;
    return m_store.markProvisioned(report, audit);
}

Result<Revocation> IssuingService::recordRejected(const RejectedReport& report, const Caller& caller)
{
    const auto now = m_clock();
    auto rejected = makeAuditEvent("certificate_rejected", caller, now);
    rejected.serial = report.serial;
    rejected.metadata = {{"cause", sanitizeFreeText(report.cause)}};
    auto revoked = makeAuditEvent("certificate_revoked", caller, now);
    revoked.serial = report.serial;
    revoked.metadata = {{"reason", std::string(name(RevocationReason::CessationOfOperation))},
                        {"severity", std::string(name(Severity::P3))},
                        {"notes", "unit rejected by the station"}};
    return m_store.reject(report, rejected, revoked);
}

} // namespace gateway
