#include "can/virtual_bus.h"

#include <charconv>
#include <optional>
#include <vector>

#include <QTcpSocket>

#include "can/can_frame.h"

namespace tcu {

namespace {

std::optional<unsigned> parseChannel(std::string_view text)
{
    if (text == "can0") return 0;
    if (text == "can1") return 1;
    return std::nullopt;
}

bool isHexDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool hasValidFlags(std::string_view flags)
{
    constexpr std::string_view kFlags = "RXFBEL";
    for (std::size_t i = 0; i < flags.size(); ++i) {
        if (kFlags.find(flags[i]) == std::string_view::npos) return false;
        if (flags.find(flags[i], i + 1) != std::string_view::npos) return false;
    }
    return true;
}

bool isFrame(std::string_view text)
{
    const auto first = text.find('#');
    if (first == std::string_view::npos) return false;
    const auto second = text.find('#', first + 1);
    if (second == std::string_view::npos) return false;
    const auto idText = text.substr(0, first);
    const auto flags = text.substr(first + 1, second - first - 1);
    const auto hex = text.substr(second + 1);

    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(idText.data(), idText.data() + idText.size(), id);
    if (error != std::errc{} || end != idText.data() + idText.size()) return false;
    if (!hasValidFlags(flags)) return false;
    const auto has = [flags](char flag) { return flags.find(flag) != std::string_view::npos; };
    if (has('B') && !has('F')) return false;
    if (has('R') && has('F')) return false;
    if (hex.size() % 2 != 0 || hex.size() > 2 * CanFrame::kFdSize) return false;
    for (const char c : hex) {
        if (!isHexDigit(c)) return false;
    }
    const std::vector<std::uint8_t> zeros(hex.size() / 2);
    return CanFrame::make(id, has('X') ? CanFrame::IdFormat::Extended29 : CanFrame::IdFormat::Standard11,
                          has('F') ? CanFrame::Format::Fd : CanFrame::Format::Classic, zeros)
        .has_value();
}

} // namespace

std::optional<VirtualBusLine> VirtualBusLine::parse(std::string_view line)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto head = line.substr(0, colon);
    const auto tail = line.substr(colon + 1);
    if (head == "connect" || head == "disconnect") {
        const auto channel = parseChannel(tail);
        if (!channel) return std::nullopt;
        return VirtualBusLine{head == "connect" ? Kind::Connect : Kind::Disconnect, *channel, {}};
    }
    const auto channel = parseChannel(head);
    if (!channel || !isFrame(tail)) return std::nullopt;
    return VirtualBusLine{Kind::Frame, *channel, tail};
}

VirtualBus::VirtualBus()
{
    QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] { accept(); });
}

VirtualBus::~VirtualBus()
{
    for (const auto& [socket, channels] : m_clients) {
        socket->disconnect(&m_server);
    }
}

tl::expected<std::uint16_t, std::string> VirtualBus::listen(const QHostAddress& address, std::uint16_t port)
{
    if (!address.isLoopback()) {
        return tl::unexpected("the bus listens on a loopback address only, not on " + address.toString().toStdString());
    }
    if (!m_server.listen(address, port)) return tl::unexpected(m_server.errorString().toStdString());
    return m_server.serverPort();
}

void VirtualBus::accept()
{
    while (QTcpSocket* const socket = m_server.nextPendingConnection()) {
        if (m_clients.size() >= kMaxClients) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_clients.emplace(socket, Channels{0});
        QObject::connect(socket, &QTcpSocket::readyRead, &m_server, [this, socket] { read(socket); });
        QObject::connect(socket, &QTcpSocket::disconnected, &m_server, [this, socket] {
            m_clients.erase(socket);
            socket->deleteLater();
        });
    }
}

void VirtualBus::read(QTcpSocket* socket)
{
    while (m_clients.contains(socket) && socket->canReadLine()) {
        const QByteArray line = socket->readLine(kMaxLineBytes + 1);
        const bool isWhole = line.endsWith('\n');
        if (!isWhole ||
            !handle(socket, std::string_view(line.constData(), static_cast<std::size_t>(line.size()) - 1))) {
            return dropOffender(socket);
        }
    }
    if (m_clients.contains(socket) && socket->bytesAvailable() > kMaxLineBytes) dropOffender(socket);
}

bool VirtualBus::handle(QTcpSocket* socket, std::string_view line)
{
    const auto parsed = VirtualBusLine::parse(line);
    if (!parsed) return false;
    const auto bit = static_cast<Channels>(1U << parsed->channel);
    switch (parsed->kind) {
    case VirtualBusLine::Kind::Connect:
        m_clients[socket] |= bit;
        return true;
    case VirtualBusLine::Kind::Disconnect:
        m_clients[socket] &= static_cast<Channels>(~bit);
        socket->disconnectFromHost();
        return true;
    case VirtualBusLine::Kind::Frame:
        forward(socket, parsed->channel, parsed->frame);
        return true;
    }
    return false;
}

void VirtualBus::forward(const QTcpSocket* from, unsigned channel, std::string_view frame)
{
    QByteArray line(frame.data(), static_cast<qsizetype>(frame.size()));
    line.append('\n');
    std::vector<QTcpSocket*> stuck;
    for (const auto& [socket, channels] : m_clients) {
        if (socket == from || !(channels & (1U << channel))) continue;
        if (socket->bytesToWrite() + line.size() > kMaxQueuedBytes) {
            stuck.push_back(socket);
        } else {
            socket->write(line);
        }
    }
    for (QTcpSocket* const socket : stuck) {
        dropOffender(socket);
    }
}

void VirtualBus::dropOffender(QTcpSocket* socket)
{
    ++m_offenders;
    // abort() emits disconnected(), which takes the client out of the list.
    socket->abort();
}

} // namespace tcu
