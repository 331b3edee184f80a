#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <QHostAddress>
#include <QObject>
#include <QTcpServer>
#include <tl/expected.hpp>

class QTcpSocket;

namespace tcu {

/// One line that a virtualcan client may send.
struct VirtualBusLine
{
    enum class Kind { Connect, Disconnect, Frame };
    Kind kind = Kind::Frame;
    unsigned channel = 0;        ///< 0 or 1
    std::string_view frame = {}; ///< of a Frame: what goes to the others, "<id>#<flags>#<hex>"; a view into the input

    /// @param line without its line feed
    /// @return nothing when a client of Qt could stumble over it: unknown command or channel, id that does not fit its
    ///         format, unknown or repeated flag, payload that is not hex or has a length that no CAN frame has
    [[nodiscard]] static std::optional<VirtualBusLine> parse(std::string_view line);
};

/// The development bus as a process of its own: speaks the wire protocol of Qt's "virtualcan" plugin (ASCII lines over
/// TCP on a loopback address), channels can0 and can1. Every line is checked; whoever sends a bad one, an endless one,
/// or does not read what it is sent, is disconnected, and nobody else sees anything of it. Needs an event loop.
class VirtualBus final
{
public:
    static constexpr unsigned kChannels = 2;
    static constexpr qint64 kMaxLineBytes = 192;
    static constexpr qint64 kMaxQueuedBytes = 4 * 1024 * 1024; ///< per client
    static constexpr std::size_t kMaxClients = 64;

    VirtualBus();
    ~VirtualBus();
    VirtualBus(const VirtualBus&) = delete;
    VirtualBus& operator=(const VirtualBus&) = delete;

    /// @param address a loopback address; the protocol has no authentication
    /// @param port 0 takes a free one
    /// @return the port, or why not
    [[nodiscard]] tl::expected<std::uint16_t, std::string> listen(const QHostAddress& address, std::uint16_t port);
    /// @return how many clients were disconnected for what they did
    [[nodiscard]] std::uint64_t offenders() const { return m_offenders; }

private:
    using Channels = std::uint8_t; ///< bit n: connected to channel n

    void accept();
    void read(QTcpSocket* socket);
    /// @return whether the client may stay
    bool handle(QTcpSocket* socket, std::string_view line);
    void forward(const QTcpSocket* from, unsigned channel, std::string_view frame);
    void dropOffender(QTcpSocket* socket);

    QTcpServer m_server;
    std::unordered_map<QTcpSocket*, Channels> m_clients;
    std::uint64_t m_offenders = 0;
};

} // namespace tcu
