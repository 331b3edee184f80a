#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "flow/provisioning_run.h"

/// A unit, a gateway and a clock as they are outside the station: they keep their state when a run dies.
namespace station::test {

inline gateway::Bytes toBytes(const std::string& text)
{
    return {text.begin(), text.end()};
}

inline std::string toText(const gateway::Bytes& bytes)
{
    return {bytes.begin(), bytes.end()};
}

/// Trouble for the next call of a name. `acts`: the other side does what it was asked, and only its answer is lost.
template <typename Error>
struct Trouble
{
    Error error;
    bool acts = false;
};

template <typename Error>
class Troubles
{
public:
    void add(const std::string& call, Error error, int times = 1, bool acts = false)
    {
        for (int i = 0; i < times; ++i)
            m_queues[call].push_back({error, acts});
    }
    std::optional<Trouble<Error>> next(const std::string& call)
    {
        ++m_calls[call];
        auto& queue = m_queues[call];
        if (queue.empty()) return std::nullopt;
        auto trouble = queue.front();
        queue.pop_front();
        return trouble;
    }
    int calls(const std::string& call) const
    {
        const auto found = m_calls.find(call);
        return found == m_calls.end() ? 0 : found->second;
    }

private:
    std::map<std::string, std::deque<Trouble<Error>>> m_queues;
    std::map<std::string, int> m_calls;
};

inline const UnitError kSilent{UnitFault::NoAnswer, "unit-no-answer", "no answer within P2"};
inline const UnitError kBusy{UnitFault::Busy, "unit-busy", "NRC 0x21"};
inline const UnitError kLowVoltage{UnitFault::Voltage, "unit-voltage", "NRC 0x93"};
inline const UnitError kNo{UnitFault::Refused, "unit-refused", "NRC 0x22"};
inline const UnitError kGarbled{UnitFault::Wrong, "unit-malformed", "a short record"};
inline const UnitError kNoBus{UnitFault::BusUnavailable, "bus-unavailable", "can0 is down"};

struct UnitWorld
{
    std::string vin = "5VXTC2E41SA000017";
    std::string ecuSerial = "ECU-0001";
    UnitSnapshot snapshot{UnitSnapshot::State::Empty, gateway::Bytes(16, 0), {}};
    int keys = 0; ///< made so far
    std::string pendingCsr;
    std::string activeCsr; ///< whose key is in use
    gateway::Bytes activeLeaf;
    bool hasEvidence = true;
    std::string certified; ///< what the pending key was certified for: its CSR and the nonce
    bool certifiesNothing = false;
    bool corruptsLeaf = false;   ///< reads back something else than was installed
    bool signsWithOther = false; ///< proves another key
    Troubles<UnitError> troubles;

    template <typename T>
    UnitResult<T> around(const char* call, const std::function<UnitResult<T>()>& act)
    {
        const auto trouble = troubles.next(call);
        if (!trouble) return act();
        if (trouble->acts) static_cast<void>(act());
        return tl::unexpected(trouble->error);
    }
};

class FakeUnit final : public VehicleUnit
{
public:
    explicit FakeUnit(UnitWorld& world) : m_world(world) {}

