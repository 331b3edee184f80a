#include "flow/provisioning_run.h"

#include <algorithm>
#include <utility>

#include "flow/report_queue.h"

namespace station {
namespace {

using namespace std::chrono_literals;
using gateway::Bytes;
using gateway::ErrorCode;

constexpr int kUnitAttempts = 3;    // specification, failure modes; specification note 21
constexpr int kInstallAttempts = 2; // specification note 23
constexpr auto kUnitPause = 300ms;
constexpr auto kFirstIssuePause = 250ms;
constexpr auto kLongestIssuePause = 2000ms;
constexpr std::size_t kChallengeOctets = 32;
constexpr std::size_t kMaxEcuSerial = 64;

/// Why a run ends before it is provisioned, and what becomes of its job.
struct Ending
{
    Outcome outcome = Outcome::StationFailed;
    RunFailure failure;
    bool closesJob = false;
    /// The gateway has said that it did not and will not issue for this transaction.
    bool nothingIssued = false;
    /// The journal itself failed: it cannot take a last record.
    bool journalLost = false;
};

template <typename T>
using Step = tl::expected<T, Ending>;

/// Nothing when the gateway was not heard.
std::optional<int> answeredStatus(const gateway::Error& error)
{
    if (error.type == "gateway-unreachable" || error.type == "gateway-no-answer") return std::nullopt;
    return gateway::httpStatus(error.code);
}

RunFailure gatewayFailure(StepId step, std::string cause, const gateway::Error& error)
{
    auto detail = cause == error.type ? error.detail : error.type + ": " + error.detail;
    return {step, std::move(cause), std::move(detail), answeredStatus(error), error.retryAfter};
}

/// The unit's own part of a request that cannot be read.
bool isAboutUnit(const gateway::Error& error)
{
    return error.type.starts_with("csr") || error.type.starts_with("evidence");
}

/// Maps what the gateway said to a challenge or issue request that will not be repeated any more.
Ending endingOfIssue(StepId step, const gateway::Error& error)
{
    switch (error.code) {
    case ErrorCode::RateLimited:
        return {Outcome::Refused, gatewayFailure(step, "rate-limited", error), true, true};
    case ErrorCode::Conflict:
        return {Outcome::Refused, gatewayFailure(step, error.type, error), true, true};
    case ErrorCode::PolicyViolation:
        return {Outcome::UnitFailed, gatewayFailure(step, error.type, error), true, true};
    case ErrorCode::InvalidRequest:
        // A request that cannot be read is our fault, unless it is what the unit gave for it.
        return {isAboutUnit(error) ? Outcome::UnitFailed : Outcome::StationFailed,
                gatewayFailure(step, error.type, error), true, true};
    case ErrorCode::Unauthorized:
    case ErrorCode::Forbidden:
        return {Outcome::StationFailed, gatewayFailure(step, "station-not-authorised", error)};
    case ErrorCode::NotFound:
        return {Outcome::StationFailed, gatewayFailure(step, "gateway-wrong-address", error)};
    case ErrorCode::HsmUnavailable:
    case ErrorCode::StoreUnavailable:
        return {Outcome::StationFailed,
                gatewayFailure(step, error.type == "gateway-unreachable" ? error.type : "gateway-unavailable", error)};
    case ErrorCode::OutcomeUnknown:
        return {Outcome::StationFailed, gatewayFailure(step, "gateway-no-answer", error)};
    case ErrorCode::Internal:
        return {Outcome::StationFailed, gatewayFailure(step, "gateway-error", error)};
    }
    return {Outcome::StationFailed, gatewayFailure(step, "gateway-error", error)};
}

/// A gateway of before TPM evidence: to it, the path is a certificate's.
bool knowsNoChallenges(const gateway::Error& error)
{
    return error.code == ErrorCode::NotFound || error.type == "method-not-allowed";
}

/// Asking again with the same key may bring a certificate.
bool isWorthAskingAgain(const gateway::Error& error)
{
    return error.code == ErrorCode::HsmUnavailable || error.code == ErrorCode::StoreUnavailable ||
           error.code == ErrorCode::OutcomeUnknown || error.code == ErrorCode::Internal;
}

std::string differingPositions(std::string_view one, std::string_view other)
{
    std::string positions;
    for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
        if (one[i] == other[i]) continue;
        if (!positions.empty()) positions += ", ";
        positions += std::to_string(i + 1);
    }
    return positions;
}

bool isPrintable(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// One vehicle, from scan to verdict.
class Run
{
public:
    Run(const RunParts& parts, const gateway::Vin& vin, int slot, RunObserver& observer,
        const gateway::TransactionId& freshTransaction)
        : m_parts(parts),
          m_vin(vin),
          m_slot(slot),
          m_observer(observer),
          m_fresh(freshTransaction),
          m_names(parts.deriveNames(vin)),
          m_started(parts.clock.now()),
          m_result{.vin = vin, .transaction = freshTransaction}
    {
        for (std::size_t i = 0; i < kStepCount; ++i)
            m_result.steps.push_back({.step = static_cast<StepId>(i)});
    }

    RunResult execute()
    {
        const auto done = prepare().and_then([&] { return runSteps(); });
        if (done) {
            m_result.outcome = Outcome::Provisioned;
        } else {
            conclude(done.error());
        }
        m_result.elapsed = since(m_started);
        if (m_unit) m_result.transcript = m_unit->transcript();
        return std::move(m_result);
    }

private:
    // ---- before the first step ----

    Step<void> prepare()
    {
        if (const auto accepted = checkVin(m_parts.vinRules, m_vin); !accepted)
            return tl::unexpected(
                Ending{Outcome::Refused, {StepId::ReadVin, accepted.error().type, accepted.error().detail, {}, {}}});
        m_unit = m_parts.makeUnit(m_slot);
        if (!m_unit)
            return stationFails(StepId::OpenSession, "unknown-slot",
                                "the configuration has no slot " + std::to_string(m_slot));

        auto journal = m_parts.openJournal();
        if (!journal) return journalFails(StepId::OpenSession, journal.error());
        m_journal = std::move(*journal);
        auto claim = m_journal->claimSlot(m_slot);
        if (!claim) return journalFails(StepId::OpenSession, claim.error());
        m_claim = std::move(*claim);

        m_issuer = m_parts.makeIssuer();
        if (const auto told = tellGateway(); !told) return journalFails(StepId::OpenSession, told.error());

        auto job = m_journal->findOpenJob(m_vin);
        if (!job) return journalFails(StepId::OpenSession, job.error());
        if (!*job) return {};
        if ((*job)->slot != m_slot) {
            // The vehicle was moved after a crash, or it is in work elsewhere at this moment.
            auto other = m_journal->claimSlot((*job)->slot);
            if (!other) return journalFails(StepId::OpenSession, other.error());
            m_otherClaim = std::move(*other);
        }
        takeUp(std::move(**job));
        return {};
    }

    void takeUp(Job job)
    {
        m_job = std::move(job);
        m_result.resumed = true;
        m_result.transaction = m_job->transaction;
        noteCertificate();
    }

    void noteCertificate()
    {
        if (m_job->certificate) m_result.serial = m_job->certificate->serial;
    }

    // ---- the steps ----

    Step<void> runSteps()
    {
        return openSession()
            .and_then([&] { return readVin(); })
            .and_then([&] { return requestCsr(); })
            .and_then([&] { return certifyKey(); })
            .and_then([&] { return issueCertificate(); })
            .and_then([&] { return installCertificate(); })
            .and_then([&] { return verifyCertificate(); })
            .and_then([&] { return reportProvisioned(); });
    }

    Step<void> openSession()
    {
        constexpr auto step = StepId::OpenSession;
        if (const auto begun = begin(step, kUnitAttempts); !begun) return begun;
        const auto opened = repeatAtUnit(step, Reopen::No, [&] { return m_unit->open(); });
        if (!opened) return unitFails(step, opened.error());
        return end(step);
    }

    Step<void> readVin()
    {
        constexpr auto step = StepId::ReadVin;
        if (const auto begun = begin(step, kUnitAttempts); !begun) return begun;
        const auto vin = repeatAtUnit(step, Reopen::Yes, [&] { return m_unit->readVin(); });
        if (!vin) return unitFails(step, vin.error());
        if (const auto same = compareVin(*vin); !same) return same;

        const auto ecuSerial = repeatAtUnit(step, Reopen::Yes, [&] { return m_unit->readEcuSerial(); });
        if (!ecuSerial) return unitFails(step, ecuSerial.error());
        if (ecuSerial->empty() || ecuSerial->size() > kMaxEcuSerial || !isPrintable(*ecuSerial))
            return unitIsAtFault(step, "ecu-serial-missing",
                                 "expected an ECU serial number of 1 to 64 printable characters in F18C, got " +
                                     std::to_string(ecuSerial->size()) + " bytes");
        if (!m_job->ecuSerial.empty() && m_job->ecuSerial != *ecuSerial) {
            if (const auto replaced = leaveReplacedUnit(); !replaced) return replaced;
        }
        m_job->ecuSerial = *ecuSerial;
        JournalRecord record;
        record.ecuSerial = *ecuSerial;
        return end(step, std::move(record));
    }

    Step<void> compareVin(const std::string& text)
    {
        constexpr auto step = StepId::ReadVin;
        if (text.empty())
            return refused(step, "vin-blank", "the unit has no VIN (F190 is blank): it must be written before");
        const auto unitVin = gateway::Vin::parse(text);
        if (!unitVin) return refused(step, "vin-mismatch", "F190 does not hold a VIN: " + unitVin.error().detail);
        if (*unitVin == m_vin) {
            m_result.unitVin = m_vin.masked();
            return {};
        }
        m_result.unitVin = std::string(unitVin->text());
        return refused(step, "vin-mismatch",
                       "scanned " + m_vin.masked() + ", the unit holds " + unitVin->masked() +
                           "; they differ at position " + differingPositions(m_vin.text(), unitVin->text()));
    }

    /// An open job of another unit for this VIN: its certificate must not live on without it.
    Step<void> leaveReplacedUnit()
    {
        constexpr auto step = StepId::ReadVin;
        const Job left = *m_job;
        if (left.verified) {
            if (const auto closed = m_journal->close(left.id, Outcome::Provisioned); !closed)
                return journalFails(step, closed.error());
        } else {
            if (const auto settled = settleIssue(); !settled) return tl::unexpected(settled.error());
            JournalRecord record{.step = step, .phase = RecordPhase::After, .detail = "another unit took its place"};
            record.closes = Outcome::UnitFailed;
            record.cause = "unit-replaced";
            record.report = rejection("unit replaced before it was provisioned");
            if (const auto written = write(record); !written) return written;
            if (const auto told = tellGateway(); !told) return journalFails(step, told.error());
        }
        m_job.reset();
        m_result.resumed = false;
        m_result.serial.reset();
        m_result.transaction = m_fresh;
        return beginJob({.step = step, .phase = RecordPhase::Before});
    }

    Step<void> requestCsr()
    {
        constexpr auto step = StepId::RequestCsr;
        // Once the gateway may know a CSR, the job stays with it: another one under the same key is a conflict.
        if (m_job->issueBegun) return skip(step);
        if (const auto begun = begin(step, kUnitAttempts); !begun) return begun;
        const auto csr = repeatAtUnit(step, Reopen::Yes, [&] {
            return m_unit->requestCsr(m_job->transaction, m_names.deviceId, m_names.vinHash);
        });
        if (!csr) return unitFails(step, csr.error());
        m_job->csrDer = *csr;
        JournalRecord record;
        record.csrDer = *csr;
        return end(step, std::move(record));
    }

    Step<void> certifyKey()
    {
        constexpr auto step = StepId::CertifyKey;
        // What the gateway may have been sent with the CSR stays with the job as the CSR does.
        if (m_job->issueBegun) return skip(step);
        if (const auto begun = begin(step, kUnitAttempts); !begun) return begun;
        const auto offered = repeatAtUnit(step, Reopen::Yes, [&] { return m_unit->readEvidence(); });
        if (!offered) return unitFails(step, offered.error());
        if (!*offered) return goOnWithoutEvidence("the unit has no TPM evidence");
        const gateway::ChallengeRequest question{m_job->transaction, (*offered)->ekCertificateDer,
                                                 (*offered)->akPublic};
        const auto challenge = askGateway(step, [&] { return m_issuer->challenge(question); });
        if (!challenge && knowsNoChallenges(challenge.error()))
            return goOnWithoutEvidence("the gateway does not ask for TPM evidence");
        if (!challenge) return tl::unexpected(endingOfIssue(step, challenge.error()));

        using Evidence = UnitResult<std::optional<gateway::TpmEvidence>>;
        auto evidence = repeatAtUnit(step, Reopen::Yes, [&]() -> Evidence {
            if (const auto certified = m_unit->certifyKey(m_job->transaction, *challenge); !certified)
                return tl::unexpected(certified.error());
            return m_unit->readEvidence();
        });
        if (!evidence) return unitFails(step, evidence.error());
        if (!*evidence || (*evidence)->certifyInfo.empty())
            return unitIsAtFault(step, "evidence-incomplete",
                                 "the unit certified its key, but F1A4 does not hold what came of it");
        m_job->evidence = std::move(*evidence);
        JournalRecord record;
        record.evidence = m_job->evidence;
        return end(step, std::move(record));
    }

    /// Whether a certificate is issued all the same is for the gateway to say.
    Step<void> goOnWithoutEvidence(const char* why)
    {
        m_job->evidence.reset();
        JournalRecord record;
        record.detail = why;
        return end(StepId::CertifyKey, std::move(record));
    }

    Step<void> issueCertificate()
    {
        constexpr auto step = StepId::IssueCertificate;
        m_result.deviceId = m_names.deviceId;
        if (m_job->certificate) {
            if (const auto accepted = checkIssued(); !accepted) return accepted;
            return skip(step);
        }
        if (const auto begun = begin(step, gatewayAttempts()); !begun) return begun;
        m_job->issueBegun = true;
        const auto issued = askGateway(step, [&] { return m_issuer->issue(issueRequest()); });
        if (!issued) return tl::unexpected(endingOfIssue(step, issued.error()));
        m_job->certificate = *issued;
        noteCertificate();
        if (const auto accepted = checkIssued(); !accepted) return accepted;
        JournalRecord record;
        record.certificate = *issued;
        return end(step, std::move(record));
    }

    gateway::IssueRequest issueRequest() const
    {
        return {m_job->transaction, m_vin, m_job->csrDer, m_job->ecuSerial, m_job->evidence};
    }

    int gatewayAttempts() const { return 3 + static_cast<int>(m_parts.budgets.issue / kLongestIssuePause); }

    /// Asks again with the same key what may pass, within the budget.
    template <typename Call>
    auto askGateway(StepId step, Call call) -> decltype(call())
    {
        const auto deadline = m_parts.clock.now() + m_parts.budgets.issue;
        std::chrono::milliseconds pause = kFirstIssuePause;
        for (int attempt = 1;; ++attempt) {
            auto answer = call();
            if (answer || !isWorthAskingAgain(answer.error())) return answer;
            at(step).maxAttempts = gatewayAttempts();
            if (attempt >= gatewayAttempts() || m_parts.clock.now() + pause >= deadline) return answer;
            repeated(step, attempt + 1, answer.error().type + ": " + answer.error().detail);
            m_parts.clock.sleep(pause);
            pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestIssuePause);
        }
    }

    Step<void> checkIssued()
    {
        const auto checked = m_parts.checker->checkIssued(*m_job->certificate, m_job->csrDer, m_names);
        if (checked) return {};
        // Not what was asked for: it is revoked by the rejection that closes the job, and the next scan asks anew.
        return tl::unexpected(Ending{Outcome::StationFailed,
                                     {StepId::IssueCertificate, checked.error().type, checked.error().detail, {}, {}},
                                     true});
    }

    Step<void> installCertificate()
    {
        constexpr auto step = StepId::InstallCertificate;
        if (m_job->installed) return skip(step);
        if (const auto begun = begin(step, kInstallAttempts); !begun) return begun;
        auto installed = m_unit->installCertificate(m_job->transaction, chain());
        if (!installed) {
            repeated(step, 2, installed.error().detail);
            installed = installAgain();
        }
        if (!installed) return unitFails(step, installed.error());
        m_job->installed = true;
        return end(step);
    }

    std::vector<Bytes> chain() const
    {
        std::vector<Bytes> chain{m_job->certificate->certificateDer};
        chain.insert(chain.end(), m_job->certificate->chainDer.begin(), m_job->certificate->chainDer.end());
        return chain;
    }

    /// Cable, voltage or a lost answer look like a failed installation: first ask what the unit holds.
    UnitResult<void> installAgain()
    {
        const auto state = repeatAtUnit(StepId::InstallCertificate, Reopen::Yes, [&]() -> UnitResult<UnitSnapshot> {
            if (auto opened = m_unit->open(); !opened) return tl::unexpected(opened.error());
            return m_unit->readState();
        });
        if (!state) return tl::unexpected(state.error());
        const auto ours = m_job->transaction.bytes();
        if (state->state == UnitSnapshot::State::Active && std::ranges::equal(state->transaction, ours)) {
            const auto leaf = m_unit->readActiveLeaf();
            if (leaf && *leaf == m_job->certificate->certificateDer) return {};
        }
        auto installed = m_unit->installCertificate(m_job->transaction, chain());
        if (!installed && isUnitsOwn(installed.error().fault)) {
            if (const auto after = m_unit->readState(); after && !after->lastDetail.empty())
                installed.error().detail += "; the unit says: " + after->lastDetail;
        }
        return installed;
    }

    Step<void> verifyCertificate()
    {
        constexpr auto step = StepId::VerifyCertificate;
        if (const auto begun = begin(step, kUnitAttempts); !begun) return begun;
        const auto leaf = repeatAtUnit(step, Reopen::Yes, [&] { return m_unit->readActiveLeaf(); });
        if (!leaf) return unitFails(step, leaf.error());
        m_result.leafDer = *leaf;
        if (*leaf != m_job->certificate->certificateDer)
            return unitIsAtFault(step, "certificate-differs",
                                 "the certificate read back (" + std::to_string(leaf->size()) +
                                     " bytes) is not the installed one (" +
                                     std::to_string(m_job->certificate->certificateDer.size()) + " bytes)");

        Bytes challenge(kChallengeOctets);
        if (!m_parts.fillRandom(challenge))
            return stationFails(step, "random-unavailable", "no random numbers for the challenge");
        const auto proof = repeatAtUnit(step, Reopen::Yes, [&] { return m_unit->prove(challenge); });
        if (!proof) return unitFails(step, proof.error());
        if (const auto proven = m_parts.checker->checkProof(*leaf, challenge, *proof); !proven)
            return unitIsAtFault(step, "challenge-failed", proven.error().detail);

        JournalRecord record;
        if (!m_job->verified)
            record.report = Report{Report::Kind::Provisioned,
                                   m_job->certificate->serial,
                                   m_job->transaction,
                                   m_parts.clock.wallTime(),
                                   {}};
        m_job->verified = true;
        return end(step, std::move(record));
    }

    Step<void> reportProvisioned()
    {
        constexpr auto step = StepId::ReportProvisioned;
        if (const auto begun = begin(step, 1); !begun) return begun;
        const auto told = tellGateway();
        if (!told) return journalFails(step, told.error());
        const auto pending = m_journal->pendingReports();
        if (!pending) return journalFails(step, pending.error());

        const auto isOurs = [&](const Report& report) {
            return report.kind == Report::Kind::Provisioned && report.transaction == m_job->transaction;
        };
        if (std::ranges::any_of(m_setAside, isOurs))
            return tl::unexpected(
                Ending{Outcome::StationFailed, gatewayFailure(step, told->error->type, *told->error), true, true});
        m_result.reported =
            std::ranges::none_of(*pending, [&](const QueuedReport& queued) { return isOurs(queued.report); });
        JournalRecord record;
        if (!m_result.reported)
            record.detail =
                "kept in the journal: " + (told->error ? told->error->type : std::string("others come first"));
        if (const auto ended = end(step, std::move(record)); !ended) return ended;
        if (const auto closed = m_journal->close(m_job->id, Outcome::Provisioned); !closed)
            return journalFails(step, closed.error());
        return {};
    }

    // ---- endings ----

    static tl::unexpected<Ending> stationFails(StepId step, std::string cause, std::string detail)
    {
        return tl::unexpected(
            Ending{Outcome::StationFailed, {step, std::move(cause), std::move(detail), std::nullopt, std::nullopt}});
    }

    static tl::unexpected<Ending> journalFails(StepId step, const gateway::Error& error)
    {
        Ending ending{Outcome::StationFailed, {step, error.type, error.detail, std::nullopt, std::nullopt}};
        ending.journalLost = true;
        return tl::unexpected(std::move(ending));
    }

    static tl::unexpected<Ending> unitIsAtFault(StepId step, std::string cause, std::string detail)
    {
        return tl::unexpected(
            Ending{Outcome::UnitFailed, {step, std::move(cause), std::move(detail), std::nullopt, std::nullopt}, true});
    }

    static tl::unexpected<Ending> unitFails(StepId step, const UnitError& error)
    {
        if (isUnitsOwn(error.fault)) return unitIsAtFault(step, error.cause, error.detail);
        return stationFails(step, error.cause, error.detail);
    }

    /// A wrong vehicle says nothing about a job whose certificate may exist already: that one waits for its vehicle.
    tl::unexpected<Ending> refused(StepId step, std::string cause, std::string detail) const
    {
        return tl::unexpected(Ending{Outcome::Refused,
                                     {step, std::move(cause), std::move(detail), std::nullopt, std::nullopt},
                                     !m_job->issueBegun,
                                     !m_job->issueBegun});
    }

    void conclude(Ending ending)
    {
        if (m_job && ending.closesJob && !ending.nothingIssued) {
            if (const auto settled = settleIssue(); !settled) ending.closesJob = false;
        }
        if (m_job && !ending.journalLost) {
            JournalRecord record{.step = ending.failure.step,
                                 .phase = RecordPhase::After,
                                 .attempt = at(ending.failure.step).attempt,
                                 .detail = ending.failure.detail};
            record.cause = ending.failure.cause;
            if (m_stepStarted) record.elapsed = since(*m_stepStarted);
            if (m_job->certificate) record.certificate = m_job->certificate;
            if (ending.closesJob) {
                record.closes = ending.outcome;
                if (!ending.nothingIssued)
                    record.report = rejection(std::string(name(ending.failure.step)) + ": " + ending.failure.cause +
                                              ": " + ending.failure.detail);
            }
            const bool hasReport = record.report.has_value();
            if (!write(record)) {
                ending.failure.detail += "; and the journal could not take it: the job stays open";
            } else if (hasReport) {
                const auto told = tellGateway();
                m_result.reported = told && std::ranges::any_of(told->delivered, [&](const Report& report) {
                                        return report.transaction == m_job->transaction;
                                    });
            }
        }
        auto& record = at(ending.failure.step);
        record.state = StepState::Failed;
        record.detail = ending.failure.detail;
        if (m_stepStarted) record.elapsed = since(*m_stepStarted);
        m_observer.onStep(record);
        m_result.outcome = ending.outcome;
        m_result.failure = std::move(ending.failure);
    }

    /// Finds out whether a certificate exists for the job, so that it can be revoked.
    /// @return an ending that keeps the job open while the gateway cannot tell
    Step<void> settleIssue()
    {
        if (!m_job->issueBegun || m_job->certificate) return {};
        const auto known = m_issuer->findRequest(m_job->transaction);
        if (!known && known.error().code == ErrorCode::NotFound) return {};
        if (!known) return tl::unexpected(endingOfIssue(StepId::IssueCertificate, known.error()));
        auto certificate = known->certificate;
        if (!certificate) {
            // An intent whose signing is in doubt: the same key and CSR bring its certificate to light.
            const auto issued = m_issuer->issue(issueRequest());
            if (!issued) return tl::unexpected(endingOfIssue(StepId::IssueCertificate, issued.error()));
            certificate = *issued;
        }
        m_job->certificate = std::move(certificate);
        noteCertificate();
        return {};
    }

    std::optional<Report> rejection(std::string cause) const
    {
        if (!m_job->certificate) return std::nullopt;
        return Report{Report::Kind::Rejected, m_job->certificate->serial, m_job->transaction, m_parts.clock.wallTime(),
                      std::move(cause)};
    }

    gateway::Result<DeliverySummary> tellGateway()
    {
        auto told = deliverReports(*m_journal, *m_issuer, m_parts.clock, m_parts.budgets.report);
        if (told) m_setAside.insert(m_setAside.end(), told->setAside.begin(), told->setAside.end());
        return told;
    }

    // ---- journal and observer ----

    StepRecord& at(StepId step) { return m_result.steps[static_cast<std::size_t>(step)]; }

    std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(m_parts.clock.now() - start);
    }

