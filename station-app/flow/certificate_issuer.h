#pragma once

#include <functional>
#include <memory>

#include "contract/messages.h"

namespace station {

/// What a run needs of the gateway. Errors are those of gateway::GatewayClient: `type` "gateway-unreachable" when no
/// request went out, "gateway-no-answer" when its outcome is unknown, else what the gateway said. Calls block; made,
/// used and destroyed in the thread of one run.
class CertificateIssuer
{
public:
    virtual ~CertificateIssuer() = default;

    /// What the unit's TPM is to answer before issue(). Nothing is issued or reserved by it; the same transaction, EK
    /// and AK get the same challenge.
    [[nodiscard]] virtual gateway::Result<gateway::EvidenceChallenge>
    challenge(const gateway::ChallengeRequest& request) = 0;
    /// Idempotent: the same transaction and CSR give the same certificate.
    [[nodiscard]] virtual gateway::Result<gateway::IssuedCertificate> issue(const gateway::IssueRequest& request) = 0;
    /// NotFound when the gateway has never heard of the transaction.
    [[nodiscard]] virtual gateway::Result<gateway::RequestStatus>
    findRequest(const gateway::TransactionId& transaction) = 0;
    [[nodiscard]] virtual gateway::Result<void> reportProvisioned(const gateway::ProvisionedReport& report) = 0;
    [[nodiscard]] virtual gateway::Result<void> reportRejected(const gateway::RejectedReport& report) = 0;
};

using IssuerFactory = std::function<std::unique_ptr<CertificateIssuer>()>;

} // namespace station
