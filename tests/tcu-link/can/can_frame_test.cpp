#include <QTest>

#include "can/can_frame.h"

using tcu::CanFrame;

class CanFrameTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyFramesOfTheWireAreMade_data()
    {
        QTest::addColumn<quint32>("id");
        QTest::addColumn<bool>("extended");
        QTest::addColumn<bool>("fd");
        QTest::addColumn<int>("length");
        QTest::addColumn<bool>("valid");
        QTest::newRow("classic, empty") << 0x7E0U << false << false << 0 << true;
        QTest::newRow("classic, full") << 0x7FFU << false << false << 8 << true;
        QTest::newRow("classic, too long") << 0x7E0U << false << false << 9 << false;
        QTest::newRow("11-bit id too large") << 0x800U << false << false << 8 << false;
        QTest::newRow("29-bit id") << 0x18DA10F1U << true << false << 8 << true;
        QTest::newRow("29-bit id too large") << 0x20000000U << true << false << 8 << false;
        QTest::newRow("FD 12") << 0x7E0U << false << true << 12 << true;
        QTest::newRow("FD 13 does not exist") << 0x7E0U << false << true << 13 << false;
        QTest::newRow("FD 9 does not exist") << 0x7E0U << false << true << 9 << false;
        QTest::newRow("FD 64") << 0x7E0U << false << true << 64 << true;
        QTest::newRow("FD 65") << 0x7E0U << false << true << 65 << false;
    }
    void onlyFramesOfTheWireAreMade()
    {
        QFETCH(quint32, id);
        QFETCH(bool, extended);
        QFETCH(bool, fd);
        QFETCH(int, length);
        QFETCH(bool, valid);
        const tcu::Bytes payload(static_cast<std::size_t>(length), 0x5A);
        const auto frame =
            CanFrame::make(id, extended ? CanFrame::IdFormat::Extended29 : CanFrame::IdFormat::Standard11,
                           fd ? CanFrame::Format::Fd : CanFrame::Format::Classic, payload);
        QCOMPARE(frame.has_value(), valid);
        if (!frame) return;
        QCOMPARE(frame->id(), id);
        QCOMPARE(tcu::Bytes(frame->payload().begin(), frame->payload().end()), payload);
    }
};

QTEST_GUILESS_MAIN(CanFrameTest)
#include "can_frame_test.moc"
