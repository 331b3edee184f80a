#pragma once

#include "events/revocation_feed.h"

namespace gateway {

/// The revoked certificates in memory, kept up to date by a feed of its own. Thread-safe.
class RevocationMirror final : private RevocationListener
{
public:
    /// Called on the feed's thread for each change, with the time since it was recorded in the database.
    using AppliedSink = std::function<void(std::chrono::milliseconds)>;

    RevocationMirror(RevocationFeed::Settings settings, Clock clock, std::shared_ptr<spdlog::logger> log = nullptr);

    void start(AppliedSink applied = {});

    [[nodiscard]] const RevokedSet& set() const { return m_set; }
    /// How long ago the set was known to be the database's. @return nothing before the first snapshot
    [[nodiscard]] std::optional<std::chrono::milliseconds> age() const;
    /// @return StoreUnavailable "feed-lag" after 5 s without contact to the database, "feed-unreconciled" when set and
    /// database have not been compared for 120 s
    [[nodiscard]] Result<void> checkHealth() const;
    [[nodiscard]] RevocationFeed::State state() const { return m_feed.state(); }

private:
    Result<void> onSnapshot(const std::vector<RevocationRecord>& records) override;
    Result<void> onEvent(const RevocationEvent& event) override;
    std::optional<RevocationDigest> digest(Time expiresAfter) override;

    RevokedSet m_set;
    AppliedSink m_applied;
    RevocationFeed m_feed; ///< last: its thread uses the others
};

} // namespace gateway
