#include <QFile>
#include <QTest>

#include "adapters/config.h"

using namespace station;

namespace {

/// JSON with single quotes, which are easier on the eye in C++.
QByteArray quoted(QByteArray text)
{
    return text.replace('\'', '"');
}

const QByteArray kGood = quoted(
    "{'name': 's', 'gateway': {'urls': ['https://a:1', 'https://b:2'], 'root_certificate': 'root.pem'},"
    " 'credential': {'certificate': '/abs/s.pem', 'key': 's.key'}, 'identity_secrets': 'i.json', 'journal': 'j.sqlite',"
    " 'slots': [{'bus': 'socketcan:can0'}]}");

} // namespace

class StationConfigTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaultsAndPaths()
    {
        const auto config = parseConfig(kGood.toStdString(), "/etc/v2c");
        QVERIFY2(config.has_value(), config ? "" : config.error().detail.c_str());
        QCOMPARE(config->gatewayUrls.size(), std::size_t(2));
        QCOMPARE(config->rootCertificate.string(), std::string("/etc/v2c/root.pem"));
        QCOMPARE(config->certificate.string(), std::string("/abs/s.pem"));
        QCOMPARE(config->slots[0].requestId, 0x7E0U);
        QCOMPARE(config->slots[0].responseId, 0x7E8U);
        QVERIFY(config->budgets.issue == std::chrono::seconds(20));
        QVERIFY(config->vinRules.northAmerica == CheckDigitRule::Require);
        QVERIFY(config->vinRules.elsewhere == CheckDigitRule::Advise);
        QVERIFY(config->log.file.empty());
        QVERIFY(config->window.fullScreen);
    }

    void theSampleIsRead()
    {
        const auto config = loadConfig(V2C_SOURCE_DIR "/resources/config/station.json");
        QVERIFY2(config.has_value(), config ? "" : config.error().detail.c_str());
        QCOMPARE(config->slots.size(), std::size_t(2));
        QVERIFY(station::name(config->vinRules.makers.at(0).checkDigit) == "require");
        QCOMPARE(config->rootCertificate.string(), std::string(V2C_SOURCE_DIR "/resources/config/pki/root-ca.pem"));
    }

    void bad_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("named");
        const auto row = [](const char* title, const char* from, const char* to, const char* type, const char* named) {
            QTest::newRow(title) << quoted(from) << quoted(to) << QByteArray(type) << QByteArray(named);
        };
        const auto slot = [&](const char* title, const char* to, const char* named) {
            row(title, "[{'bus': 'socketcan:can0'}]", to, "config-value", named);
        };
        const auto more = [&](const char* title, const char* to, const char* type, const char* named) {
            row(title, "'name': 's'", to, type, named);
        };
        row("cut off", "}]}", "", "config-syntax", "parse error");
        row("name missing", "'name': 's', ", "", "config-missing-key", "name is missing");
        row("journal missing", "'journal': 'j.sqlite',", "", "config-missing-key", "journal is missing");
        row("key missing", ", 'key': 's.key'", "", "config-missing-key", "credential.key is missing");
        row("root missing", ", 'root_certificate': 'root.pem'", "", "config-missing-key", "gateway.root_certificate");
        row("name a number", "'name': 's'", "'name': 1", "config-value", "name: expected text, got 1");
        row("name empty", "'name': 's'", "'name': ''", "config-value", "name");
        row("no gateway", "['https://a:1', 'https://b:2']", "[]", "config-value", "gateway.urls");
        row("gateway without TLS", "https://a:1", "http://a:1", "config-value", "http://a:1");
        row("gateway a text", "['https://a:1', 'https://b:2']", "'https://a:1'", "config-value", "gateway.urls");
        more("unknown key", "'name': 's', 'nome': 1", "config-unknown-key", "nome");
        row("unknown key inside", "'root_certificate'", "'timeout': 3, 'root_certificate'", "config-unknown-key",
            "gateway.timeout");
        slot("no slots", "[]", "slots");
        slot("slot a text", "['socketcan:can0']", "slots[0]");
        slot("bus without plugin", "[{'bus': 'can0'}]", "slots[0].bus");
        slot("bus without device", "[{'bus': 'socketcan:'}]", "slots[0].bus");
        slot("id a number", "[{'bus': 'a:b', 'request_id': 2016}]", "slots[0].request_id");
        slot("id without 0x", "[{'bus': 'a:b', 'request_id': '7E0'}]", "slots[0].request_id");
        slot("id empty", "[{'bus': 'a:b', 'request_id': '0x'}]", "slots[0].request_id");
        slot("id over 29 bits", "[{'bus': 'a:b', 'request_id': '0x20000000'}]", "slots[0].request_id");
        slot("ids equal", "[{'bus': 'a:b', 'request_id': '0x7E8'}]", "slots[0].response_id");
        slot("two slots on one unit", "[{'bus': 'a:b'}, {'bus': 'a:b'}]", "slots[1]");
        more("budget 0", "'name': 's', 'budgets': {'issue_ms': 0}", "config-value", "budgets.issue_ms");
        more("budget negative", "'name': 's', 'budgets': {'unit_ms': -1}", "config-value", "budgets.unit_ms");
        more("budget huge", "'name': 's', 'budgets': {'unit_ms': 18446744073709551615}", "config-value", "unit_ms");
        more("budget a text", "'name': 's', 'budgets': {'unit_ms': '5'}", "config-value", "budgets.unit_ms");
        more("budget a fraction", "'name': 's', 'budgets': {'unit_ms': 1.5}", "config-value", "budgets.unit_ms");
        more("rule", "'name': 's', 'check_digit': {'elsewhere': 'maybe'}", "config-value", "check_digit.elsewhere");
        more("rule a number", "'name': 's', 'check_digit': {'makers': {'L': 1}}", "config-value",
             "check_digit.makers.L");
        more("maker with O", "'name': 's', 'check_digit': {'makers': {'LO': 'off'}}", "config-value", "without I, O");
        more("maker empty", "'name': 's', 'check_digit': {'makers': {'': 'off'}}", "config-value", "makers");
        more("makers a list", "'name': 's', 'check_digit': {'makers': ['L']}", "config-value", "check_digit.makers");
        more("accepted lower case", "'name': 's', 'accepted_makers': ['5vx']", "config-value", "accepted_makers");
        more("accepted a text", "'name': 's', 'accepted_makers': '5VX'", "config-value", "accepted_makers");
        more("accepted too long", "'name': 's', 'accepted_makers': ['5VXTC2E41SA0000171']", "config-value", "1 to 17");
        more("scanner prefix", "'name': 's', 'scanner': {'prefix': '01234567890123456'}", "config-value", "at most 16");
        more("scanner unknown", "'name': 's', 'scanner': {'beep': true}", "config-unknown-key", "scanner.beep");
        more("login", "'name': 's', 'login': {'required': 'yes'}", "config-value", "login.required");
        more("a shell's line", "'name': 's', 'line': {'andon_command': 'lamp.sh'}", "config-value",
             "a program and its arguments");
        more("no program", "'name': 's', 'line': {'label_command': []}", "config-value", "a program and its arguments");
        more("a number for a program", "'name': 's', 'line': {'sound_command': ['play', 3]}", "config-value",
             "a program");
        more("an unknown output", "'name': 's', 'line': {'horn': []}", "config-unknown-key", "line.horn");
        more("an unknown export key", "'name': 's', 'export': {'stick': 'x'}", "config-unknown-key", "export.stick");
        more("lock at once", "'name': 's', 'login': {'lock_after_s': 9}", "config-value", "10 to 86400");
        more("badge prefix", "'name': 's', 'login': {'badge_prefix': 'BADGE-OF-THE-PLANT'}", "config-value",
             "at most 16");
        more("log level", "'name': 's', 'log': {'level': 'loud'}", "config-value", "log.level");
        more("theme", "'name': 's', 'window': {'theme': 'pink'}", "config-value", "window.theme");
        more("language", "'name': 's', 'window': {'language': 'fr'}", "config-value", "window.language");
        more("window", "'name': 's', 'window': {'full_screen': 1}", "config-value", "window.full_screen");
        more("shift", "'name': 's', 'shifts': ['24:00']", "config-value", "shifts");
        more("shift with minutes", "'name': 's', 'shifts': ['06:60']", "config-value", "shifts");
        more("shift in words", "'name': 's', 'shifts': ['noon']", "config-value", "shifts");
        more("shift of colons", "'name': 's', 'shifts': ['0::00']", "config-value", "shifts");
        more("shifts not in order", "'name': 's', 'shifts': ['14:00', '06:00']", "config-value", "shifts");
        more("shifts a text", "'name': 's', 'shifts': '06:00'", "config-value", "shifts");
        more("screen", "'name': 's', 'window': {'screen_diagonal_inches': -1}", "config-value", "screen_diagonal");
    }
    void bad()
    {
        QFETCH(const QByteArray, from);
        QFETCH(const QByteArray, to);
        QFETCH(const QByteArray, type);
        QFETCH(const QByteArray, named);
        auto text = kGood;
        QVERIFY(text.contains(from));
        text.replace(from, to);
        const auto config = parseConfig(text.toStdString(), "/");
        QVERIFY(!config.has_value());
        QCOMPARE(config.error().type, type.toStdString());
        QVERIFY2(config.error().detail.find(named.toStdString()) != std::string::npos, config.error().detail.c_str());
    }

    void notAnObject_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("array") << QByteArray("[]");
        QTest::newRow("null") << QByteArray("null");
        QTest::newRow("bytes") << QByteArray("\xFF\xFE\x00", 3);
    }
    void notAnObject()
    {
        QFETCH(const QByteArray, text);
        QVERIFY(!parseConfig(text.toStdString(), "/").has_value());
    }

    void aMissingFileIsNamed()
    {
        const auto config = loadConfig("/nowhere/station.json");
        QVERIFY(!config.has_value());
        QCOMPARE(config.error().type, std::string("config-unreadable"));
        QVERIFY(config.error().detail.find("/nowhere/station.json") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(StationConfigTest)
#include "station_config_test.moc"
