#pragma once

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/revoked_set.h"
#include "ocsp/ocsp_service.h"

namespace gateway {

struct OcspLimits
{
    std::chrono::seconds cacheTtl{300};  ///< how long a signed answer is given again
    std::size_t cachedAnswers = 100'000; ///< about 1.5 kB each; 0 keeps none
    int noncesPerSecond = 1000;          ///< signed for one request each; further ones are answered without their nonce
    int lookups = 4;                     ///< questions to the database at a time
};

/// The responders of all issuing CAs behind one address, with the answers they have signed. A kept answer is given
/// again only while the revoked certificates say what they said when it was signed, so a revocation or release needs
/// nobody to drop it, and cannot overtake or be overtaken. Thread-safe.
class OcspResponder final
{
public:
    using Answer = std::shared_ptr<const pki::OcspResponse>;
    /// How long ago the revoked certificates were known to be complete; nothing when they never were.
    using SetAge = std::function<std::optional<std::chrono::milliseconds>()>;

    /// @param services  at least one; the first answers what is for none of them
    OcspResponder(std::vector<OcspService*> services, const RevokedSet& revoked, SetAge age, Clock clock,
                  OcspLimits limits = {});
    ~OcspResponder();

    /// A kept answer to exactly this request; null when there is none. Does not block.
    [[nodiscard]] Answer find(ByteView requestDer) const;

    /// While the database cannot be asked, an answer that has been kept is given to the end of its own life.
    [[nodiscard]] Answer answer(ByteView requestDer);

    [[nodiscard]] std::size_t cachedAnswers() const;

private:
    struct Kept;
    struct TextHash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Shard
    {
        mutable std::mutex mutex;
        std::unordered_map<std::string, std::shared_ptr<const Kept>, TextHash, std::equal_to<>> kept;
        std::deque<std::string> order; ///< oldest first
    };

    [[nodiscard]] Shard& shardOf(std::string_view request) const;
    [[nodiscard]] std::shared_ptr<const Kept> keptFor(ByteView request) const;
    /// Whether it says what is so now.
    [[nodiscard]] bool holds(const Kept& kept, Time now) const;
    void keep(ByteView request, const OcspService& service, const Answer& answer);
    [[nodiscard]] bool takeNonce();

    std::vector<OcspService*> m_services;
    const RevokedSet& m_revoked;
    SetAge m_age;
    Clock m_clock;
    OcspLimits m_limits;
    mutable std::array<Shard, 16> m_shards;
    std::mutex m_nonceMutex;
    Time m_nonceSecond{}; ///< guarded by m_nonceMutex
    int m_nonces = 0;     ///< guarded by m_nonceMutex
};

} // namespace gateway