    UnitResult<void> open() override
    {
        return m_world.around<void>("open", [] { return UnitResult<void>{}; });
    }
    UnitResult<std::string> readVin() override
    {
        return m_world.around<std::string>("readVin", [&]() -> UnitResult<std::string> { return m_world.vin; });
    }
    UnitResult<std::string> readEcuSerial() override
    {
        return m_world.around<std::string>("readEcuSerial",
                                           [&]() -> UnitResult<std::string> { return m_world.ecuSerial; });
    }
    UnitResult<UnitSnapshot> readState() override
    {
        return m_world.around<UnitSnapshot>("readState",
                                            [&]() -> UnitResult<UnitSnapshot> { return m_world.snapshot; });
    }
    UnitResult<gateway::Bytes> requestCsr(const gateway::TransactionId& transaction, const gateway::DeviceId& deviceId,
                                          const gateway::VinHash&) override
    {
        return m_world.around<gateway::Bytes>("requestCsr", [&]() -> UnitResult<gateway::Bytes> {
            const gateway::Bytes id(transaction.bytes().begin(), transaction.bytes().end());
            if (m_world.snapshot.transaction != id || m_world.pendingCsr.empty()) {
                m_world.pendingCsr =
                    "csr of key " + std::to_string(++m_world.keys) + " for " + std::string(deviceId.text());
                m_world.certified.clear();
                m_world.snapshot = {UnitSnapshot::State::KeyPending, id, {}};
            }
            return toBytes(m_world.pendingCsr);
        });
    }
    UnitResult<std::optional<gateway::TpmEvidence>> readEvidence() override
    {
        using Evidence = std::optional<gateway::TpmEvidence>;
        return m_world.around<Evidence>("readEvidence", [&]() -> UnitResult<Evidence> {
            if (!m_world.hasEvidence) return std::nullopt;
            gateway::TpmEvidence evidence;
            evidence.ekCertificateDer = toBytes("ek of " + m_world.ecuSerial);
            evidence.akPublic = toBytes("ak of " + m_world.ecuSerial);
            evidence.certifyInfo = toBytes(m_world.certified);
            return evidence;
        });
    }
    UnitResult<void> certifyKey(const gateway::TransactionId& transaction,
                                const gateway::EvidenceChallenge& challenge) override
    {
        return m_world.around<void>("certifyKey", [&]() -> UnitResult<void> {
            const gateway::Bytes id(transaction.bytes().begin(), transaction.bytes().end());
            if (m_world.snapshot.transaction != id) return tl::unexpected(kNo);
            if (!m_world.certifiesNothing)
                m_world.certified = m_world.pendingCsr + " for " + gateway::toLowerHex(challenge.nonce);
            return {};
        });
    }
    UnitResult<void> installCertificate(const gateway::TransactionId& transaction,
                                        const std::vector<gateway::Bytes>& chain) override
    {
        return m_world.around<void>("install", [&]() -> UnitResult<void> {
            const gateway::Bytes id(transaction.bytes().begin(), transaction.bytes().end());
            if (m_world.snapshot.transaction != id) return tl::unexpected(kNo);
            m_world.activeLeaf = chain.front();
            m_world.activeCsr = m_world.pendingCsr;
            m_world.snapshot.state = UnitSnapshot::State::Active;
            return {};
        });
    }
    UnitResult<gateway::Bytes> readActiveLeaf() override
    {
        return m_world.around<gateway::Bytes>("readLeaf", [&]() -> UnitResult<gateway::Bytes> {
            if (m_world.activeLeaf.empty()) return tl::unexpected(kNo);
            return m_world.corruptsLeaf ? toBytes("something else") : m_world.activeLeaf;
        });
    }
    UnitResult<gateway::Bytes> prove(const gateway::Bytes& challenge) override
    {
        return m_world.around<gateway::Bytes>("prove", [&]() -> UnitResult<gateway::Bytes> {
            const auto key = m_world.signsWithOther ? std::string("another key") : m_world.activeCsr;
            return toBytes(key + " signs " + gateway::toLowerHex(challenge));
        });
    }

private:
    UnitWorld& m_world;
};

struct GatewayWorld
{
    struct Request
    {
        gateway::Bytes csr;
        std::string ecuSerial;
        std::optional<gateway::IssuedCertificate> certificate;
    };
    enum class Status { Issued, Provisioned, Revoked };

    std::map<std::string, Request> requests;    ///< by transaction
    std::map<std::string, Status> certificates; ///< by serial
    std::vector<std::string> told;              ///< reports in the order they came, "provisioned 01:.."
    bool wrongSubject = false;
    bool wantsEvidence = true;
    Troubles<gateway::Error> troubles;

    int live() const
    {
        int count = 0;
        for (const auto& [serial, status] : certificates)
            count += status == Status::Revoked ? 0 : 1;
        return count;
    }

