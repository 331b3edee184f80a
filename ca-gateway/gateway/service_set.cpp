#include "gateway/service_set.h"

#include <fstream>
#include <iterator>
#include <set>

#include <spdlog/spdlog.h>

#include "gateway/audit_commands.h"
#include "pki/profile_binding.h"
#include "pki/public_key.h"
#include "store/audit_export.h"

namespace gateway {

struct ServiceSet::Parts
{
    std::vector<pki::Issuer> issuers;
    pki::Profile vehicleProfile;
    pki::Profile ocspProfile;
    IdentitySecrets secrets;
    store::DatabaseUrl database;
    std::unique_ptr<VaultParts> vault;
    IssuingLimits issuing;
    pki::WeakKeys weakKeys;
    std::unique_ptr<evidence::EvidenceService> evidence;
};

namespace {

Result<std::vector<pki::Certificate>> loadCertificates(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::InvalidRequest, "pki-file", "cannot read " + file.string());
    const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    auto certificates = pki::parsePemBundle(pem);
    if (!certificates)
        return fail(ErrorCode::InvalidRequest, "pki-file", file.string() + ": " + certificates.error().detail);
    if (certificates->empty())
        return fail(ErrorCode::InvalidRequest, "pki-file", file.string() + ": expected a certificate, got none");
    return certificates;
}

Result<pki::Issuer> loadIssuer(const IssuerConfig& config)
{
    auto certificate = loadCertificates(config.certificate);
    if (!certificate) return tl::unexpected(certificate.error());
    auto chain = loadCertificates(config.chain);
    if (!chain) return tl::unexpected(chain.error());
    if (chain->front().der() != certificate->front().der())
        return fail(ErrorCode::InvalidRequest, "pki-file",
                    config.chain.string() + ": expected the certificate of " + config.certificate.string() +
                        " first, got another");
    return pki::Issuer{certificate->front(), config.key, std::move(*chain)};
}

Result<std::vector<pki::Issuer>> loadIssuers(const PkiConfig& config)
{
    std::vector<pki::Issuer> issuers;
    std::set<std::string> names;
    for (const auto& entry : config.issuers) {
        auto issuer = loadIssuer(entry);
        if (!issuer) return tl::unexpected(issuer.error());
        // Certificates, burned serials and lists are kept by the issuer's name.
        if (!names.insert(issuer->certificate.subjectText()).second)
            return fail(ErrorCode::InvalidRequest, "pki-file",
                        entry.certificate.string() + ": expected a CA with a name of its own, got a second '" +
                            issuer->certificate.subjectText() + "'");
        issuers.push_back(std::move(*issuer));
    }
    return issuers;
}

std::vector<std::unique_ptr<SignerClient>> makeSigners(const PkiConfig& config, std::chrono::milliseconds deadline)
{
    std::vector<std::unique_ptr<SignerClient>> signers;
    for (const auto& issuer : config.issuers)
        signers.push_back(
            std::make_unique<SignerClient>(SignerClient::Options{.endpoints = issuer.sockets, .deadline = deadline}));
    return signers;
}

std::vector<IssuingCa> joinAuthorities(const std::vector<pki::Issuer>& issuers,
                                       const std::vector<std::unique_ptr<SignerClient>>& signers)
{
    std::vector<IssuingCa> authorities;
    for (std::size_t i = 0; i < issuers.size(); ++i)
        authorities.push_back({issuers[i], *signers[i]});
    return authorities;
}

Result<std::unique_ptr<evidence::EvidenceService>> loadEvidence(const EvidenceConfig& config)
{
    auto key = evidence::EvidenceKey::load(config.keyFile);
    if (!key) return tl::unexpected(key.error());
    const auto root = loadCertificates(config.root);
    if (!root) return tl::unexpected(root.error());
    return evidence::EvidenceService::make(config.settings, std::move(*key), root->front(), systemNow);
}

Result<pki::Profile> takeProfile(const std::map<std::string, pki::Profile>& profiles, const std::string& name)
{
    const auto found = profiles.find(name);
    if (found == profiles.end())
        return fail(ErrorCode::InvalidRequest, "profile-unknown",
                    "there is no profile \"" + name + "\" in pki.profiles");
    return found->second;
}

/// A profile that exceeds what its CA may do would fail at each request; it is refused when the gateway starts.
Result<void> checkBinding(const pki::Profile& profile, const pki::Issuer& issuer)
{
    std::vector<pki::Authority> path;
    for (const auto& certificate : issuer.chain)
        path.push_back(pki::authorityOf(certificate));
    return pki::checkBinding(profile, path);
}

Result<IssuingLimits> loadIssuingLimits(const GatewayConfig& config)
{
    auto limits = config.issuing;
    if (config.overrides.technicianIssuer.empty()) return limits;
    auto issuer = loadCertificates(config.overrides.technicianIssuer);
    if (!issuer) return tl::unexpected(issuer.error());
    limits.overrides = {.technicianIssuer = issuer->front(), .signers = config.overrides.signers};
    return limits;
}

http::HealthPart healthOf(std::string name, const Result<void>& checked)
{
    return {std::move(name), checked ? std::optional<Error>() : std::optional<Error>(checked.error())};
}

/// Stations ask again and again with the same certificate, and decoding its key takes OpenSSL longer than the database
/// takes to find it.
Result<pki::Certificate> parseCaller(ByteView der)
{
    constexpr std::size_t kMostKnown = 64;
    thread_local std::map<Bytes, pki::Certificate> known;
    Bytes key(der.begin(), der.end());
    if (const auto found = known.find(key); found != known.end()) return found->second;
    auto certificate = pki::Certificate::parseDer(der);
    if (!certificate) return certificate;
    if (known.size() >= kMostKnown) known.clear();
    known.emplace(std::move(key), *certificate);
    return certificate;
}

} // namespace

