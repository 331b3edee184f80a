#include "audit/merkle_tree.h"

#include <bit>

#include <openssl/sha.h>

namespace gateway::audit {
namespace {

using Hashes = std::vector<TreeHash>;

/// RFC 9162 2.1.1: the largest power of two smaller than the size, which is at least 2.
std::uint64_t splitOf(std::uint64_t size)
{
    return std::bit_floor(size - 1);
}

/// The hash of the leaves first to last - 1, whatever their number.
Result<TreeHash> hashOf(std::uint64_t first, std::uint64_t last, const PerfectHash& source)
{
    const auto size = last - first;
    // A range of the RFC's recursion begins at a multiple of the power of two above it, so a perfect one is aligned.
    if (std::has_single_bit(size)) {
        const auto level = static_cast<unsigned>(std::countr_zero(size));
        return source(level, first >> level);
    }
    const auto middle = first + splitOf(size);
    const auto left = hashOf(first, middle, source);
    if (!left) return left;
    const auto right = hashOf(middle, last, source);
    if (!right) return right;
    return nodeHash(*left, *right);
}

Result<void> addHash(Hashes& hashes, std::uint64_t first, std::uint64_t last, const PerfectHash& source)
{
    const auto hash = hashOf(first, last, source);
    if (!hash) return tl::unexpected(hash.error());
    hashes.push_back(*hash);
    return {};
}

tl::unexpected<Error> outOfRange()
{
    return fail(ErrorCode::Internal, "merkle-range", "a proof was asked for outside of the tree");
}

Result<void> addPath(Hashes& path, std::uint64_t index, std::uint64_t first, std::uint64_t last,
                     const PerfectHash& source)
{
    if (last - first == 1) return {};
    const auto middle = first + splitOf(last - first);
    const bool isLeft = index < middle;
    if (auto deeper = isLeft ? addPath(path, index, first, middle, source) : addPath(path, index, middle, last, source);
        !deeper)
        return deeper;
    return isLeft ? addHash(path, middle, last, source) : addHash(path, first, middle, source);
}

/// SUBPROOF of RFC 9162 2.1.4.1.
Result<void> addSubproof(Hashes& proof, std::uint64_t known, std::uint64_t first, std::uint64_t last, bool isComplete,
                         const PerfectHash& source)
{
    if (known == last - first) return isComplete ? Result<void>() : addHash(proof, first, last, source);
    const auto split = splitOf(last - first);
    const auto middle = first + split;
    if (known <= split) {
        if (auto deeper = addSubproof(proof, known, first, middle, isComplete, source); !deeper) return deeper;
        return addHash(proof, middle, last, source);
    }
    if (auto deeper = addSubproof(proof, known - split, middle, last, false, source); !deeper) return deeper;
    return addHash(proof, first, middle, source);
}

Result<void> addOutside(Hashes& proof, std::uint64_t first, std::uint64_t last, std::uint64_t low, std::uint64_t high,
                        const PerfectHash& source)
{
    if (high <= first || low >= last) return addHash(proof, low, high, source);
    if (low >= first && high <= last) return {};
    const auto middle = low + splitOf(high - low);
    if (auto left = addOutside(proof, first, last, low, middle, source); !left) return left;
    return addOutside(proof, first, last, middle, high, source);
}

/// Rebuilds a tree from a range of leaves and what lies outside.
class RangeRoot final
{
public:
    RangeRoot(std::uint64_t first, std::span<const TreeHash> leaves, std::span<const TreeHash> proof)
        : m_first(first), m_last(first + leaves.size()), m_leaves(leaves), m_proof(proof)
    {
    }