    Step<void> begin(StepId step, int maxAttempts)
    {
        m_stepStarted = m_parts.clock.now();
        auto& record = at(step);
        record.state = StepState::Running;
        record.maxAttempts = maxAttempts;
        m_observer.onStep(record);
        const JournalRecord line{.step = step, .phase = RecordPhase::Before};
        return m_job ? write(line) : beginJob(line);
    }

    Step<void> beginJob(const JournalRecord& first)
    {
        auto job = m_journal->beginJob(m_vin, m_slot, m_fresh, first);
        if (!job) return journalFails(first.step, job.error());
        m_job = std::move(*job);
        written(first);
        return {};
    }

    Step<void> end(StepId step, JournalRecord record = {})
    {
        record.step = step;
        record.phase = RecordPhase::After;
        record.attempt = at(step).attempt;
        record.elapsed = since(*m_stepStarted);
        if (record.detail.empty()) record.detail = at(step).detail;
        if (const auto done = write(record); !done) return done;
        auto& shown = at(step);
        shown.state = StepState::Done;
        shown.detail = record.detail;
        shown.elapsed = since(*m_stepStarted);
        m_stepStarted.reset();
        m_observer.onStep(shown);
        return {};
    }

    Step<void> skip(StepId step)
    {
        auto& shown = at(step);
        shown.state = StepState::Done;
        shown.detail = "done before the interruption";
        m_observer.onStep(shown);
        return {};
    }

    void repeated(StepId step, int attempt, const std::string& why)
    {
        auto& shown = at(step);
        shown.attempt = attempt;
        shown.detail = why;
        shown.elapsed = since(*m_stepStarted);
        m_observer.onStep(shown);
    }

    Step<void> write(const JournalRecord& record)
    {
        if (const auto done = m_journal->record(m_job->id, record); !done)
            return journalFails(record.step, done.error());
        written(record);
        return {};
    }

    void written(const JournalRecord& record)
    {
        ++m_records;
        if (m_parts.hook) m_parts.hook(m_records, record.step, record.phase);
    }

    enum class Reopen { No, Yes };

    /// Asks again what may pass: busy, voltage, silence. A definite no is not asked twice.
    template <typename Call>
    auto repeatAtUnit(StepId step, Reopen reopen, Call call) -> decltype(call())
    {
        const auto deadline = m_parts.clock.now() + m_parts.budgets.unit;
        for (int attempt = 1;; ++attempt) {
            auto answer = call();
            if (answer || isUnitsOwn(answer.error().fault)) return answer;
            at(step).maxAttempts = std::max(kUnitAttempts, at(step).attempt);
            if (attempt == kUnitAttempts || m_parts.clock.now() + kUnitPause >= deadline) return answer;
            const auto fault = answer.error().fault;
            repeated(step, std::max(attempt + 1, at(step).attempt), answer.error().detail);
            m_parts.clock.sleep(kUnitPause);
            // Silence ends the unit's session (S3); whether it came back shows at the next call.
            if (reopen == Reopen::Yes && (fault == UnitFault::NoAnswer || fault == UnitFault::BusUnavailable))
                static_cast<void>(m_unit->open());
        }
    }

