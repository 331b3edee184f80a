#include <QTest>

#include "audit/merkle_tree.h"

using namespace gateway;
using namespace gateway::audit;

namespace {

/// The leaves and roots of the Certificate Transparency reference tests (google/certificate-transparency,
/// merkle_tree_test.cc), which RFC 6962 implementations share.
const std::vector<Bytes>& referenceLeaves()
{
    static const std::vector<Bytes> leaves = [] {
        std::vector<Bytes> result;
        for (const auto* hex :
             {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
            result.push_back(*parseHex(hex));
        return result;
    }();
    return leaves;
}

constexpr std::array kReferenceRoots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                     "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                     "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                     "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                     "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                     "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<TreeHash> manyLeaves(std::size_t count)
{
    std::vector<TreeHash> leaves;
    for (std::size_t i = 0; i < count; ++i)
        leaves.push_back(leafHash(asBytes("leaf " + std::to_string(i))));
    return leaves;
}

PerfectHash sourceOf(const std::vector<TreeHash>& leaves)
{
    return [&leaves](unsigned level, std::uint64_t index) -> Result<TreeHash> {
        Frontier subtree;
        for (std::uint64_t i = index << level; i < (index + 1) << level; ++i)
            subtree.append(leaves.at(i));
        return subtree.root();
    };
}

TreeHash rootOf(const std::vector<TreeHash>& leaves, std::size_t size)
{
    Frontier tree;
    for (std::size_t i = 0; i < size; ++i)
        tree.append(leaves[i]);
    return tree.root();
}

} // namespace

class MerkleTreeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void referenceRoots()
    {
        QCOMPARE(toLowerHex(Frontier().root()),
                 std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        Frontier tree;
        for (std::size_t i = 0; i < referenceLeaves().size(); ++i) {
            tree.append(leafHash(referenceLeaves()[i]));
            QCOMPARE(toLowerHex(tree.root()), std::string(kReferenceRoots[i]));
        }
    }

    /// Of the same reference tests: leaf 5 in a tree of 8, and from a tree of 6 to one of 8.
    void referenceProofs()
    {
        std::vector<TreeHash> leaves;
        for (const auto& leaf : referenceLeaves())
            leaves.push_back(leafHash(leaf));
        const auto inclusion = inclusionProof(5, 8, sourceOf(leaves));
        QVERIFY(inclusion);
        QCOMPARE(inclusion->size(), std::size_t{3});
        QCOMPARE(toLowerHex((*inclusion)[0]),
                 std::string("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"));
        QCOMPARE(toLowerHex((*inclusion)[1]),
                 std::string("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"));
        QCOMPARE(toLowerHex((*inclusion)[2]),
                 std::string("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"));
        const auto consistency = consistencyProof(6, 8, sourceOf(leaves));
        QVERIFY(consistency);
        QCOMPARE(toLowerHex((*consistency)[0]),
                 std::string("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"));
    }

    void everyLeafOfEveryTree()
    {
        const auto leaves = manyLeaves(70);
        for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
            const auto root = rootOf(leaves, size);
            for (std::uint64_t index = 0; index < size; ++index) {
                auto proof = inclusionProof(index, size, sourceOf(leaves));
                QVERIFY(proof);
                QVERIFY(verifyInclusion(leaves[index], index, size, *proof, root));
                QVERIFY(!verifyInclusion(leaves[(index + 1) % leaves.size()], index, size, *proof, root));
                if (index > 0) QVERIFY(!verifyInclusion(leaves[index], index - 1, size, *proof, root));
                proof->push_back(root);
                QVERIFY(!verifyInclusion(leaves[index], index, size, *proof, root));
            }
        }
    }

    void everyTreeBeginsWithEveryEarlierOne()
    {
        const auto leaves = manyLeaves(40);
        auto changed = leaves;
        changed[0][0] ^= 1U;
        for (std::uint64_t size = 1; size <= leaves.size(); ++size)
            for (std::uint64_t first = 1; first <= size; ++first) {
                const auto proof = consistencyProof(first, size, sourceOf(leaves));
                QVERIFY(proof);
                const auto before = rootOf(leaves, first);
                const auto after = rootOf(leaves, size);
                QVERIFY(verifyConsistency(first, before, size, after, *proof));
                QVERIFY(!verifyConsistency(first, rootOf(changed, first), size, after, *proof));
                if (first < size) {
                    QVERIFY(!verifyConsistency(first, before, size, rootOf(changed, size), *proof));
                    auto cut = *proof;
                    cut.pop_back();
                    QVERIFY(!verifyConsistency(first, before, size, after, cut));
                }
            }
    }

    void everyRangeOfEveryTree()
    {
        const auto leaves = manyLeaves(24);
        for (std::uint64_t size = 1; size <= leaves.size(); ++size)
            for (std::uint64_t first = 0; first < size; ++first)
                for (std::uint64_t last = first + 1; last <= size; ++last) {
                    auto proof = rangeProof(first, last, size, sourceOf(leaves));
                    QVERIFY(proof);
                    const std::span<const TreeHash> range(leaves.data() + first, last - first);
                    QVERIFY(rootOfRange(first, range, size, *proof) == rootOf(leaves, size));
                    if (last - first > 1)
                        QVERIFY(rootOfRange(first, range.subspan(1), size, *proof) != rootOf(leaves, size));
                    proof->push_back(leaves[0]);
                    QVERIFY(!rootOfRange(first, range, size, *proof));
                }
    }

    void aFrontierComesBackFromItsPeaks()
    {
        const auto leaves = manyLeaves(300);
        Frontier whole;
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            auto restored = Frontier::restore(whole.size(), whole.peaks());
            QVERIFY(restored);
            restored->append(leaves[i]);
            whole.append(leaves[i]);
            QVERIFY(restored->root() == whole.root());
        }
        QVERIFY(!Frontier::restore(3, {leaves[0]}));
        QVERIFY(!Frontier::restore(0, {leaves[0]}));
    }

    void perfectSubtreesAreReportedOnce()
    {
        const auto leaves = manyLeaves(520);
        Frontier tree;
        std::map<std::pair<unsigned, std::uint64_t>, TreeHash> seen;
        bool twice = false;
        for (const auto& leaf : leaves)
            tree.append(leaf, [&](unsigned level, std::uint64_t index, const TreeHash& hash) {
                twice = twice || !seen.emplace(std::pair(level, index), hash).second;
            });
        QVERIFY(!twice);
        QVERIFY(seen.contains({8, 1}) && !seen.contains({8, 2}) && seen.contains({9, 0}));
        QVERIFY(seen.at({8, 1}) == *sourceOf(leaves)(8, 1));
    }

    void outOfRangeIsRefused()
    {
        const auto leaves = manyLeaves(8);
        QVERIFY(!inclusionProof(8, 8, sourceOf(leaves)));
        QVERIFY(!consistencyProof(0, 8, sourceOf(leaves)));
        QVERIFY(!consistencyProof(9, 8, sourceOf(leaves)));
        QVERIFY(!rangeProof(4, 4, 8, sourceOf(leaves)));
        QVERIFY(!rangeProof(4, 9, 8, sourceOf(leaves)));
        QVERIFY(!rootOfRange(4, std::span(leaves), 8, {}));
        QVERIFY(!rootOfRange(0, {}, 8, {}));
    }
};

QTEST_APPLESS_MAIN(MerkleTreeTest)
#include "merkle_tree_test.moc"
