#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "contract/bytes.h"
#include "contract/error.h"

/// The Merkle tree of RFC 9162 section 2.1 with SHA-256: leaf = SHA-256(00 || data), node = SHA-256(01 || left ||
/// right). Trees only grow at the end.
namespace gateway::audit {

using TreeHash = std::array<std::uint8_t, 32>;

/// @return nothing when there are not exactly 32 octets
[[nodiscard]] std::optional<TreeHash> toTreeHash(ByteView octets);
/// @param hex  64 digits
[[nodiscard]] std::optional<TreeHash> parseTreeHash(std::string_view hex);

[[nodiscard]] TreeHash leafHash(ByteView data);
[[nodiscard]] TreeHash nodeHash(const TreeHash& left, const TreeHash& right);

/// A tree as far as appending needs it: the roots of its perfect subtrees, the largest first.
class Frontier final
{
public:
    /// Called for each perfect subtree that an append completes: its height and its position among those of its height.
    using OnComplete = std::function<void(unsigned level, std::uint64_t index, const TreeHash& hash)>;

    Frontier() = default;
    /// @return nothing when the number of hashes does not belong to the size
    [[nodiscard]] static std::optional<Frontier> restore(std::uint64_t size, std::vector<TreeHash> peaks);

    void append(const TreeHash& leaf, const OnComplete& onComplete = {});
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    [[nodiscard]] const std::vector<TreeHash>& peaks() const { return m_peaks; }
    /// Of an empty tree: the hash of nothing.
    [[nodiscard]] TreeHash root() const;

private:
    std::uint64_t m_size = 0;
    std::vector<TreeHash> m_peaks;
};

/// Where proofs take their hashes from: the perfect subtree of that height at that position, heights from 0 (leaves).
using PerfectHash = std::function<Result<TreeHash>(unsigned level, std::uint64_t index)>;

/// RFC 9162 2.1.3: proves one leaf. index < size.
[[nodiscard]] Result<std::vector<TreeHash>> inclusionProof(std::uint64_t index, std::uint64_t size,
                                                           const PerfectHash& source);
/// RFC 9162 2.1.4: proves that a tree begins with an earlier one. 0 < first <= size.
[[nodiscard]] Result<std::vector<TreeHash>> consistencyProof(std::uint64_t first, std::uint64_t size,
                                                             const PerfectHash& source);
/// Proves the leaves first to last - 1 at once: the hashes of what lies outside, from left to right. first <= last <=
/// size.
[[nodiscard]] Result<std::vector<TreeHash>> rangeProof(std::uint64_t first, std::uint64_t last, std::uint64_t size,
                                                       const PerfectHash& source);

[[nodiscard]] bool verifyInclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const TreeHash> proof, const TreeHash& root);
[[nodiscard]] bool verifyConsistency(std::uint64_t first, const TreeHash& firstRoot, std::uint64_t size,
                                     const TreeHash& root, std::span<const TreeHash> proof);
/// @return the root of the tree that has these leaves at that place; nothing when the proof has too many or too few
/// hashes
[[nodiscard]] std::optional<TreeHash> rootOfRange(std::uint64_t first, std::span<const TreeHash> leaves,
                                                  std::uint64_t size, std::span<const TreeHash> proof);

} // namespace gateway::audit