Time systemNow()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<std::unique_ptr<ServiceSet>> ServiceSet::make(const GatewayConfig& config)
{
    const auto profiles = pki::loadProfiles(config.pki.profiles);
    if (!profiles) return tl::unexpected(profiles.error());
    auto vehicleProfile = takeProfile(*profiles, config.pki.vehicleProfile);
    if (!vehicleProfile) return tl::unexpected(vehicleProfile.error());
    auto ocspProfile = takeProfile(*profiles, config.pki.ocspProfile);
    if (!ocspProfile) return tl::unexpected(ocspProfile.error());
    auto issuers = loadIssuers(config.pki);
    if (!issuers) return tl::unexpected(issuers.error());
    for (const auto& issuer : *issuers)
        for (const auto* profile : {&*vehicleProfile, &*ocspProfile})
            if (const auto bound = checkBinding(*profile, issuer); !bound) return tl::unexpected(bound.error());
    auto secrets = IdentitySecrets::load(config.identitySecrets);
    if (!secrets) return tl::unexpected(secrets.error());
    auto evidenceService = loadEvidence(config.evidence);
    if (!evidenceService) return tl::unexpected(evidenceService.error());
    auto database = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!database) return tl::unexpected(database.error());
    std::unique_ptr<VaultParts> vault;
    if (config.vault) {
        auto made = VaultParts::make(*config.vault, *secrets,
                                     config.vault->settings.wrappingKeys.size() > 1 ? config.signing.takeover
                                                                                    : config.signing.deadline,
                                     systemNow);
        if (!made) return tl::unexpected(made.error());
        vault = std::move(*made);
    }
    auto issuing = loadIssuingLimits(config);
    if (!issuing) return tl::unexpected(issuing.error());
    auto weakKeys = config.pki.weakKeys.empty() ? Result<pki::WeakKeys>() : pki::WeakKeys::load(config.pki.weakKeys);
    if (!weakKeys) return tl::unexpected(weakKeys.error());
    std::optional<pki::Issuer> brokerIssuer;
    std::optional<pki::Profile> brokerProfile;
    if (config.brokers) {
        auto issuer = loadIssuer(config.brokers->issuer);
        if (!issuer) return tl::unexpected(issuer.error());
        auto profile = takeProfile(*profiles, config.brokers->profile);
        if (!profile) return tl::unexpected(profile.error());
        if (const auto bound = checkBinding(*profile, *issuer); !bound) return tl::unexpected(bound.error());
        brokerIssuer = std::move(*issuer);
        brokerProfile = std::move(*profile);
    }
    auto set = std::unique_ptr<ServiceSet>(
        new ServiceSet(config, Parts{std::move(*issuers), std::move(*vehicleProfile), std::move(*ocspProfile),
                                     std::move(*secrets), std::move(*database), std::move(vault), std::move(*issuing),
                                     std::move(*weakKeys), std::move(*evidenceService)}));
    if (brokerIssuer) {
        set->m_brokerSigner = std::make_unique<SignerClient>(
            SignerClient::Options{.endpoints = config.brokers->issuer.sockets, .deadline = config.signing.deadline});
        set->m_brokers = std::make_unique<BrokerService>(
            set->m_brokerStore, *set->m_brokerSigner, std::move(*brokerIssuer), std::move(*brokerProfile),
            config.brokers->regions, config.issuing.perIssuerAndHour, set->m_clock);
    }
    return set;
}