    template <typename T>
    gateway::Result<T> around(const char* call, const std::function<gateway::Result<T>()>& act)
    {
        const auto trouble = troubles.next(call);
        if (!trouble) return act();
        if (trouble->acts) static_cast<void>(act());
        return tl::unexpected(trouble->error);
    }
};

inline const gateway::Error kUnreachable{gateway::ErrorCode::StoreUnavailable, "gateway-unreachable", "refused"};
inline const gateway::Error kNoAnswer{gateway::ErrorCode::OutcomeUnknown, "gateway-no-answer", "cut off"};

class FakeIssuer final : public CertificateIssuer
{
public:
    FakeIssuer(GatewayWorld& world, VehicleNames names) : m_world(world), m_names(names) {}

    static std::array<std::uint8_t, 32> nonceFor(const gateway::TransactionId& transaction)
    {
        std::array<std::uint8_t, 32> nonce{};
        std::ranges::copy(transaction.bytes(), nonce.begin());
        return nonce;
    }
    gateway::Result<gateway::EvidenceChallenge> challenge(const gateway::ChallengeRequest& request) override
    {
        return m_world.around<gateway::EvidenceChallenge>(
            "challenge", [&]() -> gateway::Result<gateway::EvidenceChallenge> {
                return gateway::EvidenceChallenge{nonceFor(request.transaction), request.ekCertificateDer,
                                                  request.akPublic};
            });
    }
    gateway::Result<gateway::IssuedCertificate> issue(const gateway::IssueRequest& request) override
    {
        return m_world.around<gateway::IssuedCertificate>(
            "issue", [&]() -> gateway::Result<gateway::IssuedCertificate> {
                const auto proof =
                    toText(request.csrDer) + " for " + gateway::toLowerHex(nonceFor(request.transaction));
                if (m_world.wantsEvidence && !request.evidence)
                    return gateway::fail(gateway::ErrorCode::PolicyViolation, "evidence-missing", "none came");
                if (request.evidence && toText(request.evidence->certifyInfo) != proof)
                    return gateway::fail(gateway::ErrorCode::PolicyViolation, "evidence-key", "of another key");
                auto& known = m_world.requests[request.transaction.text()];
                if (!known.csr.empty() && known.csr != request.csrDer)
                    return gateway::fail(gateway::ErrorCode::Conflict, "idempotency-key-reused", "another CSR");
                known.csr = request.csrDer;
                known.ecuSerial = request.tcuSerial;
                if (!known.certificate) {
                    if (m_world.live() > 0)
                        return gateway::fail(gateway::ErrorCode::RateLimited, "tcu-daily-limit", "once a day",
                                             std::chrono::seconds(3600));
                    const auto number = static_cast<std::uint8_t>(m_world.certificates.size() + 1);
                    const gateway::Bytes digits{0x40, number};
                    const auto serial = *gateway::CertificateSerial::fromBytes(digits);
                    const auto subject = m_world.wrongSubject ? std::string("nobody") : std::string();
                    known.certificate = gateway::IssuedCertificate{
                        serial,
                        m_names.deviceId,
                        m_names.vinHash,
                        toBytes("certificate " + serial.text() + subject + " of " + toText(request.csrDer)),
                        {toBytes("device issuing ca"), toBytes("intermediate ca")},
                        gateway::Time(std::chrono::seconds(1000)),
                        gateway::Time(std::chrono::seconds(2000))};
                    m_world.certificates[serial.text()] = GatewayWorld::Status::Issued;
                }
                return *known.certificate;
            });
    }
    gateway::Result<gateway::RequestStatus> findRequest(const gateway::TransactionId& transaction) override
    {
        return m_world.around<gateway::RequestStatus>("find", [&]() -> gateway::Result<gateway::RequestStatus> {
            const auto known = m_world.requests.find(transaction.text());
            if (known == m_world.requests.end())
                return gateway::fail(gateway::ErrorCode::NotFound, "request-unknown", "never heard of");
            if (!known->second.certificate)
                return gateway::RequestStatus{gateway::RequestStatus::State::Intent, std::nullopt};
            return gateway::RequestStatus{gateway::RequestStatus::State::Issued, known->second.certificate};
        });
    }
    gateway::Result<void> reportProvisioned(const gateway::ProvisionedReport& report) override
    {
        return m_world.around<void>("provisioned", [&]() -> gateway::Result<void> {
            return change("provisioned", report.serial, GatewayWorld::Status::Provisioned);
        });
    }
    gateway::Result<void> reportRejected(const gateway::RejectedReport& report) override
    {
        return m_world.around<void>("rejected", [&]() -> gateway::Result<void> {
            return change("rejected", report.serial, GatewayWorld::Status::Revoked);
        });
    }

private:
    gateway::Result<void> change(const std::string& what, const gateway::CertificateSerial& serial,
                                 GatewayWorld::Status status)
    {
        const auto known = m_world.certificates.find(serial.text());
        if (known == m_world.certificates.end())
            return gateway::fail(gateway::ErrorCode::NotFound, "certificate-unknown", serial.text());
        if (known->second == GatewayWorld::Status::Revoked && status == GatewayWorld::Status::Provisioned)
            return gateway::fail(gateway::ErrorCode::Conflict, "certificate-revoked", serial.text());
        known->second = status;
        m_world.told.push_back(what + " " + serial.text());
        return {};
    }

