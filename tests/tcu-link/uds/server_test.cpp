#include <random>

#include <QTest>

#include "uds/server.h"

using namespace tcu;
using namespace std::chrono_literals;

namespace {

Bytes bytes(const QByteArray& hex)
{
    const QByteArray raw = QByteArray::fromHex(hex);
    return {raw.begin(), raw.end()};
}

QByteArray hex(const Bytes& view)
{
    return QByteArray(reinterpret_cast<const char*>(view.data()), static_cast<qsizetype>(view.size())).toHex();
}

JobResult refused(std::uint8_t code)
{
    return JobResult(tl::unexpect, code);
}

struct Bench
{
    Bench()
    {
        UdsServerSettings settings;
        settings.maxBlockLength = 18;
        settings.maxTransferBytes = 1000;
        server = UdsServer(settings);
    }

    UdsServer server;
    UdsServer::TimePoint now{1h};
    std::vector<QByteArray> answers;
    std::optional<Job> job;
    std::optional<UdsServer::TimePoint> wakeAt;

    void take(const UdsServer::Actions& actions)
    {
        for (const auto& action : actions) {
            if (const auto* const respond = std::get_if<UdsServer::Respond>(&action)) {
                answers.push_back(hex(respond->message));
            }
            if (const auto* const run = std::get_if<UdsServer::Run>(&action)) job = run->job;
            if (const auto* const wait = std::get_if<UdsServer::WaitUntil>(&action)) wakeAt = wait->time;
        }
    }
    /// Sends a request; its jobs are done at once with that result.
    QByteArray ask(const QByteArray& request, const JobResult& result = Bytes{})
    {
        answers.clear();
        begin(request);
        if (job) finish(result);
        const QByteArray answer = answers.empty() ? QByteArray() : answers.back();
        if (!answers.empty()) take(server.onResponseEnded(now));
        return answer;
    }
    void begin(const QByteArray& request)
    {
        job.reset();
        take(server.onRequest(bytes(request), now));
    }
    void finish(const JobResult& result)
    {
        job.reset();
        take(server.onJobDone(result, now));
    }
    void pass(std::chrono::milliseconds time) { take(server.onTime(now += time)); }
};

} // namespace

class UdsServerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestsAreAnsweredOrRefusedWithTheRightCode_data()
    {
        QTest::addColumn<bool>("inSession");
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("answer");
        const auto row = [](const char* name, bool inSession, const char* request, const char* answer) {
            QTest::newRow(name) << inSession << QByteArray(request) << QByteArray(answer);
        };
        row("provisioning session", false, "1040", "5040003201f4");
        row("programming session", false, "1002", "5002003201f4");
        row("extended session", false, "1003", "5003003201f4");
        row("default session", true, "1001", "5001003201f4");
        row("session, silent", false, "10c0", "");
        row("unknown session", false, "1041", "7f1012");
        row("session without a sub-function", false, "10", "7f1013");
        row("session, too long", false, "104000", "7f1013");
        row("tester present", false, "3e00", "7e00");
        row("tester present, silent", false, "3e80", "");
        row("tester present, sub-function", false, "3e01", "7f3e12");
        row("tester present, silent and wrong", false, "3e81", "7f3e12");
        row("tester present, short", false, "3e", "7f3e13");
        row("DID", false, "22f190", "62f190");
        row("DID, short", false, "22f1", "7f2213");
        row("DID, two of them", false, "22f190f18c", "7f2213");
        row("routine in the default session", false, "31010210", "7f317f");
        row("download in the default session", false, "34004400000000000000ff", "7f347f");
        row("block in the default session", false, "3601aa", "7f367f");
        row("exit in the default session", false, "37", "7f377f");
        row("routine", true, "31010210aabb", "71010210");
        row("routine, silent", true, "31810210", "");
        row("routine, short", true, "310102", "7f3113");
        row("routine, stop", true, "31020210", "7f3112");
        row("routine, results", true, "31030210", "7f3112");
        row("download", true, "34004400000000000000ff", "74200012");
        row("download, short ids", true, "34001100ff", "74200012");
        row("download, largest", true, "34004400000000000003e8", "74200012");
        row("download, nothing", true, "3400440000000000000000", "7f3470");
        row("download, too much", true, "34004400000000000003e9", "7f3470");
        row("download, sum too much", true, "340044000003e800000001", "7f3470");
        row("download, sum over 32 bit", true, "340044ffffffff00000001", "7f3470");
        row("download, compressed", true, "34104400000000000000ff", "7f3431");
        row("download, no address", true, "340040000000ff", "7f3431");
        row("download, five-byte size", true, "34005400000000000000000000", "7f3431");
        row("download, cut", true, "340044000000000000ff", "7f3413");
        row("download, long", true, "34004400000000000000ff00", "7f3413");
        row("download, shortest", true, "3400", "7f3413");
        row("block without a download", true, "3601aa", "7f3624");
        row("exit without a download", true, "37", "7f3724");
        row("unknown service", true, "2701", "7f2711");
        row("write", true, "2ef19041", "7f2e11");
        row("an answer as a request", true, "7f2231", "7f7f11");
        row("nothing", true, "", "");
    }
    void requestsAreAnsweredOrRefusedWithTheRightCode()
    {
        QFETCH(bool, inSession);
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, answer);
        Bench bench;
        if (inSession) bench.ask("1040");
        QCOMPARE(bench.ask(request), answer);
    }

    void aHandlersRefusalIsPassedOn()
    {
        Bench bench;
        bench.ask("1040");
        QCOMPARE(bench.ask("31010211aa", refused(0x51)), QByteArray("7f3151"));
        QCOMPARE(bench.ask("31810211aa", refused(0x51)), QByteArray("7f3151"));
        QCOMPARE(bench.ask("22f190", Bytes{0x41, 0x42}), QByteArray("62f1904142"));
    }

    void blocksFollowTheirCounter()
    {
        Bench bench;
        bench.ask("1040");
        bench.ask("34004400000000" + QByteArray::number(20, 16).rightJustified(8, '0'));
        QCOMPARE(bench.ask("3602aa"), QByteArray("7f3673")); // starts at 01
        QCOMPARE(bench.ask("3600aa"), QByteArray("7f3673")); // nothing to repeat yet
        QCOMPARE(bench.ask("3601" + QByteArray(32, '1')), QByteArray("7601"));
        bench.begin("3601" + QByteArray(32, '1')); // repeated: answered and not stored again
        QVERIFY(!bench.job);
        QCOMPARE(bench.answers.back(), QByteArray("7601"));
        QCOMPARE(bench.ask("3603aa"), QByteArray("7f3673"));
        QCOMPARE(bench.ask("37"), QByteArray("7f3724")); // not whole yet
        QCOMPARE(bench.ask("3602"), QByteArray("7f3613"));
        QCOMPARE(bench.ask("3602" + QByteArray(34, '1')), QByteArray("7f3613")); // beyond maxNumberOfBlockLength
        QCOMPARE(bench.ask("360211223344"), QByteArray("7602"));                 // the transfer was kept
        QCOMPARE(bench.ask("3603aa"), QByteArray("7f3624"));                     // all is there
        QCOMPARE(bench.ask("3700"), QByteArray("7f3713"));
        QCOMPARE(bench.ask("37"), QByteArray("77"));
        QCOMPARE(bench.ask("37"), QByteArray("7f3724"));
    }

    void theCounterWrapsToZero()
    {
        Bench bench;
        bench.ask("1040");
        bench.ask("3400440000000000000200");
        for (int n = 1; n <= 512; ++n) {
            const QByteArray counter = QByteArray::number(n & 0xFF, 16).rightJustified(2, '0');
            QCOMPARE(bench.ask("36" + counter + "aa"), "76" + counter);
        }
        QCOMPARE(bench.ask("37"), QByteArray("77"));
    }

    void tooMuchDataEndsTheTransfer()
    {
        Bench bench;
        bench.ask("1040");
        bench.ask("3400440000000000000003");
        bench.begin("360111223344");
        QVERIFY(!bench.job);
        QCOMPARE(bench.answers.back(), QByteArray("7f3671"));
        QCOMPARE(bench.ask("3601aa"), QByteArray("7f3624"));
    }

    void aTransferGoesOnAtAnOffset()
    {
        Bench bench;
        bench.ask("1040");
        bench.begin("3400440000000a00000002");
        QVERIFY(bench.job.has_value());
        const auto& begin = std::get<job::BeginTransfer>(*bench.job);
        QCOMPARE(begin.offset, 10U);
        QCOMPARE(begin.totalLength, 12U);
        bench.finish(Bytes{});
        QCOMPARE(bench.ask("36011122"), QByteArray("7601"));
        QCOMPARE(bench.ask("37"), QByteArray("77"));
        // Everything is staged already, only the end is missing.
        QCOMPARE(bench.ask("3400440000000c00000000"), QByteArray("74200012"));
        QCOMPARE(bench.ask("37"), QByteArray("77"));
    }

    void aRefusedStartOrBlockEndsTheTransfer()
    {
        Bench bench;
        bench.ask("1040");
        QCOMPARE(bench.ask("3400440000000000000003", refused(0x22)), QByteArray("7f3422"));
        QCOMPARE(bench.ask("3601aa"), QByteArray("7f3624"));
        bench.ask("3400440000000000000003");
        QCOMPARE(bench.ask("3601aa", refused(0x21)), QByteArray("7f3621")); // busy: kept
        QCOMPARE(bench.ask("3601aa"), QByteArray("7601"));
        QCOMPARE(bench.ask("3602aa", refused(0x72)), QByteArray("7f3672"));
        QCOMPARE(bench.ask("3602aa"), QByteArray("7f3624"));
    }

    void aSessionChangeEndsTheTransfer()
    {
        Bench bench;
        bench.ask("1040");
        bench.ask("3400440000000000000003");
        bench.ask("1040");
        QCOMPARE(bench.ask("3601aa"), QByteArray("7f3624"));
    }

    void responsePendingIsSentInTimeAndAgain()
    {
        Bench bench;
        bench.ask("1040");
        bench.answers.clear();
        bench.begin("31010210");
        QVERIFY(*bench.wakeAt - bench.now < 50ms);
        bench.take(bench.server.onTime(bench.now = *bench.wakeAt));
        QCOMPARE(bench.answers, std::vector<QByteArray>{"7f3178"});
        for (std::size_t n = 2; n < 6; ++n) {
            const auto gap = *bench.wakeAt - bench.now;
            QVERIFY(gap > 1500ms && gap < 5000ms); // not faster than 0.3 P2*, and within it
            bench.take(bench.server.onTime(bench.now = *bench.wakeAt));
            QCOMPARE(bench.answers.size(), n);
        }
        bench.finish(Bytes{0});
        QCOMPARE(bench.answers.back(), QByteArray("7101021000"));
    }

    void aSuppressedAnswerComesAfterResponsePending()
    {
        Bench bench;
        bench.ask("1040");
        bench.answers.clear();
        bench.begin("31810210");
        bench.take(bench.server.onTime(bench.now = *bench.wakeAt));
        bench.finish(Bytes{0});
        QCOMPARE(bench.answers, (std::vector<QByteArray>{"7f3178", "7101021000"}));
    }

    void aSecondRequestFindsTheServerBusy()
    {
        Bench bench;
        bench.ask("1040");
        bench.answers.clear();
        bench.begin("31010210");
        bench.take(bench.server.onRequest(bytes("3e80"), bench.now)); // no answer, nothing abandoned
        QVERIFY(bench.answers.empty());
        bench.take(bench.server.onRequest(bytes("22f190"), bench.now));
        QCOMPARE(bench.answers, std::vector<QByteArray>{"7f2221"});
        bench.pass(10s);
        bench.finish(Bytes{0});
        QCOMPARE(bench.answers.size(), std::size_t(1)); // the first tester has given up, no late answer
        QCOMPARE(bench.ask("22f190", Bytes{0x41}), QByteArray("62f19041"));
    }

    void s3EndsAnIdleSession()
    {
        Bench bench;
        bench.ask("1040");
        bench.pass(4999ms);
        QCOMPARE(bench.server.session(), std::uint8_t(0x40));
        bench.pass(1ms);
        QCOMPARE(bench.server.session(), std::uint8_t(0x01));
        QCOMPARE(bench.ask("31010210"), QByteArray("7f317f"));
    }

    void everyRequestRestartsS3_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("tester present") << QByteArray("3e00");
        QTest::newRow("tester present, silent") << QByteArray("3e80");
        QTest::newRow("read") << QByteArray("22f190");
        QTest::newRow("refused") << QByteArray("2701");
    }
    void everyRequestRestartsS3()
    {
        QFETCH(QByteArray, request);
        Bench bench;
        bench.ask("1040");
        for (int i = 0; i < 5; ++i) {
            bench.pass(4s);
            bench.ask(request);
        }
        QCOMPARE(bench.server.session(), std::uint8_t(0x40));
        bench.pass(5s);
        QCOMPARE(bench.server.session(), std::uint8_t(0x01));
    }

    void s3StandsStillWhileSomethingIsUnderWay()
    {
        Bench bench;
        bench.ask("1040");
        bench.server.onRequestBegun();
        bench.pass(20s);
        QCOMPARE(bench.server.session(), std::uint8_t(0x40));
        bench.take(bench.server.onRequestFailed(bench.now));
        bench.pass(4s);
        bench.begin("31010210");
        bench.pass(60s);
        bench.take(bench.server.onResponseEnded(bench.now)); // of a 0x78, which ends nothing
        bench.pass(60s);
        QCOMPARE(bench.server.session(), std::uint8_t(0x40));
        bench.finish(Bytes{0});
        bench.pass(60s); // the answer is still being sent
        QCOMPARE(bench.server.session(), std::uint8_t(0x40));
        bench.take(bench.server.onResponseEnded(bench.now));
        bench.pass(5s);
        QCOMPARE(bench.server.session(), std::uint8_t(0x01));
    }

    void s3EndsTheTransferToo()
    {
        Bench bench;
        bench.ask("1040");
        bench.ask("3400440000000000000003");
        bench.pass(5s);
        bench.ask("1040");
        QCOMPARE(bench.ask("3601aa"), QByteArray("7f3624"));
    }

    void randomRequestsAreAllAnswered()
    {
        std::mt19937 random(99);
        const std::array<std::uint8_t, 9> services{0x10, 0x3E, 0x22, 0x31, 0x34, 0x36, 0x37, 0x7F, 0x00};
        Bench bench;
        std::size_t stored = 0;
        std::size_t whole = 0;
        for (int i = 0; i < 200'000; ++i) {
            Bytes request(1 + random() % 14);
            for (auto& byte : request)
                byte = random() % 2 ? static_cast<std::uint8_t>(random()) : static_cast<std::uint8_t>(random() % 5);
            request[0] = services[random() % services.size()];
            if (request[0] == 0x10 && request.size() > 1) request[1] = 0x40;
            if (request[0] == 0x34 && request.size() > 2) request[1] = 0, request[2] = 0x11;
            bench.answers.clear();
            bench.job.reset();
            bench.take(bench.server.onRequest(request, bench.now));
            if (bench.job) {
                if (const auto* const begin = std::get_if<job::BeginTransfer>(&*bench.job)) {
                    whole = begin->totalLength;
                    stored = begin->offset;
                    QVERIFY(stored <= whole && whole <= 1000);
                }
                if (const auto* const block = std::get_if<job::StoreBlock>(&*bench.job)) {
                    stored += block->data.size();
                    QVERIFY(stored <= whole);
                }
                if (std::holds_alternative<job::EndTransfer>(*bench.job)) QCOMPARE(stored, whole);
                bench.finish(Bytes{});
            }
            const bool maySuppress = request.size() > 1 && (request[1] & 0x80) != 0;
            QVERIFY(bench.answers.size() == 1 || maySuppress);
            for (std::size_t n = 0; n < bench.answers.size(); ++n)
                bench.take(bench.server.onResponseEnded(bench.now));
            bench.pass(std::chrono::milliseconds(random() % 3));
        }
    }
};

QTEST_GUILESS_MAIN(UdsServerTest)
#include "server_test.moc"
