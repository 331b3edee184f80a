#include <QTest>

#include "flow/run_statistics.h"

using namespace station;
using namespace std::chrono_literals;

namespace {

RunSample sample(std::int64_t at, std::optional<Outcome> outcome, std::chrono::milliseconds worked = 0ms,
                 bool firstTime = true, const char* cause = "")
{
    return {gateway::Time(std::chrono::seconds(at)), outcome, worked, firstTime, cause};
}

} // namespace

class RunStatisticsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsNothing()
    {
        const auto none = makeStatistics({}, {}, std::nullopt);
        QCOMPARE(none.counts.scanned, 0);
        QVERIFY(none.buckets.empty());
        QCOMPARE(none.median, 0ms);
    }

    void countsAddUpInAllAndInEachHour()
    {
        const std::vector<RunSample> samples{sample(7200, Outcome::Provisioned, 10s),
                                             sample(7300, Outcome::Provisioned, 20s, false),
                                             sample(7400, Outcome::UnitFailed, 5s, false, "unit-refused"),
                                             sample(14'500, Outcome::Refused, 1s, true, "rate-limited"),
                                             sample(14'600, std::nullopt, 2s, true, "unit-refused")};
        const auto all = makeStatistics(samples, {}, std::nullopt);
        QCOMPARE(all.counts.scanned, 5);
        QCOMPARE(all.counts.passed + all.counts.failed + all.counts.open, 5);
        QCOMPARE(all.counts.passedFirstTime, 1);
        QCOMPARE(all.buckets.size(), std::size_t(3)); // an hour without a vehicle is an hour
        QCOMPARE(all.buckets[0].counts.scanned, 3);
        QCOMPARE(all.buckets[1].counts.scanned, 0);
        QCOMPARE(all.buckets[2].counts.scanned, 2);
        QCOMPARE(all.causes.size(), std::size_t(2));
        QCOMPARE(all.causes[0].cause, std::string("unit-refused"));
        QCOMPARE(all.causes[0].count, 2);
    }

    void manyDaysAreFewBuckets()
    {
        const std::vector<RunSample> samples{sample(0, Outcome::Provisioned), sample(7 * 86'400, Outcome::Provisioned)};
        const auto all = makeStatistics(samples, {}, std::nullopt);
        QVERIFY(all.buckets.size() <= 24);
        QCOMPARE(all.bucket, std::chrono::seconds(8h));
        QCOMPARE(all.buckets.back().counts.scanned, 1);
    }

    void quantilesAreOfTheNearestRank()
    {
        std::vector<RunSample> samples;
        for (int i = 1; i <= 10; ++i)
            samples.push_back(sample(i, Outcome::Provisioned, std::chrono::seconds(11 - i)));
        samples.push_back(sample(11, Outcome::UnitFailed, 500s)); // no cycle time: it did not pass
        const std::vector<StepSample> steps{{StepId::ReadVin, 3s}, {StepId::OpenSession, 1s}, {StepId::ReadVin, 1s}};
        const auto all = makeStatistics(samples, steps, std::nullopt);
        QCOMPARE(all.median, std::chrono::milliseconds(5s));
        QCOMPARE(all.p90, std::chrono::milliseconds(9s));
        QCOMPARE(all.cycleTimes.front(), std::chrono::milliseconds(10s));
        QCOMPARE(all.steps.size(), std::size_t(2));
        QCOMPARE(all.steps[0].step, StepId::OpenSession); // in their order
        QCOMPARE(all.steps[1].count, 2);
        QCOMPARE(all.steps[1].median, std::chrono::milliseconds(1s));
    }
};

QTEST_APPLESS_MAIN(RunStatisticsTest)
#include "run_statistics_test.moc"
