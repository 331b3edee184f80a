#include <random>

#include <QTest>

#include "uds/exchange.h"
#include "uds/nrc_name.h"

using namespace tcu;
using namespace std::chrono_literals;

namespace {

Bytes bytes(const char* hex)
{
    const QByteArray raw = QByteArray::fromHex(hex);
    return {raw.begin(), raw.end()};
}

struct Bench
{
    explicit Bench(ExchangeSettings settings = {}) : exchange(settings) {}

    UdsExchange exchange;
    UdsExchange::TimePoint now{1h};
    int sends = 0;
    std::optional<UdsExchange::TimePoint> wakeAt;
    std::optional<LinkResult<Bytes>> answer;

    void take(const UdsExchange::Actions& actions)
    {
        for (const auto& action : actions) {
            if (std::holds_alternative<UdsExchange::Send>(action)) ++sends;
            if (const auto* const wait = std::get_if<UdsExchange::WaitUntil>(&action)) wakeAt = wait->time;
            if (const auto* const finish = std::get_if<UdsExchange::Finish>(&action)) answer = finish->answer;
        }
    }
    void request(const char* hex)
    {
        answer.reset();
        take(exchange.start(bytes(hex)));
        take(exchange.onSent(now));
    }
    void message(const char* hex) { take(exchange.onMessage(bytes(hex), now)); }
    void wake() { take(exchange.onTime(now = *wakeAt)); }
    [[nodiscard]] bool failedWith(LinkFault fault) const
    {
        return answer && !*answer && answer->error().fault == fault;
    }
    [[nodiscard]] std::chrono::milliseconds waiting() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(*wakeAt - now);
    }
};

} // namespace

class UdsExchangeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersAreMatched_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("outcome");
        const auto row = [](const char* name, const char* request, const char* message, const char* outcome) {
            QTest::newRow(name) << QByteArray(request) << QByteArray(message) << QByteArray(outcome);
        };
        row("session", "1040", "5040003201f4", "positive");
        row("another session", "1040", "5003003201f4", "foreign");
        row("DID", "22f190", "62f1904142", "positive");
        row("another DID", "22f190", "62f18c4142", "foreign");
        row("routine", "3101021000", "7101021000", "positive");
        row("routine, suppress bit in the request", "3181021000", "7101021000", "positive");
        row("another routine", "3101021000", "7101021100", "foreign");
        row("another routine sub-function", "3101021000", "7103021000", "foreign");
        row("block", "3605aabb", "7605", "positive");
        row("another block", "3605aabb", "7604", "foreign");
        row("download", "34004400000000000000ff", "74200fff", "positive");
        row("exit", "37", "77", "positive");
        row("another service", "37", "7605", "foreign");
        row("nothing", "37", "", "foreign");
        row("refused", "22f190", "7f2231", "negative");
        row("another's refusal", "22f190", "7f3131", "foreign");
        row("refusal without a code", "22f190", "7f22", "malformed");
        row("refusal that is too long", "22f190", "7f223100", "malformed");
        row("lone 7f", "22f190", "7f", "foreign");
        row("truncated DID", "22f190", "62f1", "malformed");
        row("truncated session", "1040", "50", "malformed");
        row("truncated block", "3605aabb", "76", "malformed");
        row("truncated routine", "3101021000", "710102", "malformed");
        row("a request, not an answer", "22f190", "22f190", "foreign");
    }
    void answersAreMatched()
    {
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, message);
        QFETCH(QByteArray, outcome);
        Bench bench;
        bench.request(request.constData());
        const auto deadline = *bench.wakeAt;
        bench.now += 400ms;
        bench.message(message.constData());
        if (outcome == "positive") {
            QVERIFY(bench.answer && bench.answer->has_value());
            QVERIFY(**bench.answer == bytes(message.constData()));
        } else if (outcome == "negative") {
            QVERIFY(bench.failedWith(LinkFault::NegativeResponse));
            QVERIFY(bench.answer->error().nrc == std::uint8_t(0x31));
            QVERIFY(bench.answer->error().detail.find("requestOutOfRange (0x31)") != std::string::npos);
        } else if (outcome == "malformed") {
            QVERIFY(bench.failedWith(LinkFault::MalformedResponse));
        } else {
            // Passed over, and the deadline stays where it was.
            QVERIFY(!bench.answer);
            QVERIFY(*bench.wakeAt == deadline);
            bench.wake();
            QVERIFY(bench.now == deadline);
            QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
        }
    }

    void p2RunsFromTheEndOfTheRequest()
    {
        Bench bench;
        bench.take(bench.exchange.start(bytes("22f190")));
        QVERIFY(!bench.wakeAt);
        bench.now += 5s; // a long request
        bench.take(bench.exchange.onSent(bench.now));
        QCOMPARE(bench.waiting(), 1000ms);
        bench.take(bench.exchange.onTime(*bench.wakeAt - 1us));
        QVERIFY(!bench.answer);
        bench.wake();
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
    }

    void p2EndsWithTheFirstFrameOfTheAnswer()
    {
        Bench bench;
        bench.request("22f1a1");
        bench.now += 999ms;
        bench.take(bench.exchange.onMessageBegun(bytes("62f1a1308202")));
        bench.now += 3s; // N_Cr governs
        bench.take(bench.exchange.onTime(bench.now));
        QVERIFY(!bench.answer);
        bench.message("62f1a130820200aabb");
        QVERIFY(bench.answer && bench.answer->has_value());
    }

    void aLongAnswerWithAnEscapeHeadCountsToo()
    {
        Bench bench;
        bench.request("22f1a1");
        bench.take(bench.exchange.onMessageBegun(bytes("62f1")));
        bench.take(bench.exchange.onTime(bench.now += 2s));
        QVERIFY(!bench.answer);
    }

    void anAnswerThatNeverEndsIsBounded()
    {
        Bench bench;
        bench.request("22f1a1");
        bench.take(bench.exchange.onMessageBegun(bytes("62f1a1308202")));
        QCOMPARE(bench.waiting(), 25s);
        bench.wake();
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
    }

    void aForeignFirstFrameChangesNothing()
    {
        Bench bench;
        bench.request("22f1a1");
        bench.take(bench.exchange.onMessageBegun(bytes("62f1a2308202")));
        QCOMPARE(bench.waiting(), 1000ms);
        bench.take(bench.exchange.onReceiveFailed({LinkFault::ReceiveTimeout}));
        QVERIFY(!bench.answer);
        bench.wake();
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
    }

    void aBrokenTransferIsReportedAsWhatItIs()
    {
        Bench bench;
        bench.request("22f1a1");
        bench.take(bench.exchange.onMessageBegun(bytes("62f1a1308202")));
        bench.take(bench.exchange.onReceiveFailed({LinkFault::WrongSequence}));
        QVERIFY(bench.failedWith(LinkFault::WrongSequence));

        bench.answer.reset();
        bench.take(bench.exchange.start(bytes("3101021000")));
        bench.take(bench.exchange.onSendFailed({LinkFault::FlowControlTimeout}));
        QVERIFY(bench.failedWith(LinkFault::FlowControlTimeout));
    }

    void responsePendingExtendsTheWait()
    {
        Bench bench;
        bench.request("3101021000");
        for (int i = 0; i < 4; ++i) {
            bench.message("7f3178");
            QCOMPARE(bench.waiting(), 5000ms);
            bench.now += 4s;
        }
        bench.message("7101021000");
        QVERIFY(bench.answer && bench.answer->has_value());
    }

    void responsePendingIsBoundedAsAWhole()
    {
        Bench bench;
        bench.request("3101021000");
        const auto start = bench.now;
        for (int i = 0; i < 1000 && !bench.answer; ++i) {
            bench.message("7f3178");
            bench.take(bench.exchange.onTime(bench.now += 100ms));
        }
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
        QCOMPARE(std::chrono::duration_cast<std::chrono::seconds>(bench.now - start), 25s);
    }

    void noAnswerAfterResponsePendingIsATimeout()
    {
        Bench bench;
        bench.request("3101021000");
        bench.message("7f3178");
        bench.wake();
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
        QVERIFY(bench.answer->error().detail.find("P2*") != std::string::npos);
    }

    void anothersResponsePendingDoesNotExtend()
    {
        Bench bench;
        bench.request("3101021000");
        bench.now += 900ms;
        bench.message("7f2278");
        QCOMPARE(bench.waiting(), 100ms);
    }

    void aBusyUnitIsAskedAgain()
    {
        ExchangeSettings settings;
        settings.busyRepeats = 3;
        Bench bench(settings);
        bench.request("22f190");
        for (int i = 1; i <= 3; ++i) {
            bench.message("7f2221");
            QVERIFY(!bench.answer);
            QCOMPARE(bench.waiting(), 200ms);
            bench.message("62f19041"); // a late one, between two requests
            QVERIFY(!bench.answer);
            bench.wake();
            QCOMPARE(bench.sends, 1 + i);
            bench.take(bench.exchange.onSent(bench.now));
        }
        bench.message("7f2221");
        QVERIFY(bench.failedWith(LinkFault::NegativeResponse));
        QVERIFY(bench.answer->error().nrc == std::uint8_t(0x21));
    }

    void bothPoliciesCanBeSwitchedOff()
    {
        ExchangeSettings settings;
        settings.acceptPending = false;
        settings.repeatBusy = false;
        for (const char* const refusal : {"7f2278", "7f2221"}) {
            Bench bench(settings);
            bench.request("22f190");
            bench.message(refusal);
            QVERIFY(bench.failedWith(LinkFault::NegativeResponse));
        }
    }

    void aSuppressedAnswerIsSilence()
    {
        Bench bench;
        bench.request("3e80");
        bench.wake();
        QVERIFY(bench.answer && bench.answer->has_value() && (*bench.answer)->empty());
        bench.request("3e80");
        bench.message("7f3e12");
        QVERIFY(bench.failedWith(LinkFault::NegativeResponse));
    }

    void afterResponsePendingASuppressedAnswerMustCome()
    {
        Bench bench;
        bench.request("3181021000");
        bench.message("7f3178");
        QVERIFY(!bench.answer);
        bench.wake();
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
    }

    void aLateAnswerNeverMatchesTheNextRequest()
    {
        Bench bench;
        bench.request("22f190");
        bench.wake();
        QVERIFY(bench.failedWith(LinkFault::ResponseTimeout));
        bench.message("62f19041"); // nobody waits
        bench.request("22f18c");
        bench.message("62f19041");
        QVERIFY(!bench.answer);
        bench.message("62f18c42");
        QVERIFY(bench.answer && bench.answer->has_value());
        QVERIFY(**bench.answer == bytes("62f18c42"));
    }

    void anAnswerBeforeTheRequestIsOutIsNone()
    {
        Bench bench;
        bench.take(bench.exchange.start(bytes("22f190")));
        bench.message("62f19041");
        QVERIFY(!bench.answer);
    }

    void randomMessagesEndEveryRequestInBoundedTime()
    {
        std::mt19937 random(7);
        const std::array<const char*, 5> requests{"1040", "22f190", "31010210", "3601aa", "37"};
        Bench bench;
        for (int round = 0; round < 2000; ++round) {
            const char* const request = requests[random() % requests.size()];
            bench.request(request);
            const auto begin = bench.now;
            while (!bench.answer) {
                Bytes message(random() % 6);
                for (auto& byte : message)
                    byte = static_cast<std::uint8_t>(random());
                if (message.size() > 1 && random() % 2) {
                    message[0] = 0x7F;
                    message[1] = bytes(request)[0];
                    if (message.size() == 3 && random() % 2) message[2] = random() % 2 ? 0x78 : 0x21;
                }
                bench.take(bench.exchange.onMessage(message, bench.now));
                bench.now += std::chrono::milliseconds(random() % 400);
                const int before = bench.sends;
                bench.take(bench.exchange.onTime(bench.now));
                if (bench.sends != before) bench.take(bench.exchange.onSent(bench.now));
                // Every repetition may be pending for its whole limit, no more.
                QVERIFY(bench.now - begin < 26 * 26s);
            }
            if (bench.answer->has_value()) QCOMPARE((**bench.answer)[0], std::uint8_t(bytes(request)[0] + 0x40));
        }
    }

    void codesHaveTheirStandardNames_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("13") << 0x13 << QByteArray("incorrectMessageLengthOrInvalidFormat (0x13)");
        QTest::newRow("34") << 0x34 << QByteArray("authenticationRequired (0x34)");
        QTest::newRow("51") << 0x51 << QByteArray("certificateVerificationFailedInvalidSignature (0x51)");
        QTest::newRow("73") << 0x73 << QByteArray("wrongBlockSequenceCounter (0x73)");
        QTest::newRow("78") << 0x78 << QByteArray("requestCorrectlyReceivedResponsePending (0x78)");
        QTest::newRow("7f") << 0x7F << QByteArray("serviceNotSupportedInActiveSession (0x7F)");
        QTest::newRow("f3") << 0xF3 << QByteArray("vehicleManufacturerSpecific (0xF3)");
        QTest::newRow("ff") << 0xFF << QByteArray("reserved (0xFF)");
    }
    void codesHaveTheirStandardNames()
    {
        QFETCH(int, code);
        QFETCH(QByteArray, name);
        QCOMPARE(nrcName(static_cast<std::uint8_t>(code)), name.toStdString());
    }

    void requestsAreDescribedWithoutTheirData()
    {
        QCOMPARE(describeRequest(bytes("310102100011223344")), std::string("31 01 0210"));
        QCOMPARE(describeRequest(bytes("22f190")), std::string("22 F190"));
        QCOMPARE(describeRequest(bytes("3605aabbcc")), std::string("36 05"));
        QCOMPARE(describeRequest(bytes("37")), std::string("37"));
        QCOMPARE(describeRequest({}), std::string("empty request"));
    }
};

QTEST_GUILESS_MAIN(UdsExchangeTest)
#include "exchange_test.moc"
