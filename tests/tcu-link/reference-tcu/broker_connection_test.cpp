#include <QTest>

#include "reference-tcu/broker_connection.h"

using namespace tcu;

class BrokerConnectionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void addressesAreRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<int>("port");
        QTest::newRow("name") << QByteArray("mqtt.example.com:8883") << QByteArray("mqtt.example.com") << 8883;
        QTest::newRow("short name") << QByteArray("broker:1") << QByteArray("broker") << 1;
        QTest::newRow("IPv4") << QByteArray("127.0.0.1:65535") << QByteArray("127.0.0.1") << 65535;
        QTest::newRow("IPv6") << QByteArray("[2001:db8::1]:8883") << QByteArray("2001:db8::1") << 8883;
    }

    void addressesAreRead()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, host);
        QFETCH(const int, port);
        const auto address = parseBrokerAddress(text.toStdString());
        QVERIFY2(address, address ? "" : address.error().c_str());
        QVERIFY(*address == (BrokerAddress{host.toStdString(), static_cast<std::uint16_t>(port)}));
    }

    void othersAreRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"",
                                 ":",
                                 "host",
                                 "host:",
                                 ":8883",
                                 "host:0",
                                 "host:65536",
                                 "host:-1",
                                 "host:+1",
                                 "host: 8883",
                                 "host:8883 ",
                                 "host:abc",
                                 "host:8883x",
                                 "host:8883/",
                                 "mqtts://host:8883",
                                 "user@host:8883",
                                 "a b:8883",
                                 "h_st:8883",
                                 "::1:8883",
                                 "2001:db8::1:8883",
                                 "[::1]",
                                 "[::1]8883",
                                 "[]:8883",
                                 "[host]:8883",
                                 "[127.0.0.1]:8883",
                                 "[::1:8883",
                                 "[::g]:8883",
                                 "/run/mosquitto.sock:8883",
                                 "host\n:8883",
                                 "h\xC3\xB6st:8883"})
            QTest::newRow(text) << QByteArray(text);
        QTest::newRow("a name too long") << QByteArray(254, 'a') + ":8883";
    }

    void othersAreRefused()
    {
        QFETCH(const QByteArray, text);
        const auto address = parseBrokerAddress(text.toStdString());
        QVERIFY(!address);
        QVERIFY(address.error().starts_with("expected host:port as in mqtt.example.com:8883"));
        QVERIFY(address.error().ends_with("got '" + text.toStdString() + "'"));
    }
};

QTEST_GUILESS_MAIN(BrokerConnectionTest)
#include "broker_connection_test.moc"
