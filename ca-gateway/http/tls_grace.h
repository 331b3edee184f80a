#pragma once

#include <chrono>

namespace gateway::http {

/// How long after its notAfter a client certificate still completes the handshake, so that a vehicle can renew
/// (specification note 9). The router lets it do nothing else.
inline constexpr std::chrono::days kExpiredClientGrace{7};

} // namespace gateway::http
