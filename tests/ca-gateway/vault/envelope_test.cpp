#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <set>

#include <sys/stat.h>

#include "vault/envelope.h"

using namespace gateway;
using namespace gateway::vault;

namespace {

constexpr std::string_view kVin = "WVWZZZ1JZXW000001";

IdentitySecrets identitySecrets()
{
    return *IdentitySecrets::make(SecretBytes(Bytes(32, 0x11)), SecretBytes(Bytes(32, 0x22)));
}

IndexKey indexKey(std::uint8_t octet = 0x33)
{
    return *IndexKey::make(SecretBytes(Bytes(32, octet)), identitySecrets());
}

SecretBytes dataKey(std::uint8_t octet = 0x44)
{
    return SecretBytes(Bytes(32, octet));
}

Vin vin(std::string_view text = kVin)
{
    return *Vin::parse(text);
}

DeviceId device(std::uint8_t octet = 1)
{
    std::array<std::uint8_t, 16> digest{};
    digest.fill(octet);
    return DeviceId::fromDigest(digest);
}

SealedVin sealed(std::uint8_t number = 1)
{
    return *sealVin(vin(), device(number), indexKey(), Bytes(16, number), dataKey());
}

} // namespace

class EnvelopeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sealedVinOpens()
    {
        const auto row = sealed();
        const std::string text(row.ciphertext.begin(), row.ciphertext.end());
        QVERIFY(text.find(kVin.substr(0, 4)) == std::string::npos);
        const auto opened = openVin(row, indexKey(), dataKey());
        QVERIFY(opened);
        QVERIFY(*opened == vin());
    }

    void noTwoSealsAreAlike()
    {
        std::set<Bytes> nonces;
        std::set<Bytes> ciphertexts;
        for (int i = 0; i < 1000; ++i) {
            const auto row = sealed();
            nonces.insert(row.nonce);
            ciphertexts.insert(row.ciphertext);
        }
        QCOMPARE(nonces.size(), 1000U);
        QCOMPARE(ciphertexts.size(), 1000U);
    }

    void everyFlippedBitIsNoticed()
    {
        auto row = sealed();
        for (auto* field : {&row.ciphertext, &row.nonce, &row.vinIndex, &row.dataKeyId}) {
            for (std::size_t bit = 0; bit < 8 * field->size(); ++bit) {
                (*field)[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
                const auto opened = openVin(row, indexKey(), dataKey());
                QVERIFY(!opened);
                QCOMPARE(opened.error().type, std::string("vault-row-damaged"));
                (*field)[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            }
        }
        QVERIFY(openVin(row, indexKey(), dataKey()));
    }

    void cutFieldsAreNoticed()
    {
        for (std::size_t length = 0; length < 33; ++length) {
            auto row = sealed();
            row.ciphertext.resize(length);
            QVERIFY(!openVin(row, indexKey(), dataKey()));
        }
        auto longer = sealed();
        longer.ciphertext.push_back(0);
        QVERIFY(!openVin(longer, indexKey(), dataKey()));
        auto shortNonce = sealed();
        shortNonce.nonce.pop_back();
        QVERIFY(!openVin(shortNonce, indexKey(), dataKey()));
        auto noIndex = sealed();
        noIndex.vinIndex.clear();
        QVERIFY(!openVin(noIndex, indexKey(), dataKey()));
    }

    void anotherRowsContentDoesNotOpen()
    {
        const auto first = sealed(1);
        auto row = sealed(2);
        row.ciphertext = first.ciphertext;
        row.nonce = first.nonce;
        QVERIFY(!openVin(row, indexKey(), dataKey()));
        // Everything of the other row but the device_id.
        row = first;
        row.deviceId = device(2);
        QVERIFY(!openVin(row, indexKey(), dataKey()));
    }

    void otherKeysDoNotOpen()
    {
        QVERIFY(!openVin(sealed(), indexKey(), dataKey(0x45)));
        QVERIFY(!openVin(sealed(), indexKey(0x34), dataKey()));
        QVERIFY(!openVin(sealed(), indexKey(), SecretBytes(Bytes(16, 0x44))));
        QVERIFY(!sealVin(vin(), device(), indexKey(), Bytes(16, 1), SecretBytes(Bytes(31, 0x44))));
    }

    void indexIsAnHmacUnderItsOwnKey()
    {
        // printf WVWZZZ1JZXW000001 | openssl dgst -sha256 -mac HMAC -macopt hexkey:3333... (32 times 33)
        QCOMPARE(QByteArray::fromStdString(toLowerHex(indexKey().indexOf(vin()))), QByteArray(kExpectedIndex));
        const auto names = deriveVehicleIdentity(vin(), identitySecrets());
        QVERIFY(toLowerHex(indexKey().indexOf(vin())) != names.vinHash.text());
    }

    void unfitSecretsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<int>("mode");

        const auto key = QByteArray(64, '3');
        const auto file = [](const QByteArray& hex) { return "{\"vin_index_key\": \"" + hex + "\"}"; };
        QTest::newRow("readable by the group") << file(key) << 0640;
        QTest::newRow("readable by all") << file(key) << 0604;
        QTest::newRow("too short") << file(QByteArray(62, '3')) << 0600;
        QTest::newRow("empty key") << file("") << 0600;
        QTest::newRow("not hex") << file(QByteArray(64, 'g')) << 0600;
        QTest::newRow("odd") << file(QByteArray(65, '3')) << 0600;
        QTest::newRow("the vin_hash key") << file(QByteArray(64, '2')) << 0600;
        QTest::newRow("the salt") << file(QByteArray(64, '1')) << 0600;
        QTest::newRow("a number") << QByteArray("{\"vin_index_key\": 3}") << 0600;
        QTest::newRow("another field beside it")
            << QByteArray("{\"vin_index_key\": \"" + key + "\", \"vin_hash_key\": \"\"}") << 0600;
        QTest::newRow("a list") << QByteArray("[]") << 0600;
        QTest::newRow("empty") << QByteArray("") << 0600;
    }

    void unfitSecretsAreRefused()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const int, mode);
        const QTemporaryDir folder;
        const auto path = folder.filePath(QStringLiteral("vault.json")).toStdString();
        std::ofstream(path) << content.toStdString();
        QCOMPARE(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
        const auto loaded = IndexKey::load(path, identitySecrets());
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().type, std::string("vault-secrets"));
        QVERIFY(loaded.error().detail.find(QByteArray(16, '3').toStdString()) == std::string::npos);
    }

    void fitSecretsAreTaken()
    {
        const QTemporaryDir folder;
        const auto path = folder.filePath(QStringLiteral("vault.json")).toStdString();
        std::ofstream(path) << "{\"vin_index_key\": \"" << std::string(64, '3') << "\"}";
        QCOMPARE(::chmod(path.c_str(), 0600), 0);
        const auto loaded = IndexKey::load(path, identitySecrets());
        QVERIFY(loaded);
        QVERIFY(loaded->indexOf(vin()) == indexKey().indexOf(vin()));
        QVERIFY(!IndexKey::load(folder.filePath(QStringLiteral("missing")).toStdString(), identitySecrets()));
    }

private:
    static constexpr const char* kExpectedIndex = "f75e8aa740713de0e600c71730879b29136d55c0706af70007eee74edaa2b20b";
};

QTEST_GUILESS_MAIN(EnvelopeTest)
#include "envelope_test.moc"
