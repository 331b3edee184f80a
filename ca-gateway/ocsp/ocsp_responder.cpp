#include "ocsp/ocsp_responder.h"

#include <algorithm>

namespace gateway {
namespace {

using Kind = pki::OcspStatus::Kind;

/// Beyond this age of the set no answer is kept: nothing would tell that it has become wrong.
constexpr std::chrono::seconds kMostAge{60};

std::string_view asText(ByteView bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

struct OcspResponder::Kept
{
    Answer answer;
    RevokedSet::Key certificate;
    Time refreshAt;
};

OcspResponder::OcspResponder(std::vector<OcspService*> services, const RevokedSet& revoked, SetAge age, Clock clock,
                             OcspLimits limits)
    : m_services(std::move(services)),
      m_revoked(revoked),
      m_age(std::move(age)),
      m_clock(std::move(clock)),
      m_limits(limits)
{
}

OcspResponder::~OcspResponder() = default;

OcspResponder::Shard& OcspResponder::shardOf(std::string_view request) const
{
    return m_shards[(TextHash{}(request) >> 32U) % m_shards.size()];
}

std::shared_ptr<const OcspResponder::Kept> OcspResponder::keptFor(ByteView request) const
{
    const auto& shard = shardOf(asText(request));
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.kept.find(asText(request));
    return found == shard.kept.end() ? nullptr : found->second;
}

bool OcspResponder::holds(const Kept& kept, Time now) const
{
    if (now >= kept.answer->nextUpdate) return false;
    const auto& said = kept.answer->status;
    const auto found = m_revoked.find(kept.certificate);
    if (!found) return said.kind == Kind::Good;
    return said.kind == Kind::Revoked && said.revokedAt == found->since && said.reason == found->reason;
}

OcspResponder::Answer OcspResponder::find(ByteView requestDer) const
{
    const auto kept = keptFor(requestDer);
    const auto now = m_clock();
    return kept && now < kept->refreshAt && holds(*kept, now) ? kept->answer : nullptr;
}

OcspResponder::Answer OcspResponder::answer(ByteView requestDer)
{
    if (auto kept = find(requestDer)) return kept;
    const auto shortest = pki::plainOcspRequest(requestDer);
    const bool isPlain = shortest && std::ranges::equal(*shortest, requestDer);
    // A nonce makes every question another one, so its answers cannot be kept. A client that gets one without takes
    // it or asks again (RFC 9654 2.1).
    if (shortest && !isPlain && !takeNonce()) return answer(*shortest);

    auto service = std::ranges::find_if(m_services, [&](const auto* one) { return one->speaksFor(requestDer); });
    if (service == m_services.end()) service = m_services.begin(); // which says what is wrong with it
    auto signedAnswer = std::make_shared<const pki::OcspResponse>((*service)->answer(requestDer));
    if (isPlain && signedAnswer->cacheable) keep(requestDer, **service, signedAnswer);
    if (isPlain && signedAnswer->statuses.empty())
        if (const auto kept = keptFor(requestDer); kept && holds(*kept, m_clock())) return kept->answer;
    return signedAnswer;
}

void OcspResponder::keep(ByteView request, const OcspService& service, const Answer& answer)
{
    const auto age = m_age();
    if (m_limits.cachedAnswers == 0 || !age || *age > kMostAge || !answer->serial ||
        answer->status.kind == Kind::Unknown)
        return;
    auto kept = std::make_shared<const Kept>(
        Kept{answer, RevokedSet::key(service.issuer(), *answer->serial),
             m_clock() + std::min(m_limits.cacheTtl, std::chrono::seconds(answer->nextUpdate - m_clock()))});
    auto& shard = shardOf(asText(request));
    const std::lock_guard lock(shard.mutex);
    const auto [at, isNew] = shard.kept.insert_or_assign(std::string(asText(request)), std::move(kept));
    if (!isNew) return;
    shard.order.emplace_back(at->first);
    if (shard.order.size() > std::max<std::size_t>(1, m_limits.cachedAnswers / m_shards.size())) {
        shard.kept.erase(shard.order.front());
        shard.order.pop_front();
    }
}

bool OcspResponder::takeNonce()
{
    const std::lock_guard lock(m_nonceMutex);
    const auto now = m_clock();
    if (now != m_nonceSecond) {
        m_nonceSecond = now;
        m_nonces = 0;
    }
    return ++m_nonces <= m_limits.noncesPerSecond;
}

std::size_t OcspResponder::cachedAnswers() const
{
    std::size_t count = 0;
    for (const auto& shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        count += shard.kept.size();
    }
    return count;
}

} // namespace gateway
