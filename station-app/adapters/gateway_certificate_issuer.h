#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/gateway_client.h"
#include "flow/certificate_issuer.h"

namespace station {

/// What signs for the line at this moment.
struct GatewayStanding
{
    std::string url;                ///< the gateway that answered
    bool isBackupGateway = false;   ///< not the first of the configuration
    bool isBackupAuthority = false; ///< it signs with another issuing CA than its first
};

/// @param health  of one gateway. Its issuing CAs are the parts that the station knows no other meaning of, in order
[[nodiscard]] bool signsWithBackup(const gateway::GatewayHealth& health);

/// The gateways of the deployment in the order of the configuration; they share one database. A gateway that cannot be
/// reached is left for the next one within the same call; one that gave no or no useful answer is left for the next
/// call, because the caller must know first that the outcome is open.
class GatewayCertificateIssuer final : public CertificateIssuer
{
public:
    using ClientFactory =
        std::function<gateway::Result<std::unique_ptr<gateway::GatewayClient>>(const std::string& url)>;

    /// @param urls  at least one
    GatewayCertificateIssuer(std::vector<std::string> urls, ClientFactory makeClient);

    [[nodiscard]] gateway::Result<gateway::EvidenceChallenge>
    challenge(const gateway::ChallengeRequest& request) override;
    [[nodiscard]] gateway::Result<gateway::IssuedCertificate> issue(const gateway::IssueRequest& request) override;
    [[nodiscard]] gateway::Result<gateway::RequestStatus>
    findRequest(const gateway::TransactionId& transaction) override;
    [[nodiscard]] gateway::Result<void> reportProvisioned(const gateway::ProvisionedReport& report) override;
    [[nodiscard]] gateway::Result<void> reportRejected(const gateway::RejectedReport& report) override;
    [[nodiscard]] gateway::Result<GatewayStanding> checkHealth();

private:
    gateway::Result<gateway::GatewayClient*> current();
    void turnToNext();
    template <typename T>
    gateway::Result<T> ask(const std::function<gateway::Result<T>(gateway::GatewayClient&)>& question);

    std::vector<std::string> m_urls;
    ClientFactory m_makeClient;
    std::vector<std::unique_ptr<gateway::GatewayClient>> m_clients;
    std::size_t m_current = 0;
};

} // namespace station
