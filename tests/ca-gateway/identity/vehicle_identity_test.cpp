#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "identity/vehicle_identity.h"

using namespace gateway;

namespace {

IdentitySecrets secrets()
{
    return std::move(*IdentitySecrets::make(SecretBytes(Bytes(32, 0x11)), SecretBytes(Bytes(32, 0x22))));
}

} // namespace

class VehicleIdentityTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Expected values from another implementation:
    //   (printf 5VXTC2E41SA000017; printf '\x11%.0s' {1..32}) | sha256sum
    //   printf 5VXTC2E41SA000017 | openssl dgst -sha256 -mac hmac -macopt hexkey:$(printf '22%.0s' {1..32})
    void namesMatchAnIndependentComputation()
    {
        const auto identity = deriveVehicleIdentity(*Vin::parse("5VXTC2E41SA000017"), secrets());
        QCOMPARE(std::string(identity.deviceId.text()), std::string("7959A243F1F08C3F15E60D145C395D93"));
        QCOMPARE(std::string(identity.vinHash.text()),
                 std::string("d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af"));
    }

    void anotherVinHasOtherNames()
    {
        const auto one = deriveVehicleIdentity(*Vin::parse("5VXTC2E41SA000017"), secrets());
        const auto two = deriveVehicleIdentity(*Vin::parse("5VXTC2E49TA001000"), secrets());
        QVERIFY(one.deviceId != two.deviceId);
        QVERIFY(one.vinHash != two.vinHash);
    }

    void weakSecretsAreRefused()
    {
        QVERIFY(!IdentitySecrets::make(SecretBytes(Bytes(31, 1)), SecretBytes(Bytes(32, 2))).has_value());
        QVERIFY(!IdentitySecrets::make(SecretBytes(Bytes(32, 1)), SecretBytes(Bytes(31, 2))).has_value());
        QVERIFY(!IdentitySecrets::make(SecretBytes(Bytes(32, 1)), SecretBytes(Bytes(32, 1))).has_value());
    }

    void secretsFile_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("worldReadable");
        QTest::addColumn<bool>("accepted");
        const QByteArray good =
            "{\"device_id_salt\": \"" + QByteArray(64, 'a') + "\", \"vin_hash_key\": \"" + QByteArray(64, 'b') + "\"}";
        QTest::newRow("good") << good << false << true;
        QTest::newRow("readable by everybody") << good << true << false;
        QTest::newRow("empty") << QByteArray() << false << false;
        QTest::newRow("array") << QByteArray("[]") << false << false;
        QTest::newRow("missing key") << QByteArray("{\"device_id_salt\": \"aa\"}") << false << false;
        QTest::newRow("number") << QByteArray("{\"device_id_salt\": 1, \"vin_hash_key\": 2}") << false << false;
        QTest::newRow("not hex") << QByteArray(good).replace("aaaa", "zzzz") << false << false;
        QTest::newRow("cut off") << good.left(40) << false << false;
    }

    void secretsFile()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const bool, worldReadable);
        QFETCH(const bool, accepted);
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("identity.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        auto permissions = QFileDevice::ReadOwner | QFileDevice::WriteOwner;
        if (worldReadable) permissions |= QFileDevice::ReadOther;
        file.setPermissions(permissions);
        QCOMPARE(IdentitySecrets::load(file.fileName().toStdString()).has_value(), accepted);
    }
};

QTEST_GUILESS_MAIN(VehicleIdentityTest)
#include "vehicle_identity_test.moc"
