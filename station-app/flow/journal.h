#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contract/messages.h"
#include "flow/run_record.h"

namespace station {

enum class RecordPhase { Before, After };

/// "before", "after"
[[nodiscard]] std::string_view name(RecordPhase phase);

/// What the gateway has to hear and has not acknowledged yet.
struct Report
{
    enum class Kind { Provisioned, Rejected };

    Kind kind = Kind::Provisioned;
    gateway::CertificateSerial serial;
    gateway::TransactionId transaction;
    gateway::Time at;  ///< when the station saw it
    std::string cause; ///< of a rejection, in words
};

struct QueuedReport
{
    std::int64_t id = 0;
    Report report;
};

/// A job as the journal knows it: what an earlier process found out before it ended.
struct Job
{
    std::int64_t id = 0;
    gateway::Vin vin;
    int slot = 1;
    gateway::TransactionId transaction;
    std::string ecuSerial{}; ///< "" until read
    gateway::Bytes csrDer{}; ///< empty until made
    std::optional<gateway::TpmEvidence> evidence{};
    bool issueBegun = false; ///< the gateway may have been asked
    std::optional<gateway::IssuedCertificate> certificate{};
    bool installed = false;
    bool verified = false; ///< the verdict "provisioned" is on disk, its report in the queue
};

/// One line of the journal with what the step found out; on disk as a whole or not at all.
struct JournalRecord
{
    StepId step = StepId::OpenSession;
    RecordPhase phase = RecordPhase::Before;
    int attempt = 1;
    std::string detail{};
    std::chrono::milliseconds elapsed{0}; ///< since the "before" of the step
    std::optional<std::string> ecuSerial{};
    std::optional<gateway::Bytes> csrDer{};
    std::optional<gateway::TpmEvidence> evidence{};
    std::optional<gateway::IssuedCertificate> certificate{};
    std::optional<Report> report{};  ///< queued with this record
    std::optional<Outcome> closes{}; ///< the job is over with this outcome
    std::string cause{};             ///< of a failure; empty: the step was done

    [[nodiscard]] bool isDone(StepId of) const { return step == of && phase == RecordPhase::After && cause.empty(); }
};

/// Keeps a slot for one run; another run on it is refused until this goes. Ends with the process, however that ends.
class SlotClaim
{
public:
    virtual ~SlotClaim() = default;
};

/// The station's memory across power cuts: jobs, their steps, and the queue of reports for the gateway. Every change is
/// on disk, fsynced, when the call returns. Used in the thread that opened it. Errors are StoreUnavailable with
/// "journal-full", "journal-locked", "journal-corrupt", "journal-io" or "journal-newer".
/// Implemented in adapters/ on SQLite.
class Journal
{
public:
    virtual ~Journal() = default;

    /// @return Conflict "slot-busy" while another run, of this process or another, has the slot
    [[nodiscard]] virtual gateway::Result<std::unique_ptr<SlotClaim>> claimSlot(int slot) = 0;

    /// The job for the VIN that has not been closed, in whatever slot it began; at most one.
    [[nodiscard]] virtual gateway::Result<std::optional<Job>> findOpenJob(const gateway::Vin& vin) = 0;
    /// The job with its first record. @return Conflict "job-open" when the VIN has an open one
    [[nodiscard]] virtual gateway::Result<Job> beginJob(const gateway::Vin& vin, int slot,
                                                        const gateway::TransactionId& transaction,
                                                        const JournalRecord& first) = 0;
    /// Also moves the job on: "before IssueCertificate" sets issueBegun; an "after" without a cause sets installed or
    /// verified; what the record found out becomes the job's.
    [[nodiscard]] virtual gateway::Result<void> record(std::int64_t job, const JournalRecord& record) = 0;
    /// The verdict has been handed over.
    [[nodiscard]] virtual gateway::Result<void> close(std::int64_t job, Outcome outcome) = 0;

    /// Oldest first.
    [[nodiscard]] virtual gateway::Result<std::vector<QueuedReport>> pendingReports() = 0;
    [[nodiscard]] virtual gateway::Result<void> markDelivered(std::int64_t report) = 0;
    /// The gateway will never take it: kept for a person, out of the way of the others.
    [[nodiscard]] virtual gateway::Result<void> setAside(std::int64_t report, const std::string& why) = 0;
};

using JournalFactory = std::function<gateway::Result<std::unique_ptr<Journal>>()>;

/// Called after every record of a run is on disk. @param index  1 for the first of the run
using JournalHook = std::function<void(int index, StepId step, RecordPhase phase)>;

} // namespace station
