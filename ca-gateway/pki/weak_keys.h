#pragma once

#include <filesystem>
#include <set>

#include "contract/error.h"
#include "pki/profile.h"

namespace gateway::pki {

/// Public keys whose private half is known: examples of standards, published test keys.
class WeakKeys final
{
public:
    WeakKeys() = default;

    /// @param file  lines of SHA-256 over SubjectPublicKeyInfo, 64 hex digits, then what it is; # begins a comment
    /// @return InvalidRequest "weak-keys" that names the line
    [[nodiscard]] static Result<WeakKeys> load(const std::filesystem::path& file);

    [[nodiscard]] bool contains(ByteView publicKeySha256) const;

private:
    std::set<Bytes> m_digests;
};

} // namespace gateway::pki