ServiceSet::ServiceSet(const GatewayConfig& config, Parts&& parts)
    : m_vehicleProfile(std::move(parts.vehicleProfile)),
      m_ocspProfile(std::move(parts.ocspProfile)),
      m_secrets(std::move(parts.secrets)),
      m_clock(systemNow),
      m_database(std::move(parts.database)),
      // Without another CA there is nobody to give up for.
      m_issuingSigners(
          makeSigners(config.pki, parts.issuers.size() > 1 ? config.signing.takeover : config.signing.deadline)),
      m_signers(makeSigners(config.pki, config.signing.deadline)),
      m_evidence(std::move(parts.evidence)),
      m_issuers(joinAuthorities(parts.issuers, m_issuingSigners)),
      m_retention(m_database, config.retention, m_clock),
      m_crlSource(m_database, config.crl.includeSuperseded),
      m_vault(std::move(parts.vault)),
      m_issuing(m_issuanceStore, m_issuers, m_vehicleProfile, m_secrets, *m_evidence, std::move(parts.issuing), m_clock,
                m_vault ? &m_vault->vault() : nullptr, parts.weakKeys),
      m_renewal(m_issuanceStore, m_issuers, m_vehicleProfile, m_clock, std::move(parts.weakKeys)),
      m_revocation(m_revocationStore, m_clock),
      m_revocations({.url = config.database.gatewayUrl, .consumer = "ocsp:" + config.responder}, m_clock,
                    spdlog::default_logger()),
      m_liveStatuses(m_revocations.set(), m_statuses, std::max(1, config.limits.workers / 2))
{
    if (config.audit) {
        m_auditConfig = config.audit;
        m_auditSigner = std::make_unique<SignerClient>(
            SignerClient::Options{.endpoints = config.audit->sockets, .deadline = config.signing.deadline});
        m_audit = std::make_unique<store::AuditLedger>(m_database, *m_auditSigner, config.audit->origin,
                                                       config.audit->key, m_clock);
    }
    for (std::size_t i = 0; i < m_signers.size(); ++i) {
        const auto& issuer = m_issuers.authorities()[i].issuer;
        m_ocsp.push_back(std::make_unique<OcspService>(m_liveStatuses, m_registry, *m_signers[i], issuer, m_ocspProfile,
                                                       config.responder, m_clock, config.ocspLifetimes));
        m_crl.push_back(std::make_unique<CrlService>(m_crlSource, *m_signers[i], issuer,
                                                     CrlSettings{.folder = config.crl.folder,
                                                                 .name = config.pki.issuers[i].crlName,
                                                                 .rebuildAfter = config.crl.rebuildAfter},
                                                     m_clock));
    }
    m_crlFolder = config.crl.folder;
    std::vector<pki::Certificate> authorities;
    for (const auto& authority : m_issuers.authorities())
        authorities.insert(authorities.end(), authority.issuer.chain.begin(), authority.issuer.chain.end());
    m_caLists = namedLists(authorities);
    std::vector<OcspService*> responders;
    for (const auto& service : m_ocsp)
        responders.push_back(service.get());
    m_ocspResponder = std::make_unique<OcspResponder>(
        std::move(responders), m_revocations.set(), [this] { return m_revocations.age(); }, m_clock, config.ocspLimits);
}

