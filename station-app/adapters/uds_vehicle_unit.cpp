#include "adapters/uds_vehicle_unit.h"

#include <algorithm>

#include <openssl/sha.h>

#include "adapters/tpm_evidence.h"

namespace station {
namespace {

tcu::Transaction wire(const gateway::TransactionId& transaction)
{
    tcu::Transaction bytes{};
    std::ranges::copy(transaction.bytes(), bytes.begin());
    return bytes;
}

template <typename T>
UnitResult<T> mapped(tcu::LinkResult<T> answer)
{
    if (!answer) return tl::unexpected(unitErrorOf(answer.error()));
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return std::move(*answer);
    }
}

UnitError negative(std::uint8_t nrc, const std::string& detail)
{
    switch (nrc) {
    case 0x21: // busyRepeatRequest
    case 0x37: // requiredTimeDelayNotExpired
        return {UnitFault::Busy, "unit-busy", detail};
    case 0x92: // voltageTooHigh
    case 0x93: // voltageTooLow
        return {UnitFault::Voltage, "unit-voltage", detail};
    case 0x7E: // subFunctionNotSupportedInActiveSession
    case 0x7F: // serviceNotSupportedInActiveSession
        return {UnitFault::NoAnswer, "unit-session-lost", detail};
    case 0x59: // challengeCalculationFailed
        return {UnitFault::Refused, "evidence-credential", detail};
    default:
        return {UnitFault::Refused, "unit-refused", detail};
    }
}

/// What was asked for is something that the unit does not have: requestOutOfRange.
bool isUnknown(const tcu::LinkError& error)
{
    return error.fault == tcu::LinkFault::NegativeResponse && error.nrc == std::uint8_t(0x31);
}

} // namespace

UnitError unitErrorOf(const tcu::LinkError& error)
{
    switch (error.fault) {
    case tcu::LinkFault::BusUnavailable:
        return {UnitFault::BusUnavailable, "bus-unavailable", error.detail};
    case tcu::LinkFault::SendTimeout:
    case tcu::LinkFault::FlowControlTimeout:
    case tcu::LinkFault::ReceiveTimeout:
    case tcu::LinkFault::WrongSequence:
    case tcu::LinkFault::ResponseTimeout:
        return {UnitFault::NoAnswer, "unit-no-answer", error.detail};
    case tcu::LinkFault::Overflow:
        return {UnitFault::Refused, "unit-message-too-long", error.detail};
    case tcu::LinkFault::InvalidFlowStatus:
    case tcu::LinkFault::MalformedResponse:
        return {UnitFault::Wrong, "unit-malformed", error.detail};
    case tcu::LinkFault::NegativeResponse:
        return negative(error.nrc.value_or(0x10), error.detail);
    case tcu::LinkFault::VerificationFailed:
        return {UnitFault::Wrong, "unit-verification-failed", error.detail};
    }
    return {UnitFault::NoAnswer, "unit-no-answer", error.detail};
}

UdsVehicleUnit::UdsVehicleUnit(ClientFactory makeClient, std::shared_ptr<UdsTranscript> transcript)
    : m_makeClient(std::move(makeClient)), m_transcript(std::move(transcript))
{
}

std::vector<TranscriptLine> UdsVehicleUnit::transcript() const
{
    return m_transcript ? m_transcript->lines() : std::vector<TranscriptLine>{};
}

UnitResult<void> UdsVehicleUnit::open()
{
    // The old one first: a CAN channel may be open only once.
    m_client.reset();
    m_client = m_makeClient();
    return mapped(m_client->openSession());
}

UnitResult<tcu::ProvisioningClient*> UdsVehicleUnit::client() const
{
    if (!m_client) return tl::unexpected(UnitError{UnitFault::BusUnavailable, "bus-unavailable", "not opened"});
    return m_client.get();
}

