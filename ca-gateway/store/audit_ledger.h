#pragma once

#include "audit/audit_head.h"
#include "audit/audit_row.h"
#include "audit/export_manifest.h"
#include "issuance/clock.h"
#include "issuance/signer.h"
#include "store/connection.h"

namespace gateway::store {

/// Seals the audit into its Merkle tree and proves parts of it. Several gateways may seal: a lock lets one at a time.
///
/// A power cut leaves the rows in the tree with their signed head, or neither. A head that was signed and not stored
/// does no harm: the order of the leaves is fixed by (transaction, id), so the next attempt gives a tree that begins
/// with it.
class AuditLedger final
{
public:
    struct Sealed
    {
        std::uint64_t rows = 0; ///< in this call
        std::uint64_t size = 0; ///< of the tree now
    };
    struct Standing
    {
        std::uint64_t size = 0;
        std::uint64_t unsealed = 0;
        std::optional<Time> sealedAt; ///< of the last head
    };

    /// @param keyLabel  of the audit signer in the HSM
    AuditLedger(Database& database, Signer& signer, std::string origin, std::string keyLabel, Clock clock);

    /// Takes the rows that are committed and cannot be overtaken any more, at most 10,000, into the tree under a new
    /// head. Nothing to do without such rows. @return HsmUnavailable, StoreUnavailable (repeating is safe)
    [[nodiscard]] Result<Sealed> seal();
    [[nodiscard]] Result<Standing> standing();

    /// The newest head, or the one of that size. @return NotFound "audit-head-missing"
    [[nodiscard]] Result<audit::SignedHead> head(std::optional<std::uint64_t> size = std::nullopt);
    /// The newest head that was signed at that time or before.
    [[nodiscard]] Result<std::optional<audit::SignedHead>> headUntil(Time time);
    /// The leaves whose rows lie in that time, as a range of the tree: it begins with the first and ends after the last
    /// of them. @return nothing when there are none
    [[nodiscard]] Result<std::optional<std::pair<std::uint64_t, std::uint64_t>>> range(Time from, Time until,
                                                                                       std::uint64_t size);
    /// The sealed rows first to last - 1 in the tree's order; the caller asks in portions.
    /// In place of a row that has been dropped after its retention stands audit::expiredLine().
    [[nodiscard]] Result<std::vector<std::string>> lines(std::uint64_t first, std::uint64_t last);
    [[nodiscard]] Result<std::vector<audit::TreeHash>> rangeProof(std::uint64_t first, std::uint64_t last,
                                                                  std::uint64_t size);
    [[nodiscard]] Result<std::vector<audit::TreeHash>> consistencyProof(std::uint64_t first, std::uint64_t size);
    [[nodiscard]] Result<std::vector<audit::TreeHash>> inclusionProof(std::uint64_t index, std::uint64_t size);

private:
    [[nodiscard]] audit::PerfectHash hashes(Transaction& transaction) const;

    Database& m_database;
    Signer& m_signer;
    std::string m_origin;
    std::string m_keyLabel;
    Clock m_clock;
};

} // namespace gateway::store
