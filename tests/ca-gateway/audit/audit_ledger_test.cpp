#include <filesystem>
#include <fstream>
#include <thread>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "audit/export_reader.h"
#include "audit/export_writer.h"
#include "ca-gateway/issuance/gateway_fixture.h"
#include "pki/prepared_certificate.h"
#include "store/audit_export.h"
#include "store/audit_ledger.h"
#include "support/cut_connection.h"

using namespace gateway;
using support::GatewayFixture;
using support::valueOf;

namespace {

void done(const Result<void>& result)
{
    if (!result) throw std::runtime_error(result.error().type + ": " + result.error().detail);
}

/// Signs heads with a key in memory whose certificate comes from the fixture's CA.
class HeadSigner final : public Signer
{
public:
    explicit HeadSigner(GatewayFixture& fixture)
    {
        const auto& profile = fixture.signer.profile("audit-signer");
        const auto& issuer = fixture.signer.issuer();
        auto prepared =
            valueOf(pki::prepareCertificate(profile, {{"audit_signer", "audit-01"}}, m_key.publicKeyDer(), issuer,
                                            valueOf(CertificateSerial::parse("4A0102030405060708090A0B0C0D0E0F")),
                                            GatewayFixture::kStart - std::chrono::hours(1)));
        const auto signature =
            valueOf(fixture.signer.sign({.kind = SignRequest::Kind::Certificate,
                                         .keyLabel = issuer.keyLabel,
                                         .profile = profile.name,
                                         .tbsDer = Bytes(prepared.tbsDer().begin(), prepared.tbsDer().end())}));
        m_certificates.push_back(
            valueOf(pki::completeCertificate(std::move(prepared), signature, issuer.certificate)).pem());
        for (const auto& above : issuer.chain)
            m_certificates.push_back(above.pem());
    }

    Result<Bytes> sign(const SignRequest& request) override
    {
        ++calls;
        if (isDown) return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "away");
        const std::string text(request.tbsDer.begin(), request.tbsDer.end());
        if (request.kind != SignRequest::Kind::AuditHead || !audit::parseHead(text))
            return fail(ErrorCode::PolicyViolation, "audit-head", "not a head");
        signedHeads.push_back(text);
        return m_key.sign(request.tbsDer);
    }
    Result<void> checkHealth() override { return {}; }

    [[nodiscard]] const std::vector<std::string>& certificates() const { return m_certificates; }

    bool isDown = false;
    int calls = 0;
    std::vector<std::string> signedHeads;

private:
    support::SoftwareKey m_key;
    std::vector<std::string> m_certificates;
};

struct LedgerFixture : GatewayFixture
{
    HeadSigner heads{*this};
    store::AuditLedger ledger{connection, heads, "test.example.com", "audit-signer", clock()};
    QTemporaryDir folder;

    void addRows(int count)
    {
        sql("INSERT INTO audit (timestamp, event_type, actor, subject, result, metadata, trace_id) SELECT "
            "to_timestamp(1790000000 + i), 'certificate_issued', 'station-01', jsonb_build_object('serial', "
            "i::text), 'success', '{\"issuer\": \"Device Issuing CA\"}', gen_random_uuid() FROM generate_series(1, " +
            std::to_string(count) + ") i");
    }
    [[nodiscard]] std::uint64_t sealAll()
    {
        std::uint64_t rows = 0;
        for (auto sealed = valueOf(ledger.seal()); sealed.rows > 0; sealed = valueOf(ledger.seal()))
            rows += sealed.rows;
        return rows;
    }

