#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "http/beast.h"

namespace gateway::http {

/// One open connection, as stop() and a full house see it.
struct Connection
{
    boost::asio::any_io_executor strand;        ///< constant
    std::string address;                        ///< what maxPerAddress counts by; constant
    boost::beast::tcp_stream* stream = nullptr; ///< touched on the strand only
    bool isIdle = true;                         ///< touched on the strand only
    std::atomic<bool> isExpendable{true};       ///< has no request in work and no client certificate
    /// When closeOverdue() ends it: a deadline that costs no timer.
    std::atomic<std::chrono::steady_clock::time_point> overdueAt{std::chrono::steady_clock::time_point::max()};
};

/// Who is connected, how many of one address, and who goes when the house is full: the oldest expendable connection
/// of the address that has most, so that a flood displaces itself. For any thread.
class ConnectionRegistry final
{
public:
    struct Limits
    {
        std::size_t maxConnections;
        std::size_t maxPerAddress;              ///< IPv6: per /64
        std::set<std::string> trustedAddresses; ///< proxies: maxPerAddress is not for them
    };
    using Entry = std::list<std::shared_ptr<Connection>>::iterator;

    /// @param refused  told cause ("address", "total", "evicted") and address of each that is turned away or let go
    ConnectionRegistry(Limits limits, std::function<void(const std::string&, const std::string&)> refused);

    /// @return nothing for one that is to be turned away
    [[nodiscard]] std::optional<Entry> add(const boost::asio::any_io_executor& strand,
                                           const boost::asio::ip::address& remote);
    void remove(Entry entry);

    [[nodiscard]] bool isStopping() const { return m_isStopping; }
    void closeOverdue();

    /// From now on add() turns everyone away; idle connections are cancelled. @return false when that has been done
    bool beginStop();
    void waitUntilEmpty(std::chrono::milliseconds deadline);

private:
    bool makeRoom();

    const Limits m_limits;
    const std::function<void(const std::string&, const std::string&)> m_refused;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::atomic<bool> m_isStopping{false};                     ///< written under m_mutex
    std::list<std::shared_ptr<Connection>> m_connections;      ///< oldest first
    std::unordered_map<std::string, std::size_t> m_perAddress; ///< by Connection::address
};

} // namespace gateway::http
