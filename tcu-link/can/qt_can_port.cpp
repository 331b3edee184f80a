#include "can/qt_can_port.h"

#include <algorithm>

#include <QCanBus>
#include <QCanBusFrame>
#include <QHostAddress>
#include <QUrl>

namespace tcu {

namespace {

constexpr int kVirtualCanDefaultPort = 35468;

/// Qt's virtualcan client, told to connect to a loopback address, first tries to become the bus itself, and then the
/// real bus process can never take the port again. Linux connects 0.0.0.0 to this machine too, and Qt does not count
/// it as loopback, so it stays a mere client.
tl::expected<QString, std::string> virtualCanDevice(const QString& device)
{
    const QUrl url(device, QUrl::StrictMode);
    const QString channel = url.fileName();
    if (channel != QStringLiteral("can0") && channel != QStringLiteral("can1")) {
        return tl::unexpected(std::string("virtualcan has the channels can0 and can1 only"));
    }
    if (device == channel) {
        return QStringLiteral("tcp://0.0.0.0:%1/%2").arg(kVirtualCanDefaultPort).arg(channel);
    }
    if (!url.isValid() || url.scheme() != QStringLiteral("tcp") || url.path() != QStringLiteral("/") + channel) {
        return tl::unexpected(std::string("expected virtualcan:can0 or virtualcan:tcp://ADDRESS:PORT/can0"));
    }
    const QHostAddress address(url.host());
    if (address.isNull()) {
        return tl::unexpected(std::string("virtualcan needs a literal address, as 127.0.0.1"));
    }
    if (address.isLoopback() && address != QHostAddress(QHostAddress::LocalHost)) {
        return tl::unexpected(std::string("virtualcan on this machine is reached by 127.0.0.1 only"));
    }
    const QString host = address.isLoopback() ? QStringLiteral("0.0.0.0") : url.host();
    return QStringLiteral("tcp://%1:%2/%3").arg(host).arg(url.port(kVirtualCanDefaultPort)).arg(channel);
}

} // namespace

tl::expected<CanDeviceName, std::string> CanDeviceName::parse(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
        return tl::unexpected(std::string("expected PLUGIN:DEVICE, as socketcan:can0"));
    }
    CanDeviceName name;
    name.plugin = QString::fromUtf8(text.data(), static_cast<qsizetype>(colon));
    name.device = QString::fromUtf8(text.data() + colon + 1,
                                    static_cast<qsizetype>(text.size()) - static_cast<qsizetype>(colon) - 1);
    if (!QCanBus::instance()->plugins().contains(name.plugin)) {
        return tl::unexpected("Qt has no CAN plugin named " + name.plugin.toStdString());
    }
    if (name.plugin == QStringLiteral("virtualcan")) {
        auto device = virtualCanDevice(name.device);
        if (!device) return tl::unexpected(device.error());
        name.device = *device;
    }
    return name;
}

QtCanPort::QtCanPort(CanDeviceName name, Reopen reopen) : m_name(std::move(name)), m_reopen(reopen)
{
    m_connectTimer.setSingleShot(true);
    m_reopenTimer.setSingleShot(true);
    QObject::connect(&m_connectTimer, &QTimer::timeout, &m_context,
                     [this] { lose("the device did not connect in time"); });
    QObject::connect(&m_reopenTimer, &QTimer::timeout, &m_context, [this] { connectNow(); });
}

QtCanPort::~QtCanPort()
{
    // Not by close(): there may be no event loop any more that would delete the device.
    if (!m_device) return;
    m_device->disconnect(&m_context);
    if (m_device->state() == QCanBusDevice::ConnectedState) m_device->disconnectDevice();
}

void QtCanPort::open()
{
    close();
    m_backOff = kFirstBackOff;
    // By the event loop, so that the listener is never called from inside open().
    m_reopenTimer.start(0);
}

void QtCanPort::close()
{
    m_connectTimer.stop();
    m_reopenTimer.stop();
    dropDevice();
}