    const RunParts& m_parts;
    gateway::Vin m_vin;
    int m_slot;
    RunObserver& m_observer;
    gateway::TransactionId m_fresh;
    VehicleNames m_names;
    std::chrono::steady_clock::time_point m_started;
    std::optional<std::chrono::steady_clock::time_point> m_stepStarted;
    RunResult m_result;

    std::unique_ptr<VehicleUnit> m_unit;
    std::unique_ptr<CertificateIssuer> m_issuer;
    std::unique_ptr<Journal> m_journal;
    std::unique_ptr<SlotClaim> m_claim;
    std::unique_ptr<SlotClaim> m_otherClaim;
    std::optional<Job> m_job;
    std::vector<Report> m_setAside;
    int m_records = 0;
};

} // namespace

RunResult ProvisioningRun::provision(const gateway::Vin& vin, int slot, RunObserver& observer)
{
    const auto transaction = gateway::TransactionId::random(m_parts.fillRandom);
    if (!transaction) {
        constexpr std::array<std::uint8_t, gateway::TransactionId::kOctets> none{};
        RunResult result{.vin = vin, .transaction = gateway::TransactionId::fromBytes(none)};
        result.failure = RunFailure{StepId::OpenSession, transaction.error().type, transaction.error().detail,
                                    std::nullopt, std::nullopt};
        return result;
    }
    return Run(m_parts, vin, slot, observer, *transaction).execute();
}

} // namespace station
