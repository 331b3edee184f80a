#pragma once

#include <ostream>
#include <set>
#include <string>

#include "gateway/gateway_config.h"

namespace gateway {

/// Runs the listeners of these roles ("api", "ocsp", "crl"), and metrics, until SIGTERM or SIGINT; SIGHUP reloads the
/// API's certificates. Writes "<listener> listening on ADDRESS:PORT" for each. To be called before other threads exist.
/// @return what kept it from starting
[[nodiscard]] Result<void> serve(const GatewayConfig& config, const std::set<std::string>& roles, std::ostream& out);

} // namespace gateway
