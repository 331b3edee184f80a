#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "contract/audit_export.h"
#include "contract/broker_messages.h"
#include "contract/certificate_search.h"
#include "contract/messages.h"
#include "contract/secret_bytes.h"

namespace gateway::http {

/// One thing that the gateway depends on, and what is wrong with it.
struct HealthPart
{
    std::string name; ///< "database", "signer", "issuer", an issuing CA's key label
    std::optional<Error> fault;
    /// Only for one of several issuing CAs, whose fault another one makes up for: whether it signs at the moment.
    std::optional<bool> isInUse = std::nullopt;
    /// Its fault stops a part of the work only, as the vault's stops issuing and not revoking.
    bool isPartial = false;
    std::string notice = {}; ///< what will become a fault, e.g. "expiring"
};

/// What the API's routes do, implemented over the services in the program. Called from several threads; each call may
/// block. HsmUnavailable and StoreUnavailable while something is not up yet.
class GatewayServices
{
public:
    virtual ~GatewayServices() = default;

    [[nodiscard]] virtual Result<EvidenceChallenge> challenge(const ChallengeRequest& request,
                                                              const Caller& caller) = 0;
    [[nodiscard]] virtual Result<IssuedCertificate> issue(const IssueRequest& request, const Caller& caller) = 0;
    [[nodiscard]] virtual Result<RequestStatus> findRequest(const TransactionId& transaction) = 0;
    [[nodiscard]] virtual Result<void> recordProvisioned(const ProvisionedReport& report, const Caller& caller) = 0;
    [[nodiscard]] virtual Result<Revocation> recordRejected(const RejectedReport& report, const Caller& caller) = 0;
    [[nodiscard]] virtual Result<IssuedCertificate> renew(const RenewRequest& request, const Caller& caller) = 0;
    [[nodiscard]] virtual Result<void> recordRenewFailure(const RenewFailureReport& report, const Caller& caller) = 0;
    [[nodiscard]] virtual Result<Revocation> revoke(const RevokeRequest& request, const Caller& caller) = 0;
    [[nodiscard]] virtual Result<IssuedServiceCertificate> issueBroker(const BrokerRequest& request,
                                                                       const Caller& caller) = 0;
    [[nodiscard]] virtual Result<CertificatePage> search(const CertificateQuery& query) = 0;
    [[nodiscard]] virtual Result<CertificateDetails> findCertificate(const CertificateReference& reference) = 0;
    [[nodiscard]] virtual Result<AuditArchive> exportAudit(const AuditExportQuery& query) = 0;
    [[nodiscard]] virtual std::vector<HealthPart> checkHealth() = 0;
};

/// What the database knows of a client certificate.
struct CertificateStanding
{
    std::string type;   ///< certificates.type: "station", "vehicle", ...
    std::string status; ///< certificates.status: "ACTIVE", "REVOKED", ...
};

/// Whose token it is and what it allows.
struct TokenGrant
{
    std::string name;
    std::set<std::string> scopes; ///< of kTokenScopes
};

/// Finds who stands behind a credential. Thread-safe.
class CallerDirectory
{
public:
    virtual ~CallerDirectory() = default;

    /// @param certificateDer  as proved in the TLS handshake; found by issuer and serial
    /// @return nothing for a certificate that was never registered; StoreUnavailable
    [[nodiscard]] virtual Result<std::optional<CertificateStanding>> findCertificate(ByteView certificateDer) = 0;

    /// @return nothing for an unknown, expired or withdrawn one; StoreUnavailable
    [[nodiscard]] virtual Result<std::optional<TokenGrant>> findToken(const SecretBytes& token) = 0;
};

} // namespace gateway::http
