#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/certificate_serial.h"
#include "contract/device_id.h"
#include "contract/transaction_id.h"
#include "contract/vin.h"

namespace station {

/// The steps of one provisioning run, in their order. The names are those of --json, the journal and the technician's
/// screen.
enum class StepId {
    OpenSession,        ///< UDS session with the unit
    ReadVin,            ///< F190 equals the scan; ECU serial
    RequestCsr,         ///< key pair in the TPM and its CSR
    CertifyKey,         ///< the TPM certifies the key for the gateway's challenge
    IssueCertificate,   ///< the gateway signs
    InstallCertificate, ///< chain to the unit
    VerifyCertificate,  ///< read back, challenge signed by the same key
    ReportProvisioned,  ///< told to the gateway, or kept in the journal until it can be
};

inline constexpr std::size_t kStepCount = 8;

/// "openSession", "readVin", ...
[[nodiscard]] std::string_view name(StepId step);

enum class StepState { Waiting, Running, Done, Failed };

struct StepRecord
{
    StepId step = StepId::OpenSession;
    StepState state = StepState::Waiting;
    int attempt = 1; ///< 1 for the first
    int maxAttempts = 1;
    std::chrono::milliseconds elapsed{0};
    std::string detail{}; ///< in words, when retried or failed
};

/// One message between station and unit, for the technician. No secret is ever on this wire: private keys stay in the
/// TPM.
struct TranscriptLine
{
    std::chrono::milliseconds at{0}; ///< since the run began
    bool isRequest = true;
    std::string bytes{};   ///< "22 F1 90"; a long message's beginning and its length
    std::string meaning{}; ///< "ReadDataByIdentifier VIN", "negative: requestOutOfRange (0x31)"
};

/// What a run ended with; the values are the exit codes of `v2c-station provision`.
enum class Outcome {
    Provisioned = 0,
    UnitFailed = 1,    ///< the unit is at fault and was rejected
    StationFailed = 2, ///< station, bus or gateway; nothing wrong with the unit
    Refused = 3,       ///< rate limit, wrong vehicle, policy
};

/// "provisioned", "unit-failed", "station-failed", "refused": the field `result` of --json.
[[nodiscard]] std::string_view name(Outcome outcome);

/// Why a run did not end Provisioned.
struct RunFailure
{
    StepId step = StepId::OpenSession;
    std::string cause;  ///< stable slug: "vin-mismatch", "rate-limited", "gateway-unreachable", "unit-no-answer", ...
    std::string detail; ///< in words: what was expected and what came
    std::optional<int> httpStatus; ///< when the gateway said no, e.g. 429
    std::optional<std::chrono::seconds> retryAfter;
};

struct RunResult
{
    Outcome outcome = Outcome::StationFailed;
    gateway::Vin vin;
    gateway::TransactionId transaction;
    std::optional<gateway::DeviceId> deviceId{};
    std::optional<gateway::CertificateSerial> serial{};
    std::optional<RunFailure> failure{};
    std::vector<StepRecord> steps{};
    gateway::Bytes leafDer{}; ///< as read back from the unit
    std::string unitVin{};    ///< F190 as read, masked unless it differs from the scan in VIN form; "" when not read
    bool reported = false;    ///< the gateway has acknowledged; false: waiting in the journal
    bool resumed = false;     ///< the run took up a job that an earlier process left
    std::chrono::milliseconds elapsed{0};
    std::vector<TranscriptLine> transcript{}; ///< the newest messages, oldest first
};

/// Hears of progress, in the thread of the run. Must not block.
class RunObserver
{
public:
    virtual ~RunObserver() = default;
    virtual void onStep(const StepRecord& step) = 0;
};

/// Runs one vehicle from scan to verdict; blocks its thread. What the UI and the command line both call.
/// Implemented in flow/ by the step machine, in tests of the UI by a script.
class Provisioner
{
public:
    virtual ~Provisioner() = default;

    /// @param slot  1-based; every slot has its own bus. Unknown: StationFailed "unknown-slot"
    [[nodiscard]] virtual RunResult provision(const gateway::Vin& vin, int slot, RunObserver& observer) = 0;
};

} // namespace station