    std::optional<TreeHash> of(std::uint64_t low, std::uint64_t high)
    {
        if (high <= m_first || low >= m_last) {
            if (m_proof.empty()) return std::nullopt;
            const auto hash = m_proof.front();
            m_proof = m_proof.subspan(1);
            return hash;
        }
        if (high - low == 1) return m_leaves[low - m_first];
        const auto middle = low + splitOf(high - low);
        const auto left = of(low, middle);
        const auto right = left ? of(middle, high) : std::nullopt;
        if (!right) return std::nullopt;
        return nodeHash(*left, *right);
    }
    [[nodiscard]] bool isUsedUp() const { return m_proof.empty(); }

private:
    std::uint64_t m_first;
    std::uint64_t m_last;
    std::span<const TreeHash> m_leaves;
    std::span<const TreeHash> m_proof;
};

TreeHash emptyRoot()
{
    TreeHash hash{};
    SHA256(nullptr, 0, hash.data());
    return hash;
}

} // namespace

std::optional<TreeHash> toTreeHash(ByteView octets)
{
    TreeHash hash{};
    if (octets.size() != hash.size()) return std::nullopt;
    std::copy(octets.begin(), octets.end(), hash.begin());
    return hash;
}

std::optional<TreeHash> parseTreeHash(std::string_view hex)
{
    const auto octets = parseHex(hex);
    return octets ? toTreeHash(*octets) : std::nullopt;
}

TreeHash leafHash(ByteView data)
{
    TreeHash hash{};
    Bytes prefixed;
    prefixed.reserve(data.size() + 1);
    prefixed.push_back(0x00);
    prefixed.insert(prefixed.end(), data.begin(), data.end());
    SHA256(prefixed.data(), prefixed.size(), hash.data());
    return hash;
}

TreeHash nodeHash(const TreeHash& left, const TreeHash& right)
{
    std::array<std::uint8_t, 1 + 2 * std::tuple_size_v<TreeHash>> data{};
    data[0] = 0x01;
    std::copy(left.begin(), left.end(), data.begin() + 1);
    std::copy(right.begin(), right.end(), data.begin() + 1 + static_cast<std::ptrdiff_t>(left.size()));
    TreeHash hash{};
    SHA256(data.data(), data.size(), hash.data());
    return hash;
}

std::optional<Frontier> Frontier::restore(std::uint64_t size, std::vector<TreeHash> peaks)
{
    if (peaks.size() != static_cast<std::size_t>(std::popcount(size))) return std::nullopt;
    Frontier frontier;
    frontier.m_size = size;
    frontier.m_peaks = std::move(peaks);
    return frontier;
}

void Frontier::append(const TreeHash& leaf, const OnComplete& onComplete)
{
    auto hash = leaf;
    unsigned level = 0;
    if (onComplete) onComplete(level, m_size, hash);
    // Each set bit of the size is a peak; the new leaf merges with those of the trailing ones.
    for (auto rest = m_size; (rest & 1U) != 0; rest >>= 1U) {
        hash = nodeHash(m_peaks.back(), hash);
        m_peaks.pop_back();
        ++level;
        if (onComplete) onComplete(level, m_size >> level, hash);
    }
    m_peaks.push_back(hash);
    ++m_size;
}

TreeHash Frontier::root() const
{
    if (m_peaks.empty()) return emptyRoot();
    auto hash = m_peaks.back();
    for (auto peak = m_peaks.rbegin() + 1; peak != m_peaks.rend(); ++peak)
        hash = nodeHash(*peak, hash);
    return hash;
}

Result<std::vector<TreeHash>> inclusionProof(std::uint64_t index, std::uint64_t size, const PerfectHash& source)
{
    if (index >= size) return outOfRange();
    Hashes path;
    if (auto done = addPath(path, index, 0, size, source); !done) return tl::unexpected(done.error());
    return path;
}

Result<std::vector<TreeHash>> consistencyProof(std::uint64_t first, std::uint64_t size, const PerfectHash& source)
{
    if (first == 0 || first > size) return outOfRange();
    Hashes proof;
    if (auto done = addSubproof(proof, first, 0, size, true, source); !done) return tl::unexpected(done.error());
    return proof;
}

Result<std::vector<TreeHash>> rangeProof(std::uint64_t first, std::uint64_t last, std::uint64_t size,
                                         const PerfectHash& source)
{
    if (first >= last || last > size) return outOfRange();
    Hashes proof;
    if (auto done = addOutside(proof, first, last, 0, size, source); !done) return tl::unexpected(done.error());
    return proof;
}

bool verifyInclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size, std::span<const TreeHash> proof,
                     const TreeHash& root)
{
    // RFC 9162 2.1.3.2.
    if (index >= size) return false;
    auto fn = index;
    auto sn = size - 1;
    auto hash = leaf;
    for (const auto& step : proof) {
        if (sn == 0) return false;
        if ((fn & 1U) != 0 || fn == sn) {
            hash = nodeHash(step, hash);
            while ((fn & 1U) == 0 && fn != 0) {
                fn >>= 1U;
                sn >>= 1U;
            }
        } else {
            hash = nodeHash(hash, step);
        }
        fn >>= 1U;
        sn >>= 1U;
    }
    return sn == 0 && hash == root;
}

bool verifyConsistency(std::uint64_t first, const TreeHash& firstRoot, std::uint64_t size, const TreeHash& root,
                       std::span<const TreeHash> proof)
{
    // RFC 9162 2.1.4.2.
    if (first == 0 || first > size) return false;
    if (first == size) return proof.empty() && firstRoot == root;
    Hashes path(proof.begin(), proof.end());
    if (std::has_single_bit(first)) path.insert(path.begin(), firstRoot);
    if (path.empty()) return false;
    auto fn = first - 1;
    auto sn = size - 1;
    while ((fn & 1U) != 0) {
        fn >>= 1U;
        sn >>= 1U;
    }
    auto fr = path.front();
    auto sr = path.front();
    for (std::size_t i = 1; i < path.size(); ++i) {
        if (sn == 0) return false;
        if ((fn & 1U) != 0 || fn == sn) {
            fr = nodeHash(path[i], fr);
            sr = nodeHash(path[i], sr);
            while ((fn & 1U) == 0 && fn != 0) {
                fn >>= 1U;
                sn >>= 1U;
            }
        } else {
            sr = nodeHash(sr, path[i]);
        }
        fn >>= 1U;
        sn >>= 1U;
    }
    return sn == 0 && fr == firstRoot && sr == root;
}

std::optional<TreeHash> rootOfRange(std::uint64_t first, std::span<const TreeHash> leaves, std::uint64_t size,
                                    std::span<const TreeHash> proof)
{
    if (leaves.empty() || first > size || leaves.size() > size - first) return std::nullopt;
    RangeRoot range(first, leaves, proof);
    const auto root = range.of(0, size);
    return range.isUsedUp() ? root : std::nullopt;
}

} // namespace gateway::audit
