#include <memory>

#include <QTcpSocket>
#include <QTest>

#include "can/qt_can_port.h"
#include "can/virtual_bus.h"

using tcu::CanDeviceName;
using tcu::CanFrame;
using tcu::QtCanPort;
using tcu::VirtualBus;
using tcu::VirtualBusLine;

namespace {

/// Remembers what a port says.
class Ear : public tcu::CanPort::Listener
{
public:
    void onPortOpened() override { ++opened; }
    void onPortLost(const std::string& why) override
    {
        ++lost;
        lastWhy = why;
    }
    void onFrame(const CanFrame& frame) override { frames.push_back(frame); }
    void onFrameSent() override { ++sent; }

    int opened = 0;
    int lost = 0;
    int sent = 0;
    std::string lastWhy;
    std::vector<CanFrame> frames;
};

std::string deviceOn(std::uint16_t port, const char* channel = "can0")
{
    return "virtualcan:tcp://127.0.0.1:" + std::to_string(port) + "/" + channel;
}

CanFrame frame(std::uint32_t id, tcu::Bytes payload)
{
    return *CanFrame::make(id, payload);
}

} // namespace

class CanDeviceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deviceNamesAreChecked_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("device");
        QTest::newRow("socketcan") << "socketcan:can0"
                                   << "can0";
        // 0.0.0.0: Qt's client would else try to become the bus itself.
        QTest::newRow("virtualcan, default port") << "virtualcan:can0"
                                                  << "tcp://0.0.0.0:35468/can0";
        QTest::newRow("virtualcan, own port") << "virtualcan:tcp://127.0.0.1:1234/can1"
                                              << "tcp://0.0.0.0:1234/can1";
        QTest::newRow("virtualcan, other machine") << "virtualcan:tcp://192.0.2.1:99/can0"
                                                   << "tcp://192.0.2.1:99/can0";
        QTest::newRow("no plugin") << ":can0"
                                   << "";
        QTest::newRow("no device") << "socketcan:"
                                   << "";
        QTest::newRow("no colon") << "can0"
                                  << "";
        QTest::newRow("unknown plugin") << "nonesuch:can0"
                                        << "";
        QTest::newRow("virtualcan has no can2") << "virtualcan:can2"
                                                << "";
        QTest::newRow("virtualcan has no can2 by url") << "virtualcan:tcp://127.0.0.1:1234/can2"
                                                       << "";
        QTest::newRow("a host name never connects") << "virtualcan:tcp://localhost:1234/can0"
                                                    << "";
        QTest::newRow("another loopback address") << "virtualcan:tcp://127.0.0.2:1234/can0"
                                                  << "";
        QTest::newRow("another scheme") << "virtualcan:http://127.0.0.1:1234/can0"
                                        << "";
        QTest::newRow("a longer path") << "virtualcan:tcp://127.0.0.1:1234/x/can0"
                                       << "";
        QTest::newRow("a port that is none") << "virtualcan:tcp://127.0.0.1:99999/can0"
                                             << "";
    }
    void deviceNamesAreChecked()
    {
        QFETCH(QString, text);
        QFETCH(QString, device);
        const auto name = CanDeviceName::parse(text.toStdString());
        QCOMPARE(name.has_value(), !device.isEmpty());
        if (name) QCOMPARE(name->device, device);
    }

    void busLinesAreChecked_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<bool>("valid");
        const auto row = [](const char* line, bool valid) { QTest::newRow(line) << QByteArray(line) << valid; };
        row("connect:can0", true);
        row("disconnect:can1", true);
        row("can0:2016##0210", true);
        row("can1:0##", true);
        row("can0:2047##ffFF00", true);
        row("can0:417001713#X#00", true);
        row("can0:2016#R#", true);
        row("can0:2016#FB#000102030405060708090a0b", true);
        row("", false);
        row("connect:", false);
        row("connect:can2", false);
        row("connect:can00", false);
        row("can2:1##00", false);
        row("can0", false);
        row("can0:", false);
        row("can0:2016", false);
        row("can0:2016#02", false);
        row("can0:##00", false);
        row("can0:-1##00", false);
        row("can0:+1##00", false);
        row("can0: 1##00", false);
        row("can0:2048##00", false);
        row("can0:536870912#X#00", false);
        row("can0:99999999999##00", false);
        row("can0:2016#Q#00", false);
        row("can0:2016#FF#00", false);
        row("can0:2016#B#00", false);
        row("can0:2016#RF#00", false);
        row("can0:2016##0", false);
        row("can0:2016##0g", false);
        row("can0:2016##000102030405060708", false);
        row("can0:2016#F#000102030405060708", false);
        row("can0:2016##00#", false);
        row("can0:2016##00:1", false);
        row("2016##00", false);
    }
    void busLinesAreChecked()
    {
        QFETCH(QByteArray, line);
        QFETCH(bool, valid);
        QCOMPARE(VirtualBusLine::parse(line.toStdString()).has_value(), valid);
    }

    void theBusListensOnLoopbackOnly()
    {
        VirtualBus bus;
        QVERIFY(!bus.listen(QHostAddress(QHostAddress::AnyIPv4), 0));
    }

    void framesGoToTheOthersOfTheSameChannel()
    {
        VirtualBus bus;
        const auto port = bus.listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.has_value());
        std::array<Ear, 3> ears;
        QtCanPort first(*CanDeviceName::parse(deviceOn(*port)), QtCanPort::Reopen::Never);
        QtCanPort second(*CanDeviceName::parse(deviceOn(*port)), QtCanPort::Reopen::Never);
        QtCanPort other(*CanDeviceName::parse(deviceOn(*port, "can1")), QtCanPort::Reopen::Never);
        first.setListener(&ears[0]);
        second.setListener(&ears[1]);
        other.setListener(&ears[2]);
        QVERIFY(!first.send(frame(0x7E0, {1})));
        for (auto* const one : {&first, &second, &other})
            one->open();
        QCOMPARE(ears[0].opened, 0); // never inside open()
        QTRY_VERIFY(ears[0].opened == 1 && ears[1].opened == 1 && ears[2].opened == 1);

        // The bus knows a client's channel only when its line has come: an answer proves it.
        QTRY_VERIFY(second.send(frame(0x7E8, {9})) && !ears[0].frames.empty());
        ears[1].frames.clear();
        for (std::uint8_t i = 0; i < 100; ++i)
            QVERIFY(first.send(frame(0x7E0, {i, 0x55})));
        QTRY_COMPARE(ears[1].frames.size(), std::size_t(100));
        for (std::uint8_t i = 0; i < 100; ++i) {
            QCOMPARE(ears[1].frames[i].id(), 0x7E0U);
            QCOMPARE(ears[1].frames[i].payload()[0], i);
        }
        QCOMPARE(ears[0].sent, 100);
        QCOMPARE(ears[2].frames.size(), std::size_t(0));
    }

    void anOffenderIsDroppedAndNobodyElseSeesIt_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("no such command") << QByteArray("hello\n");
        QTest::newRow("too many colons") << QByteArray("can0:1:2\n");
        QTest::newRow("bad hex") << QByteArray("can0:2016##zz\n");
        QTest::newRow("binary") << QByteArray("\x00\xff\x80\n", 4);
        QTest::newRow("carriage return") << QByteArray("can0:2016##00\r\n");
        QTest::newRow("endless line") << QByteArray(100000, 'a');
        QTest::newRow("long line") << QByteArray(300, '0') + '\n';
    }
    void anOffenderIsDroppedAndNobodyElseSeesIt()
    {
        QFETCH(QByteArray, bytes);
        VirtualBus bus;
        const auto port = bus.listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.has_value());
        QTcpSocket victim;
        victim.connectToHost(QHostAddress(QHostAddress::LocalHost), *port);
        QTRY_COMPARE(victim.state(), QAbstractSocket::ConnectedState);
        victim.write("connect:can0\n");
        QTcpSocket offender;
        offender.connectToHost(QHostAddress(QHostAddress::LocalHost), *port);
        QTRY_COMPARE(offender.state(), QAbstractSocket::ConnectedState);
        offender.write("connect:can0\n" + bytes + "can0:1##66\n");
        QTRY_COMPARE(offender.state(), QAbstractSocket::UnconnectedState);
        QCOMPARE(bus.offenders(), std::uint64_t(1));

        QTcpSocket good;
        good.connectToHost(QHostAddress(QHostAddress::LocalHost), *port);
        good.write("connect:can0\ncan0:2##77\n");
        QTRY_VERIFY(victim.canReadLine());
        QCOMPARE(victim.readAll(), QByteArray("2##77\n"));
        QCOMPARE(victim.state(), QAbstractSocket::ConnectedState);
    }

    void aClientThatDoesNotReadIsDropped()
    {
        VirtualBus bus;
        const auto port = bus.listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.has_value());
        QTcpSocket deaf;
        deaf.setReadBufferSize(1);
        deaf.connectToHost(QHostAddress(QHostAddress::LocalHost), *port);
        deaf.write("connect:can0\n");
        QTcpSocket talker;
        talker.connectToHost(QHostAddress(QHostAddress::LocalHost), *port);
        QTRY_COMPARE(talker.state(), QAbstractSocket::ConnectedState);
        const QByteArray line = "can0:536870911#XF#" + QByteArray(128, 'a') + '\n';
        QByteArray many;
        for (int i = 0; i < 1000; ++i)
            many += line;
        QElapsedTimer elapsed;
        elapsed.start();
        while (bus.offenders() == 0 && elapsed.elapsed() < 20000) {
            talker.write(many);
            QTRY_COMPARE(talker.bytesToWrite(), 0);
        }
        QCOMPARE(bus.offenders(), std::uint64_t(1));
        QCOMPARE(talker.state(), QAbstractSocket::ConnectedState);
    }

    void aBusThatGoesIsNoticed()
    {
        auto bus = std::make_unique<VirtualBus>();
        const auto port = bus->listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.has_value());
        Ear ear;
        QtCanPort device(*CanDeviceName::parse(deviceOn(*port)), QtCanPort::Reopen::Never);
        device.setListener(&ear);
        device.open();
        QTRY_COMPARE(ear.opened, 1);
        bus.reset();
        QTRY_COMPARE(ear.lost, 1);
        QVERIFY(!device.isOpen());
        QVERIFY(!device.send(frame(0x7E0, {1})));
    }

    void aBusThatIsNotThereIsReportedInTime()
    {
        std::uint16_t port = 0;
        {
            VirtualBus bus;
            port = bus.listen(QHostAddress(QHostAddress::LocalHost), 0).value_or(std::uint16_t(0));
            QVERIFY(port != 0);
        }
        Ear ear;
        QtCanPort device(*CanDeviceName::parse(deviceOn(port)), QtCanPort::Reopen::Never);
        device.setListener(&ear);
        device.open();
        QTRY_COMPARE(ear.lost, 1);
        QCOMPARE(ear.opened, 0);
        // The port must still be free: the client has not become the bus itself.
        VirtualBus later;
        QVERIFY(later.listen(QHostAddress(QHostAddress::LocalHost), port).has_value());
    }

    void aBusThatComesBackIsOpenedAgain()
    {
        auto bus = std::make_unique<VirtualBus>();
        const auto port = bus->listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.has_value());
        Ear ear;
        QtCanPort device(*CanDeviceName::parse(deviceOn(*port)), QtCanPort::Reopen::WithBackOff);
        device.setListener(&ear);
        device.open();
        QTRY_COMPARE(ear.opened, 1);
        for (int round = 2; round < 4; ++round) {
            bus = std::make_unique<VirtualBus>();
            QVERIFY(bus->listen(QHostAddress(QHostAddress::LocalHost), *port).has_value());
            QTRY_COMPARE(ear.opened, round);
        }
        QVERIFY(device.isOpen());
    }
};

QTEST_GUILESS_MAIN(CanDeviceTest)
#include "can_device_test.moc"
