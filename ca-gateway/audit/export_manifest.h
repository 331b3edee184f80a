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

/// Rows are kept at least so long after they were sealed (table audit_retention, the shortest class).
inline constexpr std::chrono::days kShortestRetention{90};

/// That rows were sealed long enough ago to have been dropped since: those below the size of this earlier head.
struct ExpiryProof
{
    SignedHead head;
    std::vector<TreeHash> consistencyProof; ///< from it to the export's head
};

/// What ties the rows of an export to a signed head.
struct ExportManifest
{
    std::uint64_t first = 0; ///< index of the first row in the tree
    std::uint64_t count = 0;
    SignedHead head;
    std::vector<TreeHash> rangeProof;       ///< from these rows to the head's root
    std::optional<SignedHead> previousHead; ///< of the export before, when one was named
    std::vector<TreeHash> consistencyProof; ///< from the previous head to this one
    std::optional<ExpiryProof> expiry;      ///< when rows of the export have expired
    std::vector<std::string> certificates;  ///< PEM: the audit signer, then its issuers without the root
};

} // namespace gateway::audit
