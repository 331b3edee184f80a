#include <csignal>
#include <fstream>

#include <sys/resource.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "adapters/audit_batch_writer.h"
#include "adapters/durable_file.h"
#include "adapters/sqlite_history.h"
#include "adapters/tar_reader.h"

using namespace station;
using namespace std::chrono_literals;

namespace {

const std::string kVin = "5VXTC2E41SA000017";

/// A journal with some runs, a key, and a stick that is a folder.
struct World
{
    QTemporaryDir folder;
    gateway::Time now{1'700'000'000s};
    std::filesystem::path root = folder.path().toStdString();
    std::filesystem::path stick = root / "stick";
    JournalSettings settings{.file = root / "journal.sqlite"};
    BatchSource source;

    World()
    {
        std::filesystem::create_directory(stick);
        const auto wallTime = [this] { return now; };
        auto journal = openSqliteJournal(settings, wallTime).value();
        for (int i = 0; i < 3; ++i) {
            std::array<std::uint8_t, 16> id{};
            id[15] = static_cast<std::uint8_t>(i + 1);
            const auto job = journal
                                 ->beginJob(gateway::Vin::parse(kVin).value(), 1, gateway::TransactionId::fromBytes(id),
                                            {.step = StepId::OpenSession, .phase = RecordPhase::Before})
                                 .value();
            JournalRecord record{.step = StepId::OpenSession, .phase = RecordPhase::After};
            record.cause = "unit-refused";
            record.closes = Outcome::UnitFailed;
            if (i < 2 && !journal->record(job.id, record)) qFatal("the journal could not be written");
        }
        now += 60s;
        const QString key = QString::fromStdString((root / "key.pem").string());
        const int made = QProcess::execute(
            QStringLiteral("openssl"),
            {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
             QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256"), QStringLiteral("-nodes"),
             QStringLiteral("-subj"), QStringLiteral("/CN=station"), QStringLiteral("-keyout"), key,
             QStringLiteral("-out"), QString::fromStdString((root / "station.pem").string())});
        if (made != 0) qFatal("openssl made no key");
        source.station = "Line 1 / Station 07";
        source.openHistory = [this, wallTime] { return openSqliteHistory(settings, wallTime); };
        source.deriveNames = [](const gateway::Vin&) {
            return VehicleNames{gateway::DeviceId::parse(std::string(32, 'A')).value(),
                                gateway::VinHash::parse(std::string(64, 'b')).value()};
        };
        source.rootCertificate = source.certificate = root / "station.pem";
        source.key = root / "key.pem";
        source.now = wallTime;
    }

    gateway::Result<BatchSummary> write(const ExportProgress& progress = [](double) {}) const
    {
        return writeAuditBatch(source, {}, stick, progress);
    }

    [[nodiscard]] std::vector<std::string> onStick() const
    {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(stick))
            names.push_back(entry.path().filename().string());
        return names;
    }
};

QByteArray contents(const std::filesystem::path& file)
{
    QFile input(QString::fromStdString(file.string()));
    return input.open(QIODevice::ReadOnly) ? input.readAll() : QByteArray();
}

int run(const std::filesystem::path& where, const char* program, const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(where.string()));
    process.start(QString::fromLatin1(program), arguments);
    return process.waitForFinished() ? process.exitCode() : -1;
}

/// A ustar header and contents, with the checksum right unless `sum` says otherwise.
std::string tarEntry(const std::string& name, const std::string& text, char type = '0', int sumOffset = 0)
{
    std::string header(512, '\0');
    header.replace(0, name.size(), name);
    char size[13];
    std::snprintf(size, sizeof size, "%011zo", text.size());
    header.replace(124, 12, std::string(size, 12));
    header[156] = type;
    header.replace(148, 8, "        ");
    int sum = sumOffset;
    for (const char character : header)
        sum += static_cast<unsigned char>(character);
    char checksum[9];
    std::snprintf(checksum, sizeof checksum, "%06o", sum);
    header.replace(148, 8, std::string(checksum, 7) + ' ');
    return header + text + std::string((512 - text.size() % 512) % 512, '\0');
}

} // namespace

class AuditBatchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aBatchIsVerifiedWithOrdinaryTools()
    {
        const World world;
        const auto batch = world.write();
        QVERIFY2(batch, batch ? "" : batch.error().detail.c_str());
        QCOMPARE(batch->runs, std::uint64_t(3));
        QVERIFY(!batch->gatewayRows);
        QCOMPARE(batch->gatewayFault, std::string("no-audit-token"));
        QCOMPARE(world.onStick(), std::vector<std::string>{batch->name});
        const auto folder = world.stick / batch->name;
        const QByteArray runs = contents(folder / "runs.jsonl");
        QCOMPARE(runs.count('\n'), 3);
        QVERIFY(!runs.contains(kVin.c_str())); // masked
        QVERIFY(runs.contains("unit-refused"));
        QVERIFY(contents(folder / "batch.json").contains("\"unit-failed\": 2"));
        QCOMPARE(run(folder, "sha256sum", {QStringLiteral("-c"), QStringLiteral("SHA256SUMS")}), 0);
        const QString pem = QStringLiteral("station.pub");
        QCOMPARE(run(folder, "sh",
                     {QStringLiteral("-c"), QStringLiteral("openssl x509 -in station.pem -pubkey -noout > ") + pem}),
                 0);
        QCOMPARE(run(folder, "openssl",
                     {QStringLiteral("dgst"), QStringLiteral("-sha256"), QStringLiteral("-verify"), pem,
                      QStringLiteral("-signature"), QStringLiteral("SHA256SUMS.sig"), QStringLiteral("SHA256SUMS")}),
                 0);
    }

    void aStickPulledInTheMiddleIsToldAndTheNextExportIsComplete()
    {
        World world;
        const auto pulled = world.write([&](double) { std::filesystem::remove_all(world.stick); });
        QVERIFY(!pulled);
        QCOMPARE(pulled.error().type, std::string("target-gone"));
        std::filesystem::create_directory(world.stick);
        QVERIFY(world.write());
        QCOMPARE(world.onStick().size(), std::size_t(1));
    }

    void whatACutOffExportLeftIsRemoved()
    {
        World world;
        std::filesystem::create_directories(world.stick / "v2c-batch-old-20230101.new" / "gateway-1");
        std::filesystem::create_directory(world.stick / "photos.new"); // not ours
        QVERIFY(world.write());
        QVERIFY(!std::filesystem::exists(world.stick / "v2c-batch-old-20230101.new"));
        QVERIFY(std::filesystem::exists(world.stick / "photos.new"));
    }

    void aFullDiskIsToldAndLeavesNothing()
    {
        const World world;
        const auto held = world.source.openHistory(); // the journal has its files already
        std::signal(SIGXFSZ, SIG_IGN);
        struct rlimit usual
        {
        };
        getrlimit(RLIMIT_FSIZE, &usual);
        const struct rlimit small
        {
            256, usual.rlim_max
        }; // EFBIG stands for ENOSPC
        setrlimit(RLIMIT_FSIZE, &small);
        const auto full = world.write();
        setrlimit(RLIMIT_FSIZE, &usual);
        QVERIFY(held && !full);
        QVERIFY2(full.error().type == "target-full", full.error().detail.c_str());
        QVERIFY(world.onStick().empty());
        QVERIFY(world.write());
    }

    void aFolderThatIsNotThereIsGone()
    {
        World world;
        world.stick = world.root / "nothing";
        QCOMPARE(world.write().error().type, std::string("target-gone"));
    }

    void aKeyThatIsNoneIsNamed()
    {
        World world;
        world.source.key = world.source.certificate;
        QCOMPARE(world.write().error().type, std::string("batch-key"));
        QVERIFY(world.onStick().empty());
    }

    void theGatewaysFaultIsNamedInTheBatch()
    {
        World world;
        world.source.exportAudit = [](const auto&) -> gateway::Result<std::string> {
            return gateway::fail(gateway::ErrorCode::StoreUnavailable, "gateway-unreachable", "");
        };
        const auto batch = world.write();
        QVERIFY(batch);
        QVERIFY(!batch->gatewayRows);
        QVERIFY(contents(world.stick / batch->name / "batch.json")
                    .contains("\"gateway_left_out\": \"gateway-unreachable\""));
    }

    void aPeriodThatIsTooLargeIsAskedForInParts()
    {
        World world;
        std::vector<std::pair<gateway::Time, gateway::Time>> asked;
        world.source.exportAudit = [&](const gateway::AuditExportQuery& query) -> gateway::Result<std::string> {
            asked.emplace_back(*query.from, *query.to);
            if (*query.to - *query.from > 24h * 30)
                return gateway::fail(gateway::ErrorCode::InvalidRequest, "audit-export-size", "");
            return gateway::fail(gateway::ErrorCode::NotFound, "audit-empty", "");
        };
        const auto batch = world.write();
        QVERIFY(batch);
        QCOMPARE(*batch->gatewayRows, std::uint64_t(0));
        std::erase_if(asked, [](const auto& part) { return part.second - part.first > 24h * 30; });
        QCOMPARE(asked.size(), std::size_t(4));
        for (std::size_t i = 1; i < asked.size(); ++i)
            QCOMPARE(asked[i].first, asked[i - 1].second); // no gap between them
    }

    void anArchiveThatProvesNothingStopsTheExport()
    {
        World world;
        world.source.exportAudit = [](const auto&) -> gateway::Result<std::string> {
            return tarEntry("export/audit.jsonl", "{}\n") + std::string(1024, '\0');
        };
        const auto batch = world.write();
        QVERIFY(!batch);
        QCOMPARE(batch.error().type, std::string("export-format"));
        QVERIFY(world.onStick().empty());
    }

    void archivesAreReadStrictly_data()
    {
        QTest::addColumn<QByteArray>("archive");
        QTest::addColumn<int>("files"); // -1: refused
        const auto row = [](const char* name, const std::string& archive, int files) {
            QTest::newRow(name) << QByteArray::fromStdString(archive) << files;
        };
        const std::string end(1024, '\0');
        row("two files", tarEntry("a/x", "1") + tarEntry("a/y", std::string(600, '2')) + end, 2);
        row("a folder first", tarEntry("a/", "", '5') + tarEntry("a/x", "1") + end, 1);
        row("nothing", "", -1);
        row("only the end", end, -1);
        row("out of the folder", tarEntry("a/../../x", "1") + end, -1);
        row("dots", tarEntry("a/..", "1") + end, -1);
        row("absolute", tarEntry("/etc/passwd", "1") + end, -1);
        row("no folder", tarEntry("x", "1") + end, -1);
        row("a link", tarEntry("a/x", "", '2') + end, -1);
        row("wrong checksum", tarEntry("a/x", "1", '0', 1) + end, -1);
        row("cut off", tarEntry("a/x", std::string(600, '2')).substr(0, 900), -1);
        row("no tar", std::string(2000, 'x'), -1);
    }

    void archivesAreReadStrictly()
    {
        QFETCH(const QByteArray, archive);
        QFETCH(const int, files);
        const auto read = readTar(archive.toStdString());
        QCOMPARE(read ? static_cast<int>(read->size()) : -1, files);
    }
};

QTEST_GUILESS_MAIN(AuditBatchTest)
#include "audit_batch_test.moc"
