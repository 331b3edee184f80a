#include <QTemporaryDir>
#include <QTest>

#include "adapters/sqlite_cases.h"

using namespace station;
using namespace std::chrono_literals;

namespace {

struct World
{
    QTemporaryDir folder;
    gateway::Time now{1'000'000s};
    JournalSettings settings{.file = folder.filePath(QStringLiteral("journal.sqlite")).toStdString()};
    std::unique_ptr<Cases> cases = open();

    std::unique_ptr<Cases> open()
    {
        return openSqliteCases(settings, [this] { return now; }).value();
    }
};

RunResult failed(const char* vin, const char* cause, std::uint8_t number = 1)
{
    std::array<std::uint8_t, 16> id{};
    id[15] = number;
    RunResult result{.outcome = Outcome::UnitFailed,
                     .vin = gateway::Vin::parse(vin).value(),
                     .transaction = gateway::TransactionId::fromBytes(id)};
    result.transcript = {{12ms, true, "22 F1 90", "ReadDataByIdentifier VIN"},
                         {40ms, false, "7F 22 31", "negative to ReadDataByIdentifier: requestOutOfRange (0x31)"}};
    result.failure = RunFailure{StepId::RequestCsr, cause, "0x31", {}, {}};
    return result;
}

constexpr auto kVin = "5VXTC2E41SA000017";
constexpr auto kOther = "5VXTC2E49TA001000";

} // namespace

class SqliteCasesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theOldestIsFirstAndAVinHasOneCase()
    {
        World world;
        QVERIFY(world.cases->open(failed(kVin, "unit-refused"), 2));
        world.now += 1h;
        QVERIFY(world.cases->open(failed(kOther, "unit-voltage", 2), 1));
        QVERIFY(world.cases->open(failed(kVin, "challenge-failed", 3), 1)); // again: still waiting since then
        const auto cases = world.open()->listOpen().value();
        QCOMPARE(cases.size(), std::size_t{2});
        QCOMPARE(cases[0].vin.text(), std::string_view(kVin));
        QCOMPARE(cases[0].failure.cause, std::string("challenge-failed"));
        QCOMPARE(cases[0].openedAt, gateway::Time(1'000'000s));
        QCOMPARE(cases[0].slot, 1);
        QCOMPARE(cases[1].failure.detail, std::string("0x31"));
        QVERIFY(cases[1].failure.step == StepId::RequestCsr);
        QCOMPARE(cases[1].transcript.size(), std::size_t{2});
        QCOMPARE(cases[1].transcript[1].bytes, std::string("7F 22 31"));
        QVERIFY(!cases[1].transcript[1].isRequest && cases[1].transcript[1].at == 40ms);
    }

    void aUnitThatWasNeverReachedIsACaseToo()
    {
        World world;
        RunResult silent = failed(kVin, "bus-unavailable");
        silent.outcome = Outcome::StationFailed;
        silent.transcript.clear();
        silent.failure->detail.clear();
        QVERIFY(world.cases->open(silent, 1));
        QVERIFY(world.cases->listOpen()->at(0).transcript.empty());
        silent.failure.reset();
        QVERIFY(world.cases->open(silent, 1));
        QCOMPARE(world.cases->listOpen()->at(0).failure.cause, std::string("unknown"));
    }

    void oneTechnicianTakesIt()
    {
        World world;
        QVERIFY(world.cases->open(failed(kVin, "unit-refused"), 1));
        const auto id = world.cases->listOpen()->at(0).id;
        QVERIFY(world.cases->take(id, "Ada"));
        QVERIFY(world.cases->take(id, "Ada")); // harmless
        QCOMPARE(world.cases->take(id, "Eve").error().type, std::string("case-taken"));
        QVERIFY(world.cases->open(failed(kVin, "unit-refused", 2), 1)); // a retry that failed keeps the technician
        QCOMPARE(world.cases->listOpen()->at(0).takenBy, std::string("Ada"));
        QVERIFY(world.cases->close(id, "Ada", Resolution::UnitReplaced));
        QVERIFY(world.cases->listOpen()->empty());
        QCOMPARE(world.cases->take(id, "Ada").error().type, std::string("case-closed"));
        QCOMPARE(world.cases->close(id, "Ada", Resolution::SentOn).error().type, std::string("case-closed"));
    }

    void aVehicleThatPassesNeedsNobody()
    {
        World world;
        QVERIFY(world.cases->open(failed(kVin, "unit-refused"), 1));
        QVERIFY(world.cases->open(failed(kOther, "unit-refused", 2), 1));
        QVERIFY(world.cases->closePassed(gateway::Vin::parse(kVin).value()));
        const auto cases = world.cases->listOpen().value();
        QCOMPARE(cases.size(), std::size_t{1});
        QCOMPARE(cases[0].vin.text(), std::string_view(kOther));
        QVERIFY(world.cases->closePassed(gateway::Vin::parse(kVin).value())); // without a case
        QVERIFY(world.cases->open(failed(kVin, "unit-refused", 3), 1));       // it may come back
        QCOMPARE(world.cases->listOpen()->size(), std::size_t{2});
    }
};

QTEST_GUILESS_MAIN(SqliteCasesTest)
#include "sqlite_cases_test.moc"
