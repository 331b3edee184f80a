#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "reference-tcu/reference_unit.h"

namespace tcu {

struct BrokerAddress
{
    std::string host; ///< name or address; must be in the broker's certificate
    std::uint16_t port = 8883;

    friend bool operator==(const BrokerAddress&, const BrokerAddress&) = default;
};

/// Reads host:port, an IPv6 address in brackets. @return what was expected and what came
[[nodiscard]] tl::expected<BrokerAddress, std::string> parseBrokerAddress(const std::string& text);

struct BrokerSettings
{
    BrokerAddress broker;
    std::filesystem::path root; ///< PEM
    std::chrono::seconds keepAlive{30};
    std::chrono::milliseconds reconnectPause{1000};
};

/// The vehicle's MQTT connection (3.1.1) over mutual TLS with the key in the TPM. The client id is the device_id. While
/// connected it holds the retained topic v2c/vehicles/{device_id}/status at "online"; its will says "offline".
class BrokerConnection final
{
public:
    struct Event
    {
        enum class Kind {
            Connected,
            Unreachable,  ///< no such name, or nobody listens there
            Refused,      ///< by the broker, or its certificate by us
            Disconnected, ///< after it had been connected
        };

        Kind kind = Kind::Disconnected;
        std::string detail; ///< the broker's or libmosquitto's words
    };

    BrokerConnection(BrokerSettings settings, const Credential& credential, std::string deviceId);

    /// Connects, and again after each loss, until stop() becomes true or, with once, until the first loss, refusal or
    /// failure to reach it.
    /// @return the last event; tl::unexpected when certificate, key or root cannot be used
    [[nodiscard]] tl::expected<Event, std::string> run(const std::function<bool()>& stop, bool once,
                                                       const std::function<void(const Event&)>& onEvent);

private:
    BrokerSettings m_settings;
    const Credential& m_credential;
    std::string m_deviceId;
};

} // namespace tcu
