#include <QTest>

#include "flow/report_queue.h"
#include "station-app/flow/fake_world.h"
#include "station-app/flow/memory_journal.h"

using namespace station;
using namespace station::test;
using namespace std::chrono_literals;

namespace {

struct Queue
{
    World world;
    JournalFile file;
    MemoryJournal journal{file};
    FakeIssuer issuer{world.gateway, world.names};
    RunClock clock = world.parts({}).clock;

    void add(std::uint8_t number, Report::Kind kind = Report::Kind::Provisioned, bool known = true)
    {
        const gateway::Bytes digits{0x40, number};
        const auto serial = *gateway::CertificateSerial::fromBytes(digits);
        std::array<std::uint8_t, 16> id{};
        id[0] = number;
        if (known) world.gateway.certificates[serial.text()] = GatewayWorld::Status::Issued;
        file.outbox.push_back({{number,
                                {kind, serial, gateway::TransactionId::fromBytes(id),
                                 gateway::Time(std::chrono::seconds(number)), "cause"}},
                               false,
                               {}});
    }
};

} // namespace

class ReportQueueTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reportsGoOutInTheirOrder()
    {
        Queue queue;
        queue.add(1);
        queue.add(2, Report::Kind::Rejected);
        queue.add(3);
        const auto told = deliverReports(queue.journal, queue.issuer, queue.clock, 1s);
        QVERIFY(told.has_value());
        QCOMPARE(told->delivered.size(), std::size_t(3));
        QCOMPARE(told->waiting, 0);
        QCOMPARE(queue.world.gateway.told,
                 (std::vector<std::string>{"provisioned 40:01", "rejected 40:02", "provisioned 40:03"}));
    }

    void nothingOvertakesAReportThatCouldNotBeDelivered()
    {
        Queue queue;
        queue.add(1);
        queue.add(2);
        queue.world.gateway.troubles.add("provisioned", kUnreachable);
        const auto first = deliverReports(queue.journal, queue.issuer, queue.clock, 1s);
        QCOMPARE(first->waiting, 2);
        QCOMPARE(first->error->type, std::string("gateway-unreachable"));
        QVERIFY(queue.world.gateway.told.empty());
        QCOMPARE(deliverReports(queue.journal, queue.issuer, queue.clock, 1s)->waiting, 0);
        QCOMPARE(queue.world.gateway.told, (std::vector<std::string>{"provisioned 40:01", "provisioned 40:02"}));
    }

    void aLostAnswerIsAskedForAgain()
    {
        Queue queue;
        queue.add(1);
        queue.world.gateway.troubles.add("provisioned", kNoAnswer, 1, true);
        QCOMPARE(deliverReports(queue.journal, queue.issuer, queue.clock, 1s)->waiting, 1);
        QCOMPARE(deliverReports(queue.journal, queue.issuer, queue.clock, 1s)->waiting, 0);
        QCOMPARE(queue.world.gateway.certificates.at("40:01"), GatewayWorld::Status::Provisioned);
    }

    void aReportTheGatewayWillNeverTakeDoesNotBlockTheOthers()
    {
        Queue queue;
        queue.add(1, Report::Kind::Provisioned, false);
        queue.add(2);
        const auto told = deliverReports(queue.journal, queue.issuer, queue.clock, 1s);
        QCOMPARE(told->setAside.size(), std::size_t(1));
        QCOMPARE(told->delivered.size(), std::size_t(1));
        QVERIFY(queue.file.outbox[0].setAside.find("certificate-unknown") != std::string::npos);
    }

    void theTimeBudgetEndsTheDelivery()
    {
        Queue queue;
        queue.add(1);
        queue.add(2);
        auto clock = queue.clock;
        int asked = 0;
        clock.now = [&] { return std::chrono::steady_clock::time_point(std::chrono::milliseconds(400 * asked++)); };
        const auto told = deliverReports(queue.journal, queue.issuer, clock, 700ms);
        QCOMPARE(told->delivered.size(), std::size_t(1));
        QCOMPARE(told->waiting, 1);
    }

    void aJournalThatCannotWriteIsToldAsSuch()
    {
        Queue queue;
        queue.add(1);
        queue.file.failsAfterWrites = 0;
        const auto told = deliverReports(queue.journal, queue.issuer, queue.clock, 1s);
        QVERIFY(!told.has_value());
        QCOMPARE(told.error().type, std::string("journal-full"));
    }
};

QTEST_GUILESS_MAIN(ReportQueueTest)
#include "report_queue_test.moc"