void QtCanPort::dropDevice()
{
    m_open = false;
    if (!m_device) return;
    m_device->disconnect(&m_context);
    if (m_device->state() == QCanBusDevice::ConnectedState) m_device->disconnectDevice();
    // This may run inside one of the device's own signals.
    m_device.release()->deleteLater();
}

void QtCanPort::connectNow()
{
    QString why;
    m_device.reset(QCanBus::instance()->createDevice(m_name.plugin, m_name.device, &why));
    if (!m_device) return lose("no such device: " + why.toStdString());
    QObject::connect(m_device.get(), &QCanBusDevice::stateChanged, &m_context,
                     [this](QCanBusDevice::CanBusDeviceState state) { onState(state); });
    QObject::connect(m_device.get(), &QCanBusDevice::errorOccurred, &m_context,
                     [this](QCanBusDevice::CanBusError error) { onError(error); });
    QObject::connect(m_device.get(), &QCanBusDevice::framesReceived, &m_context, [this] { readFrames(); });
    QObject::connect(m_device.get(), &QCanBusDevice::framesWritten, &m_context, [this](qint64 count) {
        for (qint64 i = 0; i < count && m_open && m_listener; ++i)
            m_listener->onFrameSent();
    });
    m_connectTimer.start(kConnectLimit);
    // connectDevice() may report the failure by a signal and have lost the device already when it returns.
    if (!m_device->connectDevice() && m_device) lose("cannot connect: " + m_device->errorString().toStdString());
}

void QtCanPort::onState(QCanBusDevice::CanBusDeviceState state)
{
    if (state == QCanBusDevice::ConnectedState) {
        m_connectTimer.stop();
        m_backOff = kFirstBackOff;
        m_open = true;
        if (m_listener) m_listener->onPortOpened();
    } else if (state == QCanBusDevice::UnconnectedState) {
        // virtualcan: the bus process ended, which Qt does not count as an error.
        lose("the bus closed the connection");
    }
}

void QtCanPort::onError(QCanBusDevice::CanBusError error)
{
    // A full send queue is a write error too; send() returned false for it, and the sender tries again.
    if (error != QCanBusDevice::ConnectionError && error != QCanBusDevice::ReadError) return;
    lose("the device failed: " + m_device->errorString().toStdString());
}

void QtCanPort::lose(const std::string& why)
{
    m_connectTimer.stop();
    dropDevice();
    if (m_reopen == Reopen::WithBackOff) {
        m_reopenTimer.start(m_backOff);
        m_backOff = std::min(m_backOff * 2, kLastBackOff);
    }
    if (m_listener) m_listener->onPortLost(why);
}

bool QtCanPort::send(const CanFrame& frame)
{
    if (!m_open) return false;
    const auto payload = frame.payload();
    QCanBusFrame out(frame.id(),
                     QByteArray(reinterpret_cast<const char*>(payload.data()), static_cast<qsizetype>(payload.size())));
    out.setExtendedFrameFormat(frame.idFormat() == CanFrame::IdFormat::Extended29);
    out.setFlexibleDataRateFormat(frame.format() == CanFrame::Format::Fd);
    return out.isValid() && m_device->writeFrame(out);
}

void QtCanPort::readFrames()
{
    const auto frames = m_device->readAllFrames();
    for (const auto& in : frames) {
        // The listener may have closed the port at the frame before.
        if (!m_open || !m_listener) return;
        if (in.frameType() != QCanBusFrame::DataFrame || !in.isValid()) continue;
        const QByteArray payload = in.payload();
        const auto frame = CanFrame::make(
            in.frameId(), in.hasExtendedFrameFormat() ? CanFrame::IdFormat::Extended29 : CanFrame::IdFormat::Standard11,
            in.hasFlexibleDataRateFormat() ? CanFrame::Format::Fd : CanFrame::Format::Classic,
            ByteView(reinterpret_cast<const std::uint8_t*>(payload.constData()),
                     static_cast<std::size_t>(payload.size())));
        if (frame) m_listener->onFrame(*frame);
    }
}

} // namespace tcu
