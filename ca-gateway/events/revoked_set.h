#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "events/revocation_record.h"

namespace gateway {

/// Count and XOR of the rows' hashes: equal digests mean equal sets, whatever the order. A row's hash is the first 8
/// bytes of SHA-256(issuer LF serial LF reason LF since); the database computes the same.
struct RevocationDigest
{
    std::int64_t count = 0;
    std::int64_t hash = 0;

    friend bool operator==(const RevocationDigest&, const RevocationDigest&) = default;
};

/// The revoked certificates in memory, about 64 bytes each. Thread-safe: many readers, short writes.
class RevokedSet final
{
public:
    /// Names a certificate in 16 bytes: SHA-256(issuer LF serial), cut.
    struct Key
    {
        std::array<std::uint8_t, 16> bytes{};

        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Found
    {
        RevocationReason reason = RevocationReason::Unspecified;
        Time since{};
    };

    [[nodiscard]] static Key key(const std::string& issuer, const CertificateSerial& serial);

    void replaceAll(const std::vector<RevocationRecord>& records);
    /// @return whether the set has changed
    bool apply(const RevocationEvent& event);
    /// Forgets what expired before that time. @return how many
    std::size_t prune(Time expiredBefore);

    [[nodiscard]] std::optional<Found> find(const Key& key) const;
    [[nodiscard]] std::size_t size() const;
    /// Over the certificates that expire after that time.
    [[nodiscard]] RevocationDigest digest(Time expiresAfter) const;

private:
    struct Entry
    {
        std::int64_t rowHash = 0;
        Time since{};
        Time expiresAt{};
        RevocationReason reason = RevocationReason::Unspecified;
    };
    struct KeyHash
    {
        std::size_t operator()(const Key& key) const noexcept
        {
            std::size_t value = 0; // the key is a hash already
            std::memcpy(&value, key.bytes.data(), sizeof value);
            return value;
        }
    };

    [[nodiscard]] static Entry entryOf(const RevocationRecord& record);

    mutable std::shared_mutex m_mutex;
    std::unordered_map<Key, Entry, KeyHash> m_entries; ///< guarded by m_mutex
};

} // namespace gateway
