#include "events/revocation_mirror.h"

namespace gateway {
namespace {

constexpr std::chrono::seconds kMostLag{5};
constexpr std::chrono::seconds kMostUncompared{120};

} // namespace

RevocationMirror::RevocationMirror(RevocationFeed::Settings settings, Clock clock, std::shared_ptr<spdlog::logger> log)
    : m_feed(std::move(settings), *this, std::move(clock), std::move(log))
{
}

void RevocationMirror::start(AppliedSink applied)
{
    m_applied = std::move(applied);
    m_feed.start();
}

std::optional<std::chrono::milliseconds> RevocationMirror::age() const
{
    const auto state = m_feed.state();
    if (!state.isReady) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - state.lastContact);
}

Result<void> RevocationMirror::checkHealth() const
{
    const auto state = m_feed.state();
    const auto now = std::chrono::steady_clock::now();
    if (!state.isReady || now - state.lastContact > kMostLag)
        return fail(ErrorCode::StoreUnavailable, "feed-lag", "no contact to the feed of revocations for 5 seconds");
    if (now - state.lastCompared > kMostUncompared)
        return fail(ErrorCode::StoreUnavailable, "feed-unreconciled",
                    "the revoked certificates in memory have not been compared with the database for 120 seconds");
    return {};
}

Result<void> RevocationMirror::onSnapshot(const std::vector<RevocationRecord>& records)
{
    m_set.replaceAll(records);
    return {};
}

Result<void> RevocationMirror::onEvent(const RevocationEvent& event)
{
    if (m_set.apply(event) && m_applied)
        m_applied(
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - event.recordedAt));
    return {};
}

std::optional<RevocationDigest> RevocationMirror::digest(Time expiresAfter)
{
    m_set.prune(expiresAfter);
    return m_set.digest(expiresAfter);
}

} // namespace gateway
