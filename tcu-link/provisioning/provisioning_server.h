#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "provisioning/unit.h"
#include "uds/link_error.h"

namespace tcu {

/// Where the unit listens and what it promises. P2* goes on the wire in 10 ms steps (ISO 14229-1, 0x50).
struct ServerSettings
{
    /// Qt's plugin name, a colon, its device name: "virtualcan:tcp://127.0.0.1:35468/can0", "socketcan:can0".
    std::string bus;
    std::uint32_t requestId = 0x7E0;  ///< 11-bit id that the station sends with
    std::uint32_t responseId = 0x7E8; ///< 11-bit id that the unit answers with
    std::chrono::milliseconds p2Server{50};
    std::chrono::milliseconds p2StarServer{5000};
    std::chrono::milliseconds s3{5000};
};

/// The unit's side of the provisioning dialogue: services 10, 3E, 22, 31, 34, 36 and 37 on one CAN device.
/// Runs in the event loop of the thread that made it; must be destroyed in that thread. The unit's calls run one at a
/// time on a thread of the server's own, 0x78 is sent while one takes long, and the destructor waits for the one that
/// runs.
class ProvisioningServer
{
public:
    /// @param unit outlives the server; used by the server's worker thread only, from start() to the destructor
    ProvisioningServer(ServerSettings settings, Unit& unit);
    ~ProvisioningServer();
    ProvisioningServer(const ProvisioningServer&) = delete;
    ProvisioningServer& operator=(const ProvisioningServer&) = delete;

    /// Begins to open the device and to serve; returns at once. A bus that is not there, or that goes away, is opened
    /// again with back-off (50 ms to 2 s).
    /// @return BusUnavailable when the settings name no device that could ever open (unknown plugin, malformed name,
    ///         id over 11 bits)
    [[nodiscard]] LinkResult<void> start();
    /// @return whether the device is connected now
    [[nodiscard]] bool isOnBus() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tcu
