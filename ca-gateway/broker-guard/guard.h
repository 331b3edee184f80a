#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/revocation_feed.h"
#include "events/revoked_set.h"

namespace gateway {

/// Decides who may be connected to a broker, without knowing the broker. The feed's thread brings revocations; all
/// other calls come from the broker's one thread. A login is checked against the set itself, and whoever is connected
/// when a revocation arrives is named by the next onTick().
class Guard final : public RevocationListener
{
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    struct Settings
    {
        std::size_t kicksPerTick = 500;
        std::chrono::seconds feedTimeout{900}; ///< without contact to the database for that long: blind
        std::chrono::seconds tickTimeout{2};   ///< without onTick(): nobody could be disconnected
        bool refuseWhenBlind = true;
    };
    enum class Login { Accepted, Revoked, Blind };

    /// @param feed  asked at each login; from the broker's thread
    Guard(Settings settings, std::function<RevocationFeed::State()> feed, SteadyTime now);

    Result<void> onSnapshot(const std::vector<RevocationRecord>& records) override;
    Result<void> onEvent(const RevocationEvent& event) override;
    std::optional<RevocationDigest> digest(Time expiresAfter) override;

    /// @param client  identifies the connection; the same id with another certificate is another connection
    [[nodiscard]] Login onLogin(const void* client, std::string clientId, const RevokedSet::Key& certificate,
                                SteadyTime now);
    void onDisconnect(const void* client);
    /// @return ids of the clients to disconnect now, at most kicksPerTick; the rest at the next call
    [[nodiscard]] std::vector<std::string> onTick(SteadyTime now);

    struct Figures
    {
        std::size_t revoked = 0;
        std::size_t connected = 0;
        std::uint64_t disconnected = 0;
        std::uint64_t refused = 0;
        std::uint64_t refusedBlind = 0;
    };
    [[nodiscard]] Figures figures() const; ///< from the broker's thread

private:
    struct Client
    {
        std::string id;
        RevokedSet::Key certificate;
    };
    struct KeyHash
    {
        std::size_t operator()(const RevokedSet::Key& key) const noexcept;
    };

    void pickUp();

    Settings m_settings;
    std::function<RevocationFeed::State()> m_feed;
    RevokedSet m_set;

    std::mutex m_mutex;
    std::vector<RevokedSet::Key> m_arrived; ///< guarded by m_mutex
    bool m_checkAll = false;                ///< guarded by m_mutex: a snapshot came

    // Of the broker's thread.
    SteadyTime m_lastTick;
    std::unordered_map<const void*, Client> m_clients;
    std::unordered_map<RevokedSet::Key, std::set<const void*>, KeyHash> m_byCertificate;
    std::unordered_map<std::string, const void*> m_byId;
    std::vector<const void*> m_toKick;
    std::uint64_t m_disconnected = 0;
    std::uint64_t m_refused = 0;
    std::uint64_t m_refusedBlind = 0;
};

} // namespace gateway
