#include "adapters/gateway_certificate_issuer.h"

namespace station {
namespace {

constexpr auto kUnreachable = "gateway-unreachable";

bool isTrouble(const gateway::Error& error)
{
    return error.code == gateway::ErrorCode::OutcomeUnknown || error.code == gateway::ErrorCode::HsmUnavailable ||
           error.code == gateway::ErrorCode::StoreUnavailable || error.code == gateway::ErrorCode::Internal;
}

} // namespace

GatewayCertificateIssuer::GatewayCertificateIssuer(std::vector<std::string> urls, ClientFactory makeClient)
    : m_urls(std::move(urls)), m_makeClient(std::move(makeClient)), m_clients(m_urls.size())
{
}

gateway::Result<gateway::GatewayClient*> GatewayCertificateIssuer::current()
{
    auto& client = m_clients.at(m_current);
    if (!client) {
        auto made = m_makeClient(m_urls.at(m_current));
        // Nothing went out: whatever it is, it says nothing about the request.
        if (!made)
            return gateway::fail(gateway::ErrorCode::StoreUnavailable, kUnreachable,
                                 m_urls.at(m_current) + ": " + made.error().detail);
        client = std::move(*made);
    }
    return client.get();
}

void GatewayCertificateIssuer::turnToNext()
{
    m_current = (m_current + 1) % m_urls.size();
}

template <typename T>
gateway::Result<T>
GatewayCertificateIssuer::ask(const std::function<gateway::Result<T>(gateway::GatewayClient&)>& question)
{
    gateway::Result<T> answer = gateway::fail(gateway::ErrorCode::StoreUnavailable, kUnreachable, "no gateway");
    for (std::size_t tried = 0; tried < m_urls.size(); ++tried) {
        const auto client = current();
        answer = client ? question(**client) : gateway::Result<T>(tl::unexpected(client.error()));
        if (answer) return answer;
        if (isTrouble(answer.error())) turnToNext();
        if (answer.error().type != kUnreachable) return answer;
    }
    return answer;
}

gateway::Result<gateway::EvidenceChallenge>
GatewayCertificateIssuer::challenge(const gateway::ChallengeRequest& request)
{
    return ask<gateway::EvidenceChallenge>([&](gateway::GatewayClient& client) { return client.challenge(request); });
}

gateway::Result<gateway::IssuedCertificate> GatewayCertificateIssuer::issue(const gateway::IssueRequest& request)
{
    return ask<gateway::IssuedCertificate>([&](gateway::GatewayClient& client) { return client.issue(request); });
}

gateway::Result<gateway::RequestStatus> GatewayCertificateIssuer::findRequest(const gateway::TransactionId& transaction)
{
    return ask<gateway::RequestStatus>([&](gateway::GatewayClient& client) { return client.findRequest(transaction); });
}

gateway::Result<void> GatewayCertificateIssuer::reportProvisioned(const gateway::ProvisionedReport& report)
{
    return ask<void>([&](gateway::GatewayClient& client) { return client.reportProvisioned(report); });
}

gateway::Result<void> GatewayCertificateIssuer::reportRejected(const gateway::RejectedReport& report)
{
    return ask<void>([&](gateway::GatewayClient& client) -> gateway::Result<void> {
        const auto revoked = client.reportRejected(report);
        if (!revoked) return tl::unexpected(revoked.error());
        return {};
    });
}

gateway::Result<GatewayStanding> GatewayCertificateIssuer::checkHealth()
{
    const auto health =
        ask<gateway::GatewayHealth>([](gateway::GatewayClient& client) { return client.checkHealth(); });
    if (!health) return tl::unexpected(health.error());
    return GatewayStanding{m_urls.at(m_current), m_current != 0, signsWithBackup(*health)};
}

bool signsWithBackup(const gateway::GatewayHealth& health)
{
    bool isFirst = true;
    for (const auto& [part, state] : health.parts) {
        const bool isOther = part == "database" || part == "signer" || part == "issuer" || part == "vin_vault" ||
                             part == "evidence_bundle";
        if (isOther) continue;
        if (state == "in use") return !isFirst;
        isFirst = false;
    }
    return false;
}

} // namespace station
