#include "issuance/signing.h"

#include <algorithm>
#include <utility>

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

/// @return HsmUnavailable: not signed, or in doubt
Result<pki::Certificate> signIntent(const IssuingCa& authority, const pki::Profile& profile,
                                    const IssuanceIntent& intent, std::optional<pki::PreparedCertificate> fresh)
{
    const bool isFresh = fresh && std::ranges::equal(fresh->tbsDer(), intent.tbsDer) &&
                         fresh->keyLabel() == authority.issuer.keyLabel && fresh->profileName() == profile.name;
    auto prepared = isFresh ? Result<pki::PreparedCertificate>(std::move(*fresh))
                            : pki::restorePrepared(intent.tbsDer, profile, authority.issuer);
    if (!prepared) return tl::unexpected(prepared.error());
    return signPrepared(authority.signer, std::move(*prepared), authority.issuer.certificate);
}

Result<CertificateRecord> storeCertificate(const Finishing& finishing, const pki::Issuer& issuer,
                                           const IssuanceIntent& intent, const pki::Certificate& certificate)
{
    auto audit = makeAuditEvent(finishing.eventType, finishing.caller, finishing.now);
    audit.deviceId = intent.deviceId;
    audit.vinHash = intent.vinHash;
    audit.serial = intent.serial;
    audit.metadata =
        issuingMetadata(issuer, certificate.notBefore(), certificate.notAfter(), certificate.keyAlgorithmText());
    if (intent.replaces) audit.metadata.emplace("replaces", intent.replaces->text());
    auto record = makeCertificateRecord(certificate, finishing.profile.certificateType, intent.requestedBy);
    record.deviceId = intent.deviceId;
    record.vinHash = intent.vinHash;
    record.request = intent.transaction;
    return finishing.store.complete(intent.transaction, record, audit);
}

/// Lets another CA take over an intent whose signing failed. @return what is stored afterwards
Result<StoredRequest> reassign(const Finishing& finishing, const IssuanceIntent& intent, const std::string& cause,
                               const IssuingCa& successor)
{
    const auto prepared = prepareWithFreshSerial(finishing.profile, {intent.deviceId, intent.vinHash},
                                                 finishing.publicKeyDer, successor.issuer, finishing.now);
    if (!prepared) return tl::unexpected(prepared.error());
    auto burned = makeAuditEvent("certificate_burned", finishing.caller, finishing.now, "failure");
    burned.deviceId = intent.deviceId;
    burned.vinHash = intent.vinHash;
    burned.serial = intent.serial;
    burned.metadata = {{"cause", cause}, {"issuer", intent.issuer}, {"reassigned_to", prepared->serial().text()}};
    auto reassigned = makeAuditEvent("certificate_reassigned", finishing.caller, finishing.now);
    reassigned.deviceId = intent.deviceId;
    reassigned.vinHash = intent.vinHash;
    reassigned.serial = prepared->serial();
    reassigned.metadata = issuingMetadata(successor.issuer, prepared->notBefore(), prepared->notAfter(), "ECC P-256");
    reassigned.metadata.emplace("instead_of", intent.serial.text());
    return finishing.store.reassign({.transaction = intent.transaction,
                                     .failedIssuer = intent.issuer,
                                     .failedSerial = intent.serial,
                                     .cause = cause,
                                     .issuer = successor.issuer.certificate.subjectText(),
                                     .serial = prepared->serial(),
                                     .tbsDer = Bytes(prepared->tbsDer().begin(), prepared->tbsDer().end())},
                                    finishing.limits, burned, reassigned);
}

