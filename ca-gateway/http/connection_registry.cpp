#include "http/connection_registry.h"

#include <algorithm>

namespace gateway::http {
namespace {

namespace asio = boost::asio;

/// How many connections may be over maxConnections while those that make room are still closing.
constexpr std::size_t kClosing = 64;

/// The address itself, or an IPv6 network of 64 bits: what one customer gets.
std::string addressGroup(const asio::ip::address& address)
{
    if (!address.is_v6() || address.to_v6().is_v4_mapped()) return address.to_string();
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t(0));
    return asio::ip::address_v6(bytes).to_string();
}

} // namespace

ConnectionRegistry::ConnectionRegistry(Limits limits,
                                       std::function<void(const std::string&, const std::string&)> refused)
    : m_limits(std::move(limits)), m_refused(std::move(refused))
{
}

std::optional<ConnectionRegistry::Entry> ConnectionRegistry::add(const asio::any_io_executor& strand,
                                                                 const asio::ip::address& remote)
{
    const auto group = addressGroup(remote);
    const std::lock_guard lock(m_mutex);
    if (m_isStopping) return std::nullopt;
    const auto count = m_perAddress.find(group);
    if (count != m_perAddress.end() && count->second >= m_limits.maxPerAddress &&
        !m_limits.trustedAddresses.contains(remote.to_string())) {
        m_refused("address", group);
        return std::nullopt;
    }
    const auto most = m_limits.maxConnections;
    if (m_connections.size() >= most && (m_connections.size() >= most + kClosing || !makeRoom())) {
        m_refused("total", group);
        return std::nullopt;
    }
    auto connection = std::make_shared<Connection>();
    connection->strand = strand;
    connection->address = group;
    ++m_perAddress[group];
    return m_connections.insert(m_connections.end(), std::move(connection));
}

/// Lets one connection go. Under m_mutex.
bool ConnectionRegistry::makeRoom()
{
    std::size_t most = 0;
    std::shared_ptr<Connection> victim;
    for (const auto& connection : m_connections) {
        if (!connection->isExpendable) continue;
        const auto count = m_perAddress[connection->address];
        if (count <= most) continue;
        most = count;
        victim = connection;
    }
    if (!victim) return false;
    victim->isExpendable = false;
    m_refused("evicted", victim->address);
    asio::post(victim->strand, [victim] {
        if (victim->stream != nullptr) victim->stream->close();
    });
    return true;
}

void ConnectionRegistry::remove(Entry entry)
{
    const std::lock_guard lock(m_mutex);
    if (const auto count = m_perAddress.find((*entry)->address); --count->second == 0) m_perAddress.erase(count);
    m_connections.erase(entry);
    m_changed.notify_all();
}

void ConnectionRegistry::closeOverdue()
{
    const auto now = std::chrono::steady_clock::now();
    const auto isOverdue = [now](const Connection& connection) { return connection.overdueAt.load() <= now; };
    const std::lock_guard lock(m_mutex);
    for (const auto& connection : m_connections) {
        if (!isOverdue(*connection)) continue;
        // It may have gone on meanwhile.
        asio::post(connection->strand, [connection, isOverdue] {
            if (connection->stream != nullptr && isOverdue(*connection)) connection->stream->close();
        });
    }
}

bool ConnectionRegistry::beginStop()
{
    const std::lock_guard lock(m_mutex);
    if (m_isStopping) return false;
    m_isStopping = true;
    for (const auto& connection : m_connections)
        asio::post(connection->strand, [connection] {
            if (connection->isIdle && connection->stream != nullptr) connection->stream->cancel();
        });
    return true;
}

void ConnectionRegistry::waitUntilEmpty(std::chrono::milliseconds deadline)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, deadline, [this] { return m_connections.empty(); });
}

} // namespace gateway::http
