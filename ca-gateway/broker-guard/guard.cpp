#include "broker-guard/guard.h"

#include <algorithm>
#include <cstring>

namespace gateway {

std::size_t Guard::KeyHash::operator()(const RevokedSet::Key& key) const noexcept
{
    std::size_t value = 0; // the key is a hash already
    std::memcpy(&value, key.bytes.data(), sizeof value);
    return value;
}

Guard::Guard(Settings settings, std::function<RevocationFeed::State()> feed, SteadyTime now)
    : m_settings(settings), m_feed(std::move(feed)), m_lastTick(now)
{
}

Result<void> Guard::onSnapshot(const std::vector<RevocationRecord>& records)
{
    m_set.replaceAll(records);
    const std::lock_guard lock(m_mutex);
    m_checkAll = true;
    return {};
}

Result<void> Guard::onEvent(const RevocationEvent& event)
{
    // The set first: a login between the two lines is refused by the set, one before them is named by the queue.
    m_set.apply(event);
    if (event.kind != RevocationEvent::Kind::Revoked) return {};
    const auto key = RevokedSet::key(event.record.issuer, event.record.serial);
    const std::lock_guard lock(m_mutex);
    m_arrived.push_back(key);
    return {};
}

std::optional<RevocationDigest> Guard::digest(Time expiresAfter)
{
    return m_set.digest(expiresAfter);
}

Guard::Login Guard::onLogin(const void* client, std::string clientId, const RevokedSet::Key& certificate,
                            SteadyTime now)
{
    if (m_set.find(certificate)) {
        ++m_refused;
        return Login::Revoked;
    }
    const auto feed = m_feed();
    const bool isBlind =
        !feed.isReady || now - feed.lastContact > m_settings.feedTimeout || now - m_lastTick > m_settings.tickTimeout;
    if (isBlind && m_settings.refuseWhenBlind) {
        ++m_refusedBlind;
        return Login::Blind;
    }
    onDisconnect(client); // a second login on one connection
    m_byCertificate[certificate].insert(client);
    m_byId.insert_or_assign(clientId, client);
    m_clients.emplace(client, Client{std::move(clientId), certificate});
    return Login::Accepted;
}

void Guard::onDisconnect(const void* client)
{
    const auto found = m_clients.find(client);
    if (found == m_clients.end()) return;
    const auto& [id, certificate] = found->second;
    if (const auto clients = m_byCertificate.find(certificate); clients != m_byCertificate.end()) {
        clients->second.erase(client);
        if (clients->second.empty()) m_byCertificate.erase(clients);
    }
    // The id may belong to a newer connection by now: a renewed certificate takes over its session.
    if (const auto holder = m_byId.find(id); holder != m_byId.end() && holder->second == client) m_byId.erase(holder);
    m_clients.erase(found);
}

void Guard::pickUp()
{
    std::vector<RevokedSet::Key> arrived;
    bool checkAll = false;
    {
        const std::lock_guard lock(m_mutex);
        arrived.swap(m_arrived);
        checkAll = std::exchange(m_checkAll, false);
    }
    if (checkAll) {
        for (const auto& [client, known] : m_clients)
            if (m_set.find(known.certificate)) m_toKick.push_back(client);
        return;
    }
    for (const auto& key : arrived)
        if (const auto clients = m_byCertificate.find(key); clients != m_byCertificate.end())
            m_toKick.insert(m_toKick.end(), clients->second.begin(), clients->second.end());
}

std::vector<std::string> Guard::onTick(SteadyTime now)
{
    m_lastTick = now;
    pickUp();
    std::vector<std::string> ids;
    while (!m_toKick.empty() && ids.size() < m_settings.kicksPerTick) {
        const auto* client = m_toKick.back();
        m_toKick.pop_back();
        // It may have gone, or its pointer may be another connection's by now: only what is revoked is disconnected.
        const auto found = m_clients.find(client);
        if (found == m_clients.end() || !m_set.find(found->second.certificate)) continue;
        const auto holder = m_byId.find(found->second.id);
        if (holder == m_byId.end() || holder->second != client) continue;
        ids.push_back(found->second.id);
        ++m_disconnected;
    }
    return ids;
}

Guard::Figures Guard::figures() const
{
    return {.revoked = m_set.size(),
            .connected = m_clients.size(),
            .disconnected = m_disconnected,
            .refused = m_refused,
            .refusedBlind = m_refusedBlind};
}

} // namespace gateway
