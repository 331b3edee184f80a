#include <thread>

#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include "adapters/sqlite_journal.h"
#include "station-app/flow/fake_world.h"
#include "station-app/flow/memory_journal.h"
#include "station-app/flow/power_cut.h"

using namespace station;
using namespace station::test;
using namespace std::chrono_literals;

namespace {

gateway::Time fixedTime()
{
    return gateway::Time(1'000'000s);
}

struct SqliteStation
{
    std::shared_ptr<QTemporaryDir> folder = std::make_shared<QTemporaryDir>();
    JournalSettings settings{.file = folder->filePath(QStringLiteral("journal.sqlite")).toStdString()};

    gateway::Result<std::unique_ptr<Journal>> open() const { return openSqliteJournal(settings, fixedTime); }
    JournalFactory opener() const
    {
        return [settings = settings] { return openSqliteJournal(settings, fixedTime); };
    }
    QString file() const { return QString::fromStdString(settings.file.string()); }
};

struct MemoryStation
{
    std::shared_ptr<JournalFile> file = std::make_shared<JournalFile>();

    gateway::Result<std::unique_ptr<Journal>> open() const { return std::make_unique<MemoryJournal>(*file); }
};

gateway::TransactionId transaction(std::uint8_t number)
{
    std::array<std::uint8_t, 16> id{};
    id[15] = number;
    return gateway::TransactionId::fromBytes(id);
}

gateway::IssuedCertificate certificate()
{
    const gateway::Bytes digits{0x40, 0x01};
    return {*gateway::CertificateSerial::fromBytes(digits),
            gateway::DeviceId::fromDigest(std::array<std::uint8_t, 16>{1}),
            gateway::VinHash::fromMac(std::array<std::uint8_t, 32>{2}),
            toBytes("leaf"),
            {toBytes("issuer"), toBytes("its issuer")},
            gateway::Time(10s),
            gateway::Time(20s)};
}

Report report(std::uint8_t number, Report::Kind kind)
{
    return {kind, certificate().serial, transaction(number), gateway::Time(30s), "why"};
}

JournalRecord before(StepId step)
{
    JournalRecord record;
    record.step = step;
    return record;
}

JournalRecord after(StepId step)
{
    auto record = before(step);
    record.phase = RecordPhase::After;
    return record;
}

/// What every journal must do; each look is through a journal opened anew.
template <typename Station>
void contract()
{
    const Station station;
    std::int64_t id = 0;
    {
        auto journal = *station.open();
        QVERIFY(!journal->findOpenJob(kVin)->has_value());
        const auto job = journal->beginJob(kVin, 2, transaction(1), before(StepId::OpenSession));
        QVERIFY(job.has_value());
        id = job->id;
        QCOMPARE(journal->beginJob(kVin, 1, transaction(2), before(StepId::OpenSession)).error().type,
                 std::string("job-open"));
    }
    {
        auto journal = *station.open();
        const auto job = **journal->findOpenJob(kVin);
        QCOMPARE(job.id, id);
        QCOMPARE(job.slot, 2);
        QVERIFY(job.transaction == transaction(1));
        QVERIFY(job.ecuSerial.empty() && job.csrDer.empty() && !job.evidence && !job.certificate);
        QVERIFY(!job.issueBegun && !job.installed && !job.verified);

        auto read = after(StepId::ReadVin);
        read.ecuSerial = "ECU-1";
        QVERIFY(journal->record(id, read));
        auto csr = after(StepId::RequestCsr);
        csr.csrDer = gateway::Bytes{0, 1, 0xFF};
        QVERIFY(journal->record(id, csr));
        auto certified = after(StepId::CertifyKey);
        certified.evidence = gateway::TpmEvidence{{1}, {2, 0}, {}, {4, 4, 4, 4}, gateway::Bytes(700, 5), {6}};
        QVERIFY(journal->record(id, certified));
        QVERIFY(journal->record(id, before(StepId::IssueCertificate)));
        auto failed = after(StepId::InstallCertificate);
        failed.cause = "unit-no-answer";
        QVERIFY(journal->record(id, failed));
    }
    {
        auto journal = *station.open();
        const auto job = **journal->findOpenJob(kVin);
        QCOMPARE(job.ecuSerial, std::string("ECU-1"));
        QCOMPARE(job.csrDer, (gateway::Bytes{0, 1, 0xFF}));
        QVERIFY(job.evidence.has_value());
        QCOMPARE(job.evidence->ekCertificateDer, gateway::Bytes{1});
        QCOMPARE(job.evidence->akPublic, (gateway::Bytes{2, 0}));
        QVERIFY(job.evidence->keyPublic.empty());
        QCOMPARE(job.evidence->certifyInfo, gateway::Bytes(4, 4));
        QCOMPARE(job.evidence->signature, gateway::Bytes(700, 5));
        QCOMPARE(job.evidence->credentialProof, gateway::Bytes{6});
        QVERIFY(job.issueBegun);
        QVERIFY(!job.installed);
        auto issued = after(StepId::IssueCertificate);
        issued.certificate = certificate();
        QVERIFY(journal->record(id, issued));
        QVERIFY(journal->record(id, after(StepId::InstallCertificate)));
        auto verified = after(StepId::VerifyCertificate);
        verified.report = report(1, Report::Kind::Provisioned);
        QVERIFY(journal->record(id, verified));
    }
    {
        auto journal = *station.open();
        const auto job = **journal->findOpenJob(kVin);
        QVERIFY(job.installed && job.verified);
        QVERIFY(job.certificate->serial == certificate().serial);
        QVERIFY(job.certificate->deviceId == certificate().deviceId);
        QVERIFY(job.certificate->vinHash == certificate().vinHash);
        QCOMPARE(job.certificate->certificateDer, certificate().certificateDer);
        QCOMPARE(job.certificate->chainDer, certificate().chainDer);
        QVERIFY(job.certificate->expiresAt == certificate().expiresAt);

        auto rejected = after(StepId::VerifyCertificate);
        rejected.report = report(1, Report::Kind::Rejected);
        rejected.closes = Outcome::UnitFailed;
        QVERIFY(journal->record(id, rejected));
        QVERIFY(!journal->findOpenJob(kVin)->has_value());
    }
    {
        auto journal = *station.open();
        auto pending = *journal->pendingReports();
        QCOMPARE(pending.size(), std::size_t(2));
        QCOMPARE(pending[0].report.kind, Report::Kind::Provisioned);
        QCOMPARE(pending[1].report.kind, Report::Kind::Rejected);
        QCOMPARE(pending[1].report.cause, std::string("why"));
        QVERIFY(pending[0].report.at == gateway::Time(30s));
        QVERIFY(journal->markDelivered(pending[0].id));
        QCOMPARE(journal->pendingReports()->size(), std::size_t(1));
        QVERIFY(journal->setAside(pending[1].id, "unknown"));
        QVERIFY(journal->pendingReports()->empty());

        const auto next = journal->beginJob(kVin, 1, transaction(3), before(StepId::OpenSession));
        QVERIFY(next.has_value());
        QVERIFY(journal->close(next->id, Outcome::Provisioned));
        QVERIFY(!journal->findOpenJob(kVin)->has_value());
    }
    {
        auto one = *station.open();
        auto other = *station.open();
        auto claim = one->claimSlot(1);
        QVERIFY(claim.has_value());
        QCOMPARE(other->claimSlot(1).error().type, std::string("slot-busy"));
        QVERIFY(other->claimSlot(2).has_value());
        claim->reset();
        QVERIFY(other->claimSlot(1).has_value());
    }
}

} // namespace

class SqliteJournalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theMemoryJournalKeepsTheContract() { contract<MemoryStation>(); }
    void theSqliteJournalKeepsTheContract() { contract<SqliteStation>(); }

    void powerCuts_data()
    {
        QTest::addColumn<bool>("good");
        QTest::newRow("good unit") << true;
        QTest::newRow("unit that proves another key") << false;
    }
    void powerCuts()
    {
        QFETCH(const bool, good);
        cutThePowerAtEveryRecord<SqliteStation>([] { return SqliteStation{}; },
                                                [&](World& world) { world.unit.signsWithOther = !good; },
                                                good ? Outcome::Provisioned : Outcome::UnitFailed, Cuts::Once);
    }

    void whatIsWrittenIsSyncedAndClosedToOthers()
    {
        const SqliteStation station;
        const auto journal = *station.open();
        QVERIFY(journal->beginJob(kVin, 1, transaction(1), before(StepId::OpenSession)).has_value());
        const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        for (const auto* suffix : {"", "-wal", "-shm"}) {
            const QFile file(station.file() + QString::fromLatin1(suffix));
            QVERIFY2(file.exists(), suffix);
            QCOMPARE(file.permissions() & others, QFile::Permissions());
        }
        QFile head(station.file());
        QVERIFY(head.open(QIODevice::ReadOnly));
        const auto bytes = head.read(20);
        QCOMPARE(int(bytes.at(18)), 2); // WAL, sqlite.org/fileformat.html 1.3
    }

    void aFullJournalIsToldAndTheRunGoesOnWhenThereIsRoom()
    {
        int refused = 0;
        for (int pages = 12;; ++pages) {
            World world;
            SqliteStation station;
            QVERIFY((*station.open())->pendingReports().has_value());
            station.settings.maxPages = pages;
            RecordingObserver observer;
            const auto result = ProvisioningRun(world.parts(station.opener())).provision(kVin, 1, observer);
            if (result.outcome == Outcome::Provisioned) break;
            ++refused;
            QCOMPARE(result.outcome, Outcome::StationFailed);
            QCOMPARE(result.failure->cause, std::string("journal-full"));
            station.settings.maxPages = 0;
            QCOMPARE(ProvisioningRun(world.parts(station.opener())).provision(kVin, 1, observer).outcome,
                     Outcome::Provisioned);
            QCOMPARE(world.gateway.live(), 1);
        }
        // A limit below the file's size is raised to it, so the first pages fill up during the run.
        if (refused == 0) {
            SqliteStation station;
            station.settings.maxPages = 2;
            QCOMPARE(station.open().error().type, std::string("journal-full"));
        }
    }

    void aJournalWithoutRoomCannotBeMade()
    {
        SqliteStation station;
        station.settings.maxPages = 2;
        const auto journal = station.open();
        QVERIFY(!journal.has_value());
        QCOMPARE(journal.error().type, std::string("journal-full"));
    }

    void damage_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("type");
        QTest::newRow("text") << QByteArray(5000, 'x') << QByteArray("journal-corrupt");
        QTest::newRow("right beginning, wrong rest")
            << QByteArray("SQLite format 3\0", 16) + QByteArray(8000, '\xEE') << QByteArray("journal-corrupt");
    }
    void damage()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const QByteArray, type);
        const SqliteStation station;
        QFile file(station.file());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const auto journal = station.open();
        QVERIFY(!journal.has_value());
        QCOMPARE(journal.error().type, type.toStdString());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content); // a person may still save something
    }

    void placesThatCannotBe_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("folder missing") << QStringLiteral("/nowhere/journal.sqlite");
        QTest::newRow("a folder") << QStringLiteral("/tmp");
        QTest::newRow("a device") << QStringLiteral("/dev/full/journal");
    }
    void placesThatCannotBe()
    {
        QFETCH(const QString, path);
        const auto journal = openSqliteJournal({.file = path.toStdString()}, fixedTime);
        QVERIFY(!journal.has_value());
        QCOMPARE(journal.error().type, std::string("journal-cannot-open"));
    }

    void aNewerJournalIsLeftAlone()
    {
        const SqliteStation station;
        QVERIFY(station.open().has_value());
        {
            auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("newer"));
            database.setDatabaseName(station.file());
            QVERIFY(database.open());
            QSqlQuery(database).exec(QStringLiteral("PRAGMA user_version = 99"));
            database.close();
        }
        QSqlDatabase::removeDatabase(QStringLiteral("newer"));
        QCOMPARE(station.open().error().type, std::string("journal-newer"));
    }

    void aJournalOfTheFirstSchemaIsTakenOver()
    {
        const SqliteStation station;
        QVERIFY((*station.open())->beginJob(kVin, 1, transaction(1), before(StepId::OpenSession)).has_value());
        {
            auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("older"));
            database.setDatabaseName(station.file());
            QVERIFY(database.open());
            for (const char* undo : {"ALTER TABLE jobs DROP COLUMN evidence", "ALTER TABLE steps DROP COLUMN ms",
                                     "DROP INDEX jobs_by_time", "DROP TABLE people", "DROP TABLE badge_salt",
                                     "DROP TABLE sessions", "DROP TABLE cases"})
                QVERIFY2(QSqlQuery(database).exec(QString::fromLatin1(undo)), undo);
            QVERIFY(QSqlQuery(database).exec(QStringLiteral("PRAGMA user_version = 1")));
            database.close();
        }
        QSqlDatabase::removeDatabase(QStringLiteral("older"));
        const auto journal = *station.open();
        const auto job = **journal->findOpenJob(kVin);
        QVERIFY(job.transaction == transaction(1));
        QVERIFY(!job.evidence);
        auto certified = after(StepId::CertifyKey);
        certified.evidence = gateway::TpmEvidence{{1}, {2}, {3}, {4}, {5}, {6}};
        QVERIFY(journal->record(job.id, certified));
        QVERIFY((**(*station.open())->findOpenJob(kVin)).evidence.has_value());
    }

    void anotherWriterIsWaitedForAndThenNamed()
    {
        SqliteStation station;
        station.settings.lockTimeout = 50ms;
        const auto journal = *station.open();
        {
            auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("writer"));
            database.setDatabaseName(station.file());
            QVERIFY(database.open());
            QVERIFY(QSqlQuery(database).exec(QStringLiteral("BEGIN IMMEDIATE")));
            const auto job = journal->beginJob(kVin, 1, transaction(1), before(StepId::OpenSession));
            QVERIFY(!job.has_value());
            QCOMPARE(job.error().type, std::string("journal-locked"));
            QVERIFY(QSqlQuery(database).exec(QStringLiteral("ROLLBACK")));
            database.close();
        }
        QSqlDatabase::removeDatabase(QStringLiteral("writer"));
        QVERIFY(journal->beginJob(kVin, 1, transaction(1), before(StepId::OpenSession)).has_value());
    }

    void twoSlotsWriteAtTheSameTime()
    {
        const SqliteStation station;
        QVERIFY(station.open().has_value());
        std::array<int, 2> written{};
        const auto work = [&](std::size_t slot) {
            auto journal = station.open();
            if (!journal) return;
            const auto vin = slot == 0 ? kVin : *gateway::Vin::parse("5VXTC2E49TA001000");
            const auto job =
                (*journal)->beginJob(vin, int(slot) + 1, transaction(std::uint8_t(slot)), before(StepId::OpenSession));
            if (!job) return;
            for (int i = 0; i < 50; ++i)
                written[slot] += (*journal)->record(job->id, after(StepId::OpenSession)).has_value() ? 1 : 0;
        };
        std::thread other(work, 1);
        work(0);
        other.join();
        QCOMPARE(written[0], 50);
        QCOMPARE(written[1], 50);
    }

    void oldJobsAreForgottenButNoWaitingReport()
    {
        SqliteStation station;
        {
            auto journal = *station.open();
            const auto job = journal->beginJob(kVin, 1, transaction(1), before(StepId::OpenSession));
            auto verified = after(StepId::VerifyCertificate);
            verified.report = report(1, Report::Kind::Provisioned);
            QVERIFY(journal->record(job->id, verified));
            QVERIFY(journal->close(job->id, Outcome::Provisioned));
        }
        const auto later = [] { return fixedTime() + std::chrono::days(91); };
        {
            auto journal = *openSqliteJournal(station.settings, later);
            const auto pending = *journal->pendingReports();
            QCOMPARE(pending.size(), std::size_t(1));
            QVERIFY(journal->markDelivered(pending[0].id));
        }
        {
            auto journal = *openSqliteJournal(station.settings, later);
            // Its transaction is free again: the row is gone.
            QVERIFY(journal->beginJob(kVin, 1, transaction(1), before(StepId::OpenSession)).has_value());
        }
    }
};

QTEST_GUILESS_MAIN(SqliteJournalTest)
#include "sqlite_journal_test.moc"
