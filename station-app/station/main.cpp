#include <QDateTime>
#include <QGuiApplication>

#include "adapters/command_output.h"
#include "adapters/self_test.h"
#include "cli/station_cli.h"
#include "scan/vin_label.h"
#include "ui/period_model.h"
#include "ui/window.h"

namespace {

using gateway::Time;

station::StationStatus statusOf(station::StationSystem& system, int slot)
{
    using Link = station::StationStatus::Link;
    constexpr int mostInterrupted = 20;
    station::StationStatus status;
    if (const auto standing = system.checkGateway()) {
        status.gateway = Link::Up;
        status.backupGateway = standing->isBackupGateway;
        status.backupAuthority = standing->isBackupAuthority;
    } else {
        status.gateway = Link::Down;
    }
    if (const auto isUp = system.isBusUp(slot)) status.unit = *isUp ? Link::Up : Link::Down;
    const auto waiting = system.countWaitingReports();
    const auto history = system.openHistory();
    status.journalBroken = !waiting || !history;
    if (status.journalBroken) return status;
    status.reportsWaiting = *waiting;
    station::RunFilter open;
    open.state = station::RunFilter::State::Open;
    open.limit = mostInterrupted;
    if (const auto jobs = (*history)->find(open))
        for (const auto& job : jobs->runs)
            if (job.slot == slot) status.interrupted.push_back({std::string(job.vin.text()), job.slot});
    station::RunFilter shift;
    const auto begun = station::shiftStart(system.config().shifts, QDateTime::currentDateTime());
    shift.from = Time(std::chrono::seconds(begun.toSecsSinceEpoch()));
    if (const auto counts = (*history)->count(shift)) status.shift = *counts;
    return status;
}

station::LoginSettings loginOf(station::StationSystem& system)
{
    const auto& config = system.config().login;
    station::LoginSettings login;
    login.required = config.required;
    login.lockAfter = config.lockAfter;
    login.badgePrefix = config.badgePrefix;
    login.list = [&system] { return system.openPeople().and_then([](const auto& people) { return people->list(); }); };
    login.byBadge = [&system](std::string_view badge) {
        return system.openPeople().and_then([&](const auto& people) { return people->findByBadge(badge); });
    };
    login.byPin = [&system](const std::string& name, std::string_view pin) {
        return system.openPeople().and_then([&](const auto& people) { return people->findByPin(name, pin); });
    };
    login.record = [&system](const station::Person& person, std::string_view what) {
        // A session that cannot be written down stops no work: the journal's own trouble stops the next run.
        if (const auto people = system.openPeople()) static_cast<void>((*people)->record(person, what));
    };
    return login;
}

station::CaseServices casesOf(station::StationSystem& system, int slot)
{
    station::CaseServices services;
    services.open = [&system, slot](const station::RunResult& result) {
        return system.openCases().and_then([&](const auto& cases) { return cases->open(result, slot); });
    };
    services.closePassed = [&system](const gateway::Vin& vin) {
        return system.openCases().and_then([&](const auto& cases) { return cases->closePassed(vin); });
    };
    services.listOpen = [&system] {
        return system.openCases().and_then([](const auto& cases) { return cases->listOpen(); });
    };
    services.take = [&system](std::int64_t id, const std::string& person) {
        return system.openCases().and_then([&](const auto& cases) { return cases->take(id, person); });
    };
    services.close = [&system](std::int64_t id, const std::string& person, station::Resolution resolution) {
        return system.openCases().and_then([&](const auto& cases) { return cases->close(id, person, resolution); });
    };
    return services;
}

station::RecordServices recordsOf(station::StationSystem& system)
{
    station::RecordServices services;
    services.find = [&system](const station::RunFilter& filter) {
        return system.openHistory().and_then([&](const auto& history) { return history->find(filter); });
    };
    services.steps = [&system](std::int64_t job) {
        return system.openHistory().and_then([&](const auto& history) { return history->steps(job); });
    };
    services.statistics = [&system](const station::RunFilter& filter) {
        return system.openHistory().and_then([&](const auto& history) -> gateway::Result<station::RunStatistics> {
            const auto samples = history->samples(filter);
            if (!samples) return tl::unexpected(samples.error());
            const auto steps = history->stepTimes(filter);
            if (!steps) return tl::unexpected(steps.error());
            return station::makeStatistics(*samples, *steps, filter.from);
        });
    };
    return services;
}

int openWindow(station::StationSystem& system, int slot, int& argc, char** argv)
{
    QGuiApplication application(argc, argv);
    const auto& config = system.config();
    station::WindowSettings settings;
    settings.stationName = config.name;
    settings.technician = config.window.technician;
    settings.slot = slot;
    settings.cycleTarget = config.window.cycleTarget;
    settings.screenDiagonalInches = config.window.screenDiagonalInches;
    settings.theme = config.window.theme;
    settings.language = config.window.language;
    settings.fullScreen = config.window.fullScreen;
    settings.simulation = config.window.simulation;
    const station::LabelRules label{config.scanner.prefix, config.scanner.suffix, config.scanner.code39Mod43,
                                    config.vinRules};
    settings.readLabel = [label](std::string_view text) { return station::readVinLabel(text, label); };
    settings.vinRules = config.vinRules;
    settings.login = loginOf(system);
    settings.cases = casesOf(system, slot);
    settings.shifts = config.shifts;
    settings.records = recordsOf(system);
    settings.output = system.exports();
    settings.line = station::makeLineOutputs(config.line);
    settings.selfTest = [&system] { return station::runSelfTest(system); };
    settings.readStatus = [&system, slot] { return statusOf(system, slot); };
    return station::runWindow(application, system.provisioner(), settings);
}

} // namespace

int main(int argc, char** argv)
{
    return station::cli::run(argc, argv, {}, openWindow);
}
