#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "signer/signer_config.h"

using namespace gateway;
using namespace gateway::signer;
using nlohmann::json;

class SignerConfigTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        std::ifstream stream(V2C_SOURCE_DIR "/resources/config/signer.json");
        m_shipped = json::parse(stream);
    }

    void shippedFileIsUnderstood()
    {
        const auto config = parseSignerConfig(m_shipped.dump());
        QVERIFY2(config, config ? "" : config.error().detail.c_str());
        QCOMPARE(config->keys.size(), 4U);
        QVERIFY(config->keys[0].kind == KeyConfig::Kind::Ca);
        QVERIFY(config->keys[3].kind == KeyConfig::Kind::Vault);
        QCOMPARE(config->keys[3].operations, (std::set<std::string>{"make", "open", "rewrap"}));
        QVERIFY(config->keys[0].crl);
        QVERIFY(config->threads >= 2 && config->threads <= 16);
        QCOMPARE(config->socketMode, static_cast<mode_t>(0660));
    }

    void onlyTheOwnUserMayConnectByDefault()
    {
        auto changed = m_shipped;
        changed.erase("allowed_uids");
        changed.erase("socket_mode");
        const auto config = parseSignerConfig(changed.dump());
        QVERIFY(config);
        QCOMPARE(config->allowedUids, std::vector<uid_t>{::geteuid()});
        QCOMPARE(config->socketMode, static_cast<mode_t>(0600));
    }

    void faultsAreNamed_data()
    {
        QTest::addColumn<QByteArray>("pointer");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("named");

        const auto row = [](const char* name, const char* pointer, const char* value, const char* named) {
            QTest::newRow(name) << QByteArray(pointer) << QByteArray(value) << QByteArray(named);
        };
        row("unknown field", "/pin", "\"1234\"", "'pin'");
        row("unknown field of a key", "/keys/0/extractable", "true", "extractable");
        row("vault key without operations", "/keys/3/operations", "[]", "operations");
        row("vault key that signs", "/keys/3/operations", "[\"sign\"]", "operations");
        row("vault key with profiles", "/keys/3/profiles", "[\"station\"]", "profiles");
        row("CA key with operations", "/keys/0/operations", "[\"open\"]", "operations");
        row("unknown kind of key", "/keys/3/kind", "\"cipher\"", "kind");
        row("socket a number", "/socket", "5", "socket");
        row("socket empty", "/socket", "\"\"", "socket");
        row("socket open to all", "/socket_mode", "\"0666\"", "socket_mode");
        row("uid negative", "/allowed_uids/0", "-1", "allowed_uids");
        row("uid a name", "/allowed_uids/0", "\"root\"", "allowed_uids");
        row("uid too large", "/allowed_uids/0", "4294967295", "allowed_uids");
        row("no keys", "/keys", "[]", "keys");
        row("key a text", "/keys/0", "\"x\"", "a key");
        row("key twice", "/keys/1/label", "\"device-issuing-ca\"", "device-issuing-ca");
        row("profiles a text", "/keys/0/profiles", "\"vehicle-device\"", "profiles");
        row("crl a text", "/keys/0/crl", "\"yes\"", "crl");
        row("threads 17", "/threads", "17", "threads");
        row("threads negative", "/threads", "-1", "threads");
        row("timeout a text", "/hsm_timeout_ms", "\"10s\"", "hsm_timeout_ms");
    }

    void faultsAreNamed()
    {
        QFETCH(const QByteArray, pointer);
        QFETCH(const QByteArray, value);
        QFETCH(const QByteArray, named);
        auto changed = m_shipped;
        changed[json::json_pointer(pointer.toStdString())] = json::parse(value.toStdString());
        const auto config = parseSignerConfig(changed.dump());
        QVERIFY(!config);
        QCOMPARE(config.error().type, std::string("signer-config"));
        QVERIFY2(config.error().detail.find(named.toStdString()) != std::string::npos, config.error().detail.c_str());
    }

    void otherDocumentsAreRefused()
    {
        for (const auto* text : {"", "{", "[]", "null", "{}"})
            QVERIFY(!parseSignerConfig(text));
        QVERIFY(!loadSignerConfig("/nonexistent/signer.json"));
    }

    void pinFileMustBePrivate_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<int>("mode");
        QTest::addColumn<QByteArray>("pin");
        QTest::addColumn<QByteArray>("errorType");

        const QByteArray readable("pin-file-readable");
        QTest::newRow("private") << QByteArray("123456\n") << 0600 << QByteArray("123456") << QByteArray();
        QTest::newRow("read only") << QByteArray("123456") << 0400 << QByteArray("123456") << QByteArray();
        QTest::newRow("Windows line end") << QByteArray("123456\r\n") << 0600 << QByteArray("123456") << QByteArray();
        QTest::newRow("group reads") << QByteArray("123456\n") << 0640 << QByteArray() << readable;
        QTest::newRow("others read") << QByteArray("123456\n") << 0604 << QByteArray() << readable;
        QTest::newRow("others write") << QByteArray("123456\n") << 0602 << QByteArray() << readable;
        QTest::newRow("empty") << QByteArray() << 0600 << QByteArray() << QByteArray("pin-file");
        QTest::newRow("only a line end") << QByteArray("\n") << 0600 << QByteArray() << QByteArray("pin-file");
    }

    void pinFileMustBePrivate()
    {
        QFETCH(const QByteArray, content);
        QFETCH(const int, mode);
        QFETCH(const QByteArray, pin);
        QFETCH(const QByteArray, errorType);
        const QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath(QStringLiteral("pin")).toStdString();
        std::ofstream(file) << content.toStdString();
        std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
        const auto loaded = loadPin(file);
        QCOMPARE(QByteArray::fromStdString(loaded ? std::string() : loaded.error().type), errorType);
        if (loaded) QVERIFY(loaded->equals(asBytes(pin.toStdString())));
    }

    void missingPinFileIsNamed()
    {
        const auto loaded = loadPin("/nonexistent/pin");
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().type, std::string("pin-file"));
    }

private:
    json m_shipped;
};

QTEST_APPLESS_MAIN(SignerConfigTest)
#include "signer_config_test.moc"
