#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "events/revocation_record.h"
#include "events/revoked_set.h"

namespace gateway {

/// Reads the feed of revocations from PostgreSQL over one connection of its own, which needs only the role v2c_feed.
/// Not thread-safe but for interrupt(). Every call may fail with StoreUnavailable; the reader is then of no more use.
///
/// Events are read by transaction, never by "id > last": the order of ids is not the order of commits. The watermark is
/// the oldest transaction that was still running at the last read: whatever was not visible then belongs to it or to a
/// later one. So a long transaction elsewhere delays no event, it only makes some be read twice.
class RevocationReader final
{
public:
    using Watermark = std::uint64_t;

    struct Snapshot
    {
        std::vector<RevocationRecord> records;
        Watermark watermark = 0;
    };
    struct Unreadable
    {
        std::int64_t id = 0;
        std::string why;
    };
    struct Batch
    {
        std::vector<RevocationEvent> events; ///< by id; those of transactions since the watermark, applied or not
        std::vector<Unreadable> unreadable;
        Watermark watermark = 0; ///< for the next read, once all events are applied
    };

    /// @param url  postgresql://...
    [[nodiscard]] static Result<RevocationReader> connect(const std::string& url);
    RevocationReader(RevocationReader&&) noexcept;
    RevocationReader& operator=(RevocationReader&&) noexcept;
    ~RevocationReader();

    /// Everything that expires after that time.
    [[nodiscard]] Result<Snapshot> snapshot(Time expiresAfter);
    [[nodiscard]] Result<Batch> read(Watermark since);
    [[nodiscard]] Result<RevocationDigest> digest(Time expiresAfter);
    [[nodiscard]] Result<void> acknowledge(const std::string& consumer, Watermark watermark);
    [[nodiscard]] Result<void> recordDeadLetter(const std::string& consumer, std::int64_t event,
                                                const std::string& error);

    /// Waits for a wake-up of the database, for interrupt(), or for the time to pass.
    [[nodiscard]] Result<void> wait(std::chrono::milliseconds timeout);
    /// Ends the present or next wait(); from any thread.
    void interrupt();

private:
    struct Impl;
    explicit RevocationReader(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway
