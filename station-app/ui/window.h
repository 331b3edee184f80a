#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "contract/error.h"
#include "contract/vin.h"
#include "flow/run_record.h"
#include "flow/vin_rules.h"

class QGuiApplication;

namespace station {

/// What the footer shows about the connections of the station. Asked in a thread of its own.
struct StationStatus
{
    enum class Link { Unknown, Up, Down };

    Link gateway = Link::Unknown;
    Link unit = Link::Unknown;
    int reportsWaiting = 0; ///< runs in the journal that the gateway has not acknowledged yet
};

struct WindowSettings
{
    std::string stationName; ///< header, e.g. "Line 1 / Station 07"
    std::string technician;  ///< whom to call: name and phone as the operator knows them
    int slot = 1;            ///< 1-based, as Provisioner::provision() takes it
    std::chrono::seconds cycleTarget{60};

    /// Diagonal of the screen in inches: panel computers often report a wrong one. 0: what the screen reports, or 10.1
    /// when that is not believable.
    double screenDiagonalInches = 0;
    bool dark = false;
    bool fullScreen = true;
    bool simulation = false; ///< draws the SIMULATION band: no real vehicle is behind this window

    /// Turns what a scanner typed into a VIN; Vin::fromLabel() when empty. The adapter's readVinLabel() also knows AIM
    /// identifiers and ISO 15434 envelopes.
    std::function<gateway::Result<gateway::Vin>(std::string_view)> readLabel;
    VinRules vinRules{};

    /// Asked about every five seconds, never in the GUI thread, so it may block for seconds. Empty: the footer says
    /// nothing about links.
    std::function<StationStatus()> readStatus;
};

/// Shows the operator's window and runs the application until it is closed. Vehicles are provisioned one at a time in a
/// thread of its own; the window cannot be closed while a vehicle is in work.
/// @param provisioner  outlives the call; provision() is called in another thread
/// @return the exit code for main(): 0 after closing, 2 when the window could not be loaded
int runWindow(QGuiApplication& application, Provisioner& provisioner, const WindowSettings& settings);

} // namespace station
