#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/error.h"
#include "contract/vin.h"
#include "flow/audit_batch.h"
#include "flow/line_outputs.h"
#include "flow/run_history.h"
#include "flow/run_record.h"
#include "flow/self_test.h"
#include "flow/vin_rules.h"
#include "ui/case_model.h"
#include "ui/history_model.h"
#include "ui/session_model.h"

class QGuiApplication;

namespace station {

/// What header, footer and band show of the station. Asked in a thread of its own.
struct StationStatus
{
    enum class Link { Unknown, Up, Down };

    /// A job that was under way when the station stopped.
    struct Interrupted
    {
        std::string vin; ///< as the operator finds it on the vehicle
        int slot = 1;
    };

    Link gateway = Link::Unknown;
    Link unit = Link::Unknown;
    bool backupGateway = false;   ///< not the first gateway of the configuration answers
    bool backupAuthority = false; ///< the gateway signs with its backup issuing CA
    bool journalBroken = false;   ///< it cannot be read: the next run will not begin
    int reportsWaiting = 0;       ///< runs in the journal that the gateway has not acknowledged yet
    std::vector<Interrupted> interrupted{};
    RunCounts shift{}; ///< jobs opened since the shift began
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
    std::string theme = "light"; ///< "light", "dark", "contrast"
    std::string language{};      ///< "en", "de", "es", "zh"; "": the system's
    bool fullScreen = true;
    bool simulation = false; ///< draws the SIMULATION band: no real vehicle is behind this window

    /// Turns what a scanner typed into a VIN; Vin::fromLabel() when empty. The adapter's readVinLabel() also knows AIM
    /// identifiers and ISO 15434 envelopes.
    std::function<gateway::Result<gateway::Vin>(std::string_view)> readLabel;
    VinRules vinRules{};
    LoginSettings login{};
    CaseServices cases{};
    std::vector<std::chrono::minutes> shifts{}; ///< starts after local midnight, ascending; empty: one a day
    RecordServices records{};
    ExportServices output{};
    SelfTest selfTest{};
    LineOutputs line{};

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
