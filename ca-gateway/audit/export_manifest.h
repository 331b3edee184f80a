#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit_head.h"

namespace gateway::audit {

struct SignedHead
{
    std::string text; ///< encodeHead()
    Bytes signature;  ///< DER ECDSA-Sig-Value by the audit signer
};

/// Names of the files of an export.
inline constexpr char kRowsFile[] = "audit.jsonl";  ///< canonicalLine() and LF for each row
inline constexpr char kTableFile[] = "audit.csv";   ///< the same for people; derived, so it needs no proof of its own
inline constexpr char kLeavesFile[] = "leaves.txt"; ///< the leaf hashes, which tell which row is wrong
inline constexpr char kManifestFile[] = "manifest.json";

/// What ties the rows of an export to a signed head.
struct ExportManifest
{
    std::uint64_t first = 0; ///< index of the first row in the tree
    std::uint64_t count = 0;
    SignedHead head;
    std::vector<TreeHash> rangeProof;       ///< from these rows to the head's root
    std::optional<SignedHead> previousHead; ///< of the export before, when one was named
    std::vector<TreeHash> consistencyProof; ///< from the previous head to this one
    std::vector<std::string> certificates;  ///< PEM: the audit signer, then its issuers without the root
};

} // namespace gateway::audit
