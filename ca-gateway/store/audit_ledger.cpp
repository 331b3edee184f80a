#include "store/audit_ledger.h"

namespace gateway::store {
namespace {

using audit::AuditRow;
using audit::Frontier;
using audit::TreeHash;

constexpr std::int64_t kRowsPerHead = 10'000;
constexpr unsigned kStoredLevels = 8; ///< every eighth level's nodes are stored

#define V2C_AUDIT_ROW_COLUMNS                                                                                          \
    "a.id, to_char(a.timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), a.event_type, a.actor, "      \
    "a.subject::text, a.result, a.metadata::text, a.trace_id::text"

Result<std::string> lineOf(const Rows& rows, int column)
{
    return audit::canonicalLine({.id = rows.number(column),
                                 .timestamp = rows.text(column + 1),
                                 .eventType = rows.text(column + 2),
                                 .actor = rows.text(column + 3),
                                 .subjectJson = rows.text(column + 4),
                                 .result = rows.text(column + 5),
                                 .metadataJson = rows.text(column + 6),
                                 .traceId = rows.text(column + 7)});
}

tl::unexpected<Error> damaged(const char* what)
{
    return fail(ErrorCode::Internal, "audit-tree", std::string("the audit's tree is damaged: ") + what);
}

/// The tree as the last head left it.
struct Tree
{
    Frontier frontier;
    std::string lastTransaction = "0"; ///< xid8
    std::int64_t lastId = 0;
};

Result<Tree> loadTree(Transaction& transaction)
{
    auto rows = transaction.run(
        "SELECT size, peaks, last_transaction::text, last_id FROM audit_heads ORDER BY size DESC LIMIT 1");
    if (!rows.next()) return Tree{};
    const auto bytes = rows.bytes(1);
    std::vector<TreeHash> peaks(bytes.size() / std::tuple_size_v<TreeHash>);
    for (std::size_t i = 0; i < peaks.size(); ++i)
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * peaks[i].size()), peaks[i].size(),
                    peaks[i].begin());
    auto frontier = Frontier::restore(static_cast<std::uint64_t>(rows.number(0)), std::move(peaks));
    if (!frontier) return damaged("the peaks do not fit the size");
    return Tree{.frontier = std::move(*frontier), .lastTransaction = rows.text(2), .lastId = rows.number(3)};
}

/// PostgreSQL's text form of an array, for unnest().
class ArrayText final
{
public:
    void add(const std::string& element) { m_text += (m_text.empty() ? "" : ",") + element; }
    void add(const TreeHash& hash) { add("\"\\\\x" + toLowerHex(hash) + '"'); }
    [[nodiscard]] std::string text() const { return '{' + m_text + '}'; }
    [[nodiscard]] bool isEmpty() const { return m_text.empty(); }

private:
    std::string m_text;
};

} // namespace

AuditLedger::AuditLedger(Database& database, Signer& signer, std::string origin, std::string keyLabel, Clock clock)
    : m_database(database),
      m_signer(signer),
      m_origin(std::move(origin)),
      m_keyLabel(std::move(keyLabel)),
      m_clock(std::move(clock))
{
}

