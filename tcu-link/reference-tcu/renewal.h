#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "client/gateway_client.h"
#include "reference-tcu/reference_unit.h"

namespace tcu {

struct RenewalOutcome
{
    enum class Kind {
        Renewed,
        NotDue,
        RolledBack,    ///< the new certificate does not work; the old one stays, and the gateway was told
        Refused,       ///< the gateway will not renew: asking again changes nothing
        TryLater,      ///< gateway or TPM not reachable; the next run goes on with the same transaction
        Unprovisioned, ///< no certificate to renew
        Failed,        ///< the unit itself is at fault: damaged record, TPM that refuses
    };

    Kind kind = Kind::Failed;
    std::string serial;   ///< of the certificate that is active now, colon-separated; empty when there is none
    std::string replaced; ///< serial of the certificate that was replaced, when renewed
    std::chrono::sys_seconds expiresAt{}; ///< of the active one
    std::string detail;
};

/// The unit's daily renewal: when the active certificate has less than 30 days left, a new key, a request under mutual
/// TLS with the old key, the answer installed after a TLS connection with it has worked. Each step is on disk before
/// the next, under one transaction id, so that a run that was cut off is finished by the next one.
/// Source: specification, "Vehicle Certificate Rotation".
class RenewalAgent final
{
public:
    static constexpr std::chrono::days kRenewalWindow{30};

    using Connect = std::function<gateway::Result<std::unique_ptr<gateway::GatewayClient>>(
        const gateway::KeyCredential& credential)>;
    using FillRandom = std::function<bool(std::span<std::uint8_t>)>;

    RenewalAgent(ReferenceUnit& unit, Connect connect, std::function<std::chrono::sys_seconds()> clock,
                 FillRandom fillRandom);

    /// @param force  renew whatever the certificate's age
    [[nodiscard]] RenewalOutcome run(bool force);

private:
    [[nodiscard]] RenewalOutcome renew(const Record& record, bool force, RenewalOutcome outcome);
    [[nodiscard]] UnitResult<void> stageChain(ByteView chain);
    [[nodiscard]] RenewalOutcome rollBack(const Transaction& transaction, const std::string& serial, std::string cause,
                                          gateway::GatewayClient& gateway, RenewalOutcome outcome);
    [[nodiscard]] bool reportFailure(const RenewalFailureRecord& failure, gateway::GatewayClient& gateway);

    ReferenceUnit& m_unit;
    Connect m_connect;
    std::function<std::chrono::sys_seconds()> m_clock;
    FillRandom m_fillRandom;
};

} // namespace tcu
