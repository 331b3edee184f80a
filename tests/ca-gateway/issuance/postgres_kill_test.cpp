#include <thread>

#include <QTest>

#include "gateway_fixture.h"

using namespace gateway;
using support::GatewayFixture;

/// The database dies as in a power cut, again and again, while certificates are issued.
class PostgresKillTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres(support::PostgresServer::Durability::On).start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void noRequestIsLostOrDoubled()
    {
        constexpr int kThreads = 8;
        constexpr int kKills = 3;
        GatewayFixture fixture;
        QCOMPARE(fixture.sql("SHOW synchronous_commit"), std::string("on"));
        QCOMPARE(fixture.sql("SHOW fsync"), std::string("on"));

        std::atomic<bool> isEnding{false};
        std::atomic<int> issued{0};
        std::atomic<int> refused{0};
        std::atomic<int> wrong{0};
        std::vector<std::vector<std::pair<TransactionId, CertificateSerial>>> answers(kThreads);
        std::vector<std::thread> threads;
        for (int thread = 0; thread < kThreads; ++thread)
            threads.emplace_back([&, thread] {
                for (int number = thread; !isEnding; number += kThreads) {
                    const auto request = fixture.request(number);
                    auto result = fixture.issuing.issue(request, fixture.station);
                    while (!result) {
                        ++refused;
                        if (result.error().code != ErrorCode::StoreUnavailable || !result.error().retryAfter) ++wrong;
                        std::this_thread::yield();
                        result = fixture.issuing.issue(request, fixture.station);
                    }
                    answers[std::size_t(thread)].emplace_back(request.transaction, result->serial);
                    ++issued;
                }
            });
        // Failures leave the loop first: threads must not outlive the fixture.
        QString problem;
        for (int kill = 0; kill < kKills && problem.isEmpty(); ++kill) {
            const int before = issued;
            if (!QTest::qWaitFor([&] { return issued >= before + 20; }, 30000)) problem = QStringLiteral("no progress");
            const int refusedBefore = refused;
            support::postgres().kill();
            // The killed server's sessions end at their next step; until then their memory keeps a new one away.
            if (!QTest::qWaitFor([&] { return refused > refusedBefore; }, 30000))
                problem = QStringLiteral("nobody noticed");
            if (!QTest::qWaitFor([] { return support::postgres().start().isEmpty(); }, 30000))
                problem = QStringLiteral("no restart");
        }
        const int before = issued;
        if (problem.isEmpty() && !QTest::qWaitFor([&] { return issued >= before + 20; }, 30000))
            problem = QStringLiteral("no progress at the end");
        isEnding = true;
        for (auto& thread : threads)
            thread.join();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));

        QCOMPARE(wrong.load(), 0);
        QVERIFY(refused >= kKills);
        QCOMPARE(fixture.count("certificates"), issued.load());
        QCOMPARE(fixture.count("certificate_requests WHERE state = 'issued'"), issued.load());
        QCOMPARE(fixture.count("certificate_requests WHERE state <> 'issued'"), 0);
        QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_issued'"), issued.load());
        QCOMPARE(fixture.count("outbox"), issued.load());
        for (const auto& ofThread : answers)
            for (const auto& [transaction, serial] : ofThread) {
                const auto stored = support::valueOf(fixture.issuing.findRequest(transaction));
                QVERIFY(stored.certificate.has_value());
                QCOMPARE(stored.certificate->serial, serial);
            }
        qInfo("%d issued, %d answered 503 meanwhile", issued.load(), refused.load());
    }
};

QTEST_GUILESS_MAIN(PostgresKillTest)
#include "postgres_kill_test.moc"
