#include <QTemporaryDir>
#include <QTest>

#include "adapters/sqlite_history.h"

using namespace station;
using namespace std::chrono_literals;

namespace {

/// A journal whose clock the test turns.
struct World
{
    QTemporaryDir folder;
    gateway::Time now{1'000'000s};
    JournalSettings settings{.file = folder.filePath(QStringLiteral("journal.sqlite")).toStdString()};
    std::unique_ptr<Journal> journal = openSqliteJournal(settings, [this] { return now; }).value();
    std::unique_ptr<RunHistory> history = openSqliteHistory(settings, [this] { return now; }).value();
    std::uint8_t number = 0;

    /// @param failures  repetitions of the first step before it was done
    std::int64_t run(const char* vin, std::optional<Outcome> outcome, const char* cause = "", int failures = 0)
    {
        std::array<std::uint8_t, 16> id{};
        id[15] = ++number;
        const auto job = journal
                             ->beginJob(gateway::Vin::parse(vin).value(), 1, gateway::TransactionId::fromBytes(id),
                                        {.step = StepId::OpenSession, .phase = RecordPhase::Before})
                             .value();
        JournalRecord record{.step = StepId::OpenSession, .phase = RecordPhase::After};
        record.attempt = 1 + failures;
        record.elapsed = 1500ms;
        record.ecuSerial = "TCU-" + std::to_string(number);
        record.cause = cause;
        record.detail = *cause == 0 ? "" : "what came";
        record.closes = outcome;
        if (!journal->record(job.id, record)) qFatal("the journal could not be written");
        return job.id;
    }
};

} // namespace

class SqliteHistoryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countsAddUp()
    {
        World world;
        QCOMPARE(world.history->count({})->scanned, 0);
        world.run("5VXTC2E41SA000017", Outcome::Provisioned);
        world.run("5VXTC2E49TA001000", Outcome::Provisioned, "", 1);
        world.run("5VXTC2E42VA777777", Outcome::UnitFailed, "unit-refused");
        world.run("WVCZZZTC0SE000042", Outcome::Refused, "rate-limited");
        world.run("1M8GDM9AXKP042788", std::nullopt, "gateway-unreachable");
        const auto counts = world.history->count({}).value();
        QCOMPARE(counts.scanned, 5);
        QCOMPARE(counts.passed, 2);
        QCOMPARE(counts.failed, 2);
        QCOMPARE(counts.open, 1);
        QCOMPARE(counts.passedFirstTime, 1);
        QCOMPARE(counts.scanned, counts.passed + counts.failed + counts.open);
    }

    void samplesTellWhatTheCountsCount()
    {
        World world;
        world.run("5VXTC2E41SA000017", Outcome::Provisioned);
        world.now += 60s;
        world.run("5VXTC2E49TA001000", Outcome::Provisioned, "", 1);
        world.now += 60s;
        world.run("5VXTC2E42VA777777", Outcome::UnitFailed, "unit-refused");
        const auto samples = world.history->samples({}).value();
        QCOMPARE(samples.size(), std::size_t(3));
        QCOMPARE(samples[0].worked, std::chrono::milliseconds(1500));
        QVERIFY(samples[0].firstTime && !samples[1].firstTime);
        QCOMPARE(samples[2].cause, std::string("unit-refused"));
        QVERIFY(samples[2].outcome == Outcome::UnitFailed);
        QCOMPARE(world.history->stepTimes({}).value().size(), std::size_t(2)); // of those that passed
        RunFilter late;
        late.from = world.now;
        QCOMPARE(world.history->samples(late).value().size(), std::size_t(1));
    }

    void filtersAndPagesNewestFirst_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("expected");
        using State = RunFilter::State;
        const auto row = [](const char* name, const char* text, State state, int expected) {
            QTest::newRow(name) << QByteArray(text) << static_cast<int>(state) << expected;
        };
        row("all", "", State::All, 3);
        row("end of the VIN", "001000", State::All, 1);
        row("lower case", "5vxtc", State::All, 2);
        row("unit", "TCU-2", State::All, 1);
        row("passed", "", State::Provisioned, 1);
        row("failed", "", State::Failed, 1);
        row("open", "", State::Open, 1);
        row("both", "5VX", State::Open, 0);
        row("nobody", "ZZZZZZZZZZZ", State::All, 0);
        row("a wildcard is a character", "%", State::All, 0);
        row("another one", "5VX_C", State::All, 0);
        row("a quote", "' OR 1=1 --", State::All, 0);
        row("a backslash", "\\", State::All, 0);
    }

    void filtersAndPagesNewestFirst()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const int, state);
        QFETCH(const int, expected);
        World world;
        world.run("5VXTC2E41SA000017", Outcome::Provisioned);
        world.now += 1h;
        world.run("5VXTC2E49TA001000", Outcome::UnitFailed, "unit-refused");
        world.now += 1h;
        world.run("WVCZZZTC0SE000042", std::nullopt, "unit-no-answer");
        RunFilter filter;
        filter.text = text.toStdString();
        filter.state = static_cast<RunFilter::State>(state);
        const auto page = world.history->find(filter).value();
        QCOMPARE(page.total, expected);
        QCOMPARE(static_cast<int>(page.runs.size()), expected);
        for (std::size_t i = 1; i < page.runs.size(); ++i)
            QVERIFY(page.runs[i - 1].openedAt > page.runs[i].openedAt);
    }

    void aPageHasItsPartAndTheWholeNumber()
    {
        World world;
        for (const char* vin : {"5VXTC2E41SA000017", "5VXTC2E49TA001000", "5VXTC2E42VA777777"})
            world.run(vin, Outcome::Provisioned);
        RunFilter filter;
        filter.limit = 2;
        QCOMPARE(world.history->find(filter)->runs.size(), std::size_t{2});
        filter.offset = 2;
        const auto last = world.history->find(filter).value();
        QCOMPARE(last.runs.size(), std::size_t{1});
        QCOMPARE(last.total, 3);
        QCOMPARE(last.runs[0].vin.text(), std::string_view("5VXTC2E41SA000017"));
    }

    void timesNarrow()
    {
        World world;
        world.run("5VXTC2E41SA000017", Outcome::Provisioned);
        const auto between = world.now + 1h;
        world.now += 2h;
        world.run("5VXTC2E49TA001000", Outcome::Provisioned);
        RunFilter filter;
        filter.from = between;
        QCOMPARE(world.history->find(filter)->runs.at(0).vin.text(), std::string_view("5VXTC2E49TA001000"));
        filter.from.reset();
        filter.until = between;
        QCOMPARE(world.history->find(filter)->runs.at(0).vin.text(), std::string_view("5VXTC2E41SA000017"));
        QCOMPARE(world.history->count(filter)->scanned, 1);
    }

    void aJobTellsItsLastFailureAndItsSteps()
    {
        World world;
        const auto id = world.run("5VXTC2E41SA000017", std::nullopt, "unit-no-answer", 2);
        const auto run = world.history->find({})->runs.at(0);
        QCOMPARE(run.cause, std::string("unit-no-answer"));
        QCOMPARE(run.attempts, 3);
        QCOMPARE(run.worked, 1500ms);
        QVERIFY(!run.outcome && !run.closedAt);
        const auto steps = world.history->steps(id).value();
        QCOMPARE(steps.size(), std::size_t{2});
        QCOMPARE(steps[1].elapsed, 1500ms);
        QCOMPARE(steps[1].detail, std::string("what came"));
        QVERIFY(world.history->steps(id + 1)->empty());
    }
};

QTEST_GUILESS_MAIN(SqliteHistoryTest)
#include "sqlite_history_test.moc"
