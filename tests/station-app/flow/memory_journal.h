#pragma once

#include <map>
#include <set>

#include "flow/journal.h"

namespace station::test {

/// What the journal's file would hold.
struct JournalFile
{
    struct Entry
    {
        Job job;
        std::optional<Outcome> outcome;
        std::vector<JournalRecord> records;
    };
    struct Queued
    {
        QueuedReport report;
        bool delivered = false;
        std::string setAside;
    };

    std::vector<Entry> jobs;
    std::vector<Queued> outbox;
    std::set<int> claimed;
    int failsAfterWrites = -1; ///< the disk is full after so many more writes; -1: never
};

class MemoryJournal final : public Journal
{
public:
    explicit MemoryJournal(JournalFile& file) : m_file(file) {}

    gateway::Result<std::unique_ptr<SlotClaim>> claimSlot(int slot) override
    {
        if (!m_file.claimed.insert(slot).second)
            return gateway::fail(gateway::ErrorCode::Conflict, "slot-busy", "slot " + std::to_string(slot));
        return std::make_unique<Claim>(m_file, slot);
    }
    gateway::Result<std::optional<Job>> findOpenJob(const gateway::Vin& vin) override
    {
        for (const auto& entry : m_file.jobs)
            if (entry.job.vin == vin && !entry.outcome) return entry.job;
        return std::nullopt;
    }
    gateway::Result<Job> beginJob(const gateway::Vin& vin, int slot, const gateway::TransactionId& transaction,
                                  const JournalRecord& first) override
    {
        if (findOpenJob(vin)->has_value()) return gateway::fail(gateway::ErrorCode::Conflict, "job-open", "open");
        if (auto full = spend(); !full) return tl::unexpected(full.error());
        Job job{.id = static_cast<std::int64_t>(m_file.jobs.size() + 1),
                .vin = vin,
                .slot = slot,
                .transaction = transaction};
        m_file.jobs.push_back({job, std::nullopt, {first}});
        return job;
    }
    gateway::Result<void> record(std::int64_t id, const JournalRecord& record) override
    {
        if (auto full = spend(); !full) return full;
        auto& entry = m_file.jobs.at(static_cast<std::size_t>(id - 1));
        entry.records.push_back(record);
        auto& job = entry.job;
        if (record.ecuSerial) job.ecuSerial = *record.ecuSerial;
        if (record.csrDer) job.csrDer = *record.csrDer;
        if (record.evidence) job.evidence = record.evidence;
        if (record.certificate) job.certificate = record.certificate;
        if (record.step == StepId::IssueCertificate && record.phase == RecordPhase::Before) job.issueBegun = true;
        if (record.isDone(StepId::InstallCertificate)) job.installed = true;
        if (record.isDone(StepId::VerifyCertificate)) job.verified = true;
        if (record.report)
            m_file.outbox.push_back({{static_cast<std::int64_t>(m_file.outbox.size() + 1), *record.report}, false, {}});
        if (record.closes) entry.outcome = record.closes;
        return {};
    }
    gateway::Result<void> close(std::int64_t id, Outcome outcome) override
    {
        if (auto full = spend(); !full) return full;
        m_file.jobs.at(static_cast<std::size_t>(id - 1)).outcome = outcome;
        return {};
    }
    gateway::Result<std::vector<QueuedReport>> pendingReports() override
    {
        std::vector<QueuedReport> reports;
        for (const auto& queued : m_file.outbox)
            if (!queued.delivered && queued.setAside.empty()) reports.push_back(queued.report);
        return reports;
    }
    gateway::Result<void> markDelivered(std::int64_t id) override
    {
        if (auto full = spend(); !full) return full;
        m_file.outbox.at(static_cast<std::size_t>(id - 1)).delivered = true;
        return {};
    }
    gateway::Result<void> setAside(std::int64_t id, const std::string& why) override
    {
        if (auto full = spend(); !full) return full;
        m_file.outbox.at(static_cast<std::size_t>(id - 1)).setAside = why;
        return {};
    }

private:
    class Claim final : public SlotClaim
    {
    public:
        Claim(JournalFile& file, int slot) : m_file(file), m_slot(slot) {}
        ~Claim() override { m_file.claimed.erase(m_slot); }
        Claim(const Claim&) = delete;
        Claim& operator=(const Claim&) = delete;

    private:
        JournalFile& m_file;
        int m_slot;
    };

    gateway::Result<void> spend()
    {
        if (m_file.failsAfterWrites == 0)
            return gateway::fail(gateway::ErrorCode::StoreUnavailable, "journal-full", "the disk is full");
        if (m_file.failsAfterWrites > 0) --m_file.failsAfterWrites;
        return {};
    }

    JournalFile& m_file;
};

} // namespace station::test
