#include <QTest>

#include "isotp/sender.h"

using namespace tcu::isotp;
using namespace std::chrono_literals;
using tcu::IsoTpFault;

namespace {

tcu::Bytes message(std::size_t size)
{
    tcu::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return bytes;
}

/// A sender, a fake clock and what the sender wanted last.
struct Bench
{
    Sender sender;
    TimePoint now{1h};
    std::optional<tcu::Bytes> frame;
    std::optional<TimePoint> wakeAt;
    bool sent = false;
    std::optional<IsoTpFault> fault;

    void take(const Actions& actions)
    {
        frame.reset();
        for (const auto& action : actions) {
            if (const auto* const send = std::get_if<SendFrame>(&action)) frame = send->bytes;
            if (const auto* const wait = std::get_if<WaitUntil>(&action)) wakeAt = wait->time;
            if (std::holds_alternative<Sent>(action)) sent = true;
            if (const auto* const failed = std::get_if<Failed>(&action)) fault = failed->fault;
        }
    }
    void start(std::size_t size) { take(sender.start(message(size), now)); }
    void confirm() { take(sender.onFrameSent(now)); }
    void flow(std::uint8_t status, std::uint8_t blockSize = 0, std::chrono::microseconds separation = 0us)
    {
        take(sender.onFlowControl(FlowControl{status, blockSize, separation}, now));
    }
    /// To the time the sender asked for, or to just before it.
    void wake() { take(sender.onTime(now = *wakeAt)); }
    void almost() { take(sender.onTime(now = *wakeAt - 1us)); }
};

constexpr std::uint8_t kContinue = 0;
constexpr std::uint8_t kWait = 1;
constexpr std::uint8_t kOverflow = 2;

} // namespace

class IsoTpSenderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyLengthArrivesWhole_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("blockSize");
        for (const int size : {1, 6, 7, 8, 13, 14, 20, 4095, 4096, 70000}) {
            for (const int blockSize : {0, 1, 2, 8, 255})
                QTest::addRow("%d bytes, BS %d", size, blockSize) << size << blockSize;
        }
    }
    void everyLengthArrivesWhole()
    {
        QFETCH(int, size);
        QFETCH(int, blockSize);
        const auto expected = message(static_cast<std::size_t>(size));
        Bench bench;
        bench.start(expected.size());
        tcu::Bytes got;
        std::uint8_t sequence = 0;
        int inBlock = 0;
        while (bench.frame) {
            const auto pdu = parse(*bench.frame, {});
            QVERIFY(pdu.has_value());
            QCOMPARE(bench.frame->size(), std::size_t(8));
            if (const auto* const single = std::get_if<SingleFrame>(&*pdu)) {
                got.assign(single->payload.begin(), single->payload.end());
            } else if (const auto* const first = std::get_if<FirstFrame>(&*pdu)) {
                QCOMPARE(std::size_t(first->length), expected.size());
                got.assign(first->payload.begin(), first->payload.end());
                bench.confirm();
                QVERIFY(!bench.frame); // nothing before the flow control
                bench.flow(kContinue, static_cast<std::uint8_t>(blockSize));
                continue;
            } else {
                const auto& consecutive = std::get<ConsecutiveFrame>(*pdu);
                sequence = static_cast<std::uint8_t>((sequence + 1) % 16);
                QCOMPARE(consecutive.sequence, sequence);
                const auto count = std::min(consecutive.payload.size(), expected.size() - got.size());
                got.insert(got.end(), consecutive.payload.begin(),
                           consecutive.payload.begin() + static_cast<std::ptrdiff_t>(count));
                if (++inBlock == blockSize && got.size() < expected.size()) {
                    bench.confirm();
                    QVERIFY(!bench.frame);
                    inBlock = 0;
                    bench.flow(kContinue, static_cast<std::uint8_t>(blockSize));
                    continue;
                }
            }
            bench.confirm();
        }
        QVERIFY(bench.sent);
        QVERIFY(!bench.fault);
        QVERIFY(!bench.sender.isBusy());
        QVERIFY(got == expected);
    }

    void everyFrameHasItsNAs_data()
    {
        QTest::addColumn<int>("frames");
        QTest::newRow("the first frame") << 0;
        QTest::newRow("a consecutive frame") << 1;
        QTest::newRow("a later one") << 5;
    }
    void everyFrameHasItsNAs()
    {
        QFETCH(int, frames);
        Bench bench;
        bench.start(100);
        if (frames > 0) {
            bench.confirm();
            bench.flow(kContinue);
            for (int i = 1; i < frames; ++i) {
                bench.now += 900ms;
                bench.confirm();
            }
        }
        QCOMPARE(*bench.wakeAt - bench.now, std::chrono::nanoseconds(1000ms));
        bench.almost();
        QVERIFY(!bench.fault);
        bench.wake();
        QVERIFY(bench.fault == IsoTpFault::TimeoutAs);
        QVERIFY(!bench.sender.isBusy());
    }

    void aSingleFrameHasItsNAs()
    {
        Bench bench;
        bench.start(3);
        bench.wake();
        QVERIFY(bench.fault == IsoTpFault::TimeoutAs);
    }

    void nBsRunsFromTheConfirmedFirstFrame()
    {
        Bench bench;
        bench.start(100);
        bench.now += 700ms;
        bench.confirm();
        QCOMPARE(*bench.wakeAt - bench.now, std::chrono::nanoseconds(1000ms));
        bench.almost();
        QVERIFY(!bench.fault);
        bench.wake();
        QVERIFY(bench.fault == IsoTpFault::TimeoutBs);
    }

    void nBsRunsAfterEveryBlock()
    {
        Bench bench;
        bench.start(100);
        bench.confirm();
        bench.flow(kContinue, 2);
        bench.confirm();
        bench.confirm();
        QVERIFY(!bench.frame);
        bench.wake();
        QVERIFY(bench.fault == IsoTpFault::TimeoutBs);
    }

    void separationIsKeptFromTheConfirmedEnd_data()
    {
        QTest::addColumn<int>("stMin");
        QTest::addColumn<int>("microseconds");
        QTest::newRow("100 us") << 0xF1 << 100;
        QTest::newRow("20 ms") << 0x14 << 20000;
        QTest::newRow("reserved") << 0xAA << 127000;
    }
    void separationIsKeptFromTheConfirmedEnd()
    {
        QFETCH(int, stMin);
        QFETCH(int, microseconds);
        Bench bench;
        bench.start(100);
        bench.confirm();
        bench.flow(kContinue, 0, separationOf(static_cast<std::uint8_t>(stMin)));
        QVERIFY(bench.frame.has_value()); // the first one at once
        bench.now += 5ms;                 // the bus was busy
        bench.confirm();
        QVERIFY(!bench.frame);
        QCOMPARE(*bench.wakeAt - bench.now, std::chrono::nanoseconds(std::chrono::microseconds(microseconds)));
        bench.almost();
        QVERIFY(!bench.frame);
        bench.wake();
        QVERIFY(bench.frame.has_value());
    }

    void everyFlowControlIsReadAnew()
    {
        Bench bench;
        bench.start(100);
        bench.confirm();
        bench.flow(kContinue, 1, 50ms);
        bench.confirm();
        bench.flow(kContinue, 0, 0us);
        for (int i = 0; i < 10; ++i) {
            QVERIFY(bench.frame.has_value());
            bench.confirm();
        }
    }

    void waitRestartsNBsAndIsBounded()
    {
        Bench bench;
        bench.start(100);
        bench.confirm();
        for (int i = 0; i < 16; ++i) {
            bench.now += 999ms;
            bench.flow(kWait);
            QVERIFY(!bench.fault);
            QCOMPARE(*bench.wakeAt - bench.now, std::chrono::nanoseconds(1000ms));
        }
        bench.flow(kWait);
        QVERIFY(bench.fault == IsoTpFault::WaitOverrun);
    }

    void continueResetsTheCountOfWaits()
    {
        Bench bench;
        bench.start(100);
        bench.confirm();
        for (int block = 0; block < 3; ++block) {
            for (int i = 0; i < 16; ++i)
                bench.flow(kWait);
            bench.flow(kContinue, 1);
            QVERIFY(bench.frame.has_value());
            bench.confirm();
        }
        QVERIFY(!bench.fault);
    }

    void overflowAndReservedStatusEndTheMessage_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("fault");
        QTest::newRow("overflow") << int(kOverflow) << int(IsoTpFault::BufferOverflow);
        for (int status = 3; status < 16; ++status)
            QTest::addRow("reserved %d", status) << status << int(IsoTpFault::InvalidFs);
    }
    void overflowAndReservedStatusEndTheMessage()
    {
        QFETCH(int, status);
        QFETCH(int, fault);
        Bench bench;
        bench.start(100);
        bench.confirm();
        bench.flow(static_cast<std::uint8_t>(status));
        QVERIFY(bench.fault.has_value());
        QCOMPARE(int(*bench.fault), fault);
        QVERIFY(!bench.sender.isBusy());
        QVERIFY(!bench.frame);
    }

    void aFlowControlThatNobodyAwaitsIsIgnored()
    {
        Bench bench;
        bench.flow(kOverflow);
        QVERIFY(!bench.fault);
        bench.start(100);
        bench.confirm();
        bench.flow(kContinue);
        bench.flow(kOverflow); // while a consecutive frame is being sent
        QVERIFY(!bench.fault);
        bench.confirm();
        QVERIFY(bench.frame.has_value());
    }

    void aFlowControlBeforeTheConfirmationOfItsFrameCounts()
    {
        Bench bench;
        bench.start(100);
        bench.flow(kContinue);
        QVERIFY(!bench.frame);
        bench.confirm();
        QVERIFY(bench.frame.has_value());
        QCOMPARE((*bench.frame)[0], std::uint8_t(0x21));
    }

    void afterAFaultTheNextMessageIsSent()
    {
        Bench bench;
        bench.start(100);
        bench.confirm();
        bench.flow(kContinue, 4);
        bench.flow(3);
        bench.wake();
        QVERIFY(bench.fault.has_value());
        bench.start(9);
        QCOMPARE((*bench.frame)[0], std::uint8_t(0x10));
        bench.confirm();
        bench.flow(kContinue);
        QCOMPARE((*bench.frame)[0], std::uint8_t(0x21));
        bench.confirm();
        QVERIFY(bench.sent);
    }
};

QTEST_GUILESS_MAIN(IsoTpSenderTest)
#include "sender_test.moc"
