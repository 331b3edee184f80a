#include <QTest>

#include "isotp/codec.h"

using namespace tcu::isotp;
using namespace std::chrono_literals;

namespace {

const tcu::FrameShape kShape;

tcu::Bytes bytes(const char* hex)
{
    const QByteArray raw = QByteArray::fromHex(hex);
    return {raw.begin(), raw.end()};
}

QByteArray hex(tcu::ByteView view)
{
    return QByteArray(reinterpret_cast<const char*>(view.data()), static_cast<qsizetype>(view.size())).toHex();
}

/// A protocol data unit in a form that a table can hold.
QByteArray text(const std::optional<Pdu>& pdu)
{
    if (!pdu) return "ignored";
    if (const auto* const single = std::get_if<SingleFrame>(&*pdu)) return "SF " + hex(single->payload);
    if (const auto* const first = std::get_if<FirstFrame>(&*pdu)) {
        return "FF " + QByteArray::number(first->length) + ' ' + hex(first->payload);
    }
    if (const auto* const consecutive = std::get_if<ConsecutiveFrame>(&*pdu)) {
        return "CF " + QByteArray::number(consecutive->sequence) + ' ' + hex(consecutive->payload);
    }
    const auto& control = std::get<FlowControl>(*pdu);
    return "FC " + QByteArray::number(control.status) + ' ' + QByteArray::number(control.blockSize) + ' ' +
           QByteArray::number(qlonglong(control.separation.count()));
}

} // namespace

class IsoTpCodecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesAreReadAsTheStandardSays_data()
    {
        QTest::addColumn<QByteArray>("frame");
        QTest::addColumn<QByteArray>("pdu");
        const auto row = [](const char* name, const char* frame, const char* pdu) {
            QTest::newRow(name) << QByteArray(frame) << QByteArray(pdu);
        };
        row("single, padded", "0210f1cccccccccc", "SF 10f1");
        row("single, full", "0701020304050607", "SF 01020304050607");
        row("single, unpadded", "023e00", "SF 3e00");
        row("SF_DL 0", "0000000000000000", "ignored");
        row("SF_DL beyond the frame", "033e00", "ignored");
        row("SF_DL 8", "0801020304050607", "ignored");
        row("SF_DL 15", "0f01020304050607", "ignored");
        row("empty frame", "", "ignored");
        row("one byte", "02", "ignored");
        row("first, 8", "1008010203040506", "FF 8 010203040506");
        row("first, 4095", "1fff010203040506", "FF 4095 010203040506");
        row("first, a single frame would do", "1007010203040506", "ignored");
        row("first, short frame", "10140102030405", "ignored");
        row("escape, 4096", "1000000010000102", "FF 4096 0102");
        row("escape, largest", "1000ffffffff0102", "FF 4294967295 0102");
        row("escape, 4095", "100000000fff0102", "ignored");
        row("escape, 0", "1000000000000102", "ignored");
        row("consecutive", "2f01020304050607", "CF 15 01020304050607");
        row("consecutive, last and unpadded", "2101", "CF 1 01");
        row("consecutive, empty", "21", "ignored");
        row("flow control", "300814cccccccccc", "FC 0 8 20000");
        row("wait, exactly three bytes", "310000", "FC 1 0 0");
        row("overflow", "3200000000000000", "FC 2 0 0");
        row("reserved status is passed on", "3f00000000000000", "FC 15 0 0");
        row("flow control, short", "3000", "ignored");
        row("reserved 4", "4000000000000000", "ignored");
        row("reserved f", "f000000000000000", "ignored");
    }
    void framesAreReadAsTheStandardSays()
    {
        QFETCH(QByteArray, frame);
        QFETCH(QByteArray, pdu);
        const auto raw = bytes(frame.constData());
        QCOMPARE(text(parse(raw, kShape)), pdu);
    }

    void separationTimeIsReadAndWritten_data()
    {
        QTest::addColumn<int>("stMin");
        QTest::addColumn<int>("microseconds");
        QTest::addColumn<int>("written");
        QTest::newRow("0") << 0x00 << 0 << 0x00;
        QTest::newRow("1 ms") << 0x01 << 1000 << 0x01;
        QTest::newRow("127 ms") << 0x7F << 127000 << 0x7F;
        QTest::newRow("reserved 80") << 0x80 << 127000 << 0x7F;
        QTest::newRow("reserved f0") << 0xF0 << 127000 << 0x7F;
        QTest::newRow("100 us") << 0xF1 << 100 << 0xF1;
        QTest::newRow("900 us") << 0xF9 << 900 << 0xF9;
        QTest::newRow("reserved fa") << 0xFA << 127000 << 0x7F;
        QTest::newRow("reserved ff") << 0xFF << 127000 << 0x7F;
    }
    void separationTimeIsReadAndWritten()
    {
        QFETCH(int, stMin);
        QFETCH(int, microseconds);
        QFETCH(int, written);
        const auto time = separationOf(static_cast<std::uint8_t>(stMin));
        QCOMPARE(int(time.count()), microseconds);
        QCOMPARE(int(stMinOf(time)), written);
    }

    void noReservedSeparationIsEverWrittenAndNoneIsTooShort()
    {
        for (std::int64_t us = -5; us < 200'000; us += 7) {
            const std::chrono::microseconds wanted(us);
            const auto byte = stMinOf(wanted);
            QVERIFY(byte <= 0x7F || (byte >= 0xF1 && byte <= 0xF9));
            QVERIFY(separationOf(byte) >= std::min<std::chrono::microseconds>(wanted, 127ms));
        }
    }

    void framesAreWrittenFullAndPadded()
    {
        QCOMPARE(hex(singleFrame(bytes("3e00"), kShape)), QByteArray("023e00cccccccccc"));
        QCOMPARE(hex(consecutiveFrame(0x13, bytes("aabb"), kShape)), QByteArray("23aabbcccccccccc"));
        QCOMPARE(hex(flowControl(FlowStatus::ContinueToSend, 8, 200us, kShape)), QByteArray("3008f2cccccccccc"));
        QCOMPARE(hex(flowControl(FlowStatus::Overflow, 0, 0us, kShape)), QByteArray("320000cccccccccc"));
        tcu::FrameShape zeros;
        zeros.padding = 0x00;
        QCOMPARE(hex(singleFrame(bytes("3e00"), zeros)), QByteArray("023e000000000000"));
    }

    void theEscapeIsUsedFrom4096BytesAndOnlyThen()
    {
        QCOMPARE(hex(firstFrame(tcu::Bytes(8, 0x11), kShape)), QByteArray("1008111111111111"));
        QCOMPARE(hex(firstFrame(tcu::Bytes(4095, 0x11), kShape)), QByteArray("1fff111111111111"));
        QCOMPARE(hex(firstFrame(tcu::Bytes(4096, 0x11), kShape)), QByteArray("1000000010001111"));
        QCOMPARE(hex(firstFrame(tcu::Bytes(65536, 0x11), kShape)), QByteArray("1000000100001111"));
    }
};

QTEST_GUILESS_MAIN(IsoTpCodecTest)
#include "codec_test.moc"
