#include "events/revocation_feed.h"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace gateway {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

} // namespace

RevocationFeed::RevocationFeed(Settings settings, RevocationListener& listener, Clock clock,
                               std::shared_ptr<spdlog::logger> log)
    : m_settings(std::move(settings)), m_listener(listener), m_clock(std::move(clock)), m_log(std::move(log))
{
}

RevocationFeed::~RevocationFeed()
{
    stop();
}

void RevocationFeed::start()
{
    m_thread = std::thread([this] { run(); });
}

void RevocationFeed::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
        if (m_reader) m_reader->interrupt();
    }
    m_stopped.notify_all();
    if (m_thread.joinable()) m_thread.join();
}

RevocationFeed::State RevocationFeed::state() const
{
    const std::lock_guard lock(m_mutex);
    return m_state;
}

Time RevocationFeed::horizon() const
{
    return m_clock() - m_settings.keepExpired;
}

bool RevocationFeed::pause(std::chrono::milliseconds time)
{
    std::unique_lock lock(m_mutex);
    return !m_stopped.wait_for(lock, time, [this] { return m_isStopping; });
}

void RevocationFeed::run()
{
    auto next = kFirstPause;
    do {
        auto reader = RevocationReader::connect(m_settings.url);
        Result<void> done;
        if (reader) {
            {
                const std::lock_guard lock(m_mutex);
                m_reader.emplace(std::move(*reader));
            }
            const auto before = state().lastContact;
            done = follow();
            if (state().lastContact != before) next = kFirstPause;
            const std::lock_guard lock(m_mutex);
            m_reader.reset();
        } else {
            done = tl::unexpected(reader.error());
        }
        if (!done && m_log) m_log->warn("{}: {}; trying again", m_settings.consumer, done.error().detail);
        if (!pause(next)) return;
        next = std::min(next * 2, kLongestPause);
    } while (true);
}

Result<void> RevocationFeed::follow()
{
    if (auto done = takeSnapshot(); !done) return done;
    auto compareAt = std::chrono::steady_clock::now() + m_settings.compare;
    while (pause(std::chrono::milliseconds(0))) {
        if (auto done = m_reader->wait(m_settings.poll); !done) return done;
        if (auto done = takeEvents(); !done) return done;
        if (std::chrono::steady_clock::now() < compareAt) continue;
        if (auto done = compare(); !done) return done;
        compareAt = std::chrono::steady_clock::now() + m_settings.compare;
    }
    return {};
}

Result<void> RevocationFeed::takeSnapshot()
{
    const auto snapshot = m_reader->snapshot(horizon());
    if (!snapshot) return tl::unexpected(snapshot.error());
    if (auto taken = m_listener.onSnapshot(snapshot->records); !taken) return taken;
    m_watermark = snapshot->watermark;
    m_applied.clear();
    if (auto done = m_reader->acknowledge(m_settings.consumer, m_watermark); !done) return done;
    m_acknowledged = m_watermark;
    const std::lock_guard lock(m_mutex);
    m_state.isReady = true;
    ++m_state.snapshots;
    m_state.lastContact = m_state.lastCompared = std::chrono::steady_clock::now();
    return {};
}

Result<void> RevocationFeed::takeEvents()
{
    const auto batch = m_reader->read(m_watermark);
    if (!batch) return tl::unexpected(batch.error());
    std::set<std::int64_t> applied;
    std::uint64_t fresh = 0;
    for (const auto& event : batch->events) {
        if (!m_applied.contains(event.id)) {
            if (auto done = deliver(event); !done) return done;
            ++fresh;
        }
        applied.insert(event.id);
    }
    for (const auto& [id, why] : batch->unreadable) {
        if (!m_applied.contains(id))
            if (auto done = bury(id, why); !done) return done;
        applied.insert(id);
    }
    m_applied = std::move(applied);
    m_watermark = batch->watermark;
    // An idle feed writes nothing: the queue's depth counts events, not transactions.
    if (!m_applied.empty() && m_acknowledged != m_watermark) {
        if (auto done = m_reader->acknowledge(m_settings.consumer, m_watermark); !done) return done;
        m_acknowledged = m_watermark;
    }
    const std::lock_guard lock(m_mutex);
    m_state.lastContact = std::chrono::steady_clock::now();
    m_state.events += fresh;
    return {};
}

Result<void> RevocationFeed::deliver(const RevocationEvent& event)
{
    std::string last;
    for (int attempt = 0; attempt < m_settings.tries; ++attempt) {
        if (attempt > 0 && !pause(m_settings.retryPause))
            return fail(ErrorCode::StoreUnavailable, "feed-stopping", "the feed ends");
        const auto done = m_listener.onEvent(event);
        if (done) return {};
        last = done.error().detail;
    }
    return bury(event.id, last);
}

Result<void> RevocationFeed::bury(std::int64_t event, const std::string& error)
{
    if (m_log) m_log->error("{}: event {} could not be applied: {}", m_settings.consumer, event, error);
    if (auto done = m_reader->recordDeadLetter(m_settings.consumer, event, error); !done) return done;
    const std::lock_guard lock(m_mutex);
    ++m_state.deadLetters;
    return {};
}

Result<void> RevocationFeed::compare()
{
    const auto since = horizon();
    const auto own = m_listener.digest(since);
    if (own) {
        const auto stored = m_reader->digest(since);
        if (!stored) return tl::unexpected(stored.error());
        if (*stored != *own) {
            // What was committed between the two is no difference: take it up, then look again.
            if (auto done = takeEvents(); !done) return done;
            const auto again = m_reader->digest(since);
            if (!again) return tl::unexpected(again.error());
            if (*again != m_listener.digest(since)) {
                if (m_log)
                    m_log->warn("{}: {} revocations here, {} in the database, or others: taking them all anew",
                                m_settings.consumer, own->count, again->count);
                if (auto done = takeSnapshot(); !done) return done;
                const std::lock_guard lock(m_mutex);
                ++m_state.differences;
            }
        }
    }
    const std::lock_guard lock(m_mutex);
    m_state.lastCompared = std::chrono::steady_clock::now();
    return {};
}

} // namespace gateway
