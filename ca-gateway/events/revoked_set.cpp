#include "events/revoked_set.h"

#include <mutex>

#include <openssl/sha.h>

namespace gateway {
namespace {

std::array<std::uint8_t, SHA256_DIGEST_LENGTH> sha256(const std::string& text)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(asBytes(text).data(), text.size(), digest.data());
    return digest;
}

} // namespace

RevokedSet::Key RevokedSet::key(const std::string& issuer, const CertificateSerial& serial)
{
    const auto digest = sha256(issuer + '\n' + serial.text());
    Key key;
    std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
    return key;
}

RevokedSet::Entry RevokedSet::entryOf(const RevocationRecord& record)
{
    const auto digest = sha256(record.issuer + '\n' + record.serial.text() + '\n' + std::string(name(record.reason)) +
                               '\n' + std::to_string(record.since.time_since_epoch().count()));
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < sizeof hash; ++i)
        hash = hash << 8U | digest[i];
    return {.rowHash = static_cast<std::int64_t>(hash),
            .since = record.since,
            .expiresAt = record.expiresAt,
            .reason = record.reason};
}

void RevokedSet::replaceAll(const std::vector<RevocationRecord>& records)
{
    decltype(m_entries) entries;
    entries.reserve(records.size());
    for (const auto& record : records)
        entries.insert_or_assign(key(record.issuer, record.serial), entryOf(record));
    const std::unique_lock lock(m_mutex);
    m_entries.swap(entries); // the old ones go after the lock
}

bool RevokedSet::apply(const RevocationEvent& event)
{
    const auto certificate = key(event.record.issuer, event.record.serial);
    if (event.kind == RevocationEvent::Kind::Released) {
        const std::unique_lock lock(m_mutex);
        return m_entries.erase(certificate) > 0;
    }
    const auto entry = entryOf(event.record);
    const std::unique_lock lock(m_mutex);
    const auto [at, isNew] = m_entries.try_emplace(certificate, entry);
    if (isNew) return true;
    const bool changes = at->second.rowHash != entry.rowHash;
    at->second = entry;
    return changes;
}

std::size_t RevokedSet::prune(Time expiredBefore)
{
    const std::unique_lock lock(m_mutex);
    return std::erase_if(m_entries, [&](const auto& item) { return item.second.expiresAt < expiredBefore; });
}

std::optional<RevokedSet::Found> RevokedSet::find(const Key& key) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.find(key);
    if (found == m_entries.end()) return std::nullopt;
    return Found{.reason = found->second.reason, .since = found->second.since};
}

std::size_t RevokedSet::size() const
{
    const std::shared_lock lock(m_mutex);
    return m_entries.size();
}

RevocationDigest RevokedSet::digest(Time expiresAfter) const
{
    const std::shared_lock lock(m_mutex);
    RevocationDigest digest;
    for (const auto& [key, entry] : m_entries) {
        if (entry.expiresAt <= expiresAfter) continue;
        ++digest.count;
        digest.hash ^= entry.rowHash;
    }
    return digest;
}

} // namespace gateway
