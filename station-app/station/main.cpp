#include <QGuiApplication>

#include "cli/station_cli.h"
#include "scan/vin_label.h"
#include "ui/window.h"

namespace {

station::StationStatus statusOf(station::StationSystem& system)
{
    using Link = station::StationStatus::Link;
    station::StationStatus status;
    status.gateway = system.checkGateway() ? Link::Up : Link::Down;
    if (const auto waiting = system.countWaitingReports()) status.reportsWaiting = *waiting;
    return status;
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
    settings.dark = config.window.dark;
    settings.fullScreen = config.window.fullScreen;
    settings.simulation = config.window.simulation;
    const station::LabelRules label{config.scanner.prefix, config.scanner.suffix, config.scanner.code39Mod43,
                                    config.vinRules};
    settings.readLabel = [label](std::string_view text) { return station::readVinLabel(text, label); };
    settings.vinRules = config.vinRules;
    settings.readStatus = [&system] { return statusOf(system); };
    return station::runWindow(application, system.provisioner(), settings);
}

} // namespace

int main(int argc, char** argv)
{
    return station::cli::run(argc, argv, {}, openWindow);
}
