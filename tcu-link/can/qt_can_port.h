#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <QCanBusDevice>
#include <QObject>
#include <QTimer>
#include <tl/expected.hpp>

#include "can/can_port.h"

namespace tcu {

/// Which Qt CAN plugin and device a text like "virtualcan:tcp://127.0.0.1:35468/can0" or "socketcan:can0" names.
struct CanDeviceName
{
    QString plugin;
    QString device;

    /// The text is checked as far as it can be without the device, because Qt accepts too much: of virtualcan only can0
    /// and can1 exist (Qt opens can0 for any other), the host must be a literal address (a name never connects), and
    /// on this machine only 127.0.0.1.
    /// @return the name, or what is wrong with the text
    [[nodiscard]] static tl::expected<CanDeviceName, std::string> parse(std::string_view text);
};

/// A CanPort over a QCanBusDevice. Needs the event loop of the thread that made it.
class QtCanPort final : public CanPort
{
public:
    /// What to do when the device does not open, or goes away.
    enum class Reopen { Never, WithBackOff };

    static constexpr std::chrono::milliseconds kConnectLimit{1500};
    static constexpr std::chrono::milliseconds kFirstBackOff{50};
    static constexpr std::chrono::milliseconds kLastBackOff{2000};

    QtCanPort(CanDeviceName name, Reopen reopen);
    /// Not from inside a call of the listener.
    ~QtCanPort() override;
    QtCanPort(const QtCanPort&) = delete;
    QtCanPort& operator=(const QtCanPort&) = delete;

    /// Begins to open; the listener hears onPortOpened or, within kConnectLimit, onPortLost. Never inside this call.
    void open();
    /// Silent: the listener hears nothing of it.
    void close();

    void setListener(Listener* listener) override { m_listener = listener; }
    [[nodiscard]] bool isOpen() const override { return m_open; }
    [[nodiscard]] bool send(const CanFrame& frame) override;

private:
    void connectNow();
    void onState(QCanBusDevice::CanBusDeviceState state);
    void onError(QCanBusDevice::CanBusError error);
    void readFrames();
    void lose(const std::string& why);
    void dropDevice();

    CanDeviceName m_name;
    Reopen m_reopen;
    Listener* m_listener = nullptr;
    QObject m_context; ///< receiver of every connection, so that none outlives the port
    QTimer m_connectTimer;
    QTimer m_reopenTimer;
    std::unique_ptr<QCanBusDevice> m_device;
    std::chrono::milliseconds m_backOff = kFirstBackOff;
    bool m_open = false;
};

} // namespace tcu
