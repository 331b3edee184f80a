#include "issuance/signing.h"

#include "identity/random.h"

namespace gateway {
namespace {

constexpr std::chrono::seconds kSignerRetryAfter{5};

/// "Device Issuing CA" for the CN "V2C Device Issuing CA": the audit names a CA by its place in the hierarchy.
std::string hierarchyName(const pki::Issuer& issuer)
{
    auto name = issuer.certificate.subjectCommonName();
    constexpr std::string_view kPrefix = "V2C ";
    if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
    return name;
}

Result<CertificateRecord> signAndStore(IssuanceStore& store, Signer& signer, const pki::Issuer& issuer,
                                       const pki::Profile& profile, const IssuanceIntent& intent, std::string eventType,
                                       const Caller& caller, Time now)
{
    if (intent.issuer != issuer.certificate.subjectText() || intent.profile != profile.name)
        return fail(ErrorCode::Conflict, "intent-outdated",
                    "the request was prepared for issuer '" + intent.issuer + "' and profile '" + intent.profile +
                        "', this gateway has '" + issuer.certificate.subjectText() + "' and '" + profile.name + "'");
    auto prepared = pki::restorePrepared(intent.tbsDer, profile, issuer);
    if (!prepared) return tl::unexpected(prepared.error());

    auto signature = signer.sign({.kind = SignRequest::Kind::Certificate,
                                  .keyLabel = prepared->keyLabel(),
                                  .profile = prepared->profileName(),
                                  .tbsDer = intent.tbsDer});
    if (!signature) {
        auto error = std::move(signature.error());
        if (error.code == ErrorCode::HsmUnavailable && !error.retryAfter) error.retryAfter = kSignerRetryAfter;
        return tl::unexpected(std::move(error));
    }
    const auto certificate = pki::completeCertificate(std::move(*prepared), *signature, issuer.certificate);
    if (!certificate) return tl::unexpected(certificate.error());

    auto audit = makeAuditEvent(std::move(eventType), caller, now);
    audit.deviceId = intent.deviceId;
    audit.vinHash = intent.vinHash;
    audit.serial = intent.serial;
    audit.metadata =
        issuingMetadata(issuer, certificate->notBefore(), certificate->notAfter(), certificate->keyAlgorithmText());
    if (intent.replaces) audit.metadata.emplace("replaces", intent.replaces->text());
    const CertificateRecord record{.issuer = intent.issuer,
                                   .serial = intent.serial,
                                   .type = profile.certificateType,
                                   .subject = certificate->subjectText(),
                                   .deviceId = intent.deviceId,
                                   .vinHash = intent.vinHash,
                                   .status = CertificateStatus::Active,
                                   .issuedAt = certificate->notBefore(),
                                   .expiresAt = certificate->notAfter(),
                                   .provisioned = false,
                                   .provisionedAt = {},
                                   .revokedAt = {},
                                   .reason = {},
                                   .replacedBy = {},
                                   .replacedAt = {},
                                   .publicKeySha256 = intent.publicKeySha256,
                                   .der = certificate->der(),
                                   .request = intent.transaction,
                                   .createdBy = intent.requestedBy};
    return store.complete(intent.transaction, record, audit);
}

} // namespace

std::map<std::string, std::string> issuingMetadata(const pki::Issuer& issuer, Time notBefore, Time notAfter,
                                                   std::string keyAlgorithm)
{
    // notAfter is inclusive (RFC 5280 4.1.2.5): a profile of 365 days may end one second short of it.
    const auto days = std::chrono::round<std::chrono::days>(notAfter - notBefore);
    return {{"validity", std::to_string(days.count()) + " days"},
            {"issuer", hierarchyName(issuer)},
            {"key_algorithm", std::move(keyAlgorithm)}};
}

Result<pki::PreparedCertificate> prepareWithFreshSerial(const pki::Profile& profile, const VehicleIdentity& identity,
                                                        ByteView publicKeyDer, const pki::Issuer& issuer, Time now)
{
    const auto serial = CertificateSerial::random(fillFromSystemRandom);
    if (!serial) return tl::unexpected(serial.error());
    const pki::ProfileValues values{{"device_id", std::string(identity.deviceId.text())},
                                    {"vin_hash", std::string(identity.vinHash.text())}};
    return pki::prepareCertificate(profile, values, publicKeyDer, issuer, *serial, now);
}

Result<IssuedCertificate> toIssuedCertificate(const CertificateRecord& record, const pki::Issuer& issuer)
{
    if (!record.deviceId || !record.vinHash)
        return fail(ErrorCode::Internal, "record-incomplete",
                    "certificate " + record.serial.text() + " is stored without device_id or vin_hash");
    IssuedCertificate issued{.serial = record.serial,
                             .deviceId = *record.deviceId,
                             .vinHash = *record.vinHash,
                             .certificateDer = record.der,
                             .chainDer = {},
                             .issuedAt = record.issuedAt,
                             .expiresAt = record.expiresAt};
    for (const auto& certificate : issuer.chain)
        issued.chainDer.push_back(certificate.der());
    return issued;
}

Result<IssuedCertificate> finishRequest(IssuanceStore& store, Signer& signer, const pki::Issuer& issuer,
                                        const pki::Profile& profile, const StoredRequest& request,
                                        std::string eventType, const Caller& caller, Time now)
{
    switch (request.state) {
    case StoredRequest::State::Issued:
        return toIssuedCertificate(*request.certificate, issuer);
    case StoredRequest::State::Burned:
        return tl::unexpected(requestBurned());
    case StoredRequest::State::Intent:
        break;
    }
    const auto certificate =
        signAndStore(store, signer, issuer, profile, request.intent, std::move(eventType), caller, now);
    if (!certificate) return tl::unexpected(certificate.error());
    return toIssuedCertificate(*certificate, issuer);
}

Error requestBurned()
{
    return {ErrorCode::Conflict, "request-burned",
            "the request lost against another one for the same device; begin a new one"};
}

} // namespace gateway