/// The signer's own check refused nothing: it was not asked, gave no answer, or has no such key.
bool meansUnavailable(const Error& error)
{
    return error.code == ErrorCode::HsmUnavailable || error.type == "unknown-key";
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

Result<pki::Certificate> signPrepared(Signer& signer, pki::PreparedCertificate prepared, const pki::Certificate& issuer)
{
    auto signature = signer.sign({.kind = SignRequest::Kind::Certificate,
                                  .keyLabel = prepared.keyLabel(),
                                  .profile = prepared.profileName(),
                                  .tbsDer = Bytes(prepared.tbsDer().begin(), prepared.tbsDer().end())});
    if (!signature) {
        auto error = std::move(signature.error());
        if (error.code == ErrorCode::HsmUnavailable && !error.retryAfter) error.retryAfter = kSignerRetryAfter;
        return tl::unexpected(std::move(error));
    }
    return pki::completeCertificate(std::move(prepared), *signature, issuer);
}

CertificateRecord makeCertificateRecord(const pki::Certificate& certificate, std::string type, std::string createdBy)
{
    return {.issuer = certificate.issuerText(),
            .serial = certificate.serial(),
            .type = std::move(type),
            .subject = certificate.subjectText(),
            .deviceId = {},
            .vinHash = {},
            .status = CertificateStatus::Active,
            .issuedAt = certificate.notBefore(),
            .expiresAt = certificate.notAfter(),
            .provisioned = false,
            .provisionedAt = {},
            .revokedAt = {},
            .reason = {},
            .replacedBy = {},
            .replacedAt = {},
            .publicKeySha256 = certificate.publicKeySha256(),
            .der = certificate.der(),
            .request = {},
            .createdBy = std::move(createdBy)};
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

Result<IssuedCertificate> toIssuedCertificate(const CertificateRecord& record, const IssuerSet& issuers)
{
    if (!record.deviceId || !record.vinHash)
        return fail(ErrorCode::Internal, "record-incomplete",
                    "certificate " + record.serial.text() + " is stored without device_id or vin_hash");
    const auto* authority = issuers.find(record.issuer);
    if (authority == nullptr)
        return fail(ErrorCode::Internal, "issuer-not-configured",
                    "certificate " + record.serial.text() + " is of '" + record.issuer +
                        "', whose chain this gateway does not have");
    IssuedCertificate issued{.serial = record.serial,
                             .deviceId = *record.deviceId,
                             .vinHash = *record.vinHash,
                             .certificateDer = record.der,
                             .chainDer = {},
                             .issuedAt = record.issuedAt,
                             .expiresAt = record.expiresAt};
    for (const auto& certificate : authority->issuer.chain)
        issued.chainDer.push_back(certificate.der());
    return issued;
}

Result<IssuedCertificate> finishRequest(const Finishing& finishing, StoredRequest request, IssuerSet::Turn turn,
                                        std::optional<pki::PreparedCertificate> prepared)
{
    // Each CA once, and once more for a request that another gateway reassigned meanwhile.
    std::size_t attempts = 2 * finishing.issuers.authorities().size();
    while (request.state == StoredRequest::State::Intent) {
        const auto& intent = request.intent;
        if (intent.issuer != turn.authority().issuer.certificate.subjectText()) {
            auto other = finishing.issuers.chooseFor(intent.issuer);
            if (other) turn = std::move(*other);
        }
        const auto* authority = finishing.issuers.find(intent.issuer);
        if (authority == nullptr || intent.profile != finishing.profile.name)
            return fail(ErrorCode::Conflict, "intent-outdated",
                        "the request was prepared for issuer '" + intent.issuer + "' and profile '" + intent.profile +
                            "', which this gateway does not have");

        auto stored = Result<StoredRequest>(request);
        if (&turn.authority() != authority) {
            // Known to be down: another CA's turn, and no time lost with this one.
            stored = reassign(finishing, intent, "signer-down", turn.authority());
        } else {
            auto certificate = signIntent(*authority, finishing.profile, intent, std::exchange(prepared, std::nullopt));
            if (certificate) {
                turn.succeeded();
                auto record = storeCertificate(finishing, authority->issuer, intent, *certificate);
                if (record) return toIssuedCertificate(*record, finishing.issuers);
                if (record.error().type != "request-reassigned") return tl::unexpected(record.error());
                auto current = finishing.store.findRequest(intent.transaction);
                if (!current) return tl::unexpected(current.error());
                if (!*current) return tl::unexpected(record.error());
                stored = std::move(**current);
            } else {
                if (!meansUnavailable(certificate.error())) return tl::unexpected(certificate.error());
                turn.failed(certificate.error());
                auto successor = finishing.issuers.chooseInstead(*authority);
                if (!successor || attempts == 0) return tl::unexpected(certificate.error());
                turn = std::move(*successor);
                stored = reassign(finishing, intent, certificate.error().type, turn.authority());
            }
        }
        if (!stored) return tl::unexpected(stored.error());
        request = std::move(*stored);
        if (attempts-- == 0)
            return fail(ErrorCode::HsmUnavailable, "signer-changing", "the issuing CAs fail in turn",
                        kSignerRetryAfter);
    }
    if (request.state == StoredRequest::State::Burned) return tl::unexpected(requestBurned());
    return toIssuedCertificate(*request.certificate, finishing.issuers);
}

Error requestBurned()
{
    return {ErrorCode::Conflict, "request-burned",
            "the request lost against another one for the same device; begin a new one"};
}

} // namespace gateway