Result<bool> ServiceSet::sealAudit(http::Metrics& metrics)
{
    if (!m_audit) return false;
    const auto sealed = m_audit->seal();
    if (!sealed) return tl::unexpected(sealed.error());
    const auto standing = m_audit->standing();
    if (!standing) return tl::unexpected(standing.error());
    metrics.setAudit(standing->size, standing->unsealed);
    return sealed->rows > 0;
}

Result<AuditArchive> ServiceSet::exportAudit(const AuditExportQuery& query)
{
    if (!m_audit) return fail(ErrorCode::NotFound, "audit-not-sealed", "this deployment does not seal its audit");
    auto certificates = loadAuditChain(*m_auditConfig);
    if (!certificates) return tl::unexpected(certificates.error());
    return store::makeAuditArchive(*m_audit, std::move(*certificates), query);
}

Result<EvidenceChallenge> ServiceSet::challenge(const ChallengeRequest& request, const Caller& caller)
{
    auto challenge = m_evidence->challenge(request);
    // As with issuing: what is wrong on our side says nothing about the unit, and a refusal that cannot be recorded is
    // not told as one. Whose unit it is nobody has said yet; the transaction is what a later request would have.
    if (challenge || challenge.error().code == ErrorCode::StoreUnavailable) return challenge;
    auto audit = makeAuditEvent("certificate_refused", caller, m_clock(), "failure");
    audit.metadata = {{"cause", challenge.error().type},
                      {"detail", sanitizeFreeText(challenge.error().detail)},
                      {"step", "challenge"},
                      {"transaction", request.transaction.text()},
                      {"ek_certificate_sha256", toLowerHex(pki::sha256(request.ekCertificateDer))}};
    if (const auto stored = m_issuanceStore.appendAudit(audit); !stored) return tl::unexpected(stored.error());
    return challenge;
}

Result<IssuedCertificate> ServiceSet::issue(const IssueRequest& request, const Caller& caller)
{
    return m_issuing.issue(request, caller);
}

Result<RequestStatus> ServiceSet::findRequest(const TransactionId& transaction)
{
    return m_issuing.findRequest(transaction);
}

Result<void> ServiceSet::recordProvisioned(const ProvisionedReport& report, const Caller& caller)
{
    return m_issuing.recordProvisioned(report, caller);
}

Result<Revocation> ServiceSet::recordRejected(const RejectedReport& report, const Caller& caller)
{
    return m_issuing.recordRejected(report, caller);
}

Result<IssuedCertificate> ServiceSet::renew(const RenewRequest& request, const Caller& caller)
{
    return m_renewal.renew(request, caller);
}

Result<void> ServiceSet::recordRenewFailure(const RenewFailureReport& report, const Caller& caller)
{
    return m_renewal.recordFailure(report, caller);
}

Result<Revocation> ServiceSet::revoke(const RevokeRequest& request, const Caller& caller)
{
    return m_revocation.revoke(request, caller);
}

Result<IssuedServiceCertificate> ServiceSet::issueBroker(const BrokerRequest& request, const Caller& caller)
{
    if (!m_brokers)
        return fail(ErrorCode::NotFound, "brokers-not-configured", "this gateway issues no certificates for brokers");
    return m_brokers->issue(request, caller);
}

Result<CertificatePage> ServiceSet::search(const CertificateQuery& query)
{
    return m_search.search(query);
}

Result<CertificateDetails> ServiceSet::findCertificate(const CertificateReference& reference)
{
    return m_search.find(reference);
}

