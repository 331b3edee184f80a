#include "issuance/limit_override.h"

#include <set>

#include "pki/public_key.h"

namespace gateway {
namespace {

tl::unexpected<Error> refuseCertificate(const std::string& detail)
{
    return fail(ErrorCode::Forbidden, "override-certificate", "the override's certificate " + detail);
}

Result<pki::Certificate> checkTechnician(ByteView der, const pki::Certificate& issuer, IssuanceStore& store, Time now)
{
    auto certificate = pki::Certificate::parseDer(der);
    if (!certificate) return refuseCertificate("cannot be read: " + certificate.error().detail);
    const auto name = certificate->serial().text();
    if (certificate->issuerDer() != issuer.subjectDer())
        return refuseCertificate(name + " is of '" + certificate->issuerText() + "', expected '" +
                                 issuer.subjectText() + "'");
    const auto record = store.findCertificate(certificate->issuerText(), certificate->serial());
    if (!record) return tl::unexpected(record.error());
    // What is registered byte for byte is what the CA has signed.
    if (!*record || (*record)->der != certificate->der()) return refuseCertificate(name + " is not registered here");
    if ((*record)->type != "technician")
        return refuseCertificate(name + " is of type " + (*record)->type + ", expected technician");
    if (const auto status = effectiveStatus(**record, now); status != CertificateStatus::Active)
        return refuseCertificate(name + " is " + std::string(gateway::name(status)));
    if (now < certificate->notBefore()) return refuseCertificate(name + " is not valid yet");
    return certificate;
}

} // namespace

Result<LimitOverride> checkOverride(const IssuingOverride& grant, const OverrideStatement& statement,
                                    const OverridePolicy& policy, IssuanceStore& store, Time now)
{
    if (!policy.technicianIssuer)
        return fail(ErrorCode::Forbidden, "override-not-accepted", "this gateway is set up to accept no override");
    if (now > grant.expiresAt)
        return fail(ErrorCode::Forbidden, "override-expired", "the override has expired, a technician must sign anew");

    const auto bytes = canonicalBytes(statement);
    LimitOverride checked{.statementSha256 = pki::sha256(bytes),
                          .reason = sanitizeFreeText(grant.reason),
                          .expiresAt = grant.expiresAt,
                          .signers = {}};
    std::set<std::string> names;
    for (const auto& signature : grant.signatures) {
        const auto technician = checkTechnician(signature.certificateDer, *policy.technicianIssuer, store, now);
        if (!technician) return tl::unexpected(technician.error());
        const auto key = pki::PublicKey::parse(technician->publicKeyDer());
        if (!key) return refuseCertificate("has a key of another kind: " + key.error().detail);
        if (!key->verifies(bytes, signature.signature))
            return fail(ErrorCode::Forbidden, "override-signature",
                        "the override's signature does not fit: expected one by certificate " +
                            technician->serial().text() +
                            " over transaction, device_id, tcu_serial, reason and "
                            "expires_at of this request");
        // One person with two certificates is one signer.
        if (names.insert(technician->subjectCommonName()).second)
            checked.signers.push_back({technician->subjectCommonName(), technician->serial()});
    }
    if (static_cast<int>(names.size()) < policy.signers)
        return fail(ErrorCode::Forbidden, "override-signers",
                    "expected signatures of " + std::to_string(policy.signers) + " different technicians, got " +
                        std::to_string(names.size()));
    return checked;
}

} // namespace gateway
