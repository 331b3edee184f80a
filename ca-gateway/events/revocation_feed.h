#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "events/revocation_reader.h"
#include "issuance/clock.h"

namespace spdlog {
class logger;
}

namespace gateway {

/// Who wants to hear of revocations. Called on the feed's thread only.
class RevocationListener
{
public:
    virtual ~RevocationListener() = default;

    /// The whole truth: at the start, after a lost connection, and when set and database differ.
    [[nodiscard]] virtual Result<void> onSnapshot(const std::vector<RevocationRecord>& records) = 0;
    /// One change; may come more than once. @return an error to have it tried again
    [[nodiscard]] virtual Result<void> onEvent(const RevocationEvent& event) = 0;
    /// What the listener has now, for the comparison with the database; nothing when it cannot say.
    [[nodiscard]] virtual std::optional<RevocationDigest> digest(Time expiresAfter) = 0;
};

/// Brings revocations from the database to one listener: a snapshot, then each change within milliseconds, and every 30
/// seconds a comparison. A lost database is looked for again, with pauses of 100 ms to 5 s. An event that the listener
/// has refused ten times becomes a dead letter, and the next one goes on.
class RevocationFeed final
{
public:
    struct Settings
    {
        std::string url;      ///< postgresql://..., role v2c_feed
        std::string consumer; ///< unique among all consumers: "ocsp:host-1", "broker-guard:broker-1"
        std::chrono::milliseconds poll{1000};
        std::chrono::milliseconds compare{30'000};
        std::chrono::hours keepExpired{24 * 8}; ///< how long an expired certificate stays known: the renewal grace
        int tries = 10;
        std::chrono::milliseconds retryPause{500};
    };
    struct State
    {
        bool isReady = false;                                 ///< a snapshot has been delivered, ever
        std::chrono::steady_clock::time_point lastContact{};  ///< last read that reached the database
        std::chrono::steady_clock::time_point lastCompared{}; ///< last comparison, or snapshot
        std::uint64_t events = 0;
        std::uint64_t snapshots = 0;
        std::uint64_t differences = 0; ///< comparisons that led to a new snapshot
        std::uint64_t deadLetters = 0;
    };

    RevocationFeed(Settings settings, RevocationListener& listener, Clock clock,
                   std::shared_ptr<spdlog::logger> log = nullptr);
    /// Ends the thread.
    ~RevocationFeed();
    RevocationFeed(const RevocationFeed&) = delete;
    RevocationFeed& operator=(const RevocationFeed&) = delete;

    void start();
    void stop();
    [[nodiscard]] State state() const;

private:
    void run();
    [[nodiscard]] Result<void> follow();
    [[nodiscard]] Result<void> takeSnapshot();
    [[nodiscard]] Result<void> takeEvents();
    [[nodiscard]] Result<void> compare();
    [[nodiscard]] Result<void> deliver(const RevocationEvent& event);
    [[nodiscard]] Result<void> bury(std::int64_t event, const std::string& error);
    /// @return false when the feed is to end
    bool pause(std::chrono::milliseconds time);
    [[nodiscard]] Time horizon() const;

    Settings m_settings;
    RevocationListener& m_listener;
    Clock m_clock;
    std::shared_ptr<spdlog::logger> m_log;

    // Of the feed's thread.
    std::optional<RevocationReader> m_reader; ///< made and gone under m_mutex
    RevocationReader::Watermark m_watermark = 0;
    RevocationReader::Watermark m_acknowledged = 0;
    std::set<std::int64_t> m_applied; ///< of transactions since the watermark

    mutable std::mutex m_mutex;
    std::condition_variable m_stopped;
    bool m_isStopping = false; ///< guarded by m_mutex
    State m_state;             ///< guarded by m_mutex
    std::thread m_thread;
};

} // namespace gateway