Result<AuditLedger::Sealed> AuditLedger::seal()
{
    return m_database.transact<Sealed>([&](Transaction& transaction) -> Result<Sealed> {
        transaction.lock("audit-seal");
        auto tree = loadTree(transaction);
        if (!tree) return tl::unexpected(tree.error());
        auto& frontier = tree->frontier;
        const auto previousSize = frontier.size();

        // Below the oldest running transaction nothing can appear any more.
        auto rows =
            transaction.run("SELECT " V2C_AUDIT_ROW_COLUMNS ", a.transaction::text FROM audit a WHERE "
                            "(a.transaction, a.id) > (?::xid8, ?::bigint) AND "
                            "a.transaction < pg_snapshot_xmin(pg_current_snapshot()) "
                            "ORDER BY a.transaction, a.id LIMIT ?::integer",
                            {parameter(tree->lastTransaction), parameter(tree->lastId), parameter(kRowsPerHead)});
        ArrayText indexes;
        ArrayText ids;
        ArrayText leaves;
        ArrayText levels;
        ArrayText nodeIndexes;
        ArrayText nodes;
        while (rows.next()) {
            const auto line = lineOf(rows, 0);
            if (!line) return tl::unexpected(line.error());
            const auto leaf = audit::leafHash(asBytes(*line));
            indexes.add(std::to_string(frontier.size()));
            ids.add(std::to_string(rows.number(0)));
            leaves.add(leaf);
            frontier.append(leaf, [&](unsigned level, std::uint64_t index, const TreeHash& hash) {
                if (level == 0 || level % kStoredLevels != 0) return;
                levels.add(std::to_string(level));
                nodeIndexes.add(std::to_string(index));
                nodes.add(hash);
            });
            tree->lastId = rows.number(0);
            tree->lastTransaction = rows.text(8);
        }
        if (frontier.size() == previousSize) return Sealed{.rows = 0, .size = previousSize};

        const audit::AuditHead head{.origin = m_origin,
                                    .size = frontier.size(),
                                    .root = frontier.root(),
                                    .sealedAt = m_clock(),
                                    .previousSize = previousSize};
        const auto text = encodeHead(head);
        const auto signature = m_signer.sign({.kind = SignRequest::Kind::AuditHead,
                                              .keyLabel = m_keyLabel,
                                              .profile = {},
                                              .tbsDer = Bytes(text.begin(), text.end())});
        if (!signature) return tl::unexpected(signature.error());

        transaction.run("INSERT INTO audit_leaves (leaf_index, audit_id, hash) SELECT * FROM "
                        "unnest(?::bigint[], ?::bigint[], ?::bytea[])",
                        {parameter(indexes.text()), parameter(ids.text()), parameter(leaves.text())});
        if (!nodes.isEmpty())
            transaction.run("INSERT INTO audit_nodes (level, node_index, hash) SELECT * FROM "
                            "unnest(?::smallint[], ?::bigint[], ?::bytea[])",
                            {parameter(levels.text()), parameter(nodeIndexes.text()), parameter(nodes.text())});
        Bytes peaks;
        for (const auto& peak : frontier.peaks())
            peaks.insert(peaks.end(), peak.begin(), peak.end());
        transaction.run("INSERT INTO audit_heads (size, head, signature, peaks, last_transaction, last_id, sealed_at) "
                        "VALUES (?::bigint, ?, ?::bytea, ?::bytea, ?::xid8, ?::bigint, to_timestamp(?::bigint))",
                        {parameter(static_cast<std::int64_t>(head.size)), parameter(text), parameter(*signature),
                         parameter(peaks), parameter(tree->lastTransaction), parameter(tree->lastId),
                         parameter(head.sealedAt)});
        return Sealed{.rows = frontier.size() - previousSize, .size = frontier.size()};
    });
}

Result<AuditLedger::Standing> AuditLedger::standing()
{
    return m_database.transact<Standing>([&](Transaction& transaction) -> Result<Standing> {
        auto rows = transaction.run(
            "SELECT coalesce(h.size, 0), extract(epoch FROM h.sealed_at)::bigint, (SELECT count(*) FROM audit a WHERE "
            "(a.transaction, a.id) > (coalesce(h.last_transaction, '0'::xid8), coalesce(h.last_id, 0))) FROM "
            "(SELECT 1) one LEFT JOIN LATERAL (SELECT * FROM audit_heads ORDER BY size DESC LIMIT 1) h ON true");
        Standing standing;
        if (!rows.next()) return standing;
        standing.size = static_cast<std::uint64_t>(rows.number(0));
        if (!rows.isNull(1)) standing.sealedAt = rows.time(1);
        standing.unsealed = static_cast<std::uint64_t>(rows.number(2));
        return standing;
    });
}

Result<audit::SignedHead> AuditLedger::head(std::optional<std::uint64_t> size)
{
    return m_database.transact<audit::SignedHead>([&](Transaction& transaction) -> Result<audit::SignedHead> {
        auto rows = size ? transaction.run("SELECT head, signature FROM audit_heads WHERE size = ?::bigint",
                                           {parameter(static_cast<std::int64_t>(*size))})
                         : transaction.run("SELECT head, signature FROM audit_heads ORDER BY size DESC LIMIT 1");
        if (!rows.next())
            return fail(ErrorCode::NotFound, "audit-head-missing",
                        size ? "no head of size " + std::to_string(*size) : "nothing has been sealed yet");
        return audit::SignedHead{.text = rows.text(0), .signature = rows.bytes(1)};
    });
}

Result<std::optional<audit::SignedHead>> AuditLedger::headUntil(Time time)
{
    using Head = std::optional<audit::SignedHead>;
    return m_database.transact<Head>([&](Transaction& transaction) -> Result<Head> {
        auto rows =
            transaction.run("SELECT head, signature FROM audit_heads WHERE sealed_at <= to_timestamp(?::bigint) "
                            "ORDER BY sealed_at DESC, size DESC LIMIT 1",
                            {parameter(time)});
        if (!rows.next()) return Head();
        return Head({.text = rows.text(0), .signature = rows.bytes(1)});
    });
}

