#pragma once

#include <atomic>

#include "events/revoked_set.h"
#include "ocsp/status_source.h"

namespace gateway {

/// What is revoked comes from memory, so that it holds without a database too; only whether a serial was issued is
/// asked of the other source, by a limited number of requests at a time. Thread-safe.
class LiveStatusSource final : public OcspStatusSource
{
public:
    /// @param mostLookups  at a time; a further one gets StoreUnavailable "overloaded"
    LiveStatusSource(const RevokedSet& revoked, OcspStatusSource& stored, int mostLookups)
        : m_revoked(revoked), m_stored(stored), m_mostLookups(mostLookups)
    {
    }

    Result<pki::OcspStatus> status(const std::string& issuer, const CertificateSerial& serial, Time now) override;

private:
    const RevokedSet& m_revoked;
    OcspStatusSource& m_stored;
    const int m_mostLookups;
    std::atomic<int> m_lookups{0};
};

} // namespace gateway
