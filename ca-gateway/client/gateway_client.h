#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "contract/audit_export.h"
#include "contract/messages.h"

using EVP_PKEY = struct evp_pkey_st;

namespace gateway {

struct ClientSettings
{
    std::string url; ///< "https://host:port", nothing behind it
    std::filesystem::path rootCertificate;
    std::chrono::milliseconds connectTimeout{3000};
    std::chrono::milliseconds requestTimeout{10000}; ///< from the first byte sent to the last one read
};

/// Client certificate and key from PEM files; the chain may follow the leaf in the same file.
struct FileCredential
{
    std::filesystem::path certificateChain;
    std::filesystem::path key;
};

/// Client certificate as PEM (leaf, then its issuers) and a key that may live in a TPM. The key must outlive the
/// client.
struct KeyCredential
{
    std::string certificateChainPem;
    EVP_PKEY* key = nullptr;
};

/// What GET /health says of a gateway that can work.
struct GatewayHealth
{
    std::string status; ///< "ok" or "degraded"
    /// Parts in the gateway's order, e.g. {"database", "ok"}; an issuing CA is "in use", "standby" or its fault.
    std::vector<std::pair<std::string, std::string>> parts;
};

/// The gateway's API over mutual TLS 1.2 or 1.3; one connection, kept alive, opened again when lost. Calls block; not
/// thread-safe. Errors: those of the problem document; StoreUnavailable-like transport trouble is
/// ErrorCode::OutcomeUnknown once a request has been sent ("gateway-no-answer") and ErrorCode::HsmUnavailable never
/// comes from here unless the gateway said so; a connection that was refused or could not be made is
/// ErrorCode::StoreUnavailable with type "gateway-unreachable".
class GatewayClient
{
public:
    virtual ~GatewayClient() = default;

    /// What the unit's TPM is to answer before issue(); docs/evidence.md.
    [[nodiscard]] virtual Result<EvidenceChallenge> challenge(const ChallengeRequest& request) = 0;
    [[nodiscard]] virtual Result<IssuedCertificate> issue(const IssueRequest& request) = 0;
    [[nodiscard]] virtual Result<RequestStatus> findRequest(const TransactionId& transaction) = 0;
    [[nodiscard]] virtual Result<void> reportProvisioned(const ProvisionedReport& report) = 0;
    [[nodiscard]] virtual Result<Revocation> reportRejected(const RejectedReport& report) = 0;
    [[nodiscard]] virtual Result<IssuedCertificate> renew(const RenewRequest& request) = 0;
    [[nodiscard]] virtual Result<void> reportRenewFailure(const RenewFailureReport& report) = 0;
    [[nodiscard]] virtual Result<GatewayHealth> checkHealth() = 0;
    /// A signed export of the audit as a tar archive, at most 50,000 rows; docs/audit.md. Takes longer than the other
    /// requests: give the client the time.
    /// @param token  of scope "audit"; empty: the client certificate has to be an administrator's
    [[nodiscard]] virtual Result<std::string> exportAudit(const AuditExportQuery& query, const std::string& token) = 0;
};

[[nodiscard]] Result<std::unique_ptr<GatewayClient>> makeGatewayClient(const ClientSettings& settings,
                                                                       const FileCredential& credential);
[[nodiscard]] Result<std::unique_ptr<GatewayClient>> makeGatewayClient(const ClientSettings& settings,
                                                                       const KeyCredential& credential);

} // namespace gateway