UnitResult<std::string> UdsVehicleUnit::readText(std::uint16_t did)
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    const auto value = (*open)->readIdentification(did);
    if (!value) {
        if (isUnknown(value.error())) return std::string();
        return tl::unexpected(unitErrorOf(value.error()));
    }
    std::string text(value->begin(), value->end());
    const auto isPadding = [](char c) { return c == '\0' || c == '\xFF' || c == ' '; };
    while (!text.empty() && isPadding(text.back()))
        text.pop_back();
    return text;
}

UnitResult<std::string> UdsVehicleUnit::readVin()
{
    return readText(tcu::did::kVin);
}

UnitResult<std::string> UdsVehicleUnit::readEcuSerial()
{
    return readText(tcu::did::kEcuSerialNumber);
}

UnitResult<UnitSnapshot> UdsVehicleUnit::readState()
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    auto state = mapped((*open)->readState());
    if (!state) return tl::unexpected(state.error());
    const auto stateOf = [](tcu::UnitState unit) {
        switch (unit) {
        case tcu::UnitState::Empty:
            return UnitSnapshot::State::Empty;
        case tcu::UnitState::KeyPending:
            return UnitSnapshot::State::KeyPending;
        case tcu::UnitState::ChainStaged:
            return UnitSnapshot::State::ChainStaged;
        case tcu::UnitState::Active:
            return UnitSnapshot::State::Active;
        }
        return UnitSnapshot::State::Empty;
    };
    return UnitSnapshot{
        stateOf(state->state), {state->transaction.begin(), state->transaction.end()}, state->lastDetail};
}

UnitResult<gateway::Bytes> UdsVehicleUnit::requestCsr(const gateway::TransactionId& transaction,
                                                      const gateway::DeviceId& deviceId,
                                                      const gateway::VinHash& vinHash)
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    return mapped(
        (*open)->generateKeyAndCsr({wire(transaction), std::string(deviceId.text()), std::string(vinHash.text())}));
}

UnitResult<std::optional<gateway::TpmEvidence>> UdsVehicleUnit::readEvidence()
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    auto evidence = (*open)->readEvidence();
    if (!evidence) {
        if (isUnknown(evidence.error())) return std::nullopt;
        return tl::unexpected(unitErrorOf(evidence.error()));
    }
    if (evidence->ekCertificate.empty()) return std::nullopt;
    return toContract(std::move(*evidence));
}

UnitResult<void> UdsVehicleUnit::certifyKey(const gateway::TransactionId& transaction,
                                            const gateway::EvidenceChallenge& challenge)
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    return mapped((*open)->certifyPendingKey(
        {wire(transaction), challenge.nonce, challenge.credentialBlob, challenge.encryptedSecret}));
}

UnitResult<void> UdsVehicleUnit::installCertificate(const gateway::TransactionId& transaction,
                                                    const std::vector<gateway::Bytes>& chainDer)
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    const auto installed = mapped((*open)->installCertificate(wire(transaction), chainDer));
    if (!installed) return tl::unexpected(installed.error());
    tcu::Sha256 expected{};
    SHA256(chainDer.front().data(), chainDer.front().size(), expected.data());
    if (*installed != expected)
        return tl::unexpected(UnitError{UnitFault::Wrong, "unit-verification-failed",
                                        "the unit names another certificate as installed than it was given"});
    return {};
}

UnitResult<gateway::Bytes> UdsVehicleUnit::readActiveLeaf()
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    return mapped((*open)->readActiveLeaf());
}

UnitResult<gateway::Bytes> UdsVehicleUnit::prove(const gateway::Bytes& challenge)
{
    const auto open = client();
    if (!open) return tl::unexpected(open.error());
    tcu::Sha256 sent{};
    std::ranges::copy_n(challenge.begin(), static_cast<std::ptrdiff_t>(std::min(challenge.size(), sent.size())),
                        sent.begin());
    return mapped((*open)->verifyCertificate(sent));
}

} // namespace station
