#pragma once

#include <string>

#include "audit/merkle_tree.h"
#include "contract/messages.h"

namespace gateway::audit {

/// The statement that is signed: "at that time the audit of this origin had so many rows with this root". A signer's
/// promise is that no two heads of one size differ in their root, and that each tree begins with the one before.
struct AuditHead
{
    std::string origin; ///< names the deployment: 1 to 64 characters of a-z, 0-9, '.', '-'
    std::uint64_t size = 0;
    TreeHash root{};
    Time sealedAt{};
    std::uint64_t previousSize = 0; ///< below size
};

[[nodiscard]] bool isOrigin(std::string_view text);

/// Six lines, each ended by LF: "v2c-audit-head/1", origin, size, root in lower-case hex, seconds since 1970, size of
/// the head before. What begins so is nothing else that our keys sign.
[[nodiscard]] std::string encodeHead(const AuditHead& head);

/// Reads exactly what encodeHead() writes. @return InvalidRequest "audit-head"
[[nodiscard]] Result<AuditHead> parseHead(std::string_view text);

} // namespace gateway::audit
