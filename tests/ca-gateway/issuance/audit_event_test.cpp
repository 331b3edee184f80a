#include <QTest>

#include "issuance/audit_event.h"
#include "issuance/issuance_store.h"

using namespace gateway;

class AuditEventTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void freeText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("clean");
        QTest::newRow("plain") << QByteArray("Private key found in GitHub repository")
                               << QByteArray("Private key found in GitHub repository");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("a VIN alone") << QByteArray("5VXTC2E41SA000017") << QByteArray("***********000017");
        QTest::newRow("a VIN in a sentence")
            << QByteArray("vehicle 5vxtc2e41sa000017, stolen") << QByteArray("vehicle ***********000017, stolen");
        QTest::newRow("two VINs") << QByteArray("5VXTC2E41SA000017/5VXTC2E49TA001000")
                                  << QByteArray("***********000017/***********001000");
        QTest::newRow("a label's VIN with data identifier")
            << QByteArray("I5VXTC2E41SA000017") << QByteArray("************000017");
        QTest::newRow("16 characters are no VIN") << QByteArray("5VXTC2E41SA00001") << QByteArray("5VXTC2E41SA00001");
        QTest::newRow("control characters") << QByteArray("a\0b\nc\x7f", 6) << QByteArray("a b c ");
        QTest::newRow("umlauts stay") << QByteArray("gerät") << QByteArray("gerät");
        QTest::newRow("too long") << QByteArray(2000, 'x') << QByteArray(1000, 'x');
        QTest::newRow("cut inside a character") << QByteArray(999, 'x') + QByteArray("ä") << QByteArray(999, 'x');
    }

    void freeText()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, clean);
        QCOMPARE(QByteArray::fromStdString(sanitizeFreeText(text.toStdString())), clean);
    }

    void statusFollowsTheClock()
    {
        const Time issued{std::chrono::seconds(1'000'000)};
        CertificateRecord record{.issuer = "CA",
                                 .serial = *CertificateSerial::parse("01"),
                                 .type = "vehicle",
                                 .subject = {},
                                 .deviceId = {},
                                 .vinHash = {},
                                 .status = CertificateStatus::Active,
                                 .issuedAt = issued,
                                 .expiresAt = issued + std::chrono::days(365),
                                 .provisioned = false,
                                 .provisionedAt = {},
                                 .revokedAt = {},
                                 .reason = {},
                                 .replacedBy = {},
                                 .replacedAt = {},
                                 .publicKeySha256 = {},
                                 .der = {},
                                 .request = {},
                                 .createdBy = {}};
        QCOMPARE(effectiveStatus(record, issued), CertificateStatus::Active);
        QCOMPARE(effectiveStatus(record, record.expiresAt), CertificateStatus::Active);
        QCOMPARE(effectiveStatus(record, record.expiresAt + std::chrono::seconds(1)), CertificateStatus::Expired);
        record.replacedAt = issued + std::chrono::days(335);
        QCOMPARE(effectiveStatus(record, *record.replacedAt + std::chrono::days(7) - std::chrono::seconds(1)),
                 CertificateStatus::Active);
        QCOMPARE(effectiveStatus(record, *record.replacedAt + std::chrono::days(7)), CertificateStatus::Superseded);
        record.status = CertificateStatus::Revoked;
        QCOMPARE(effectiveStatus(record, record.expiresAt + std::chrono::days(9)), CertificateStatus::Revoked);
    }

    void statusNamesAreTheSpecifications()
    {
        for (const auto* text : {"ACTIVE", "REVOKED", "SUPERSEDED", "EXPIRED"}) {
            const auto status = parseCertificateStatus(text);
            QVERIFY(status.has_value());
            QCOMPARE(std::string(name(*status)), std::string(text));
        }
        QVERIFY(!parseCertificateStatus("active").has_value());
        QVERIFY(!parseCertificateStatus("").has_value());
    }
};

QTEST_GUILESS_MAIN(AuditEventTest)
#include "audit_event_test.moc"
