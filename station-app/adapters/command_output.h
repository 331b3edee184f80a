#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "flow/line_outputs.h"

namespace station {

/// Programs of the site; each is a program and its arguments, never a shell's line.
struct OutputConfig
{
    std::vector<std::string> andon;      ///< gets the state as its last argument
    std::vector<std::string> sound;      ///< gets the sound's name as its last argument
    std::vector<std::string> label;      ///< gets the label's text as its standard input, as `lp -d zebra` wants it
    std::filesystem::path labelFolder;   ///< or: labels are files in here
    std::filesystem::path labelTemplate; ///< with {vin}, {serial}, {device_id}; empty: these three in lines
    std::chrono::milliseconds timeout{5000};
};

[[nodiscard]] LineOutputs makeLineOutputs(const OutputConfig& config);

/// Runs a program to its end with the text as its standard input.
/// @return Internal "output-failed": it cannot be started, takes longer than the timeout (and is killed), or ends with
///         another code than 0
[[nodiscard]] gateway::Result<void> runCommand(const std::vector<std::string>& command, const std::string& input,
                                               std::chrono::milliseconds timeout);

} // namespace station
