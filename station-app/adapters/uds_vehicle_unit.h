#pragma once

#include <functional>
#include <memory>

#include "adapters/uds_transcript.h"
#include "flow/vehicle_unit.h"
#include "provisioning/provisioning_client.h"

namespace station {

/// What a fault of the link means for a run. Negative responses by cause: 0x21 and 0x37 are Busy, 0x92 and 0x93
/// Voltage, 0x7E and 0x7F a session that has ended; all others a definite no, 0x59 that the gateway's challenge is not
/// for the unit's TPM.
[[nodiscard]] UnitError unitErrorOf(const tcu::LinkError& error);

/// The unit in one slot over UDS; each open() makes a new client, so that a bus that went away is opened again.
class UdsVehicleUnit final : public VehicleUnit
{
public:
    using ClientFactory = std::function<std::unique_ptr<tcu::ProvisioningClient>()>;

    /// @param transcript  written by the clients' trace in the thread of the calls; null: nothing is followed
    explicit UdsVehicleUnit(ClientFactory makeClient, std::shared_ptr<UdsTranscript> transcript = nullptr);

    [[nodiscard]] UnitResult<void> open() override;
    [[nodiscard]] UnitResult<std::string> readVin() override;
    [[nodiscard]] UnitResult<std::string> readEcuSerial() override;
    [[nodiscard]] UnitResult<UnitSnapshot> readState() override;
    [[nodiscard]] UnitResult<gateway::Bytes> requestCsr(const gateway::TransactionId& transaction,
                                                        const gateway::DeviceId& deviceId,
                                                        const gateway::VinHash& vinHash) override;
    [[nodiscard]] UnitResult<std::optional<gateway::TpmEvidence>> readEvidence() override;
    [[nodiscard]] UnitResult<void> certifyKey(const gateway::TransactionId& transaction,
                                              const gateway::EvidenceChallenge& challenge) override;
    [[nodiscard]] UnitResult<void> installCertificate(const gateway::TransactionId& transaction,
                                                      const std::vector<gateway::Bytes>& chainDer) override;
    [[nodiscard]] UnitResult<gateway::Bytes> readActiveLeaf() override;
    [[nodiscard]] UnitResult<gateway::Bytes> prove(const gateway::Bytes& challenge) override;
    [[nodiscard]] std::vector<TranscriptLine> transcript() const override;

private:
    UnitResult<tcu::ProvisioningClient*> client() const;
    UnitResult<std::string> readText(std::uint16_t did);

    ClientFactory m_makeClient;
    std::shared_ptr<UdsTranscript> m_transcript;
    std::unique_ptr<tcu::ProvisioningClient> m_client;
};

} // namespace station