Result<std::optional<std::pair<std::uint64_t, std::uint64_t>>> AuditLedger::range(Time from, Time until,
                                                                                  std::uint64_t size)
{
    using Range = std::optional<std::pair<std::uint64_t, std::uint64_t>>;
    return m_database.transact<Range>([&](Transaction& transaction) -> Result<Range> {
        auto rows = transaction.run("SELECT min(l.leaf_index), max(l.leaf_index) FROM audit a JOIN audit_leaves l ON "
                                    "l.audit_id = a.id WHERE a.timestamp >= to_timestamp(?::bigint) AND a.timestamp < "
                                    "to_timestamp(?::bigint) AND l.leaf_index < ?::bigint",
                                    {parameter(from), parameter(until), parameter(static_cast<std::int64_t>(size))});
        if (!rows.next() || rows.isNull(0)) return Range();
        return Range(
            std::pair(static_cast<std::uint64_t>(rows.number(0)), static_cast<std::uint64_t>(rows.number(1)) + 1));
    });
}

Result<std::vector<std::string>> AuditLedger::lines(std::uint64_t first, std::uint64_t last)
{
    using Lines = std::vector<std::string>;
    return m_database.transact<Lines>([&](Transaction& transaction) -> Result<Lines> {
        auto rows =
            transaction.run("SELECT " V2C_AUDIT_ROW_COLUMNS ", l.hash FROM audit_leaves l LEFT JOIN audit a ON a.id = "
                            "l.audit_id WHERE l.leaf_index >= ?::bigint AND l.leaf_index < ?::bigint "
                            "ORDER BY l.leaf_index",
                            {parameter(static_cast<std::int64_t>(first)), parameter(static_cast<std::int64_t>(last))});
        Lines lines;
        lines.reserve(last - first);
        while (rows.next()) {
            if (rows.isNull(0)) {
                const auto leaf = audit::toTreeHash(rows.bytes(8));
                if (!leaf) return damaged("a leaf of another length");
                lines.push_back(audit::expiredLine(*leaf));
                continue;
            }
            auto line = lineOf(rows, 0);
            if (!line) return tl::unexpected(line.error());
            lines.push_back(std::move(*line));
        }
        if (!transaction.failed() && lines.size() != last - first) return damaged("leaves are missing");
        return lines;
    });
}

audit::PerfectHash AuditLedger::hashes(Transaction& transaction) const
{
    return [&transaction](unsigned level, std::uint64_t index) -> Result<TreeHash> {
        // The stored level at or below, and as many of its nodes as the subtree has.
        const unsigned stored = level / kStoredLevels * kStoredLevels;
        const auto width = std::int64_t{1} << (level - stored);
        const auto begin = static_cast<std::int64_t>(index) * width;
        auto rows =
            stored == 0
                ? transaction.run("SELECT hash FROM audit_leaves WHERE leaf_index >= ?::bigint AND leaf_index "
                                  "< ?::bigint ORDER BY leaf_index",
                                  {parameter(begin), parameter(begin + width)})
                : transaction.run("SELECT hash FROM audit_nodes WHERE level = ?::smallint AND node_index >= "
                                  "?::bigint AND node_index < ?::bigint ORDER BY node_index",
                                  {parameter(std::int64_t{stored}), parameter(begin), parameter(begin + width)});
        Frontier subtree;
        while (rows.next()) {
            const auto hash = audit::toTreeHash(rows.bytes(0));
            if (!hash) return damaged("a hash of another length");
            subtree.append(*hash);
        }
        if (subtree.size() != static_cast<std::uint64_t>(width)) return damaged("nodes are missing");
        return subtree.root();
    };
}

Result<std::vector<audit::TreeHash>> AuditLedger::rangeProof(std::uint64_t first, std::uint64_t last,
                                                             std::uint64_t size)
{
    return m_database.transact<std::vector<TreeHash>>(
        [&](Transaction& transaction) { return audit::rangeProof(first, last, size, hashes(transaction)); });
}

Result<std::vector<audit::TreeHash>> AuditLedger::consistencyProof(std::uint64_t first, std::uint64_t size)
{
    return m_database.transact<std::vector<TreeHash>>(
        [&](Transaction& transaction) { return audit::consistencyProof(first, size, hashes(transaction)); });
}

Result<std::vector<audit::TreeHash>> AuditLedger::inclusionProof(std::uint64_t index, std::uint64_t size)
{
    return m_database.transact<std::vector<TreeHash>>(
        [&](Transaction& transaction) { return audit::inclusionProof(index, size, hashes(transaction)); });
}

} // namespace gateway::store
