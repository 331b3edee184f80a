#include <QTest>

#include "contract/certificate_serial.h"
#include "contract/device_id.h"
#include "contract/revocation_reason.h"
#include "contract/secret_bytes.h"
#include "contract/transaction_id.h"
#include "contract/vin_hash.h"

using namespace gateway;

class ValueTypesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // RFC 4648 section 10
    void base64MatchesTheRfc_data()
    {
        QTest::addColumn<QByteArray>("plain");
        QTest::addColumn<QByteArray>("encoded");
        QTest::newRow("0") << QByteArray("") << QByteArray("");
        QTest::newRow("1") << QByteArray("f") << QByteArray("Zg==");
        QTest::newRow("2") << QByteArray("fo") << QByteArray("Zm8=");
        QTest::newRow("3") << QByteArray("foo") << QByteArray("Zm9v");
        QTest::newRow("6") << QByteArray("foobar") << QByteArray("Zm9vYmFy");
    }

    void base64MatchesTheRfc()
    {
        QFETCH(const QByteArray, plain);
        QFETCH(const QByteArray, encoded);
        QCOMPARE(toBase64(asBytes(plain.toStdString())), encoded.toStdString());
        const auto decoded = parseBase64(encoded.toStdString());
        QVERIFY(decoded.has_value());
        QCOMPARE(std::string(decoded->begin(), decoded->end()), plain.toStdString());
    }

    void brokenBase64IsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("no padding") << QByteArray("Zg");
        QTest::newRow("only padding") << QByteArray("====");
        QTest::newRow("padding inside") << QByteArray("Zg==Zg==");
        QTest::newRow("spare bits") << QByteArray("Zh==");
        QTest::newRow("url alphabet") << QByteArray("-_-_");
        QTest::newRow("line break") << QByteArray("Zm9v\nZm9");
    }

    void brokenBase64IsRefused()
    {
        QFETCH(const QByteArray, text);
        QVERIFY(!parseBase64(text.toStdString()).has_value());
    }

    void serialReadsHex_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("shown");
        QTest::newRow("specification") << QByteArray("1A:2B:3C:4D:5E:6F") << QByteArray("1A:2B:3C:4D:5E:6F");
        QTest::newRow("lower, plain") << QByteArray("1a2b3c4d5e6f") << QByteArray("1A:2B:3C:4D:5E:6F");
        QTest::newRow("leading zero") << QByteArray("00:2b") << QByteArray("2B");
        QTest::newRow("20 octets") << QByteArray(40, '7')
                                   << QByteArray("77:77:77:77:77:77:77:77:77:77:77:77:77:77:77:77:77:77:77:77");
        QTest::newRow("21 octets") << QByteArray(42, '7') << QByteArray();
        QTest::newRow("zero") << QByteArray("00") << QByteArray();
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("odd") << QByteArray("1A2") << QByteArray();
        QTest::newRow("colon at the end") << QByteArray("1A:") << QByteArray();
        QTest::newRow("colons at odd places") << QByteArray("1A2:B3:C") << QByteArray();
        QTest::newRow("0x") << QByteArray("0x1A") << QByteArray();
        QTest::newRow("quote") << QByteArray("1A';--") << QByteArray();
    }

    void serialReadsHex()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, shown);
        const auto serial = CertificateSerial::parse(text.toStdString());
        QCOMPARE(serial.has_value(), !shown.isEmpty());
        if (serial) QCOMPARE(serial->text(), shown.toStdString());
    }

    void randomSerialIsPositiveAndOfFixedLength()
    {
        for (const std::uint8_t fill : {0x00, 0x7F, 0xFF}) {
            const auto serial = CertificateSerial::random([&](std::span<std::uint8_t> octets) {
                std::fill(octets.begin(), octets.end(), fill);
                return true;
            });
            QVERIFY(serial.has_value());
            QCOMPARE(serial->bytes().size(), CertificateSerial::kRandomOctets);
            QVERIFY((serial->bytes()[0] & 0x80) == 0);
        }
        QVERIFY(!CertificateSerial::random([](std::span<std::uint8_t>) { return false; }).has_value());
    }

    void identifiersKeepTheirAlphabet()
    {
        QVERIFY(DeviceId::parse("3A7F2B9E4C1D6F8A3A7F2B9E4C1D6F8A").has_value());
        QVERIFY(!DeviceId::parse("3a7f2b9e4c1d6f8a3a7f2b9e4c1d6f8a").has_value());
        QVERIFY(!DeviceId::parse("3A7F2B9E4C1D6F8A").has_value());
        QVERIFY(VinHash::parse(std::string(64, 'a')).has_value());
        QVERIFY(!VinHash::parse(std::string(64, 'A')).has_value());
        QVERIFY(!VinHash::parse(std::string(63, 'a')).has_value());
        QVERIFY(TransactionId::parse(std::string(32, 'F')).has_value());
        QCOMPARE(TransactionId::parse(std::string(32, 'F'))->text(), std::string(32, 'f'));
        QVERIFY(!TransactionId::parse(std::string(32, 'g')).has_value());
        QVERIFY(!TransactionId::parse("").has_value());
    }

    void reasonsHaveTheNamesOfRfc5280()
    {
        QVERIFY(parseRevocationReason("KEY_COMPROMISE") == RevocationReason::KeyCompromise);
        QVERIFY(parseRevocationReason("PRIVILEGE_WITHDRAWN") == RevocationReason::PrivilegeWithdrawn);
        QCOMPARE(std::string(name(RevocationReason::CessationOfOperation)), std::string("CESSATION_OF_OPERATION"));
        for (const auto* text : {"keyCompromise", "KEYCOMPROMISE", "REMOVE_FROM_CRL", "THEFT", ""})
            QVERIFY(!parseRevocationReason(text).has_value());
        QVERIFY(parseSeverity("P0") == Severity::P0);
        QVERIFY(!parseSeverity("P5").has_value());
    }

    void secretsCompareByValue()
    {
        const SecretBytes secret(std::string_view("correct horse"));
        QVERIFY(secret.equals(asBytes("correct horse")));
        QVERIFY(!secret.equals(asBytes("correct horsf")));
        QVERIFY(!secret.equals(asBytes("correct hors")));
    }
};

QTEST_GUILESS_MAIN(ValueTypesTest)
#include "value_types_test.moc"
