#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contract/messages.h"
#include "flow/journal.h"

namespace station {

/// A job of the journal, as people look at it.
struct PastRun
{
    std::int64_t id = 0;
    gateway::Vin vin;
    int slot = 1;
    gateway::TransactionId transaction;
    std::string ecuSerial{};
    std::optional<gateway::CertificateSerial> serial{};
    std::optional<Outcome> outcome{}; ///< nothing: the job is open
    StepId lastStep = StepId::OpenSession;
    std::string cause{}; ///< of the last failure, also of an open job; "" without one
    std::string detail{};
    gateway::Time openedAt{};
    std::optional<gateway::Time> closedAt{};
    std::chrono::milliseconds worked{0}; ///< all steps together, interruptions left out
    int attempts = 0;                    ///< of the step that needed most
    bool reportWaits = false;
};

struct PastStep
{
    StepId step = StepId::OpenSession;
    RecordPhase phase = RecordPhase::Before;
    int attempt = 1;
    gateway::Time at{};
    std::chrono::milliseconds elapsed{0};
    std::string cause{};
    std::string detail{};
};

/// Which jobs; what is empty does not narrow.
struct RunFilter
{
    enum class State { All, Provisioned, Failed, Open };

    std::string text{}; ///< in the VIN, the certificate's or the unit's serial, or at the start of the transaction
    State state = State::All;
    std::optional<gateway::Time> from{};  ///< opened then or later
    std::optional<gateway::Time> until{}; ///< opened before
    int offset = 0;
    int limit = 50;
};

struct RunPage
{
    std::vector<PastRun> runs; ///< newest first
    int total = 0;
};

/// Every job is in one of them: scanned = passed + failed + open.
struct RunCounts
{
    int scanned = 0;
    int passed = 0;
    int failed = 0; ///< unit failed, refused, or a certificate that was not what was asked for
    int open = 0;
    int passedFirstTime = 0; ///< no step repeated, nothing resumed
};

/// A job as statistics see it.
struct RunSample
{
    gateway::Time openedAt{};
    std::optional<Outcome> outcome{}; ///< nothing: the job is open
    std::chrono::milliseconds worked{0};
    bool firstTime = false; ///< passed, with no step repeated
    std::string cause{};    ///< of the last failure; "" without one
};

/// A step that was done, and how long it took.
using StepSample = std::pair<StepId, std::chrono::milliseconds>;

/// What the journal tells to people: read only, used in the thread that opened it. Errors as those of Journal.
class RunHistory
{
public:
    virtual ~RunHistory() = default;

    [[nodiscard]] virtual gateway::Result<RunPage> find(const RunFilter& filter) = 0;
    /// In their order; empty for an unknown job.
    [[nodiscard]] virtual gateway::Result<std::vector<PastStep>> steps(std::int64_t job) = 0;
    [[nodiscard]] virtual gateway::Result<RunCounts> count(const RunFilter& filter) = 0;
    /// All that the filter lets through, whatever its offset and limit; oldest first.
    [[nodiscard]] virtual gateway::Result<std::vector<RunSample>> samples(const RunFilter& filter) = 0;
    /// The steps of those jobs that passed, each at its last attempt.
    [[nodiscard]] virtual gateway::Result<std::vector<StepSample>> stepTimes(const RunFilter& filter) = 0;
};

using HistoryFactory = std::function<gateway::Result<std::unique_ptr<RunHistory>>()>;

/// "" for an unknown one.
[[nodiscard]] std::optional<StepId> stepOf(std::string_view name);
[[nodiscard]] std::optional<Outcome> outcomeOf(std::string_view name);

} // namespace station
