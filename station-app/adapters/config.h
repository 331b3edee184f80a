#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/command_output.h"
#include "contract/error.h"
#include "flow/provisioning_run.h"
#include "flow/vin_rules.h"

namespace station {

struct SlotConfig
{
    std::string bus; ///< "socketcan:can0": Qt's plugin name, a colon, its device name
    std::uint32_t requestId = 0x7E0;
    std::uint32_t responseId = 0x7E8;
};

struct LogConfig
{
    std::filesystem::path file; ///< JSON lines, rotated; empty: plain text on standard error
    std::string level = "info"; ///< trace, debug, info, warning, error, critical, off
};

/// What the scanner adds to the text of a label.
struct ScannerConfig
{
    std::string prefix; ///< stripped when it is there, e.g. "~"; a scan without it counts as well
    std::string suffix;
    bool code39Mod43 = false; ///< labels end in the optional check character of Code 39
};

struct WindowConfig
{
    std::string technician;
    std::chrono::seconds cycleTarget{60};
    double screenDiagonalInches = 0; ///< 0: what the screen reports
    std::string theme = "light";     ///< light, dark, contrast
    std::string language;            ///< en, de, es, zh; "": the system's
    bool fullScreen = true;
    bool simulation = false;
};

struct LoginConfig
{
    bool required = false;
    std::chrono::seconds lockAfter{600}; ///< without a key, a touch or a run
    std::string badgePrefix;             ///< what begins so is a badge on every screen; "": on the login screen only
};

/// Where reports and audit batches go besides sticks.
struct ExportConfig
{
    std::filesystem::path folder;         ///< empty: sticks only
    std::filesystem::path auditTokenFile; ///< a token of scope "audit" in one line; empty: batches without the gateway
};

/// The station's configuration file, documented in docs/station.md.
struct Config
{
    std::string name;
    std::vector<std::string> gatewayUrls; ///< primary first
    std::filesystem::path rootCertificate;
    std::chrono::milliseconds connectTimeout{3000};
    std::chrono::milliseconds requestTimeout{10000};
    std::filesystem::path certificate; ///< the station's own, its chain may follow
    std::filesystem::path key;
    std::filesystem::path identitySecrets;
    std::filesystem::path journal;
    std::vector<SlotConfig> slots;
    RunBudgets budgets;
    VinRules vinRules;
    ScannerConfig scanner;
    std::vector<std::chrono::minutes> shifts; ///< starts after local midnight, ascending; empty: one a day
    LoginConfig login;
    ExportConfig output;
    OutputConfig line;
    LogConfig log;
    WindowConfig window;
    std::filesystem::path scanHelper; ///< empty: beside the program
};

/// Reads JSON. Relative paths count from `folder`. Every key is known or named as unknown; keys without a default must
/// be there.
/// @return InvalidRequest: "config-syntax", "config-missing-key", "config-unknown-key", "config-value"; the detail
///         names the key, what was expected and what came
[[nodiscard]] gateway::Result<Config> parseConfig(std::string_view json, const std::filesystem::path& folder);

/// @return also "config-unreadable"
[[nodiscard]] gateway::Result<Config> loadConfig(const std::filesystem::path& file);

} // namespace station
