#include <random>

#include <QTest>

#include "isotp/receiver.h"

using namespace tcu::isotp;
using namespace std::chrono_literals;
using tcu::IsoTpFault;

namespace {

tcu::Bytes message(std::size_t size)
{
    tcu::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 5 + i / 253);
    return bytes;
}

struct Bench
{
    explicit Bench(ReceiverSettings settings = {}) : receiver(settings) {}

    Receiver receiver;
    TimePoint now{1h};
    std::vector<tcu::Bytes> frames;
    std::optional<TimePoint> wakeAt;
    std::vector<tcu::Bytes> delivered;
    std::vector<IsoTpFault> faults;
    int begun = 0;
    tcu::Bytes whole;

    void take(const Actions& actions)
    {
        for (const auto& action : actions) {
            if (const auto* const send = std::get_if<SendFrame>(&action)) frames.push_back(send->bytes);
            if (const auto* const wait = std::get_if<WaitUntil>(&action)) wakeAt = wait->time;
            if (const auto* const deliver = std::get_if<Deliver>(&action)) delivered.push_back(deliver->message);
            if (const auto* const failed = std::get_if<Failed>(&action)) faults.push_back(failed->fault);
            if (std::holds_alternative<Begun>(action)) ++begun;
        }
    }
    void frame(const tcu::Bytes& bytes)
    {
        const auto pdu = parse(bytes, {});
        if (!pdu) return;
        if (const auto* const single = std::get_if<SingleFrame>(&*pdu)) take(receiver.onSingleFrame(*single));
        if (const auto* const first = std::get_if<FirstFrame>(&*pdu)) take(receiver.onFirstFrame(*first, now));
        if (const auto* const next = std::get_if<ConsecutiveFrame>(&*pdu)) {
            take(receiver.onConsecutiveFrame(*next, now));
        }
    }
    void first(std::size_t size) { frame(firstFrame(message(size), {})); }
    /// The n-th consecutive frame (from 1) of message(size).
    void consecutive(std::size_t size, std::size_t n)
    {
        if (whole.size() != size) whole = message(size);
        const std::size_t at = firstFrameCapacity(size, {}) + (n - 1) * 7;
        const std::size_t count = std::min<std::size_t>(7, whole.size() - at);
        frame(consecutiveFrame(static_cast<std::uint8_t>(n), tcu::ByteView(whole).subspan(at, count), {}));
    }
    void confirm() { take(receiver.onFrameSent(now)); }
    void wake() { take(receiver.onTime(now = *wakeAt)); }
};

} // namespace

class IsoTpReceiverTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyLengthArrivesWhole_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("blockSize");
        // 2000 bytes: past 256 frames, so the numbers wrap many times.
        for (const int size : {8, 13, 14, 2000, 4095, 4096, 65536}) {
            for (const int blockSize : {0, 1, 3, 255})
                QTest::addRow("%d bytes, BS %d", size, blockSize) << size << blockSize;
        }
    }
    void everyLengthArrivesWhole()
    {
        QFETCH(int, size);
        QFETCH(int, blockSize);
        const auto bytes = static_cast<std::size_t>(size);
        ReceiverSettings settings;
        settings.blockSize = static_cast<std::uint8_t>(blockSize);
        settings.separation = 200us;
        Bench bench(settings);
        bench.first(bytes);
        QCOMPARE(bench.begun, 1);
        const std::size_t total = (bytes - firstFrameCapacity(bytes, {}) + 6) / 7;
        std::size_t flowControls = 1;
        for (std::size_t n = 1; n <= total; ++n) {
            QCOMPARE(bench.frames.size(), flowControls);
            bench.confirm();
            bench.consecutive(bytes, n);
            if (blockSize > 0 && n % static_cast<std::size_t>(blockSize) == 0 && n < total) ++flowControls;
        }
        QCOMPARE(bench.frames.size(), flowControls); // none after the end
        for (const auto& frame : bench.frames)
            QVERIFY(frame == flowControl(FlowStatus::ContinueToSend, settings.blockSize, 200us, {}));
        QCOMPARE(bench.delivered.size(), std::size_t(1));
        QVERIFY(bench.delivered[0] == message(bytes));
        QVERIFY(bench.faults.empty());
    }

    void nCrRunsFromTheFlowControlEvenWhenNoFrameComes()
    {
        Bench bench;
        bench.first(100);
        bench.now += 300ms;
        bench.confirm();
        QCOMPARE(*bench.wakeAt - bench.now, std::chrono::nanoseconds(1000ms));
        bench.take(bench.receiver.onTime(bench.now + 999ms));
        QVERIFY(bench.faults.empty());
        bench.wake();
        QVERIFY(bench.faults == std::vector{IsoTpFault::TimeoutCr});
    }

    void nCrRunsFromEveryConsecutiveFrame()
    {
        Bench bench;
        bench.first(100);
        bench.confirm();
        for (std::size_t n = 1; n < 5; ++n) {
            bench.now += 990ms;
            bench.consecutive(100, n);
            QCOMPARE(*bench.wakeAt - bench.now, std::chrono::nanoseconds(1000ms));
        }
        bench.wake();
        QVERIFY(bench.faults == std::vector{IsoTpFault::TimeoutCr});
        bench.consecutive(100, 5); // too late: ignored
        QCOMPARE(bench.faults.size(), std::size_t(1));
        QVERIFY(bench.delivered.empty());
    }

    void aFlowControlThatIsNotSentEndsTheMessage()
    {
        Bench bench;
        bench.first(100);
        bench.wake();
        QVERIFY(bench.faults == std::vector{IsoTpFault::TimeoutAr});
    }

    void aWrongNumberEndsTheMessage_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("lost") << 3;
        QTest::newRow("repeated") << 1;
        QTest::newRow("zero") << 0;
        QTest::newRow("far") << 15;
    }
    void aWrongNumberEndsTheMessage()
    {
        QFETCH(int, number);
        Bench bench;
        bench.first(100);
        bench.confirm();
        bench.consecutive(100, 1);
        bench.frame(consecutiveFrame(static_cast<std::uint8_t>(number), message(7), {}));
        QVERIFY(bench.faults == std::vector{IsoTpFault::WrongSn});
        QCOMPARE(bench.frames.size(), std::size_t(1)); // no flow control for it
        bench.consecutive(100, 2);
        QVERIFY(bench.delivered.empty());
        // Nothing of it is in the next message.
        bench.first(9);
        bench.confirm();
        bench.consecutive(9, 1);
        QCOMPARE(bench.delivered.size(), std::size_t(1));
        QVERIFY(bench.delivered[0] == message(9));
    }

    void aMessageLargerThanTheBufferIsRefused_data()
    {
        QTest::addColumn<quint32>("length");
        QTest::addColumn<bool>("taken");
        QTest::newRow("largest") << 65536U << true;
        QTest::newRow("one more") << 65537U << false;
        QTest::newRow("4 GiB") << 0xFFFFFFFFU << false;
    }
    void aMessageLargerThanTheBufferIsRefused()
    {
        QFETCH(quint32, length);
        QFETCH(bool, taken);
        Bench bench;
        const tcu::Bytes head(2);
        bench.take(bench.receiver.onFirstFrame(FirstFrame{length, head}, bench.now));
        QCOMPARE(bench.frames.size(), std::size_t(1));
        QCOMPARE(bench.frames[0][0], std::uint8_t(taken ? 0x30 : 0x32));
        QCOMPARE(bench.faults.empty(), taken);
        if (!taken) QVERIFY(bench.faults == std::vector{IsoTpFault::BufferOverflow});
        bench.confirm();
        bench.frame(consecutiveFrame(1, message(7), {}));
        QCOMPARE(bench.faults.size(), std::size_t(taken ? 0 : 1));
    }

    void aNewMessageEndsTheOldOne()
    {
        Bench bench;
        bench.first(100);
        bench.confirm();
        bench.consecutive(100, 1);
        bench.frame({0x02, 0x3E, 0x80});
        QVERIFY(bench.faults == std::vector{IsoTpFault::UnexpectedPdu});
        QCOMPARE(bench.delivered.size(), std::size_t(1));
        QVERIFY((bench.delivered[0] == tcu::Bytes{0x3E, 0x80}));

        bench.first(50);
        bench.confirm();
        bench.consecutive(50, 1);
        bench.first(9);
        QCOMPARE(bench.faults.size(), std::size_t(2));
        bench.confirm();
        bench.consecutive(9, 1);
        QCOMPARE(bench.delivered.size(), std::size_t(2));
        QVERIFY(bench.delivered[1] == message(9));
    }

    void aConsecutiveFrameThatNobodyAwaitsIsIgnored()
    {
        Bench bench;
        bench.frame(consecutiveFrame(1, message(7), {}));
        QVERIFY(bench.faults.empty() && bench.frames.empty() && bench.delivered.empty());
    }

    void aConsecutiveFrameBeforeTheConfirmationCounts()
    {
        Bench bench;
        bench.first(9);
        bench.consecutive(9, 1);
        QCOMPARE(bench.delivered.size(), std::size_t(1));
        bench.confirm();
        QVERIFY(bench.faults.empty());
    }

    void aConsecutiveFrameThatIsTooShortIsIgnored()
    {
        Bench bench;
        bench.first(20);
        bench.confirm();
        bench.frame({0x21, 1, 2, 3, 4, 5, 6}); // one byte less than it must carry
        QVERIFY(bench.faults.empty());
        bench.consecutive(20, 1);
        bench.consecutive(20, 2);
        QCOMPARE(bench.delivered.size(), std::size_t(1));
        QVERIFY(bench.delivered[0] == message(20));
    }

    void paddingNeverReachesThePayload()
    {
        Bench bench;
        bench.first(8);
        bench.confirm();
        bench.consecutive(8, 1); // two bytes and five of padding
        QVERIFY(bench.delivered[0] == message(8));
    }

    void randomFramesNeverBreakIt()
    {
        std::mt19937 random(20240611);
        ReceiverSettings settings;
        settings.blockSize = 2;
        settings.maxMessageBytes = 300;
        Bench bench(settings);
        for (int i = 0; i < 200'000; ++i) {
            tcu::Bytes frame(random() % 9);
            for (auto& byte : frame)
                byte = static_cast<std::uint8_t>(random());
            if (!frame.empty() && random() % 2)
                frame[0] = static_cast<std::uint8_t>((random() % 4) << 4 | frame[0] % 16);
            bench.frame(frame);
            if (random() % 3 == 0) bench.confirm();
            if (bench.wakeAt && random() % 50 == 0) bench.wake();
            for (const auto& delivered : bench.delivered)
                QVERIFY(!delivered.empty() && delivered.size() <= 300);
            bench.delivered.clear();
            bench.frames.clear();
            bench.faults.clear();
        }
        // A real message still gets through.
        bench.first(100);
        for (std::size_t n = 1; n <= 14; ++n) {
            bench.confirm();
            bench.consecutive(100, n);
        }
        QCOMPARE(bench.delivered.size(), std::size_t(1));
        QVERIFY(bench.delivered[0] == message(100));
    }
};

QTEST_GUILESS_MAIN(IsoTpReceiverTest)
#include "receiver_test.moc"