std::vector<http::HealthPart> ServiceSet::checkHealth()
{
    // Specification note 14: nothing is issued past the issuer's own end.
    Result<void> issuer;
    std::optional<Error> signer;
    std::vector<http::HealthPart> authorities;
    bool canSign = false;
    const auto standings = m_issuers.standings();
    for (std::size_t i = 0; i < standings.size(); ++i) {
        const auto& standing = standings[i];
        if (standing.isInUse &&
            m_clock() + m_vehicleProfile.validity > m_issuers.authorities()[i].issuer.certificate.notAfter())
            issuer = fail(ErrorCode::PolicyViolation, "issuer-expiring", "a new certificate would outlive its issuer");
        canSign = canSign || !standing.fault;
        if (!signer) signer = standing.fault;
        authorities.push_back({standing.keyLabel, standing.fault, standing.isInUse});
    }
    std::vector<http::HealthPart> parts{healthOf("database", m_database.checkHealth()),
                                        {"signer", canSign ? std::nullopt : signer},
                                        healthOf("issuer", issuer)};
    if (m_vault) {
        parts.push_back(healthOf("vin_vault", m_vault->checkHealth()));
        parts.back().isPartial = true;
    }
    const auto bundle = m_evidence->checkBundle();
    parts.push_back({"evidence_bundle", bundle.fault, std::nullopt, true, bundle.isExpiring ? "expiring" : ""});
    parts.insert(parts.end(), authorities.begin(), authorities.end());
    return parts;
}

std::vector<http::HealthPart> ServiceSet::checkOcspHealth()
{
    std::vector<http::HealthPart> parts{healthOf("revocations", m_revocations.checkHealth())};
    for (std::size_t i = 0; i < m_ocsp.size(); ++i)
        parts.push_back(healthOf(i == 0 ? "ocsp_signer" : "ocsp_signer_backup", m_ocsp[i]->checkHealth()));
    return parts;
}

std::vector<http::HealthPart> ServiceSet::checkCrlHealth()
{
    std::vector<http::HealthPart> parts;
    for (std::size_t i = 0; i < m_crl.size(); ++i) {
        const auto current = m_crl[i]->current();
        Result<void> published;
        if (!current)
            published = fail(ErrorCode::StoreUnavailable, "crl-not-published", "no list has been published yet");
        else if (m_clock() >= current->nextUpdate)
            published = fail(ErrorCode::StoreUnavailable, "crl-expired", "the published list is past its nextUpdate");
        parts.push_back(healthOf(i == 0 ? "crl" : "crl_backup", published));
    }
    for (const auto& list : caLists()) // without them issuing CAs cannot be checked; vehicles still can
        parts.push_back({list.name + ".crl", list.fault, std::nullopt, true, list.isExpiring ? "expiring" : ""});
    return parts;
}

Result<std::optional<http::CertificateStanding>> ServiceSet::findCertificate(ByteView certificateDer)
{
    const auto certificate = parseCaller(certificateDer);
    if (!certificate) return tl::unexpected(certificate.error());
    const auto record = m_registry.find(*certificate);
    if (!record) return tl::unexpected(record.error());
    if (!*record) return std::optional<http::CertificateStanding>();
    auto status = effectiveStatus(**record, m_clock());
    // Expiry is the router's business: an expired certificate may still renew. Here only withdrawal counts.
    if (status == CertificateStatus::Expired) status = CertificateStatus::Active;
    return std::optional(http::CertificateStanding{(*record)->type, std::string(name(status))});
}

Result<std::optional<http::TokenGrant>> ServiceSet::findToken(const SecretBytes& token)
{
    const auto found = m_tokens.authenticate(token, m_clock());
    if (!found) return tl::unexpected(found.error());
    if (!*found) return std::optional<http::TokenGrant>();
    return std::optional(http::TokenGrant{(*found)->name, {(*found)->scopes.begin(), (*found)->scopes.end()}});
}

} // namespace gateway
