#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <QDateTime>

#include "flow/line_outputs.h"
#include "flow/self_test.h"
#include "past_runs.h"
#include "ui/case_model.h"
#include "ui/export_model.h"
#include "ui/session_model.h"

using namespace std::chrono_literals;

/// What stands behind the window of a bench: people, the queue, past runs and a place to write to, all in memory.
class BenchServices
{
public:
    std::mutex recordMutex;
    std::atomic<bool> queueBroken = false;
    std::vector<std::string> records;               ///< of sessions and actions
    std::function<gateway::Result<void>()> onWrite; ///< what becomes of a report or batch; success when empty

    std::atomic<bool> printerJammed = false;
    std::atomic<int> blockMs = 0; ///< how long every service takes

    static QDateTime wallClock() { return {QDate(2026, 11, 24), QTime(9, 30, 15)}; }

protected:
    /// Ada's badge is BADGE-0001 and her PIN 482913; Li has the badge BADGE-0002, Sara BADGE-0003.
    station::LoginSettings loginSettings(bool needsLogin)
    {
        static const station::Person ada{1, "Ada Gruber", station::Role::Technician, true, true};
        static const station::Person li{2, "李伟", station::Role::Operator, true, false};
        static const station::Person sara{3, "Sara Ortiz", station::Role::Supervisor, true, false};
        station::LoginSettings login;
        login.required = needsLogin;
        login.badgePrefix = "BADGE-";
        login.list = [this] {
            pause();
            return std::vector<station::Person>{ada, li};
        };
        login.byBadge = [this](std::string_view badge) -> gateway::Result<station::Person> {
            pause();
            if (badge == "BADGE-0001") return ada;
            if (badge == "BADGE-0002") return li;
            if (badge == "BADGE-0003") return sara;
            return gateway::fail(gateway::ErrorCode::Unauthorized, "badge-unknown", "");
        };
        login.byPin = [this](const std::string& name, std::string_view pin) -> gateway::Result<station::Person> {
            pause();
            if (name == ada.name && pin == "482913") return ada;
            if (pin == "000000") return gateway::fail(gateway::ErrorCode::RateLimited, "pin-blocked", "", 90s);
            return gateway::fail(gateway::ErrorCode::Unauthorized, "pin-wrong", "");
        };
        login.record = [this](const station::Person& person, std::string_view what) {
            pause();
            const std::lock_guard lock(recordMutex);
            records.push_back(std::string(what) + " " + person.name);
        };
        return login;
    }

    /// A queue in memory with the rules of the real one.
    station::CaseServices caseServices()
    {
        station::CaseServices services;
        services.open = [this](const station::RunResult& result) -> gateway::Result<void> {
            pause();
            const std::lock_guard lock(recordMutex);
            if (queueBroken) return gateway::fail(gateway::ErrorCode::StoreUnavailable, "journal-full", "");
            station::Case entry{.id = ++m_caseId, .vin = result.vin, .transaction = result.transaction};
            entry.outcome = result.outcome;
            entry.failure =
                result.failure.value_or(station::RunFailure{station::StepId::OpenSession, "unknown", "", {}, {}});
            entry.openedAt = gateway::Time(std::chrono::seconds(wallClock().toSecsSinceEpoch() - 42 * 60));
            entry.transcript = result.transcript;
            m_cases.push_back(std::move(entry));
            return {};
        };
        services.closePassed = [this](const gateway::Vin& vin) -> gateway::Result<void> {
            pause();
            const std::lock_guard lock(recordMutex);
            std::erase_if(m_cases, [&](const station::Case& entry) { return entry.vin == vin; });
            return {};
        };
        services.listOpen = [this]() -> gateway::Result<std::vector<station::Case>> {
            pause();
            const std::lock_guard lock(recordMutex);
            return m_cases;
        };
        services.take = [this](std::int64_t id, const std::string& person) -> gateway::Result<void> {
            pause();
            const std::lock_guard lock(recordMutex);
            for (auto& entry : m_cases)
                if (entry.id == id) entry.takenBy = person;
            return {};
        };
        services.close = [this](std::int64_t id, const std::string& person,
                                station::Resolution resolution) -> gateway::Result<void> {
            pause();
            const std::lock_guard lock(recordMutex);
            std::erase_if(m_cases, [&](const station::Case& entry) { return entry.id == id; });
            records.push_back("closed by " + person + ": " + std::string(station::name(resolution)));
            return {};
        };
        return services;
    }

    station::RecordServices recordServices()
    {
        const auto runs = pastRuns(wallClock().toSecsSinceEpoch());
        return {[this, runs](const auto& filter) { return pause(), runs.find(filter); },
                [this, runs](std::int64_t job) { return pause(), runs.steps(job); },
                [this, runs](const auto& filter) { return pause(), runs.statistics(filter); }};
    }

    station::ExportServices exportServices()
    {
        station::ExportServices services;
        services.targets = [this] {
            pause();
            return std::vector<station::ExportTarget>{{"INTENSO", "/media/INTENSO", 14'800'000'000ULL, true},
                                                      {"/var/lib/v2c-station/export", "/export", 52'000'000ULL, false}};
        };
        services.exportBatch =
            [this](const station::RunFilter&, const std::filesystem::path& folder,
                   const station::ExportProgress& progress) -> gateway::Result<station::BatchSummary> {
            progress(0.4);
            pause();
            if (onWrite)
                if (const auto done = onWrite(); !done) return tl::unexpected(done.error());
            note("batch to " + folder.string());
            return station::BatchSummary{"v2c-batch-20261124-093015", 212, 3204, {}};
        };
        services.writeFile = [this](const std::filesystem::path& file,
                                    const std::string& octets) -> gateway::Result<void> {
            if (onWrite)
                if (const auto done = onWrite(); !done) return done;
            note(file.string());
            const std::lock_guard lock(recordMutex);
            written = octets;
            return {};
        };
        return services;
    }

    station::LineOutputs lineOutputs()
    {
        station::LineOutputs outputs;
        outputs.andon = [this](const std::string& state) { return noteLine("lamp " + state); };
        outputs.sound = [this](const std::string& sound) { return noteLine("sound " + sound); };
        outputs.printLabel = [this](const station::RunResult& result) -> gateway::Result<void> {
            if (printerJammed) return gateway::fail(gateway::ErrorCode::Internal, "output-failed", "");
            return noteLine("label of " + std::string(result.vin.text()));
        };
        return outputs;
    }

    station::SelfTest selfTestService()
    {
        return [this] {
            pause();
            using State = station::SelfCheck::State;
            return std::vector<station::SelfCheck>{{"bus", State::Good, "1"},
                                                   {"bus", State::Bad, "2"},
                                                   {"gateway", State::Warning, "backup"},
                                                   {"clock", State::Warning, "unsynchronised"},
                                                   {"disk", State::Good, "48210 MB"},
                                                   {"journal", State::Good, ""}};
        };
    }

public:
    std::vector<std::string> lineRecords; ///< of lamp, sounds and labels, under recordMutex
    std::string written;                  ///< the last file, under recordMutex

protected:
    void pause() const
    {
        if (blockMs > 0) std::this_thread::sleep_for(std::chrono::milliseconds(blockMs));
    }

private:
    gateway::Result<void> noteLine(const std::string& what)
    {
        pause();
        const std::lock_guard lock(recordMutex);
        lineRecords.push_back(what);
        return {};
    }

    void note(const std::string& what)
    {
        const std::lock_guard lock(recordMutex);
        records.push_back(what);
    }

    std::vector<station::Case> m_cases;
    std::int64_t m_caseId = 0;
};
