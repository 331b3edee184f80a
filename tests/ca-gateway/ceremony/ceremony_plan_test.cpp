#include <QTest>

#include <fstream>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony_plan.h"

using namespace gateway;
using nlohmann::json;

class CeremonyPlanTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        std::ifstream stream(V2C_SOURCE_DIR "/resources/ceremony/demo.json");
        m_demo = json::parse(stream);
    }

    void demoFileIsUnderstood()
    {
        const auto plan = ceremony::parsePlan(m_demo.dump());
        QVERIFY2(plan, plan ? "" : plan.error().detail.c_str());
        QCOMPARE(plan->certificates.size(), 15U);
        QCOMPARE(plan->threshold, 3U);
        QCOMPARE(plan->holders.size(), 5U);
        QVERIFY(plan->tokens[0].shared);
        QVERIFY(!plan->tokens[3].shared);
        QVERIFY(plan->certificates[0].isInHsm());
        QVERIFY(!plan->certificates[7].isInHsm());
        QCOMPARE(plan->certificates[1].nameConstraints->permittedDns[1], std::string("localhost"));
        QCOMPARE(plan->signer.filename().string(), std::string("v2c-signer"));
    }

    void faultsAreNamed_data()
    {
        QTest::addColumn<QByteArray>("pointer");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("named");

        const auto row = [](const char* name, const char* pointer, const char* value, const char* named) {
            QTest::newRow(name) << QByteArray(pointer) << QByteArray(value) << QByteArray(named);
        };
        row("unknown field", "/colour", "1", "colour");
        row("no module", "/module", "null", "module");
        row("threshold 1", "/key_holders/threshold", "1", "threshold");
        row("threshold above", "/key_holders/threshold", "6", "threshold");
        row("threshold text", "/key_holders/threshold", "\"3\"", "threshold");
        row("stranger present", "/key_holders/present/0", "\"Mallory\"", "Mallory");
        row("holder twice", "/key_holders/names/1", "\"Alice Adams\"", "twice");
        row("no tokens", "/tokens", "[]", "tokens");
        row("token twice", "/tokens/1/label", "\"v2c-root\"", "v2c-root");
        row("pin kept otherwise", "/tokens/1/pin", "\"1234\"", "pin");
        row("two shared tokens", "/tokens/1/pin", "\"shares\"", "shared");
        row("token with a path", "/tokens/1/label", "\"../x\"", "label");
        row("file with a path", "/certificates/0/file", "\"../root.pem\"", "../root.pem");
        row("file twice", "/certificates/2/file", "\"root-ca.pem\"", "root-ca.pem");
        row("file is the manifest", "/certificates/2/file", "\"manifest.json\"", "manifest.json");
        row("issuer unknown", "/certificates/1/issuer", "\"other.pem\"", "other.pem");
        row("issuer is itself", "/certificates/1/issuer", "\"intermediate-ca-1.pem\"", "intermediate-ca-1.pem");
        row("issuer has a software key", "/certificates/8/issuer", "\"gateway-server.pem\"", "gateway-server.pem");
        row("unknown token", "/certificates/1/token", "\"elsewhere\"", "elsewhere");
        row("unknown algorithm", "/certificates/0/algorithm", "\"RSA-1024\"", "RSA-1024");
        row("key twice", "/certificates/5/key", "\"device-issuing-ca\"", "device-issuing-ca");
        row("both kinds of key", "/certificates/0/private_key_file", "\"root.key\"", "private_key_file");
        row("value not a text", "/certificates/1/values/instance_suffix", "2", "values");
        row("chain of nothing", "/chains/0/of", "\"leaf.pem\"", "leaf.pem");
        row("secret key in no token", "/secret_keys/0/token", "\"elsewhere\"", "elsewhere");
        row("secret key of another kind", "/secret_keys/0/algorithm", "\"AES-128\"", "AES-256");
        row("secret key named as another", "/secret_keys/0/key", "\"audit-signer\"", "audit-signer");
        row("certificates an object", "/certificates", "{}", "certificates");
    }

    void faultsAreNamed()
    {
        QFETCH(const QByteArray, pointer);
        QFETCH(const QByteArray, value);
        QFETCH(const QByteArray, named);
        auto changed = m_demo;
        changed[json::json_pointer(pointer.toStdString())] = json::parse(value.toStdString());
        const auto plan = ceremony::parsePlan(changed.dump());
        QVERIFY(!plan);
        QCOMPARE(plan.error().type, std::string("ceremony-file"));
        QVERIFY2(plan.error().detail.find(named.toStdString()) != std::string::npos, plan.error().detail.c_str());
    }

    void otherDocumentsAreRefused()
    {
        for (const auto* text : {"", "{", "[]", "null", "{}", "\"text\""})
            QVERIFY(!ceremony::parsePlan(text));
    }

private:
    json m_demo;
};

QTEST_APPLESS_MAIN(CeremonyPlanTest)
#include "ceremony_plan_test.moc"