    std::filesystem::path exportRows(const std::string& name, std::uint64_t first, std::uint64_t last,
                                     std::optional<std::uint64_t> previous = {})
    {
        const auto path = std::filesystem::path(folder.path().toStdString()) / name;
        const auto head = valueOf(ledger.head());
        const auto size = valueOf(audit::parseHead(head.text)).size;
        auto writer = valueOf(audit::ExportWriter::create(path, first));
        for (const auto& line : valueOf(ledger.lines(first, last)))
            done(writer.add(line));
        audit::ExportManifest manifest{.head = head,
                                       .rangeProof = valueOf(ledger.rangeProof(first, last, size)),
                                       .previousHead = {},
                                       .consistencyProof = {},
                                       .expiry = {},
                                       .certificates = heads.certificates()};
        if (previous) {
            manifest.previousHead = valueOf(ledger.head(*previous));
            manifest.consistencyProof = valueOf(ledger.consistencyProof(*previous, size));
        }
        done(writer.finish(std::move(manifest)));
        return path;
    }
    audit::ExportReport verify(const std::filesystem::path& path, const std::filesystem::path& previous = {})
    {
        return valueOf(audit::verifyExport(path, signer.root(), previous));
    }
};

std::string joined(const std::vector<std::string>& findings)
{
    std::string text;
    for (const auto& finding : findings)
        text += finding + "; ";
    return text;
}

std::vector<std::string> linesOf(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

void write(const std::filesystem::path& file, const std::vector<std::string>& lines)
{
    std::ofstream stream(file, std::ios::trunc);
    for (const auto& line : lines)
        stream << line << '\n';
}

} // namespace

class AuditLedgerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void nothingToSealSignsNothing()
    {
        LedgerFixture fixture;
        QCOMPARE(fixture.sealAll(), std::uint64_t{0});
        QCOMPARE(fixture.heads.calls, 0);
        QCOMPARE(fixture.ledger.head().error().type, std::string("audit-head-missing"));
    }

    void treeAndProofsAcrossStoredLevels()
    {
        LedgerFixture fixture;
        for (const int rows : {1, 2, 254, 300, 1000}) {
            fixture.addRows(rows);
            QCOMPARE(fixture.sealAll(), static_cast<std::uint64_t>(rows));
        }
        QCOMPARE(fixture.count("audit_nodes WHERE level = 8"), 1557 / 256);
        const auto head = valueOf(audit::parseHead(valueOf(fixture.ledger.head()).text));
        QCOMPARE(head.size, std::uint64_t{1557});
        QCOMPARE(head.previousSize, std::uint64_t{557});
        for (const std::uint64_t index : {0U, 255U, 256U, 1000U, 1556U}) {
            const auto line = valueOf(fixture.ledger.lines(index, index + 1)).front();
            QVERIFY(audit::verifyInclusion(audit::leafHash(asBytes(line)), index, head.size,
                                           valueOf(fixture.ledger.inclusionProof(index, head.size)), head.root));
        }
        for (const std::uint64_t first : {1U, 3U, 257U, 557U}) {
            const auto before = valueOf(audit::parseHead(valueOf(fixture.ledger.head(first)).text));
            QVERIFY(audit::verifyConsistency(first, before.root, head.size, head.root,
                                             valueOf(fixture.ledger.consistencyProof(first, head.size))));
        }
        QCOMPARE(valueOf(fixture.ledger.standing()).unsealed, std::uint64_t{0});
    }

    /// Ids are given at the insert, rows appear at the commit: the later id commits first.
    void aLateCommitEntersTheTreeOnce()
    {
        LedgerFixture fixture;
        {
            const auto parts = valueOf(store::parseDatabaseUrl(support::postgres().url("v2c_owner", fixture.database)));
            auto slow = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), QStringLiteral("slow"));
            slow.setHostName(QString::fromStdString(parts.host));
            slow.setUserName(QString::fromStdString(parts.user));
            slow.setDatabaseName(QString::fromStdString(parts.database));
            QVERIFY(slow.open() && slow.transaction());
            QVERIFY(slow.exec(QStringLiteral("INSERT INTO audit (timestamp, event_type, actor, subject, result, "
                                             "metadata, trace_id) VALUES (now(), 'late', 'x', '{}', 'success', '{}', "
                                             "gen_random_uuid())"))
                        .isActive());
            fixture.addRows(3);
            QCOMPARE(fixture.sealAll(), std::uint64_t{0}); // whatever follows could still be overtaken
            QCOMPARE(valueOf(fixture.ledger.standing()).unsealed, std::uint64_t{3});
            QVERIFY(slow.commit());
            slow.close();
        }
        QSqlDatabase::removeDatabase(QStringLiteral("slow"));
        QCOMPARE(fixture.sealAll(), std::uint64_t{4});
        QCOMPARE(fixture.count("audit_leaves"), 4);
    }

    void twoSealersMakeOneTree()
    {
        LedgerFixture fixture;
        fixture.addRows(2000);
        std::vector<std::thread> sealers;
        std::atomic<std::uint64_t> rows{0};
        for (int i = 0; i < 4; ++i)
            sealers.emplace_back([&] {
                store::AuditLedger other(fixture.connection, fixture.heads, "test.example.com", "audit-signer",
                                         fixture.clock());
                rows += valueOf(other.seal()).rows;
            });
        for (auto& sealer : sealers)
            sealer.join();
        QCOMPARE(rows.load(), std::uint64_t{2000});
        QCOMPARE(fixture.count("audit_heads"), 1);
        QCOMPARE(fixture.heads.calls, 1);
    }

    /// What a crash between signature and commit leaves: the next head has another size or the same root.
    void signedAndLostHeadsDoNotContradict()
    {
        LedgerFixture fixture;
        fixture.addRows(5);
        fixture.sql("ALTER TABLE audit_heads ADD CONSTRAINT full_disk CHECK (size < 5)");
        QVERIFY(!fixture.ledger.seal());
        fixture.addRows(2);
        fixture.sql("ALTER TABLE audit_heads DROP CONSTRAINT full_disk");
        QCOMPARE(fixture.sealAll(), std::uint64_t{7});
        std::map<std::uint64_t, audit::TreeHash> roots;
        for (const auto& text : fixture.heads.signedHeads) {
            const auto head = valueOf(audit::parseHead(text));
            const auto [at, isNew] = roots.emplace(head.size, head.root);
            QVERIFY(isNew || at->second == head.root);
        }
        QVERIFY(roots.contains(5) && roots.contains(7));
        QVERIFY(
            audit::verifyConsistency(5, roots.at(5), 7, roots.at(7), valueOf(fixture.ledger.consistencyProof(5, 7))));
    }

    /// The gateway or its line to the database dies at each round trip of a seal, the commit's among them, before the
    /// server has heard of it or before the gateway has heard the answer.
    void cutAnywhereNothingIsHalfDone()
    {
        constexpr int kRows = 256; // each seal adds a stored node
        LedgerFixture fixture;
        support::CutConnection line(support::postgres().url("v2c_gateway", fixture.database));
        store::Database database(valueOf(store::parseDatabaseUrl(line.url())));
        store::AuditLedger ledger(database, fixture.heads, "test.example.com", "audit-signer", fixture.clock());
        const auto size = [&] { return int(valueOf(fixture.ledger.standing()).size); };

        int seals = 0;
        int cuts = 0;
        int committed = 0;
        using Moment = support::CutConnection::Moment;
        for (const auto moment : {Moment::BeforeRequest, Moment::AfterAnswer}) {
            for (int roundTrip = 0;; ++roundTrip) {
                QVERIFY2(roundTrip < 40, "a seal that never ends");
                line.allow();
                QVERIFY(ledger.standing()); // connected, so that what follows is the seal's
                fixture.addRows(kRows);
                line.cutAt(roundTrip, moment);
                const auto sealed = ledger.seal();
                if (!line.hasCut()) {
                    QVERIFY(sealed && sealed->rows == kRows);
                    ++seals;
                    break;
                }
                ++cuts;
                QVERIFY(!sealed);
                QCOMPARE(sealed.error().code, ErrorCode::StoreUnavailable);

                const int before = (cuts + seals - 1) * kRows;
                const int after = size();
                QVERIFY2(after == before || (after == before + kRows && moment == Moment::AfterAnswer),
                         QByteArray::number(roundTrip).constData());
                committed += after == before ? 0 : 1;
                QCOMPARE(fixture.sql("SELECT (SELECT count(*) FROM audit_leaves), (SELECT count(*) FROM audit_nodes)"),
                         std::to_string(after) + '|' + std::to_string(after / kRows));
                // The server rolls back when it has noticed; until then the lock keeps others waiting.
                QCOMPARE(int(fixture.sealAll()), before + kRows - after);
                QCOMPARE(size(), before + kRows);
            }
        }
        QCOMPARE(committed, 1);                                     // the one whose commit went unanswered
        QVERIFY2(cuts >= 12, QByteArray::number(cuts).constData()); // BEGIN, lock, two SELECTs, three INSERTs, COMMIT
        QCOMPARE(size(), (cuts + seals) * kRows);

        // Whatever was signed meanwhile, stored or not, tells one history.
        std::map<std::uint64_t, audit::TreeHash> roots;
        for (const auto& text : fixture.heads.signedHeads) {
            const auto head = valueOf(audit::parseHead(text));
            const auto [at, isNew] = roots.emplace(head.size, head.root);
            QVERIFY(isNew || at->second == head.root);
        }
        QCOMPARE(int(roots.size()), cuts + seals);
        const auto whole = *roots.rbegin();
        for (const auto part : {std::uint64_t{kRows}, whole.first - kRows})
            QVERIFY(audit::verifyConsistency(part, roots.at(part), whole.first, whole.second,
                                             valueOf(fixture.ledger.consistencyProof(part, whole.first))));
        const auto report = fixture.verify(fixture.exportRows("export", 0, whole.first));
        QVERIFY2(report.findings.empty(), joined(report.findings).c_str());
        QCOMPARE(report.count, whole.first);
    }

    void withoutTheHsmNothingIsSealed()
    {
        LedgerFixture fixture;
        fixture.addRows(3);
        fixture.heads.isDown = true;
        QCOMPARE(fixture.ledger.seal().error().code, ErrorCode::HsmUnavailable);
        QCOMPARE(fixture.count("audit_leaves"), 0);
        fixture.heads.isDown = false;
        QCOMPARE(fixture.sealAll(), std::uint64_t{3});
    }

    void treeCannotBeChangedByTheGateway()
    {
        LedgerFixture fixture;
        fixture.addRows(1);
        (void)fixture.sealAll();
        for (const auto* table : {"audit", "audit_leaves", "audit_nodes", "audit_heads"})
            QCOMPARE(fixture.sql(std::string("SELECT has_table_privilege('v2c_gateway', '") + table +
                                 "', 'UPDATE, DELETE, TRUNCATE')"),
                     std::string("f"));
        QVERIFY(fixture.sql("DELETE FROM audit_leaves").find("append-only") != std::string::npos);
    }

    void exportsVerifyOffline()
    {
        LedgerFixture fixture;
        fixture.addRows(600);
        (void)fixture.sealAll();
        const auto first = fixture.exportRows("first", 0, 600);
        const auto report = fixture.verify(first);
        QVERIFY2(report.findings.empty(), joined(report.findings).c_str());
        QCOMPARE(report.count, std::uint64_t{600});
        QVERIFY(!report.isTiedToPrevious);

        fixture.addRows(50);
        (void)fixture.sealAll();
        const auto second = fixture.exportRows("second", 600, 650, 600);
        const auto tied = fixture.verify(second, first);
        QVERIFY2(tied.findings.empty(), joined(tied.findings).c_str());
        QVERIFY(tied.isTiedToPrevious);
        const auto part = fixture.verify(fixture.exportRows("part", 250, 300));
        QVERIFY2(part.findings.empty(), joined(part.findings).c_str());

        const auto table = linesOf(first / audit::kTableFile);
        QCOMPARE(table.size(), std::size_t{601});
        const auto range = valueOf(fixture.ledger.range(Time(std::chrono::seconds(1'790'000'010)),
                                                        Time(std::chrono::seconds(1'790'000'021)), 600));
        QVERIFY(range && range->first == 9 && range->second == 20);
    }

    void tamperingIsFound_data()
    {
        QTest::addColumn<QString>("finding");
        QTest::newRow("changed") << "row 3 was changed or put in";
        QTest::newRow("removed") << "row 3 as it was sealed is not there";
        QTest::newRow("inserted") << "expected 10 rows, found 11";
        QTest::newRow("exchanged") << "2 rows are not in their place";
        QTest::newRow("cut") << "expected 10 rows, found 7";
        QTest::newRow("cut-leaves") << "leaves.txt: expected 10 lines, found 7";
        QTest::newRow("cut-count") << "do not lead to the signed root";
        QTest::newRow("changed-leaf") << "do not lead to the signed root";
        QTest::newRow("moved") << "do not lead to the signed root";
        QTest::newRow("table") << "audit.csv does not say what audit.jsonl says";
        QTest::newRow("no-table") << "audit.csv is missing";
        QTest::newRow("no-rows") << "audit.jsonl is missing";
        QTest::newRow("head") << "the signature does not fit the head";
        QTest::newRow("other-key") << "not an audit signer's";
        QTest::newRow("foreign") << "no valid path";
        QTest::newRow("proof") << "do not lead to the signed root";
        QTest::newRow("beyond") << "beyond the head's";
    }
    void tamperingIsFound()
    {
        QFETCH(QString, finding);
        const auto what = std::string(QTest::currentDataTag());
        LedgerFixture fixture;
        fixture.addRows(20);
        (void)fixture.sealAll();
        const auto path = fixture.exportRows("export", 0, 10);
        auto rows = linesOf(path / audit::kRowsFile);
        auto leaves = linesOf(path / audit::kLeavesFile);
        auto manifest = nlohmann::json::parse(std::ifstream(path / audit::kManifestFile));
        const auto changedRow = [&] {
            auto row = rows[3];
            row.replace(row.find("station-01"), 10, "station-02");
            return row;
        };
        auto root = fixture.signer.root();
        if (what == "changed") rows[3] = changedRow();
        if (what == "removed") rows.erase(rows.begin() + 3);
        if (what == "inserted") rows.insert(rows.begin() + 3, changedRow());
        if (what == "exchanged") std::swap(rows[3], rows[5]);
        if (what == "cut" || what == "cut-leaves" || what == "cut-count") rows.resize(7);
        if (what == "cut-leaves" || what == "cut-count") leaves.resize(7);
        if (what == "cut-count") manifest["count"] = 7;
        if (what == "changed-leaf") {
            rows[3] = changedRow();
            leaves[3] = toLowerHex(audit::leafHash(asBytes(rows[3])));
        }
        if (what == "moved") manifest["first"] = 1;
        if (what == "beyond") manifest["first"] = 15;
        if (what == "proof") manifest["range_proof"].erase(0);
        if (what == "head") {
            auto text = manifest["head"]["text"].get<std::string>();
            text.replace(text.find("\n20\n"), 4, "\n21\n");
            manifest["head"]["text"] = text;
        }
        if (what == "other-key") manifest["certificates"].erase(0);
        if (what == "foreign") root = support::SoftwareSigner(GatewayFixture::kStart - std::chrono::days(2)).root();
        write(path / audit::kRowsFile, rows);
        write(path / audit::kLeavesFile, leaves);
        std::ofstream(path / audit::kManifestFile, std::ios::trunc) << manifest;
        if (what == "table") {
            auto table = linesOf(path / audit::kTableFile);
            table[4].replace(table[4].find("station-01"), 10, "station-02");
            write(path / audit::kTableFile, table);
        }
        if (what == "no-table") std::filesystem::remove(path / audit::kTableFile);
        if (what == "no-rows") std::filesystem::remove(path / audit::kRowsFile);

        const auto report = valueOf(audit::verifyExport(path, root));
        QVERIFY2(QString::fromStdString(joined(report.findings)).contains(finding), joined(report.findings).c_str());
    }

    /// The database's owner rewrites history and has it sealed anew: the earlier export tells.
    void rewrittenHistoryIsFoundByTheEarlierExport()
    {
        LedgerFixture fixture;
        fixture.addRows(20);
        (void)fixture.sealAll();
        const auto first = fixture.exportRows("first", 0, 20);
        fixture.sql("ALTER TABLE audit DISABLE TRIGGER ALL; ALTER TABLE audit_leaves DISABLE TRIGGER ALL; ALTER TABLE "
                    "audit_heads DISABLE TRIGGER ALL; DELETE FROM audit_heads; DELETE FROM audit_leaves; DELETE FROM "
                    "audit WHERE subject ->> 'serial' = '5'");
        fixture.addRows(2);
        (void)fixture.sealAll();
        const auto second = fixture.exportRows("second", 0, 21);
        QVERIFY(fixture.verify(second).findings.empty()); // alone it looks right
        const auto report = fixture.verify(second, first);
        QVERIFY2(joined(report.findings).find("not tied to the head") != std::string::npos,
                 joined(report.findings).c_str());
        // Claiming to continue the earlier head does not help either.
        auto manifest = nlohmann::json::parse(std::ifstream(second / audit::kManifestFile));
        manifest["previous_head"] = nlohmann::json::parse(std::ifstream(first / audit::kManifestFile))["head"];
        std::ofstream(second / audit::kManifestFile, std::ios::trunc) << manifest;
        const auto claimed = fixture.verify(second, first);
        QVERIFY2(joined(claimed.findings).find("rows were changed or removed since") != std::string::npos,
                 joined(claimed.findings).c_str());
    }

    /// A row that is not there any more: proved to be old enough, or named as missing.
    void expiredRowsAreProvedOld()
    {
        LedgerFixture fixture;
        fixture.addRows(10);
        (void)fixture.sealAll();
        fixture.advance(audit::kShortestRetention);
        fixture.addRows(5);
        (void)fixture.sealAll();
        fixture.sql("ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit WHERE id IN (SELECT audit_id FROM "
                    "audit_leaves WHERE leaf_index IN (2, 3, 9))");
        const auto exported = [&](const char* name, std::uint64_t first, std::uint64_t last) {
            const auto path = std::filesystem::path(fixture.folder.path().toStdString()) / name;
            const auto summary =
                valueOf(store::writeAuditExport(fixture.ledger, fixture.heads.certificates(),
                                                {.from = {}, .to = {}, .previousHead = {}, .maxRows = 100}, path));
            if (summary.first != first || summary.last != last) throw std::runtime_error("another range");
            return path;
        };
        const auto path = exported("old", 0, 15);
        QVERIFY(linesOf(path / audit::kRowsFile)[2].starts_with("{\"expired\":\""));
        auto report = fixture.verify(path);
        QVERIFY2(report.findings.empty(), joined(report.findings).c_str());
        QCOMPARE(report.expired, std::uint64_t{3});

        // The proof left out, or of a head that is too young, proves nothing.
        const auto manifest = nlohmann::json::parse(std::ifstream(path / audit::kManifestFile));
        auto without = manifest;
        without["expiry"] = nullptr;
        std::ofstream(path / audit::kManifestFile, std::ios::trunc) << without;
        report = fixture.verify(path);
        QVERIFY2(joined(report.findings).find("row 2 is not there, and too young to have expired") != std::string::npos,
                 joined(report.findings).c_str());
        auto young = manifest;
        young["expiry"] = manifest["head"];
        young["expiry"]["consistency_proof"] = nlohmann::json::array();
        std::ofstream(path / audit::kManifestFile, std::ios::trunc) << young;
        report = fixture.verify(path);
        QVERIFY2(joined(report.findings).find("younger than 90 days") != std::string::npos,
                 joined(report.findings).c_str());
        auto forged = manifest;
        auto text = forged["expiry"]["text"].get<std::string>();
        text.replace(text.find("\n10\n"), 4, "\n14\n");
        forged["expiry"]["text"] = text;
        std::ofstream(path / audit::kManifestFile, std::ios::trunc) << forged;
        report = fixture.verify(path);
        QVERIFY2(joined(report.findings).find("the signature does not fit") != std::string::npos,
                 joined(report.findings).c_str());

        // A row of the younger head that somebody has taken away.
        fixture.sql("DELETE FROM audit WHERE id = (SELECT audit_id FROM audit_leaves WHERE leaf_index = 12)");
        report = fixture.verify(exported("removed", 0, 15));
        QVERIFY2(joined(report.findings).find("row 12 is not there, and too young") != std::string::npos,
                 joined(report.findings).c_str());
        QCOMPARE(report.expired, std::uint64_t{3});
    }

    void anExportHasItsLimit()
    {
        LedgerFixture fixture;
        fixture.addRows(10);
        (void)fixture.sealAll();
        const auto path = std::filesystem::path(fixture.folder.path().toStdString()) / "export";
        const auto refused = store::writeAuditExport(fixture.ledger, fixture.heads.certificates(),
                                                     {.from = {}, .to = {}, .previousHead = {}, .maxRows = 9}, path);
        QVERIFY(!refused);
        QCOMPARE(refused.error().type, std::string("audit-export-size"));
        QVERIFY(!std::filesystem::exists(path));
        const auto archive = store::makeAuditArchive(fixture.ledger, fixture.heads.certificates(), {});
        QVERIFY(archive.has_value());
        QCOMPARE(archive->name, std::string("v2c-audit-0-9"));
        QCOMPARE(
            store::makeAuditArchive(fixture.ledger, fixture.heads.certificates(), {.from = {}, .to = {}, .previous = 7})
                .error()
                .type,
            std::string("audit-head-missing"));
    }

    void unreadableExportsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("manifest");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no json") << QByteArray("hello");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("other format") << QByteArray(R"({"format":"x"})");
        QTest::newRow("fields missing") << QByteArray(R"({"format":"v2c-audit-export/1"})");
        const QByteArray rest =
            R"("range_proof":[],"consistency_proof":[],"previous_head":null,"expiry":null,"certificates":[]})";
        QTest::newRow("no head") << R"({"format":"v2c-audit-export/1","first":0,"count":1,"head":1,)" + rest;
        QTest::newRow("count zero")
            << R"({"format":"v2c-audit-export/1","first":0,"count":0,"head":{"text":"","signature":""},)" + rest;
        QTest::newRow("count negative")
            << R"({"format":"v2c-audit-export/1","first":0,"count":-1,"head":{"text":"","signature":""},)" + rest;
        QTest::newRow("count absurd")
            << R"({"format":"v2c-audit-export/1","first":0,"count":18446744073709551615,"head":{"text":"","signature":""},)" +
                   rest;
        QTest::newRow("expiry not a head") << QByteArray(
            R"({"format":"v2c-audit-export/1","first":0,"count":1,"head":{"text":"","signature":""},"range_proof":[],)"
            R"("consistency_proof":[],"previous_head":null,"expiry":{"text":"x"},"certificates":[]})");
        QTest::newRow("head not a head")
            << R"({"format":"v2c-audit-export/1","first":0,"count":1,"head":{"text":"x","signature":""},)" + rest;
    }
    void unreadableExportsAreRefused()
    {
        QFETCH(QByteArray, manifest);
        LedgerFixture fixture;
        const auto path = std::filesystem::path(fixture.folder.path().toStdString());
        std::ofstream(path / audit::kManifestFile) << manifest.toStdString();
        const auto report = audit::verifyExport(path, fixture.signer.root());
        QVERIFY(!report);
        QCOMPARE(report.error().type, std::string("export-format"));
    }

    void anUnfinishedExportIsNotThere()
    {
        LedgerFixture fixture;
        fixture.addRows(5);
        (void)fixture.sealAll();
        const auto path = std::filesystem::path(fixture.folder.path().toStdString()) / "export";
        {
            auto writer = valueOf(audit::ExportWriter::create(path, 0));
            done(writer.add(valueOf(fixture.ledger.lines(0, 1)).front()));
        }
        QVERIFY(!std::filesystem::exists(path));
        QVERIFY(!std::filesystem::exists(path.string() + ".new"));
        std::filesystem::create_directories(path.string() + ".new/rest"); // of one that was cut off by the power
        QVERIFY(fixture.verify(fixture.exportRows("export", 0, 5)).findings.empty());
        QCOMPARE(audit::ExportWriter::create(path, 0).error().type, std::string("export-folder"));
    }
};

QTEST_GUILESS_MAIN(AuditLedgerTest)
#include "audit_ledger_test.moc"
