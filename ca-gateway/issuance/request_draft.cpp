#include "issuance/request_draft.h"

#include "issuance/signing.h"

namespace gateway {
namespace {

Bytes copyOf(ByteView bytes)
{
    return {bytes.begin(), bytes.end()};
}

} // namespace

Result<RequestDraft> draftRequest(IssuerSet& issuers, const pki::Profile& profile, const RequestBasis& basis)
{
    auto turn = issuers.choose();
    const auto& issuer = turn.authority().issuer;
    auto prepared = prepareWithFreshSerial(profile, basis.identity, basis.csr.publicKeyDer(), issuer, basis.now);
    if (!prepared) return tl::unexpected(prepared.error());
    auto audit = makeAuditEvent("certificate_intent", basis.caller, basis.now);
    audit.deviceId = basis.identity.deviceId;
    audit.vinHash = basis.identity.vinHash;
    audit.serial = prepared->serial();
    // checkVehicleCsr() lets no other key through.
    audit.metadata = issuingMetadata(issuer, prepared->notBefore(), prepared->notAfter(), "ECC P-256");
    return RequestDraft{.intent = {.transaction = basis.transaction,
                                   .kind = basis.kind,
                                   .requestedBy = sanitizeFreeText(basis.caller.name, 200),
                                   .tcuSerial = {},
                                   .csrSha256 = copyOf(basis.csr.csrSha256()),
                                   .publicKeySha256 = copyOf(basis.csr.publicKeySha256()),
                                   .deviceId = basis.identity.deviceId,
                                   .vinHash = basis.identity.vinHash,
                                   .issuer = issuer.certificate.subjectText(),
                                   .serial = prepared->serial(),
                                   .profile = profile.name,
                                   .tbsDer = copyOf(prepared->tbsDer()),
                                   .replaces = {},
                                   .replacesIssuer = {},
                                   .requestedAt = basis.now},
                        .audit = std::move(audit),
                        .turn = std::move(turn),
                        .prepared = std::move(*prepared)};
}

bool isRefusal(const Error& error)
{
    switch (error.code) {
    case ErrorCode::Conflict:
    case ErrorCode::Forbidden:
    case ErrorCode::NotFound:
    case ErrorCode::PolicyViolation:
    case ErrorCode::RateLimited:
        return true;
    case ErrorCode::InvalidRequest:
    case ErrorCode::Unauthorized:
    case ErrorCode::HsmUnavailable:
    case ErrorCode::StoreUnavailable:
    case ErrorCode::OutcomeUnknown:
    case ErrorCode::Internal:
        return false;
    }
    return false;
}

} // namespace gateway
