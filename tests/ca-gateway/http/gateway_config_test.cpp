#include <QFile>
#include <QTest>

#include "gateway/gateway_config.h"

using namespace gateway;

namespace {

/// With ' for ", since moc 6.4 loses its way in a raw string that holds a comment.
const QByteArray kGood =
    QByteArray("{\n"
               "  // comment\n"
               "  'database': {'gateway_url': 'postgresql://u:top-secret@/d?host=/s'},\n"
               "  'signer': {'sockets': ['/run/signer.sock']},\n"
               "  'pki': {'folder': '/pki'},\n"
               "  'identity_secrets': '/identity.json',\n"
               "  'evidence': {'bundle': '/bundle.json', 'key_file': '/evidence.json'},\n"
               "  'crl': {'folder': '/crl'},\n"
               "  'listeners': {\n"
               "    'api': {'port': 8443, 'certificate': 'c', 'key': 'k', 'root': 'r'},\n"
               "    'ocsp': {'port': 0}, 'crl': {'address': '::1', 'port': 1}, 'metrics': {'port': 65535}\n"
               "  }\n"
               "}\n")
        .replace('\'', '"');

} // namespace

class GatewayConfigTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaultsAreThoseOfTheDocument()
    {
        const auto config = parseGatewayConfig(kGood.toStdString());
        QVERIFY2(config.has_value(), config ? "" : config.error().detail.c_str());
        QCOMPARE(config->pki.issuers[0].certificate.string(), std::string("/pki/device-issuing-ca.pem"));
        QCOMPARE(config->pki.issuers[0].chain.string(), std::string("/pki/chain.pem"));
        QCOMPARE(config->pki.vehicleProfile, std::string("vehicle-device"));
        QVERIFY(config->evidence.settings.policy == evidence::EvidencePolicy::Required);
        QVERIFY(config->evidence.settings.alarm == std::chrono::days(30));
        QCOMPARE(config->evidence.root.string(), std::string("r"));
        QVERIFY(config->issuing.perUnit == std::chrono::hours(24));
        QCOMPARE(config->issuing.perIssuerAndHour, 1000);
        QVERIFY(config->ocspLifetimes.goodMaxAge == std::chrono::seconds(300));
        QVERIFY(config->ocspLifetimes.revokedMaxAge == std::chrono::seconds(3600));
        QVERIFY(config->crl.includeSuperseded);
        QCOMPARE(config->api.listener.address, std::string("127.0.0.1"));
        QCOMPARE(config->crlListener.address, std::string("::1"));
        QCOMPARE(config->metricsListener.port, std::uint16_t(65535));
        QCOMPARE(config->limits.headerOctets, std::size_t(8192));
        QVERIFY(!config->responder.empty());
    }

    void proxiesAreRead()
    {
        auto text = kGood;
        text.replace("\"port\": 8443", "\"port\": 8443, \"proxies\": {\"addresses\": [\"10.0.0.5\", \"fd00::5\"], "
                                       "\"certificates_sha256\": [\"" +
                                           QByteArray(64, 'A') + "\"]}");
        const auto config = parseGatewayConfig(text.toStdString());
        QVERIFY2(config.has_value(), config ? "" : config.error().detail.c_str());
        QVERIFY(config->api.proxies.addresses == (std::set<std::string>{"10.0.0.5", "fd00::5"}));
        QVERIFY(config->api.proxies.certificateSha256 == std::set<Bytes>{Bytes(32, 0xAA)});
    }

    void sampleIsValid()
    {
        const auto config = loadGatewayConfig(V2C_SOURCE_DIR "/resources/config/gateway.json");
        QVERIFY2(config.has_value(), config ? "" : config.error().detail.c_str());
    }

    void everyKeyIsInTheDocument()
    {
        QFile file(QStringLiteral(V2C_SOURCE_DIR "/docs/configuration.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto text = file.readAll();
        for (const char* key : {"`database.gateway_url`",
                                "`database.owner_url`",
                                "`database.migrations`",
                                "`signer.sockets`",
                                "`signer.deadline_ms`",
                                "`backup.sockets`",
                                "`backup.issuer_certificate`",
                                "`backup.issuer_chain`",
                                "`backup.issuer_key`",
                                "`backup.after_ms`",
                                "`listeners.api.proxies.addresses`",
                                "`listeners.api.proxies.certificates_sha256`",
                                "`limits.connections_per_address`",
                                "`limits.requests`",
                                "`brokers.profile`",
                                "`pki.folder`",
                                "`pki.issuer_certificate`",
                                "`pki.issuer_chain`",
                                "`pki.issuer_key`",
                                "`pki.profiles`",
                                "`pki.vehicle_profile`",
                                "`pki.ocsp_profile`",
                                "`identity_secrets`",
                                "`evidence.policy`",
                                "`evidence.bundle`",
                                "`evidence.key_file`",
                                "`evidence.root`",
                                "`evidence.alarm_days`",
                                "`issuing.per_unit_s`",
                                "`issuing.per_issuer_and_hour`",
                                "`ocsp.responder`",
                                "`ocsp.cache_ttl_s`",
                                "`ocsp.max_age_s`",
                                "`ocsp.cached_answers`",
                                "`ocsp.nonces_per_second`",
                                "`crl.folder`",
                                "`crl.include_superseded`",
                                "`crl.rebuild_after_s`",
                                "`limits.connections`",
                                "`limits.workers`",
                                "`limits.io_threads`",
                                "`limits.idle_ms`",
                                "`log.file`",
                                "`log.level`"})
            QVERIFY2(text.contains(key), key);
    }

    void faultsNameTheKey_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("detail");
        const auto row = [](const char* name, const char* from, const char* to, const char* detail) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to) << QByteArray(detail);
        };
        row("not JSON", "{", "", "expected JSON");
        row("missing section", "\"signer\": {\"sockets\": [\"/run/signer.sock\"]},", "",
            "signer: expected an object, got nothing");
        row("missing key", "\"gateway_url\"", "\"owner_url\"", "database.gateway_url: expected a string, got nothing");
        row("unknown key", "\"folder\": \"/pki\"", "\"folder\": \"/pki\", \"foldr\": 1", "pki.foldr: expected one of");
        row("unknown section", "\"crl\": {\"folder\"", "\"cache\": {}, \"crl\": {\"folder\"", "cache: expected one of");
        row("section of another type", "{\"folder\": \"/pki\"}", "[]", "pki: expected an object, got array");
        row("number as text", "\"port\": 8443", "\"port\": \"8443\"",
            "listeners.api.port: expected a whole number from 0 to 65535, got string");
        row("port too high", "\"port\": 8443", "\"port\": 65536",
            "listeners.api.port: expected a whole number from 0 to 65535, got 65536");
        row("port negative", "\"port\": 8443", "\"port\": -1", "got -1");
        row("port huge", "\"port\": 8443", "\"port\": 18446744073709551615", "listeners.api.port");
        row("port fraction", "\"port\": 8443", "\"port\": 1.5", "got 1.5");
        row("empty text", "\"key\": \"k\"", "\"key\": \"\"", "listeners.api.key: expected a string, got an empty one");
        row("sockets text", "[\"/run/signer.sock\"]", "\"/run/signer.sock\"", "signer.sockets: expected a list");
        row("no sockets", "[\"/run/signer.sock\"]", "[]", "signer.sockets: expected a list of at least one");
        row("sockets of numbers", "[\"/run/signer.sock\"]", "[1]", "signer.sockets: expected a list of strings");
        row("backup without sockets", "\"identity_secrets\"", "\"backup\": {}, \"identity_secrets\"",
            "backup.sockets: expected a list of strings, got nothing");
        row("backup of another type", "\"identity_secrets\"", "\"backup\": true, \"identity_secrets\"",
            "backup: expected an object, got boolean");
        row("takeover too late", "\"identity_secrets\"",
            "\"backup\": {\"sockets\": [\"s\"], \"after_ms\": 10001}, \"identity_secrets\"",
            "backup.after_ms: expected a whole number from 100 to 10000");
        row("flag as text", "{\"folder\": \"/crl\"}", "{\"folder\": \"/crl\", \"include_superseded\": \"no\"}",
            "crl.include_superseded: expected true or false, got string");
        row("proxy by name", "\"port\": 8443", "\"port\": 8443, \"proxies\": {\"addresses\": [\"proxy.local\"]}",
            "listeners.api.proxies.addresses: expected a list of IP addresses, got another text");
        row("one proxy as text", "\"port\": 8443", "\"port\": 8443, \"proxies\": {\"addresses\": \"10.0.0.1\"}",
            "listeners.api.proxies.addresses: expected a list of IP addresses, got string");
        row("short fingerprint", "\"port\": 8443", "\"port\": 8443, \"proxies\": {\"certificates_sha256\": [\"00ff\"]}",
            "listeners.api.proxies.certificates_sha256: expected a list of SHA-256 values");
        row("level", "\"identity_secrets\"", "\"log\": {\"level\": \"loud\"}, \"identity_secrets\"",
            "log.level: expected debug");
        row("good answers that live too long", "\"identity_secrets\"",
            "\"ocsp\": {\"cache_ttl_s\": 3600}, \"identity_secrets\"", "ocsp.cache_ttl_s: expected a whole number");
    }

    void faultsNameTheKey()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QByteArray, detail);
        auto text = kGood;
        QVERIFY(text.contains(from));
        text.replace(text.indexOf(from), from.size(), to);
        const auto config = parseGatewayConfig(text.toStdString());
        QVERIFY(!config.has_value());
        QCOMPARE(config.error().type, std::string("config"));
        QVERIFY2(config.error().detail.find(detail.toStdString()) != std::string::npos, config.error().detail.c_str());
        QVERIFY(config.error().detail.find("top-secret") == std::string::npos);
    }

    void missingFileIsNamed()
    {
        const auto config = loadGatewayConfig("/nowhere/gateway.json");
        QVERIFY(!config.has_value());
        QVERIFY(config.error().detail.find("/nowhere/gateway.json") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(GatewayConfigTest)
#include "gateway_config_test.moc"
