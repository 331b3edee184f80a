#include "reference-tcu/renewal.h"

#include <algorithm>
#include <utility>

namespace tcu {

namespace {

using Kind = RenewalOutcome::Kind;

RenewalOutcome with(RenewalOutcome outcome, Kind kind, std::string detail)
{
    outcome.kind = kind;
    outcome.detail = std::move(detail);
    return outcome;
}

RenewalOutcome with(RenewalOutcome outcome, const UnitRefusal& refusal)
{
    return with(std::move(outcome), refusal.nrc == nrc::kBusyRepeatRequest ? Kind::TryLater : Kind::Failed,
                refusal.detail);
}

/// Whether the gateway has decided, so that the same request gets the same answer.
bool isFinal(gateway::ErrorCode code)
{
    switch (code) {
    case gateway::ErrorCode::InvalidRequest:
    case gateway::ErrorCode::Unauthorized:
    case gateway::ErrorCode::Forbidden:
    case gateway::ErrorCode::NotFound:
    case gateway::ErrorCode::Conflict:
    case gateway::ErrorCode::PolicyViolation:
        return true;
    case gateway::ErrorCode::RateLimited:
    case gateway::ErrorCode::HsmUnavailable:
    case gateway::ErrorCode::StoreUnavailable:
    case gateway::ErrorCode::OutcomeUnknown:
    case gateway::ErrorCode::Internal:
        return false;
    }
    return false;
}

std::string words(const gateway::Error& error)
{
    return error.type + ": " + error.detail;
}

gateway::KeyCredential credentialOf(const Credential& credential)
{
    return {toPem(credential.chain), credential.key.evp()};
}

} // namespace

RenewalAgent::RenewalAgent(ReferenceUnit& unit, Connect connect, std::function<std::chrono::sys_seconds()> clock,
                           FillRandom fillRandom)
    : m_unit(unit), m_connect(std::move(connect)), m_clock(std::move(clock)), m_fillRandom(std::move(fillRandom))
{
}

RenewalOutcome RenewalAgent::run(bool force)
{
    const auto record = m_unit.record();
    if (!record) return with({}, record.error());
    if (!record->active) return with({}, Kind::Unprovisioned, "the unit holds no certificate");
    return renew(*record, force, {});
}

RenewalOutcome RenewalAgent::renew(const Record& record, bool force, RenewalOutcome outcome)
{
    const auto old = m_unit.activeCredential();
    if (!old) return with(outcome, old.error());
    X509* const oldLeaf = old->chain.front().get();
    outcome.serial = serialText(oldLeaf);
    outcome.expiresAt = notAfter(oldLeaf);

    const bool resumes = record.pending && record.pending->byRenewal;
    const bool isDue = force || resumes || outcome.expiresAt - m_clock() < kRenewalWindow;
    if (!isDue && !record.renewalFailure) return with(outcome, Kind::NotDue, "");

    const auto gateway = m_connect(credentialOf(*old));
    if (!gateway) return with(outcome, Kind::TryLater, words(gateway.error()));
    if (record.renewalFailure && !reportFailure(*record.renewalFailure, **gateway))
        return with(outcome, Kind::TryLater, "the failure of the last renewal could not be reported");
    if (!isDue) return with(outcome, Kind::NotDue, "");

    auto transaction = gateway::TransactionId::random(m_fillRandom);
    if (!transaction) return with(outcome, Kind::Failed, words(transaction.error()));
    if (resumes) transaction = gateway::TransactionId::fromBytes(record.pending->key.transaction);
    KeyRequest request{{}, record.active->key.deviceId, record.active->key.vinHash};
    std::ranges::copy(transaction->bytes(), request.transaction.begin());
    if (const auto generated = m_unit.generateRenewalKey(request); !generated) return with(outcome, generated.error());
    const auto csr = m_unit.pendingCsr();
    if (!csr) return with(outcome, csr.error());

    const auto issued = (*gateway)->renew({*transaction, *csr});
    if (!issued && isFinal(issued.error().code)) {
        // Nothing to report: the gateway refused knowingly. The key would only occupy its place in the TPM.
        if (const auto discarded = m_unit.discardPendingKey(request.transaction); !discarded)
            return with(outcome, discarded.error());
        return with(outcome, Kind::Refused, words(issued.error()));
    }
    if (!issued) return with(outcome, Kind::TryLater, words(issued.error()));

    Bytes chain = issued->certificateDer;
    for (const auto& certificate : issued->chainDer)
        chain.insert(chain.end(), certificate.begin(), certificate.end());
    const auto chainSha256 = sha256(chain);
    const auto serial = issued->serial.text();
    if (const auto staged = stageChain(chain); !staged) return with(outcome, staged.error());
    {
        auto candidate = m_unit.stagedCredential(request.transaction, chainSha256);
        if (!candidate && candidate.error().nrc == nrc::kBusyRepeatRequest) return with(outcome, candidate.error());
        if (!candidate)
            return rollBack(request.transaction, serial, candidate.error().detail, **gateway, std::move(outcome));
        const auto newConnection = m_connect(credentialOf(*candidate));
        const auto tested = newConnection
                                ? (*newConnection)->checkHealth()
                                : gateway::Result<gateway::GatewayHealth>(tl::unexpected(newConnection.error()));
        // Only a failure that the old certificate does not share speaks against the new one.
        if (!tested && !(*gateway)->checkHealth()) return with(outcome, Kind::TryLater, words(tested.error()));
        if (!tested)
            return rollBack(request.transaction, serial,
                            "TLS connection with the new certificate: " + words(tested.error()), **gateway,
                            std::move(outcome));
    }
    const auto installed = m_unit.installCertificate(request.transaction, chainSha256);
    if (!installed) return with(outcome, installed.error());
    outcome.replaced = std::exchange(outcome.serial, serial);
    outcome.expiresAt = issued->expiresAt;
    return with(outcome, Kind::Renewed, "");
}

UnitResult<void> RenewalAgent::stageChain(ByteView chain)
{
    const auto offset = m_unit.beginStaging(static_cast<std::uint32_t>(chain.size()));
    if (!offset) return tl::unexpected(offset.error());
    if (*offset < chain.size()) {
        if (auto staged = m_unit.stage(chain.subspan(*offset)); !staged) return staged;
    }
    return m_unit.endStaging();
}

RenewalOutcome RenewalAgent::rollBack(const Transaction& transaction, const std::string& serial, std::string cause,
                                      gateway::GatewayClient& gateway, RenewalOutcome outcome)
{
    const RenewalFailureRecord failure{serial, std::move(cause)};
    if (const auto rolledBack = m_unit.rollBack(transaction, failure); !rolledBack)
        return with(std::move(outcome), rolledBack.error());
    const bool reported = reportFailure(failure, gateway);
    return with(std::move(outcome), Kind::RolledBack,
                failure.error + (reported ? "" : " (will be reported by the next run)"));
}

bool RenewalAgent::reportFailure(const RenewalFailureRecord& failure, gateway::GatewayClient& gateway)
{
    const auto serial = gateway::CertificateSerial::parse(failure.serial);
    if (serial) {
        const auto reported = gateway.reportRenewFailure({*serial, failure.error});
        if (!reported && !isFinal(reported.error().code)) return false;
    }
    return m_unit.forgetRenewalFailure().has_value();
}

} // namespace tcu
