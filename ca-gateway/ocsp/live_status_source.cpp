#include "ocsp/live_status_source.h"

namespace gateway {
namespace {

class InWork final
{
public:
    explicit InWork(std::atomic<int>& count) : m_count(count), m_before(count.fetch_add(1)) {}
    ~InWork() { --m_count; }
    InWork(const InWork&) = delete;
    InWork& operator=(const InWork&) = delete;

    [[nodiscard]] int before() const { return m_before; }

private:
    std::atomic<int>& m_count;
    int m_before;
};

pki::OcspStatus revokedStatus(const RevokedSet::Found& found)
{
    return {.kind = pki::OcspStatus::Kind::Revoked, .revokedAt = found.since, .reason = found.reason, .goodUntil = {}};
}

} // namespace

Result<pki::OcspStatus> LiveStatusSource::status(const std::string& issuer, const CertificateSerial& serial, Time now)
{
    const auto key = RevokedSet::key(issuer, serial);
    if (const auto found = m_revoked.find(key)) return revokedStatus(*found);
    const InWork lookup(m_lookups);
    if (lookup.before() >= m_mostLookups)
        return fail(ErrorCode::StoreUnavailable, "overloaded", "too many look-ups of serials at a time",
                    std::chrono::seconds(1));
    auto stored = m_stored.status(issuer, serial, now);
    if (!stored || stored->kind == pki::OcspStatus::Kind::Revoked) return stored;
    // The revocation may have arrived behind the look-up's back.
    if (const auto found = m_revoked.find(key)) return revokedStatus(*found);
    return stored;
}

} // namespace gateway
