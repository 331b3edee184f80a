#pragma once

#include <memory>
#include <string>

#include "contract/error.h"
#include "gateway/gateway_config.h"

namespace spdlog {
class logger;
}

namespace gateway {

/// A logger of this name: JSON lines in a rotating file (10 files of 20 MB) when one is configured, and on standard
/// error JSON lines too, or plain text on a terminal. A message that is a JSON object becomes "fields", any other
/// "message".
/// @return InvalidRequest "log-file" when the file cannot be written
[[nodiscard]] Result<std::shared_ptr<spdlog::logger>> makeLogger(const std::string& name, const LogConfig& config);

} // namespace gateway
