#include "gateway/service_set.h"

#include <fstream>
#include <iterator>

namespace gateway {

struct ServiceSet::Parts
{
    pki::Issuer issuer;
    pki::Profile vehicleProfile;
    pki::Profile ocspProfile;
    IdentitySecrets secrets;
    store::DatabaseUrl database;
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

Result<pki::Issuer> loadIssuer(const PkiConfig& config)
{
    auto certificate = loadCertificates(config.issuerCertificate);
    if (!certificate) return tl::unexpected(certificate.error());
    auto chain = loadCertificates(config.issuerChain);
    if (!chain) return tl::unexpected(chain.error());
    if (chain->front().der() != certificate->front().der())
        return fail(ErrorCode::InvalidRequest, "pki-file",
                    config.issuerChain.string() + ": expected the certificate of " + config.issuerCertificate.string() +
                        " first, got another");
    return pki::Issuer{certificate->front(), config.issuerKey, std::move(*chain)};
}

Result<pki::Profile> takeProfile(const std::map<std::string, pki::Profile>& profiles, const std::string& name)
{
    const auto found = profiles.find(name);
    if (found == profiles.end())
        return fail(ErrorCode::InvalidRequest, "profile-unknown",
                    "there is no profile \"" + name + "\" in pki.profiles");
    return found->second;
}

http::HealthPart healthOf(std::string name, const Result<void>& checked)
{
    return {std::move(name), checked ? std::optional<Error>() : std::optional<Error>(checked.error())};
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
    auto issuer = loadIssuer(config.pki);
    if (!issuer) return tl::unexpected(issuer.error());
    auto secrets = IdentitySecrets::load(config.identitySecrets);
    if (!secrets) return tl::unexpected(secrets.error());
    auto database = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!database) return tl::unexpected(database.error());
    return std::unique_ptr<ServiceSet>(
        new ServiceSet(config, Parts{std::move(*issuer), std::move(*vehicleProfile), std::move(*ocspProfile),
                                     std::move(*secrets), std::move(*database)}));
}

ServiceSet::ServiceSet(const GatewayConfig& config, Parts&& parts)
    : m_issuer(std::move(parts.issuer)),
      m_vehicleProfile(std::move(parts.vehicleProfile)),
      m_ocspProfile(std::move(parts.ocspProfile)),
      m_secrets(std::move(parts.secrets)),
      m_clock(systemNow),
      m_database(std::move(parts.database)),
      m_signer({.endpoints = config.signer.sockets, .deadline = config.signer.deadline}),
      m_crlSource(m_database, config.crl.includeSuperseded),
      m_issuing(m_issuanceStore, m_signer, m_issuer, m_vehicleProfile, m_secrets, config.issuing, m_clock),
      m_renewal(m_issuanceStore, m_signer, m_issuer, m_vehicleProfile, m_clock),
      m_revocation(m_revocationStore, m_clock),
      m_ocsp(m_statuses, m_registry, m_signer, m_issuer, m_ocspProfile, config.responder, m_clock,
             config.ocspLifetimes),
      m_crl(m_crlSource, m_signer, m_issuer,
            {.folder = config.crl.folder, .name = "v2c", .rebuildAfter = config.crl.rebuildAfter}, m_clock)
{
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

std::vector<http::HealthPart> ServiceSet::checkHealth()
{
    // Specification note 14: nothing is issued past the issuer's own end.
    Result<void> issuer;
    if (m_clock() + m_vehicleProfile.validity > m_issuer.certificate.notAfter())
        issuer = fail(ErrorCode::PolicyViolation, "issuer-expiring", "a new certificate would outlive its issuer");
    return {healthOf("database", m_database.checkHealth()), healthOf("signer", m_signer.checkHealth()),
            healthOf("issuer", issuer)};
}

std::vector<http::HealthPart> ServiceSet::checkOcspHealth()
{
    return {healthOf("database", m_database.checkHealth()), healthOf("ocsp_signer", m_ocsp.checkHealth())};
}

std::vector<http::HealthPart> ServiceSet::checkCrlHealth()
{
    const auto current = m_crl.current();
    Result<void> published;
    if (!current)
        published = fail(ErrorCode::StoreUnavailable, "crl-not-published", "no list has been published yet");
    else if (m_clock() >= current->nextUpdate)
        published = fail(ErrorCode::StoreUnavailable, "crl-expired", "the published list is past its nextUpdate");
    return {healthOf("crl", published)};
}

Result<std::optional<http::CertificateStanding>> ServiceSet::findCertificate(ByteView certificateDer)
{
    const auto certificate = pki::Certificate::parseDer(certificateDer);
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
    const auto found = m_tokens.authenticate(token);
    if (!found) return tl::unexpected(found.error());
    if (!*found) return std::optional<http::TokenGrant>();
    return std::optional(http::TokenGrant{(*found)->name, {(*found)->scopes.begin(), (*found)->scopes.end()}});
}

} // namespace gateway
