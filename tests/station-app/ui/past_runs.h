#pragma once

#include <chrono>
#include <vector>

#include "flow/run_statistics.h"
#include "ui/history_model.h"

/// A shift of past runs, made by a rule: 212 scanned, 4 failed, 1 open, the newest just before `now`.
inline std::vector<station::PastRun> shiftOfRuns(std::int64_t now)
{
    using namespace std::chrono_literals;
    using station::Outcome;
    std::vector<station::PastRun> runs;
    const auto vin = gateway::Vin::parse("5VXTC2E41SA000017").value();
    for (int i = 0; i < 212; ++i) {
        std::array<std::uint8_t, 16> id{};
        id[15] = static_cast<std::uint8_t>(i);
        station::PastRun run{.id = 212 - i, .vin = vin, .transaction = gateway::TransactionId::fromBytes(id)};
        run.ecuSerial = "TCU-2026-0" + std::to_string(9000 - i);
        run.openedAt = gateway::Time(std::chrono::seconds(now - 55 * i));
        run.worked = 21'400ms + std::chrono::milliseconds(i * 7919 % 13'000);
        run.attempts = i % 23 == 7 ? 2 : 1;
        run.outcome = Outcome::Provisioned;
        if (i == 0) run.outcome.reset();
        if (i == 3 || i == 60 || i == 61) run.outcome = Outcome::UnitFailed;
        if (i == 140) run.outcome = Outcome::Refused;
        if (i == 0) run.cause = "gateway-unreachable";
        if (run.outcome == Outcome::UnitFailed) run.cause = "unit-refused";
        if (run.outcome == Outcome::Refused) run.cause = "rate-limited";
        if (run.outcome) run.closedAt = run.openedAt + 30s;
        if (run.outcome == Outcome::Provisioned)
            run.serial = gateway::CertificateSerial::parse("4A:9C:01:FE:33:08:71:B2:5D:E0:16:8F:C4:27:AA:90").value();
        run.lastStep =
            run.outcome == Outcome::Provisioned ? station::StepId::ReportProvisioned : station::StepId::RequestCsr;
        runs.push_back(std::move(run));
    }
    return runs;
}

/// The rules of the real history over them.
inline station::RecordServices pastRuns(std::int64_t now)
{
    using namespace std::chrono_literals;
    using State = station::RunFilter::State;
    const auto matching = [now](const station::RunFilter& filter) {
        std::vector<station::PastRun> found;
        for (auto& run : shiftOfRuns(now)) {
            const bool isPassed = run.outcome == station::Outcome::Provisioned;
            const bool fits = filter.state == State::All || (filter.state == State::Open && !run.outcome) ||
                              (filter.state == State::Provisioned && isPassed) ||
                              (filter.state == State::Failed && run.outcome && !isPassed);
            const bool says = run.vin.text().find(filter.text) != std::string::npos ||
                              run.ecuSerial.find(filter.text) != std::string::npos;
            if (fits && says && (!filter.from || run.openedAt >= *filter.from)) found.push_back(std::move(run));
        }
        return found;
    };
    station::RecordServices services;
    services.find = [matching](const station::RunFilter& filter) -> gateway::Result<station::RunPage> {
        station::RunPage page;
        page.runs = matching(filter);
        page.total = static_cast<int>(page.runs.size());
        const auto first = std::min<std::size_t>(static_cast<std::size_t>(filter.offset), page.runs.size());
        page.runs.erase(page.runs.begin(), page.runs.begin() + static_cast<std::ptrdiff_t>(first));
        if (page.runs.size() > static_cast<std::size_t>(filter.limit))
            page.runs.erase(page.runs.begin() + filter.limit, page.runs.end());
        return page;
    };
    services.steps = [](std::int64_t) -> gateway::Result<std::vector<station::PastStep>> {
        using station::RecordPhase;
        using station::StepId;
        return std::vector<station::PastStep>{
            {StepId::OpenSession, RecordPhase::Before, 1, {}, 0ms, "", ""},
            {StepId::OpenSession, RecordPhase::After, 1, {}, 420ms, "", ""},
            {StepId::ReadVin, RecordPhase::Before, 1, {}, 0ms, "", ""},
            {StepId::ReadVin, RecordPhase::After, 1, {}, 90ms, "", ""},
            {StepId::RequestCsr, RecordPhase::Before, 1, {}, 0ms, "", ""},
            {StepId::RequestCsr, RecordPhase::After, 2, {}, 3100ms, "unit-refused", "requestOutOfRange (0x31)"}};
    };
    services.statistics = [matching](const station::RunFilter& filter) -> gateway::Result<station::RunStatistics> {
        std::vector<station::RunSample> samples;
        std::vector<station::StepSample> steps;
        const auto runs = matching(filter);
        for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
            samples.push_back({run->openedAt, run->outcome, run->worked, run->attempts == 1, run->cause});
            if (run->outcome != station::Outcome::Provisioned) continue;
            const int parts[] = {2, 1, 22, 5, 41, 14, 12, 3};
            for (std::size_t i = 0; i < station::kStepCount; ++i)
                steps.emplace_back(static_cast<station::StepId>(i), run->worked * parts[i] / 100);
        }
        return station::makeStatistics(samples, steps, filter.from);
    };
    return services;
}
