#pragma once

#include <memory>

#include "crl/ca_lists.h"
#include "crl/crl_service.h"
#include "events/revocation_mirror.h"
#include "gateway/gateway_config.h"
#include "gateway/vault_parts.h"
#include "http/gateway_services.h"
#include "http/metrics.h"
#include "identity/vehicle_identity.h"
#include "issuance/broker_service.h"
#include "issuance/issuing_service.h"
#include "keys/signer_client.h"
#include "ocsp/live_status_source.h"
#include "ocsp/ocsp_responder.h"
#include "renewal/renewal_service.h"
#include "revocation/revocation_service.h"
#include "store/audit_journal.h"
#include "store/audit_ledger.h"
#include "store/audit_retention.h"
#include "store/certificate_registry.h"
#include "store/certificate_search.h"
#include "store/postgres_broker_store.h"
#include "store/postgres_crl_source.h"
#include "store/postgres_issuance_store.h"
#include "store/postgres_revocation_store.h"
#include "store/postgres_status_source.h"
#include "store/token_store.h"

namespace gateway {

/// Everything behind the listeners, built from the configuration. Neither database nor signer need be up: what needs
/// them answers StoreUnavailable or HsmUnavailable until they are.
class ServiceSet final : public http::GatewayServices, public http::CallerDirectory
{
public:
    /// @return the fault of the configuration's files: profiles, issuer, chain, secrets, evidence bundle, database URL;
    /// PolicyViolation "profile-exceeds-ca" when a profile and its CA do not fit
    [[nodiscard]] static Result<std::unique_ptr<ServiceSet>> make(const GatewayConfig& config);

    Result<EvidenceChallenge> challenge(const ChallengeRequest& request, const Caller& caller) override;
    Result<IssuedCertificate> issue(const IssueRequest& request, const Caller& caller) override;
    Result<RequestStatus> findRequest(const TransactionId& transaction) override;
    Result<void> recordProvisioned(const ProvisionedReport& report, const Caller& caller) override;
    Result<Revocation> recordRejected(const RejectedReport& report, const Caller& caller) override;
    Result<IssuedCertificate> renew(const RenewRequest& request, const Caller& caller) override;
    Result<void> recordRenewFailure(const RenewFailureReport& report, const Caller& caller) override;
    Result<Revocation> revoke(const RevokeRequest& request, const Caller& caller) override;
    Result<IssuedServiceCertificate> issueBroker(const BrokerRequest& request, const Caller& caller) override;
    Result<CertificatePage> search(const CertificateQuery& query) override;
    Result<CertificateDetails> findCertificate(const CertificateReference& reference) override;
    Result<AuditArchive> exportAudit(const AuditExportQuery& query) override;
    std::vector<http::HealthPart> checkHealth() override;

    Result<std::optional<http::CertificateStanding>> findCertificate(ByteView certificateDer) override;
    Result<std::optional<http::TokenGrant>> findToken(const SecretBytes& token) override;

    [[nodiscard]] IssuerSet& issuers() { return m_issuers; }
    [[nodiscard]] const evidence::EvidenceService& evidence() const { return *m_evidence; }
    [[nodiscard]] store::AuditRetention& retention() { return m_retention; }
    /// One for each issuing CA, in the order of issuers().
    [[nodiscard]] const std::vector<std::unique_ptr<OcspService>>& ocsp() { return m_ocsp; }
    [[nodiscard]] const std::vector<std::unique_ptr<CrlService>>& crl() { return m_crl; }
    /// Of all issuing CAs; needs revocations().start().
    [[nodiscard]] OcspResponder& ocspResponder() { return *m_ocspResponder; }
    [[nodiscard]] RevocationService& revocation() { return m_revocation; }
    [[nodiscard]] RevocationMirror& revocations() { return m_revocations; }
    /// Seals what has been committed. @return whether there was something; false without audit in the configuration
    [[nodiscard]] Result<bool> sealAudit(http::Metrics& metrics);
    /// Rows that belong to no other transaction.
    [[nodiscard]] Result<void> appendAudit(const std::vector<AuditEvent>& events) { return m_journal.append(events); }
    [[nodiscard]] std::vector<http::HealthPart> checkOcspHealth();
    [[nodiscard]] std::vector<http::HealthPart> checkCrlHealth();
    /// The lists that the issuing CAs' certificates, and those above them, name.
    [[nodiscard]] std::vector<CaListState> caLists() const { return inspectCaLists(m_crlFolder, m_caLists, m_clock()); }

private:
    struct Parts;
    ServiceSet(const GatewayConfig& config, Parts&& parts);

    pki::Profile m_vehicleProfile;
    pki::Profile m_ocspProfile;
    IdentitySecrets m_secrets;
    Clock m_clock;
    store::Database m_database;
    std::vector<std::unique_ptr<SignerClient>> m_issuingSigners; ///< give up soon, for another CA to take over
    std::vector<std::unique_ptr<SignerClient>> m_signers;        ///< for what no other CA can sign
    std::unique_ptr<evidence::EvidenceService> m_evidence;
    IssuerSet m_issuers;
    store::PostgresIssuanceStore m_issuanceStore{m_database};
    store::PostgresRevocationStore m_revocationStore{m_database};
    store::PostgresStatusSource m_statuses{m_database};
    store::CertificateRegistry m_registry{m_database};
    store::PostgresBrokerStore m_brokerStore{m_database};
    store::CertificateSearch m_search{m_database, m_clock};
    store::TokenStore m_tokens{m_database};
    store::AuditJournal m_journal{m_database};
    store::AuditRetention m_retention;
    store::PostgresCrlSource m_crlSource;
    std::unique_ptr<VaultParts> m_vault; ///< null when none is configured
    IssuingService m_issuing;
    RenewalService m_renewal;
    RevocationService m_revocation;
    std::unique_ptr<SignerClient> m_brokerSigner;
    std::unique_ptr<BrokerService> m_brokers; ///< null when the configuration has none
    RevocationMirror m_revocations;
    LiveStatusSource m_liveStatuses;
    std::vector<std::unique_ptr<OcspService>> m_ocsp;
    std::unique_ptr<OcspResponder> m_ocspResponder;
    std::vector<std::unique_ptr<CrlService>> m_crl;
    std::filesystem::path m_crlFolder;
    std::vector<std::string> m_caLists;
    std::unique_ptr<SignerClient> m_auditSigner;
    std::optional<AuditConfig> m_auditConfig;
    std::unique_ptr<store::AuditLedger> m_audit; ///< null without audit in the configuration
};

/// The time of the system, in whole seconds.
[[nodiscard]] Time systemNow();

} // namespace gateway
