#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "pki/profile.h"
#include "pki/profile_template.h"

using namespace gateway;
using namespace gateway::pki;

namespace {

const auto kFolder = QStringLiteral(V2C_SOURCE_DIR "/resources/profiles/");

QByteArray fileOf(const QString& name)
{
    QFile file(kFolder + name + QStringLiteral(".json"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Result<Profile> parse(const QByteArray& json)
{
    return Profile::parse({json.data(), static_cast<std::size_t>(json.size())}, "test");
}

} // namespace

class ProfileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theShippedProfilesLoad()
    {
        const auto profiles = loadProfiles((kFolder).toStdString());
        QVERIFY2(profiles.has_value(), profiles ? "" : profiles.error().detail.c_str());
        const std::map<std::string, std::string> expected = {{"root-ca", "root-ca"},
                                                             {"intermediate-ca", "intermediate-ca"},
                                                             {"device-issuing-ca", "device-issuing-ca"},
                                                             {"cloud-service-ca", "cloud-service-ca"},
                                                             {"ocsp-responder-ca", "ocsp-responder-ca"},
                                                             {"vehicle-device", "vehicle"},
                                                             {"vehicle-device-rfc8813", "vehicle"},
                                                             {"mqtt-broker", "broker"},
                                                             {"gateway-server", "gateway"},
                                                             {"station", "station"},
                                                             {"technician", "technician"},
                                                             {"administrator", "administrator"},
                                                             {"audit-signer", "audit-signer"},
                                                             {"evidence-bundle-signer", "evidence-bundle-signer"},
                                                             {"ocsp-signer", "ocsp-signer"}};
        std::map<std::string, std::string> found;
        for (const auto& [name, profile] : *profiles)
            found[name] = profile.certificateType;
        QCOMPARE(found, expected);
    }

    void badContents_data()
    {
        QTest::addColumn<QString>("base");
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* title, const char* base, const char* from, const char* to, const char* says) {
            QTest::newRow(title) << QString::fromUtf8(base) << QByteArray(from) << QByteArray(to)
                                 << QString::fromUtf8(says);
        };
        const char* vehicle = "vehicle-device";
        row("unknown field", vehicle, "\"key_usage\"", "\"colour\": 1, \"key_usage\"", "unknown field 'colour'");
        row("field twice", vehicle, "\"key_usage\"", "\"validity_days\": 1, \"key_usage\"", "'validity_days' twice");
        row("missing type", vehicle, "\"certificate_type\": \"vehicle\",", "", "certificate_type");
        row("unknown type", vehicle, "\"vehicle\"", "\"lorry\"", "unknown certificate_type 'lorry'");
        row("type is a number", vehicle, "\"vehicle\"", "7", "certificate_type");
        row("a list under another name", vehicle, "\"subject\": [", "\"subject\": {}, \"keys\": [", "'keys' twice");
        row("attribute with two fields", vehicle, "{\"C\": \"US\"}", "{\"C\": \"US\", \"L\": \"x\"}", "one field");
        row("unknown attribute", vehicle, "{\"C\": \"US\"}", "{\"L\": \"Detroit\"}", "unknown attribute 'L'");
        row("attribute twice", vehicle, "{\"C\": \"US\"}", "{\"O\": \"Other\"}", "'O' twice");
        row("country of three letters", vehicle, "\"US\"", "\"USA\"", "two capital letters");
        row("country in lower case", vehicle, "\"US\"", "\"us\"", "two capital letters");
        row("empty attribute", vehicle, "\"Connected Vehicles\"", "\"\"", "empty");
        row("control character", vehicle, "\"Connected Vehicles\"", "\"a\\u0000b\"", "plain ASCII");
        row("not ASCII", vehicle, "\"Connected Vehicles\"", "\"F\\u00fcr\"", "plain ASCII");
        row("no CN", "station", "{\"CN\": \"{station}\"},", "", "no CN");
        row("vehicle with a fixed CN", vehicle, "\"CN\": \"{device_id}\"", "\"CN\": \"car\"", "{device_id}");
        row("vehicle without vin_hash", vehicle, "\"{vin_hash}\"},", "\"1\"},", "{vin_hash}");
        row("unknown placeholder", vehicle, "\"Connected Vehicles\"", "\"{owner}\"", "unknown placeholder");
        row("open brace", vehicle, "\"Connected Vehicles\"", "\"{region\"", "unmatched brace");
        row("closing brace", vehicle, "\"Connected Vehicles\"", "\"region}\"", "unmatched brace");
        row("list in the subject", vehicle, "\"Connected Vehicles\"", "\"{dns_names}\"", "list placeholder");
        row("validity of zero", vehicle, "\"validity_days\": 365", "\"validity_days\": 0", "1 to 365");
        row("validity over the maximum", vehicle, "\"validity_days\": 365", "\"validity_days\": 366", "1 to 365");
        row("validity below zero", vehicle, "\"validity_days\": 365", "\"validity_days\": -1", "whole number");
        row("validity with a fraction", vehicle, "\"validity_days\": 365", "\"validity_days\": 1.5", "whole number");
        row("validity enormous", vehicle, "\"validity_days\": 365", "\"validity_days\": 18446744073709551615",
            "whole number");
        row("validity is a text", vehicle, "\"validity_days\": 365", "\"validity_days\": \"365\"", "whole number");
        row("root over 20 years", "root-ca", "7305", "7306", "1 to 7305");
        row("signer over 7 days", "ocsp-signer", "\"validity_days\": 7", "\"validity_days\": 8", "1 to 7");
        row("unknown key", vehicle, "\"ec-p256\"", "\"ed25519\"", "unknown key 'ed25519'");
        row("vehicle with P-384", vehicle, "\"ec-p256\"", "\"ec-p256\", \"ec-p384\"",
            "ec-p384 is not for type vehicle");
        row("root with RSA 2048", "root-ca", "\"rsa-4096\"", "\"rsa-2048\"", "rsa-2048 is not for type root-ca");
        row("no keys", vehicle, "[\"ec-p256\"]", "[]", "'keys'");
        row("vehicle as a CA", vehicle, "\"ca\": false", "\"ca\": true, \"path_length\": 0", "is not a CA");
        row("ca is a text", vehicle, "\"ca\": false", "\"ca\": \"false\"", "true or false");
        row("leaf with a path length", vehicle, "\"ca\": false", "\"ca\": false, \"path_length\": 0", "only a CA");
        row("root that is no CA", "root-ca", "\"ca\": true, \"path_length\": 2", "\"ca\": false", "is a CA");
        row("CA without path length", "root-ca", ", \"path_length\": 2", "", "needs a path_length");
        row("path length too long", "device-issuing-ca", "\"path_length\": 0", "\"path_length\": 1",
            "at most 0, got 1");
        row("unknown field in basic constraints", vehicle, "\"ca\": false", "\"ca\": false, \"critical\": true",
            "unknown field 'critical'");
        row("CA without keyCertSign", "root-ca", "\"keyCertSign\", ", "", "needs the key usage keyCertSign");
        row("leaf with keyCertSign", vehicle, "\"keyAgreement\"", "\"keyCertSign\"",
            "'keyCertSign' is not for type vehicle");
        row("leaf with cRLSign", vehicle, "\"keyAgreement\"", "\"cRLSign\"", "'cRLSign' is not for type vehicle");
        row("unknown usage", vehicle, "\"keyAgreement\"", "\"keyagreement\"", "unknown key usage 'keyagreement'");
        row("usage twice", vehicle, "\"keyAgreement\"", "\"digitalSignature\"", "different texts");
        row("leaf without digitalSignature", vehicle, "\"digitalSignature\", ", "",
            "needs the key usage digitalSignature");
        row("anyExtendedKeyUsage", vehicle, "\"clientAuth\"", "\"clientAuth\", \"anyExtendedKeyUsage\"",
            "never allowed");
        row("anyExtendedKeyUsage by number", vehicle, "\"clientAuth\"", "\"clientAuth\", \"2.5.29.37.0\"",
            "never allowed");
        row("unknown extended usage", vehicle, "\"clientAuth\"", "\"clientAuth\", \"tlsClient\"",
            "unknown extended key usage");
        row("vehicle as a server", vehicle, "\"clientAuth\"", "\"clientAuth\", \"serverAuth\"",
            "'serverAuth' is not for");
        row("vehicle signing OCSP", vehicle, "\"clientAuth\"", "\"clientAuth\", \"OCSPSigning\"",
            "'OCSPSigning' is not for");
        row("vehicle without clientAuth", vehicle, "\"clientAuth\", ", "", "needs the extended key usage clientAuth");
        row("CA with an extended usage", "root-ca", "\"key_usage\"",
            "\"extended_key_usage\": [\"serverAuth\"], \"key_usage\"", "is not for type root-ca");
        row("list in the wrong place", "mqtt-broker", "[\"{ip_addresses}\"]", "[\"{dns_names}\"]", "wrong list");
        row("list inside a name", "mqtt-broker", "\"{dns_names}\"", "\"a.{dns_names}\"", "stands alone");
        row("list before a name", "gateway-server", "[\"{host}\", \"{dns_names}\"]", "[\"{dns_names}\", \"{host}\"]",
            "stands last");
        row("wildcard name", "mqtt-broker", "\"mqtt-broker-{region}-1a.", "\"*.", "not a DNS name");
        row("bad address", "mqtt-broker", "[\"{ip_addresses}\"]", "[\"10.0.1\"]", "not an IP address");
        row("URI without scheme", vehicle, "urn:v2c:vehicle:", "vehicle", "not a URI");
        row("subjectAltName of a CA", "root-ca", "\"key_usage\"",
            "\"subject_alt_names\": {\"dns\": [\"a\"]}, \"key_usage\"", "a CA has no subjectAltNames");
        row("unknown kind of name", vehicle, "\"uri\"", "\"email\"", "unknown field 'email'");
        row("name constraints of a leaf", vehicle, "\"key_usage\"",
            "\"name_constraints\": {\"permitted_dns\": [\"a\"]}, \"key_usage\"", "only a CA has name_constraints");
        row("empty name constraints", "intermediate-ca",
            "\"permitted_dns\": [\"v2c.example.com\"], \"permitted_ip\": [\"10.0.0.0/8\"]", "", "empty");
        row("network without mask", "intermediate-ca", "10.0.0.0/8", "10.0.0.0", "not a network");
        row("network with host bits", "intermediate-ca", "10.0.0.0/8", "10.0.0.1/8", "not a network");
        row("network with a long mask", "intermediate-ca", "10.0.0.0/8", "10.0.0.0/33", "not a network");
        row("URI constraint", "intermediate-ca", "\"permitted_ip\"", "\"permitted_uri\"",
            "unknown field 'permitted_uri'");
        row("https URL", vehicle, "http://crl", "https://crl", "http://");
        row("URL with a space", vehicle, "http://crl", "http://crl x", "http://");
        row("nocheck of a vehicle", vehicle, "\"key_usage\"", "\"ocsp_no_check\": true, \"key_usage\"",
            "ocsp_no_check");
        row("signer without nocheck", "ocsp-signer", "\"ocsp_no_check\": true", "\"ocsp_no_check\": false",
            "ocsp_no_check");
        row("signer with a responder", "ocsp-signer", "\"ocsp_no_check\"",
            "\"ocsp_urls\": [\"http://a/\"], \"ocsp_no_check\"", "names no CRL");
    }

    void badContents()
    {
        QFETCH(const QString, base);
        QFETCH(const QByteArray, from);
        QFETCH(const QByteArray, to);
        QFETCH(const QString, says);
        auto json = fileOf(base);
        QVERIFY2(json.contains(from), "the row no longer fits the file");
        QVERIFY(parse(json).has_value());
        json.replace(json.indexOf(from), from.size(), to);
        const auto profile = parse(json);
        QVERIFY(!profile.has_value());
        QCOMPARE(QString::fromStdString(profile.error().type), QStringLiteral("profile"));
        QVERIFY2(QString::fromStdString(profile.error().detail).contains(says), profile.error().detail.c_str());
    }

    void brokenJsonIsRefused()
    {
        const auto json = fileOf(QStringLiteral("vehicle-device"));
        for (qsizetype length = 0; length < json.size() - 2; ++length)
            QVERIFY2(!parse(json.left(length)).has_value(), qPrintable(QString::number(length)));
        QVERIFY(!parse("[]").has_value());
        QVERIFY(!parse("null").has_value());
        QVERIFY(!parse(json + "x").has_value());
        QVERIFY(!parse(QByteArray(100'000, ' ') + json).has_value());
        QVERIFY(!parse(QByteArray(60'000, '[')).has_value());
        QVERIFY(!parse("{\"certificate_type\": \"\xff\"}").has_value());
    }

    void foldersWithoutProfilesAreRefused()
    {
        QTemporaryDir folder;
        QVERIFY(!loadProfiles(folder.path().toStdString()).has_value());
        QVERIFY(!loadProfiles(folder.filePath(QStringLiteral("none")).toStdString()).has_value());
        QVERIFY(!Profile::load(folder.filePath(QStringLiteral("none.json")).toStdString()).has_value());
    }

    void placeholdersTakeOnlyTheirValues_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<bool>("fits");
        const auto row = [](const char* pattern, const QByteArray& value, bool fits) {
            QTest::addRow("%s %s", pattern, value.left(40).constData()) << QString::fromUtf8(pattern) << value << fits;
        };
        row("device_id", QByteArray(32, 'A'), true);
        row("device_id", QByteArray(32, 'a'), false);
        row("device_id", QByteArray(31, 'A'), false);
        row("device_id", QByteArray(33, 'A'), false);
        row("device_id", QByteArray(32, 'G'), false);
        row("device_id", "", false);
        row("vin_hash", QByteArray(64, 'a'), true);
        row("vin_hash", QByteArray(64, 'A'), false);
        row("vin_hash", QByteArray(63, 'a'), false);
        row("region", "us-east", true);
        row("region", "us.east", false);
        row("region", "-us", false);
        row("region", QByteArray("us\0x", 4), false);
        row("region", "us,O=x", false);
        row("station", "LINE1-ST03", true);
        row("station", QByteArray(64, 'a'), false);
        row("host", "api.v2c.example.com", true);
        row("host", "api..com", false);
        row("host", "*.example.com", false);
        row("host", "{region}", false);
        row("instance_suffix", "", true);
        row("instance_suffix", " 2", true);
        row("instance_suffix", " 1", false);
        row("instance_suffix", "2", false);
    }

    void placeholdersTakeOnlyTheirValues()
    {
        QFETCH(const QString, pattern);
        QFETCH(const QByteArray, value);
        QFETCH(const bool, fits);
        const std::string name = pattern.toStdString();
        const auto expanded = expandTemplate("a{" + name + "}b", {{name, value.toStdString()}});
        QCOMPARE(expanded.has_value(), fits);
        TemplateValues found;
        QCOMPARE(matchTemplate("a{" + name + "}b", "a" + value.toStdString() + "b", found), fits);
        if (!fits) return;
        QCOMPARE(*expanded, "a" + value.toStdString() + "b");
        QCOMPARE(found.at(name), value.toStdString());
    }

    void missingValuesAreNamed()
    {
        const auto expanded = expandTemplate("{region}", {{"station", "x"}});
        QVERIFY(!expanded.has_value());
        QVERIFY(expanded.error().detail.find("{region}") != std::string::npos);
    }

    void matchedValuesMustAgree()
    {
        TemplateValues values;
        QVERIFY(matchTemplate("mqtt-broker-{region}.v2c.example.com", "mqtt-broker-us-east.v2c.example.com", values));
        QCOMPARE(values.at("region"), std::string("us-east"));
        QVERIFY(
            matchTemplate("mqtt-broker-{region}-1a.v2c.example.com", "mqtt-broker-us-east-1a.v2c.example.com", values));
        QVERIFY(!matchTemplate("mqtt-broker-{region}-1a.v2c.example.com", "mqtt-broker-us-west-1a.v2c.example.com",
                               values));
    }
};

QTEST_GUILESS_MAIN(ProfileTest)
#include "profile_test.moc"
