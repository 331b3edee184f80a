#include "issuance/broker_service.h"

#include "identity/random.h"
#include "issuance/signing.h"
#include "pki/csr.h"
#include "pki/prepared_certificate.h"
#include "pki/profile_template.h"

namespace gateway {

BrokerService::BrokerService(BrokerStore& store, Signer& signer, pki::Issuer issuer, pki::Profile profile,
                             std::map<std::string, BrokerRegion> regions, int perIssuerAndHour, Clock clock)
    : m_store(store),
      m_signer(signer),
      m_issuer(std::move(issuer)),
      m_profile(std::move(profile)),
      m_regions(std::move(regions)),
      m_perIssuerAndHour(perIssuerAndHour),
      m_clock(std::move(clock))
{
}

Result<IssuedServiceCertificate> BrokerService::issue(const BrokerRequest& request, const Caller& caller)
{
    const auto now = m_clock();
    const auto refuse = [&](const Error& error) -> tl::unexpected<Error> {
        auto audit = makeAuditEvent("certificate_refused", caller, now, "failure");
        audit.metadata = {{"cause", error.type},
                          {"detail", sanitizeFreeText(error.detail)},
                          {"request", "broker"},
                          {"region", sanitizeFreeText(request.region, 63)}};
        if (auto stored = m_store.appendAudit(audit); !stored) return tl::unexpected(stored.error());
        return tl::unexpected(error);
    };

    const auto region = m_regions.find(request.region);
    if (region == m_regions.end())
        return refuse(
            {ErrorCode::NotFound, "broker-region-unknown", "this gateway's configuration has no such region"});
    const pki::ProfileValues values{{"region", region->first},
                                    {"dns_names", region->second.dnsNames},
                                    {"ip_addresses", region->second.ipAddresses}};
    if (caller.kind == Caller::Kind::Broker) {
        for (const auto& [type, pattern] : m_profile.subject) {
            if (type != "CN") continue;
            const auto own = pki::expandTemplate(pattern, values);
            if (!own) return tl::unexpected(own.error());
            if (caller.name != *own)
                return refuse(
                    {ErrorCode::Forbidden, "broker-region",
                     "a broker may ask for a certificate of its own region only, " + *own + " is the name there"});
        }
    }
    const auto csr = pki::checkServiceCsr(request.csrDer, values, m_profile);
    if (!csr) return refuse(csr.error());
    const auto serial = CertificateSerial::random(fillFromSystemRandom);
    if (!serial) return tl::unexpected(serial.error());
    const auto prepared = pki::prepareCertificate(m_profile, values, csr->publicKeyDer(), m_issuer, *serial, now);
    if (!prepared) return refuse(prepared.error());

    const BrokerIntent intent{.transaction = request.transaction,
                              .region = request.region,
                              .requestedBy = sanitizeFreeText(caller.name, 200),
                              .csrSha256 = Bytes(csr->csrSha256().begin(), csr->csrSha256().end()),
                              .publicKeySha256 = Bytes(csr->publicKeySha256().begin(), csr->publicKeySha256().end()),
                              .issuer = m_issuer.certificate.subjectText(),
                              .serial = *serial,
                              .profile = m_profile.name,
                              .tbsDer = Bytes(prepared->tbsDer().begin(), prepared->tbsDer().end()),
                              .requestedAt = now};
    auto audit = makeAuditEvent("certificate_intent", caller, now);
    audit.serial = *serial;
    audit.metadata = issuingMetadata(m_issuer, prepared->notBefore(), prepared->notAfter(), "RSA 2048");
    audit.metadata.emplace("request", "broker");
    audit.metadata.emplace("region", request.region);
    auto stored = m_store.begin(intent, m_perIssuerAndHour, audit);
    if (!stored) {
        const auto code = stored.error().code;
        if (code == ErrorCode::Conflict || code == ErrorCode::RateLimited) return refuse(stored.error());
        return tl::unexpected(stored.error());
    }
    if (stored->intent.csrSha256 != intent.csrSha256 || stored->intent.region != intent.region)
        return refuse(
            {ErrorCode::Conflict, "idempotency-conflict",
             "the idempotency key " + request.transaction.text() + " belongs to a request with another CSR or region"});

    const auto record = stored->certificate ? Result<CertificateRecord>(std::move(*stored->certificate))
                                            : finish(stored->intent, caller, now);
    if (!record) return tl::unexpected(record.error());
    IssuedServiceCertificate issued{.serial = record->serial,
                                    .certificateDer = record->der,
                                    .chainDer = {},
                                    .issuedAt = record->issuedAt,
                                    .expiresAt = record->expiresAt};
    for (const auto& certificate : m_issuer.chain)
        issued.chainDer.push_back(certificate.der());
    return issued;
}

/// Signing the same stored TBSCertificate twice is harmless, so a repeat waits for nobody.
Result<CertificateRecord> BrokerService::finish(const BrokerIntent& intent, const Caller& caller, Time now)
{
    if (intent.issuer != m_issuer.certificate.subjectText() || intent.profile != m_profile.name)
        return fail(ErrorCode::Conflict, "intent-outdated",
                    "the request was prepared for issuer '" + intent.issuer + "' and profile '" + intent.profile +
                        "', this gateway has others; begin a new one");
    auto prepared = pki::restorePrepared(intent.tbsDer, m_profile, m_issuer);
    if (!prepared) return tl::unexpected(prepared.error());
    const auto certificate = signPrepared(m_signer, std::move(*prepared), m_issuer.certificate);
    if (!certificate) return tl::unexpected(certificate.error());
    auto audit = makeAuditEvent("certificate_issued", caller, now);
    audit.serial = intent.serial;
    audit.metadata =
        issuingMetadata(m_issuer, certificate->notBefore(), certificate->notAfter(), certificate->keyAlgorithmText());
    audit.metadata.emplace("region", intent.region);
    auto record = makeCertificateRecord(*certificate, m_profile.certificateType, intent.requestedBy);
    record.request = intent.transaction;
    return m_store.complete(intent.transaction, record, audit);
}

} // namespace gateway
