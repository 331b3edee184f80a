#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "broker-guard/guard.h"

namespace gateway {

/// The plugin's own settings, from plugin_opt_... lines of the broker's configuration.
struct GuardConfig
{
    std::string databaseUrl; ///< from database_url_file
    std::string consumer;
    std::filesystem::path metricsFile; ///< empty: none
    Guard::Settings guard;
    std::chrono::milliseconds startTimeout{10'000}; ///< how long the start waits for the first snapshot
};

/// @param options  without the prefix plugin_opt_: database_url_file and broker_config (both needed), consumer,
/// metrics_file, feed_timeout_s, kicks_per_tick, refuse_when_blind, start_timeout_ms
/// @return InvalidRequest "guard-config" naming the option, what was expected and what came
[[nodiscard]] Result<GuardConfig> parseGuardConfig(const std::map<std::string, std::string>& options);

/// Refuses a broker configuration under which mosquitto 2.0 would not ask the guard: use_identity_as_username and
/// use_subject_as_username (no login callback), per_listener_settings (no tick). Follows include_dir.
/// @return InvalidRequest "broker-config" naming file, line and setting
[[nodiscard]] Result<void> checkBrokerConfig(const std::filesystem::path& file);

} // namespace gateway
