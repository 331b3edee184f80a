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
            "listeners.api.proxies.addresses: expected a list of IP addresses, got one with \"proxy.local\"");
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

    /// A whole section with one bad value: the error names field, expected and got.
    void sectionsAreChecked_data()
    {
        QTest::addColumn<QByteArray>("section");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("detail");
        const auto rows = [](const char* section,
                             std::initializer_list<std::pair<const char*, const char*>> valuesWithDetails) {
            for (const auto& [value, detail] : valuesWithDetails)
                QTest::addRow("%s %s", section, value)
                    << QByteArray(section) << QByteArray(value).replace('\'', '"') << QByteArray(detail);
        };
        rows("audit",
             {{"[]", "audit: expected an object, got array"},
              {"{}", "audit.origin: expected 1 to 64 characters of a-z, 0-9, '.' and '-', got nothing"},
              {"{'origin': 7}", "audit.origin: expected 1 to 64 characters of a-z, 0-9, '.' and '-', got number"},
              {"{'origin': ''}", "audit.origin: expected 1 to 64 characters of a-z, 0-9, '.' and '-', got \"\""},
              {"{'origin': 'Line 1'}",
               "audit.origin: expected 1 to 64 characters of a-z, 0-9, '.' and '-', got \"Line 1\""},
              {"{'origin': 'a\\nb'}", "'.' and '-', got \"a\\nb\""},
              {"{'origin': 'a', 'key': ''}", "audit.key: expected a string, got an empty one"},
              {"{'origin': 'a', 'certificate': ['x']}", "audit.certificate: expected a string, got array"},
              {"{'origin': 'a', 'chain': null}", "audit.chain: expected a string, got null"},
              {"{'origin': 'a', 'orgin': 'b'}",
               "audit.orgin: expected one of certificate, chain, key, origin, got an unknown key"}});
        rows(
            "retention",
            {{"7", "retention: expected an object, got number"},
             {"{'issuance_days': 2556}",
              "retention.issuance_days: expected a whole number from 2557 to 36525, got 2556"},
             {"{'issuance_days': 36526}",
              "retention.issuance_days: expected a whole number from 2557 to 36525, got 36526"},
             {"{'access_days': 365}", "retention.access_days: expected a whole number from 366 to 36525, got 365"},
             {"{'access_days': '366'}", "retention.access_days: expected a whole number from 366 to 36525, got string"},
             {"{'ocsp_days': 89}", "retention.ocsp_days: expected a whole number from 90 to 36525, got 89"},
             {"{'ocsp_days': 90.5}", "retention.ocsp_days: expected a whole number from 90 to 36525, got 90.5"},
             {"{'ocsp_days': -90}", "retention.ocsp_days: expected a whole number from 90 to 36525, got -90"},
             {"{'revocation_days': 1}", "retention.revocation_days: expected one of access_days, issuance_days, "
                                        "ocsp_days, got an unknown key"}});
        const char* const kUrl = "postgresql://user:password@host:port/database?host=/socket/folder";
        const auto vault = [&](const QByteArray& value, const QByteArray& detail) {
            rows("vault", {{value.constData(), detail.constData()}});
        };
        const QByteArray kWriter("'writer_url': 'postgresql://w:top-secret@/v?host=/s', 'secrets': 's'");
        vault("{}", "vault.writer_url: expected a string, got nothing");
        vault("{'writer_url': 'v', 'secrets': 's'}", QByteArray("vault.writer_url: expected ") + kUrl);
        vault("{'writer_url': 'mysql://w:top-secret@/v?host=/s', 'secrets': 's'}",
              QByteArray("vault.writer_url: expected ") + kUrl + ", got another scheme");
        vault("{'writer_url': 'postgresql://:top-secret@h/v', 'secrets': 's'}",
              QByteArray("vault.writer_url: expected ") + kUrl + ", got no user");
        vault("{'writer_url': 'postgresql://w@h/v'}", "vault.secrets: expected a string, got nothing");
        vault('{' + kWriter + ", 'reader_url': 'postgresql://r:top-secret@/v'}",
              QByteArray("vault.reader_url: expected ") + kUrl + ", got no host");
        vault('{' + kWriter + ", 'owner_url': 'postgresql://o:top-secret@h:99999/v'}",
              QByteArray("vault.owner_url: expected ") + kUrl);
        vault('{' + kWriter + ", 'sockets': []}",
              "vault.sockets: expected a list of at least one string, got an empty one");
        vault('{' + kWriter + ", 'sockets': ['']}",
              "vault.sockets: expected a list of strings, got one with an empty string");
        vault('{' + kWriter + ", 'keys': 'vin-vault'}",
              "vault.keys: expected a list of at least one string, got string");
        vault('{' + kWriter + ", 'keys': ['a', 2]}", "vault.keys: expected a list of strings, got one with number");
        vault('{' + kWriter + ", 'policy': 'maybe'}", "vault.policy: expected required or best-effort, got \"maybe\"");
        vault('{' + kWriter + ", 'policy': true}", "vault.policy: expected required or best-effort, got boolean");
        vault('{' + kWriter + ", 'uses_per_key': 0}",
              "vault.uses_per_key: expected a whole number from 1 to 1000000000, got 0");
        vault('{' + kWriter + ", 'key_age_s': 59}",
              "vault.key_age_s: expected a whole number from 60 to 31536000, got 59");
        vault('{' + kWriter + ", 'secret': 's'}", "vault.secret: expected one of key_age_s");
        rows("evidence",
             {{"null", "evidence: expected an object, got null"},
              {"{'key_file': 'k'}", "evidence.bundle: expected a string, got nothing"},
              {"{'bundle': 'b'}", "evidence.key_file: expected a string, got nothing"},
              {"{'bundle': 'b', 'key_file': ''}", "evidence.key_file: expected a string, got an empty one"},
              {"{'bundle': 'b', 'key_file': 'k', 'policy': 'optional'}",
               "evidence.policy: expected required or recorded, got \"optional\""},
              {"{'bundle': 'b', 'key_file': 'k', 'policy': 1}",
               "evidence.policy: expected required or recorded, got number"},
              {"{'bundle': 'b', 'key_file': 'k', 'alarm_days': 0}",
               "evidence.alarm_days: expected a whole number from 1 to 365, got 0"},
              {"{'bundle': 'b', 'key_file': 'k', 'alarm_days': 366}",
               "evidence.alarm_days: expected a whole number from 1 to 365, got 366"},
              {"{'bundle': 'b', 'key_file': 'k', 'root': 1}", "evidence.root: expected a string, got number"},
              {"{'bundle': 'b', 'key_file': 'k', 'alarm_day': 3}", "evidence.alarm_day: expected one of alarm_days"}});
        rows("brokers",
             {{"[]", "brokers: expected an object, got array"},
              {"{}", "brokers.regions: expected an object, got nothing"},
              {"{'regions': []}", "brokers.regions: expected an object, got array"},
              {"{'regions': {}}", "brokers.regions: expected at least one region, got none"},
              {"{'regions': {'us east': {}}}",
               "brokers.regions.us east: expected a region's name of letters, digits and '-', got another one"},
              {"{'regions': {'us': []}}", "brokers.regions.us: expected an object, got array"},
              {"{'regions': {'us': {'dns_names': 'a'}}}",
               "brokers.regions.us.dns_names: expected a list of DNS names, got string"},
              {"{'regions': {'us': {'dns_names': ['a,b']}}}",
               "brokers.regions.us.dns_names: expected a list of DNS names, got one with \"a,b\""},
              {"{'regions': {'us': {'dns_names': ['']}}}",
               "brokers.regions.us.dns_names: expected a list of DNS names, got one with \"\""},
              {"{'regions': {'us': {'dns_names': [1]}}}",
               "brokers.regions.us.dns_names: expected a list of DNS names, got one with number"},
              {"{'regions': {'us': {'ip_addresses': ['10.0.0.256']}}}",
               "brokers.regions.us.ip_addresses: expected a list of IP addresses, got one with \"10.0.0.256\""},
              {"{'regions': {'us': {'ip_addresses': ['10.0.0.0/8']}}}",
               "brokers.regions.us.ip_addresses: expected a list of IP addresses, got one with \"10.0.0.0/8\""},
              {"{'regions': {'us': {'names': []}}}",
               "brokers.regions.us.names: expected one of dns_names, ip_addresses, got an unknown key"},
              {"{'regions': {'us': {}}, 'profile': ''}", "brokers.profile: expected a string, got an empty one"},
              {"{'regions': {'us': {}}, 'issuer_key': 1}", "brokers.issuer_key: expected a string, got number"}});
        rows("proxies",
             {{"['10.0.0.1']", "listeners.api.proxies: expected an object, got array"},
              {"{'addresses': ['10.0.0.1', 'proxy']}",
               "listeners.api.proxies.addresses: expected a list of IP addresses, got one with \"proxy\""},
              {"{'addresses': ['']}",
               "listeners.api.proxies.addresses: expected a list of IP addresses, got one with \"\""},
              {"{'addresses': [['10.0.0.1']]}",
               "listeners.api.proxies.addresses: expected a list of IP addresses, got one with array"},
              {"{'addresses': '10.0.0.1'}",
               "listeners.api.proxies.addresses: expected a list of IP addresses, got string"},
              {"{'certificates_sha256': [17]}", "listeners.api.proxies.certificates_sha256: expected a list of SHA-256 "
                                                "values in 64 hex digits, got one with number"},
              {"{'certificates_sha256': ['zz']}", "listeners.api.proxies.certificates_sha256: expected a list of "
                                                  "SHA-256 values in 64 hex digits, got one with \"zz\""},
              {"{'address': []}",
               "listeners.api.proxies.address: expected one of addresses, certificates_sha256, got an unknown key"}});
        for (const auto& [key, least, most] :
             std::initializer_list<std::tuple<const char*, int, int>>{{"connections", 1, 100000},
                                                                      {"connections_per_address", 1, 100000},
                                                                      {"requests", 1, 100000},
                                                                      {"workers", 1, 256},
                                                                      {"io_threads", 1, 64},
                                                                      {"handshake_ms", 100, 600000},
                                                                      {"request_ms", 100, 600000},
                                                                      {"idle_ms", 100, 600000},
                                                                      {"write_ms", 100, 600000},
                                                                      {"stop_ms", 100, 600000}}) {
            const auto expected = QByteArray("limits.") + key + ": expected a whole number from " +
                                  QByteArray::number(least) + " to " + QByteArray::number(most) + ", got ";
            const auto limit = [&](const QByteArray& value, const QByteArray& got) {
                rows("limits", {{QByteArray("{'" + QByteArray(key) + "': " + value + '}').constData(),
                                 QByteArray(expected + got).constData()}});
            };
            limit(QByteArray::number(least - 1), QByteArray::number(least - 1));
            limit(QByteArray::number(most + 1), QByteArray::number(most + 1));
            limit("'12'", "string");
            limit("null", "null");
        }
        rows("limits",
             {{"[]", "limits: expected an object, got array"},
              {"{'conections': 9}", "limits.conections: expected one of connections, connections_per_address"}});
    }

    void sectionsAreChecked()
    {
        QFETCH(QByteArray, section);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, detail);
        auto text = kGood;
        const QByteArray entry = '"' + section + "\": " + value + ", ";
        if (section == "proxies")
            text.replace("\"port\": 8443", entry + "\"port\": 8443");
        else if (section == "evidence")
            text.replace("{\"bundle\": \"/bundle.json\", \"key_file\": \"/evidence.json\"}", value);
        else
            text.replace("\"listeners\"", entry + "\"listeners\"");
        QVERIFY(text != kGood);
        const auto config = parseGatewayConfig(text.toStdString());
        QVERIFY(!config.has_value());
        QCOMPARE(config.error().type, std::string("config"));
        QVERIFY2(config.error().detail.starts_with(detail.toStdString()) ||
                     config.error().detail.ends_with(detail.toStdString()),
                 config.error().detail.c_str());
        QVERIFY(config.error().detail.find(", got ") != std::string::npos);
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