    GatewayWorld& m_world;
    VehicleNames m_names;
};

class FakeChecker final : public CertificateChecker
{
public:
    gateway::Result<void> checkIssued(const gateway::IssuedCertificate& issued, const gateway::Bytes& csr,
                                      const VehicleNames&) const override
    {
        const auto expected = "certificate " + issued.serial.text() + " of " + toText(csr);
        if (toText(issued.certificateDer) == expected) return {};
        return gateway::fail(gateway::ErrorCode::PolicyViolation, "certificate-subject", "expected " + expected);
    }
    gateway::Result<void> checkProof(const gateway::Bytes& leaf, const gateway::Bytes& challenge,
                                     const gateway::Bytes& signature) const override
    {
        const auto text = toText(leaf);
        const auto key = text.substr(text.find(" of ") + 4);
        if (toText(signature) == key + " signs " + gateway::toLowerHex(challenge)) return {};
        return gateway::fail(gateway::ErrorCode::PolicyViolation, "challenge-failed", "signed by another key");
    }
};

class RecordingObserver final : public RunObserver
{
public:
    void onStep(const StepRecord& step) override { seen.push_back(step); }
    std::vector<StepRecord> seen;
};

/// Everything outside the station, and a station to run in it.
struct World
{
    UnitWorld unit;
    GatewayWorld gateway;
    FakeChecker checker;
    VehicleNames names{gateway::DeviceId::fromDigest(std::array<std::uint8_t, 16>{0x79}),
                       gateway::VinHash::fromMac(std::array<std::uint8_t, 32>{0xD5})};
    std::chrono::steady_clock::time_point now{};
    std::chrono::milliseconds slept{0};
    std::uint8_t nextRandom = 1;

    RunParts parts(JournalFactory openJournal, JournalHook hook = {})
    {
        RunParts parts;
        parts.openJournal = std::move(openJournal);
        parts.makeUnit = [this](int slot) -> std::unique_ptr<VehicleUnit> {
            if (slot < 1 || slot > 2) return nullptr;
            return std::make_unique<FakeUnit>(unit);
        };
        parts.makeIssuer = [this] { return std::make_unique<FakeIssuer>(gateway, names); };
        parts.checker = &checker;
        parts.deriveNames = [this](const gateway::Vin&) { return names; };
        parts.fillRandom = [this](std::span<std::uint8_t> bytes) {
            std::ranges::fill(bytes, nextRandom++);
            return true;
        };
        parts.clock = {[this] { return now; }, [] { return gateway::Time(std::chrono::seconds(1500)); },
                       [this](std::chrono::milliseconds time) {
                           now += time;
                           slept += time;
                       }};
        parts.hook = std::move(hook);
        return parts;
    }
};

/// What the hook throws where the power is cut.
struct PowerCut
{
};

inline const gateway::Vin kVin = *gateway::Vin::parse("5VXTC2E41SA000017");

} // namespace station::test
