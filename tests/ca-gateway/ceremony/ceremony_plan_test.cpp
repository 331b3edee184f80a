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
        row("unknown field", "/colour", "1", "unknown field 'colour'");
        row("no module", "/module", "null", "'module': expected a text without control characters, got null");
        row("signer not a text", "/signer", "7", "'signer': expected a text without control characters, got 7");
        row("control character", "/output", "\"pki\\u001b[2J\"", "'output': expected a text without control");
        row("one folder for both", "/secrets", "\"./pki/../pki\"", "expected two folders");

        row("no key holders", "/key_holders", "[]", "'key_holders': expected an object, got []");
        row("threshold 1", "/key_holders/threshold", "1", "'threshold': expected a number from 2 to 5, the number");
        row("threshold above", "/key_holders/threshold", "6", "of key holders, got 6");
        row("threshold text", "/key_holders/threshold", "\"3\"", "got \"3\"");
        row("threshold negative", "/key_holders/threshold", "-3", "got -3");
        row("threshold broken", "/key_holders/threshold", "3.5", "got 3.5");
        row("stranger present", "/key_holders/present/0", "\"Mallory\"", "Mallory");
        row("holder twice", "/key_holders/names/1", "\"Alice Adams\"", "twice");
        row("holder without a name", "/key_holders/names/1", "\"\"", "'names': expected a list of texts");
        row("holder a number", "/key_holders/names/1", "2", "'names': expected a list of texts");
        row("nobody present", "/key_holders/present", "[]", "'present': expected a list with something in it, got []");
        row("holder's name moves the cursor", "/key_holders/names/1", "\"Bruno\\rAlice\"",
            "without control characters");

        row("participants an object", "/participants", "{}", "'participants': expected a list");
        row("no participants in the list", "/participants", "[]", "'participants': expected a list");
        row("participant without a role", "/participants/0", R"({"name": "Farah Fischer"})",
            "'role': expected a text, got nothing");
        row("participant without a name", "/participants/0/name", "\"\"", "'name': expected a text");
        row("participant a text", "/participants/0", "\"CSO\"", "a participant: expected an object, got string");
        row("participant with more", "/participants/0/age", "50", "a participant has the unknown field 'age'");

        row("no tokens", "/tokens", "[]", "'tokens': expected a list");
        row("token twice", "/tokens/1/label", "\"v2c-root\"", "v2c-root");
        row("pin kept otherwise", "/tokens/1/pin", "\"1234\"", "'pin': expected \"shares\" or \"file\", got \"1234\"");
        row("two shared tokens", "/tokens/1/pin", "\"shares\"", "shared");
        row("token with a path", "/tokens/1/label", "\"../x\"", "'label': expected at most 32 bytes that name a file");
        row("token with a long label", "/tokens/1/label", "\"v2c-intermediate-1-of-the-deployment\"",
            "'label': expected at most 32 bytes");
        row("earlier token true", "/tokens/0/earlier", "true", "'earlier': expected an object, got boolean");
        row("earlier token without its folder", "/tokens/0/earlier", R"({"share_records": "pki/shares.json"})",
            "'secrets': expected a text, got nothing");
        row("earlier token's records a list", "/tokens/0/earlier", R"({"secrets": "old", "share_records": []})",
            "'share_records': expected a text without control characters, got []");
        row("earlier token with its PIN", "/tokens/0/earlier", R"({"secrets": "old", "pin": "1234"})",
            "unknown field 'pin'");
        row("new key on an earlier token", "/tokens/0/earlier", R"({"secrets": "old"})", "a new key needs a new token");

        row("file with a path", "/certificates/0/file", "\"../root.pem\"",
            "'file': expected a file name without a folder, got \"../root.pem\"");
        row("file is a folder", "/certificates/0/file", "\"..\"", "'file': expected a file name");
        row("file twice", "/certificates/14/file", "\"root-ca.pem\"", "root-ca.pem");
        row("file is the manifest", "/certificates/14/file", "\"manifest.json\"", "manifest.json");
        row("file is the marker", "/certificates/14/file", "\"REHEARSAL\"", "REHEARSAL");
        row("private key with a path", "/certificates/7/private_key_file", "\"/etc/key\"",
            "'private_key_file': expected a file name");
        row("private key over the backup", "/certificates/7/private_key_file", "\"key-backup.json\"",
            "key-backup.json");
        row("issuer unknown", "/certificates/1/issuer", "\"other.pem\"", "other.pem");
        row("issuer is itself", "/certificates/1/issuer", "\"intermediate-ca-1.pem\"", "intermediate-ca-1.pem");
        row("issuer has a software key", "/certificates/8/issuer", "\"gateway-server.pem\"", "gateway-server.pem");
        row("unknown token", "/certificates/1/token", "\"elsewhere\"", "elsewhere");
        row("unknown algorithm", "/certificates/0/algorithm", "\"RSA-1024\"",
            "'algorithm': expected RSA-2048, RSA-4096, EC-P256 or EC-P384, got \"RSA-1024\"");
        row("key twice", "/certificates/5/key", "\"device-issuing-ca\"", "device-issuing-ca");
        row("both kinds of key", "/certificates/0/private_key_file", "\"root.key\"", "private_key_file");
        row("value not a text", "/certificates/1/values/instance_suffix", "2", "'values': expected an object of texts");
        row("values a list", "/certificates/1/values", "[]", "'values': expected an object, got []");
        row("backup not a truth", "/certificates/0/backup", "1", "'backup': expected true or false, got 1");
        row("backup of a software key", "/certificates/7/backup", "true", "are for keys in the HSM");
        row("reuse not a truth", "/certificates/0/reuse_key", "\"yes\"",
            "'reuse_key': expected true or false, got \"yes\"");
        row("backup of a key that is there", "/certificates/0/reuse_key", "true",
            "one of earlier, reuse_key and backup");
        row("reused key on a new token", "/certificates/3/reuse_key", "true", "its token is not an earlier one");
        row("earlier certificate not a text", "/certificates/3/earlier", "{}",
            "'earlier': expected a text without control characters, got {}");
        row("earlier certificate on a new token", "/certificates/3/earlier", "\"old.pem\"",
            "its token is not an earlier one");
        row("a second root", "/certificates/1/issuer", "\"\"", "'issuer': expected a text");
        row("constraints without networks", "/certificates/1/name_constraints", R"({"permitted_dns": ["a.example"]})",
            "'permitted_ip': expected a list with something in it, got nothing");
        row("constraints not a name", "/certificates/1/name_constraints/permitted_dns/0", "\"*.example.com\"",
            "'permitted_dns': expected DNS names");
        row("constraints not a network", "/certificates/1/name_constraints/permitted_ip/0", "\"10.0.0.1/8\"",
            "'permitted_ip': expected networks like 10.0.0.0/8");
        row("constraints of another kind", "/certificates/1/name_constraints/permitted_uri", "[\"x\"]",
            "unknown field 'permitted_uri'");
        row("certificates an object", "/certificates", "{}", "'certificates': expected a list");

        row("CRLs an object", "/crls", "{}", "'crls': expected a list");
        row("no CRL of the root", "/crls", R"([{"file": "a.crl", "issuer": "intermediate-ca-1.pem"}])",
            "root-ca.pem: expected a CRL of it in 'crls', got none");
        row("CRL with another name", "/crls/0/file", "\"root-ca.pem\"", "'file': expected a name that ends in .crl");
        row("CRL with a path", "/crls/0/file", "\"../root-ca.crl\"", "'file': expected a file name");
        row("CRL twice", "/crls/1/file", "\"root-ca.crl\"", "file 'root-ca.crl' is written twice");
        row("CRL of nobody", "/crls/0/issuer", "\"other.pem\"", "'issuer': expected a certificate of the list");
        row("CRL of a software key", "/crls/0/issuer", "\"gateway-server.pem\"", "with a key in the HSM");
        row("two CRLs of one issuer", "/crls/1/issuer", "\"root-ca.pem\"", "root-ca.pem has two CRLs");
        row("CRL for no day", "/crls/0/days", "0", "'days': expected a number from 1 to 3652, got 0");
        row("CRL for ever", "/crls/0/days", "3653", "'days': expected a number from 1 to 3652, got 3653");
        row("CRL days negative", "/crls/0/days", "-1", "'days': expected a number from 1 to 3652, got -1");
        row("CRL days a text", "/crls/0/days", "\"30\"", "'days': expected a number from 1 to 3652, got \"30\"");
        row("previous CRL of a new CA", "/crls/0/previous", "\"old.crl\"", "a new CA has no previous list");
        row("first not a truth", "/crls/0/first", "1", "'first': expected true or false, got 1");
        row("revocation of nothing", "/crls/0/revoke", "[]", "'revoke': expected a list with something in it, got []");
        row("revocation without a reason", "/crls/0/revoke", R"([{"certificate": "a.pem"}])",
            "'reason': expected a text, got nothing");
        row("revocation for a reason of its own", "/crls/0/revoke", R"([{"certificate": "a.pem", "reason": "theft"}])",
            "'reason': expected a reason of RFC 5280 in upper snake case");
        row("revocation for a while", "/crls/0/revoke", R"([{"certificate": "a.pem", "reason": "CERTIFICATE_HOLD"}])",
            "and not CERTIFICATE_HOLD");
        row("CRL with more", "/crls/0/colour", "1", "a CRL has the unknown field 'colour'");
        row("CRL URL without http", "/certificates/4/crl_urls", R"(["https://crl.example/a.crl"])",
            "'crl_urls': expected URLs with http://");
        row("CRL URLs not a list", "/certificates/4/crl_urls", "\"http://crl.example/a.crl\"",
            "'crl_urls': expected a list");

        row("chain of nothing", "/chains/0/of", "\"leaf.pem\"", "leaf.pem");
        row("chain over the shares", "/chains/0/file", "\"shares.json\"", "shares.json");
        row("secret key in no token", "/secret_keys/0/token", "\"elsewhere\"", "elsewhere");
        row("secret key of another kind", "/secret_keys/0/algorithm", "\"AES-128\"",
            "'algorithm': expected AES-256, got \"AES-128\"");
        row("secret key named as another", "/secret_keys/0/key", "\"audit-signer\"", "audit-signer");
        row("offline without a place", "/offline", R"({"token_folder": "tokens"})",
            "'offline_folder': expected a text, got nothing");
        row("offline a text", "/offline", "\"safe\"", "'offline': expected an object, got string");
        row("offline with more", "/offline", R"({"token_folder": "t", "offline_folder": "s", "key": "k"})",
            "unknown field 'key'");
        row("a long value is cut off", "/module",
            "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]", "aaa...");
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

    void moreHoldersThanSharesAreRefused()
    {
        auto changed = m_demo;
        for (int i = 0; i < 251; ++i)
            changed["key_holders"]["names"].push_back("Holder " + std::to_string(i));
        QCOMPARE(ceremony::parsePlan(changed.dump()).error().detail.substr(0, 42),
                 std::string("'names': expected at most 255 key holders,"));
        changed["key_holders"]["names"].erase(255);
        QVERIFY(ceremony::parsePlan(changed.dump()));
    }

    void renewalFileIsUnderstood()
    {
        std::ifstream stream(V2C_SOURCE_DIR "/resources/ceremony/renew-intermediate.json");
        const auto plan = ceremony::parsePlan(json::parse(stream).dump());
        QVERIFY2(plan, plan ? "" : plan.error().detail.c_str());
        QCOMPARE(plan->tokens[0].earlierRecords.string(), std::string("pki/shares.json"));
        QVERIFY(plan->tokens[1].isEarlier() && !plan->tokens[2].isEarlier());
        QCOMPARE(plan->root().earlier.string(), std::string("pki/root-ca.pem"));
        QVERIFY(plan->order("intermediate-ca-3.pem").backup && plan->order("device-issuing-ca.pem").reuseKey);
        const auto rehearsal = ceremony::rehearsalOf(*plan);
        QVERIFY(rehearsal.rehearsal && rehearsal.root().earlier.empty() && !rehearsal.tokens[0].isEarlier());
        QCOMPARE(rehearsal.output.string(), std::string("pki-renewal-rehearsal"));
    }

    void listFileIsUnderstood()
    {
        std::ifstream stream(V2C_SOURCE_DIR "/resources/ceremony/crl.json");
        auto document = json::parse(stream);
        const auto plan = ceremony::parsePlan(document.dump(), {"out", "published"});
        QVERIFY2(plan, plan ? "" : plan.error().detail.c_str());
        QVERIFY(!plan->root().hasKey());
        QCOMPARE(plan->witness().file, std::string("intermediate-ca-1.pem"));
        QCOMPARE(plan->output.string(), std::string("out"));
        QCOMPARE(plan->lists[1].previous.string(), std::string("published/intermediate-ca-2.crl"));
        const auto rehearsal = ceremony::rehearsalOf(*plan);
        QVERIFY(rehearsal.root().hasKey() && rehearsal.lists[0].previous.empty());

        const auto faultOf = [](const json& changed) {
            const auto parsed = ceremony::parsePlan(changed.dump());
            return parsed ? std::string() : parsed.error().detail;
        };
        auto changed = document;
        changed["crls"][0].erase("previous");
        QVERIFY(faultOf(changed).find("expected 'previous', its last list, or 'first'") != std::string::npos);
        changed["crls"][0]["first"] = true;
        QCOMPARE(faultOf(changed), std::string());
        changed = document;
        changed["crls"][0]["issuer"] = "root-ca.pem";
        QVERIFY(faultOf(changed).find("with a key in the HSM") != std::string::npos);
        changed = document;
        changed["secrets"] = "secrets";
        QVERIFY(faultOf(changed).find("expected another folder") != std::string::npos);
        changed = document;
        changed["certificates"][2].erase("earlier");
        QVERIFY(!faultOf(changed).empty());
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
