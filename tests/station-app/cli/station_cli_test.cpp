#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include "cli/result_text.h"

using nlohmann::json;
using namespace station;

namespace {

struct Ended
{
    int code = -1;
    QByteArray out;
    QByteArray err;
};

Ended runProgram(const QStringList& arguments, const QProcessEnvironment& environment = {},
                 const QByteArray& input = {})
{
    QProcess process;
    auto clean = environment.isEmpty() ? QProcessEnvironment::systemEnvironment() : environment;
    if (environment.isEmpty()) clean.remove(QStringLiteral("V2C_STATION_CONFIG"));
    process.setProcessEnvironment(clean);
    process.start(QStringLiteral(STATION_PROGRAM), arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(60000)) process.kill();
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

void writeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
    file.close();
    file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
}

void openssl(const QDir& folder, const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(folder.path());
    process.start(QStringLiteral("openssl"), arguments);
    QVERIFY(process.waitForFinished(30000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

/// A station whose own files are in order, whose bus and gateway nobody answers on.
class LonelyStation
{
public:
    LonelyStation()
    {
        QTcpServer probe;
        probe.listen(QHostAddress::LocalHost);
        const auto freePort = QByteArray::number(probe.serverPort());
        probe.close();
        const QDir folder(m_folder.path());
        openssl(folder, {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"),
                         QStringLiteral("ec"), QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256"),
                         QStringLiteral("-nodes"), QStringLiteral("-keyout"), QStringLiteral("key.pem"),
                         QStringLiteral("-out"), QStringLiteral("root.pem"), QStringLiteral("-subj"),
                         QStringLiteral("/CN=station"), QStringLiteral("-days"), QStringLiteral("2")});
        QFile(path("key.pem")).setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
        writeFile(path("identity.json"), "{\"device_id_salt\": \"" + QByteArray(64, 'a') + "\", \"vin_hash_key\": \"" +
                                             QByteArray(64, 'b') + "\"}");
        m_config = "{\"name\": \"s\", \"gateway\": {\"urls\": [\"https://127.0.0.1:" + freePort +
                   "\"], \"root_certificate\": \"root.pem\"}, \"credential\": {\"certificate\": \"root.pem\", \"key\":"
                   " \"key.pem\"}, \"identity_secrets\": \"identity.json\", \"journal\": \"journal.sqlite\", \"slots\":"
                   " [{\"bus\": \"virtualcan:tcp://127.0.0.1:" +
                   freePort +
                   "/can0\"}], \"budgets\": {\"unit_ms\": 500}, \"log\": {\"file\": \"station.log\"}, \"scan_helper\": "
                   "\"" V2C_BIN_DIR "/v2c-scan-helper\"}";
        writeFile(config(), m_config);
    }

    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
    QString config() const { return path("station.json"); }
    const QByteArray& configText() const { return m_config; }

private:
    QTemporaryDir m_folder;
    QByteArray m_config;
};

const QString kConfig = QStringLiteral("--config");
const QString kProvision = QStringLiteral("provision");
const QString kVinOption = QStringLiteral("--vin");
const QString kVin = QStringLiteral("5VXTC2E41SA000017");

} // namespace

class StationCliTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void usage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        const auto split = [](const char* line) { return QString::fromLatin1(line).split(u' ', Qt::SkipEmptyParts); };
        QTest::newRow("help") << split("--help") << 0;
        QTest::newRow("help of a command") << split("provision --help") << 0;
        QTest::newRow("nothing") << QStringList() << 64;
        QTest::newRow("no configuration") << split("provision --vin 5VXTC2E41SA000017") << 64;
        QTest::newRow("no vehicle") << split("provision --config x") << 64;
        QTest::newRow("VIN and picture") << split("provision --config x --vin A --image B") << 64;
        QTest::newRow("unknown command") << split("dance --config x") << 64;
        QTest::newRow("unknown option") << split("provision --config x --vin A --loud") << 64;
        QTest::newRow("slot 0") << split("provision --config x --vin A --slot 0") << 64;
        QTest::newRow("slot in words") << split("provision --config x --vin A --slot one") << 64;
        QTest::newRow("two commands") << split("--config x report window") << 64;
        QTest::newRow("a window where there is none") << split("window --config x") << 64;
    }
    void usage()
    {
        QFETCH(const QStringList, arguments);
        QFETCH(const int, code);
        const auto ended = runProgram(arguments);
        QCOMPARE(ended.code, code);
        QVERIFY(!(ended.out + ended.err).isEmpty());
    }

    void badVins_data()
    {
        QTest::addColumn<QString>("vin");
        QTest::addColumn<QString>("cause");
        QTest::newRow("16") << QStringLiteral("5VXTC2E41SA00001") << QStringLiteral("vin-length");
        QTest::newRow("18 without the data identifier")
            << QStringLiteral("P5VXTC2E41SA000017") << QStringLiteral("vin-length");
        QTest::newRow("O") << QStringLiteral("5VXTC2E41SAO00017") << QStringLiteral("vin-character");
        QTest::newRow("blank") << QStringLiteral("5VXTC2E41SA 00017") << QStringLiteral("vin-character");
        QTest::newRow("check digit") << QStringLiteral("5VXTC2E42SA000017") << QStringLiteral("vin-check-digit");
    }
    void badVins()
    {
        QFETCH(const QString, vin);
        QFETCH(const QString, cause);
        const LonelyStation station;
        const auto ended =
            runProgram({kProvision, kConfig, station.config(), kVinOption, vin, QStringLiteral("--json")});
        QCOMPARE(ended.code, 3);
        const auto object = json::parse(ended.out.toStdString());
        QCOMPARE(object.at("result").get<std::string>(), std::string("refused"));
        QCOMPARE(object.at("failure").at("cause").get<std::string>(), cause.toStdString());
        QVERIFY(!QFile::exists(station.path("journal.sqlite")));
        QVERIFY(!ended.out.contains(vin.toLatin1()));
        QVERIFY(!ended.err.contains(vin.toLatin1()));
    }

    void aPictureWithoutAVinIsRefused()
    {
        const LonelyStation station;
        const auto ended = runProgram({kProvision, kConfig, station.config(), QStringLiteral("--image"),
                                       station.path("none.png"), QStringLiteral("--json")});
        QCOMPARE(ended.code, 3);
        QCOMPARE(json::parse(ended.out.toStdString()).at("failure").at("cause").get<std::string>(),
                 std::string("file-missing"));
    }

    void aBadConfigurationIsAStationFailure_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("key unknown") << QByteArray("\"name\"") << QByteArray("\"nome\": 1, \"name\"")
                                     << QByteArray("nome is not a known key");
        QTest::newRow("key missing") << QByteArray("\"journal\"") << QByteArray("\"log\": {}, \"journol\"")
                                     << QByteArray("journal is missing");
        QTest::newRow("no JSON") << QByteArray("{\"name\"") << QByteArray("{name") << QByteArray("station.json");
        QTest::newRow("secrets missing") << QByteArray("identity.json") << QByteArray("nothing.json")
                                         << QByteArray("nothing.json");
        QTest::newRow("root missing") << QByteArray("\"root_certificate\": \"root.pem\"")
                                      << QByteArray("\"root_certificate\": \"none.pem\"") << QByteArray("none.pem");
        QTest::newRow("key file missing")
            << QByteArray("\"key.pem\"") << QByteArray("\"none.key\"") << QByteArray("none.key");
        QTest::newRow("log file") << QByteArray("station.log") << QByteArray("root.pem/station.log")
                                  << QByteArray("station.log");
    }
    void aBadConfigurationIsAStationFailure()
    {
        QFETCH(const QByteArray, from);
        QFETCH(const QByteArray, to);
        QFETCH(const QByteArray, named);
        const LonelyStation station;
        auto text = station.configText();
        QVERIFY(text.contains(from));
        writeFile(station.config(), text.replace(from, to));
        const auto ended =
            runProgram({kProvision, kConfig, station.config(), kVinOption, kVin, QStringLiteral("--json")});
        QCOMPARE(ended.code, 2);
        QCOMPARE(json::parse(ended.out.toStdString()).at("result").get<std::string>(), std::string("station-failed"));
        QVERIFY2(ended.err.contains(named), ended.err.constData());
    }

    void theConfigurationMayComeFromTheEnvironment()
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("V2C_STATION_CONFIG"), QStringLiteral("/nowhere/station.json"));
        const auto ended = runProgram({QStringLiteral("report")}, environment);
        QCOMPARE(ended.code, 2);
        QVERIFY(ended.err.contains("/nowhere/station.json"));
    }

    void withoutABusTheStationFailsAndTheJobStaysOpen()
    {
        const LonelyStation station;
        const QStringList arguments{kProvision, kConfig, station.config(), kVinOption, kVin, QStringLiteral("--json")};
        const auto first = runProgram(arguments);
        QVERIFY2(first.code == 2, first.err.constData());
        const auto object = json::parse(first.out.toStdString());
        QCOMPARE(object.at("result").get<std::string>(), std::string("station-failed"));
        QCOMPARE(object.at("vin").get<std::string>(), std::string("***********000017"));
        QCOMPARE(object.at("failure").at("step").get<std::string>(), std::string("openSession"));
        QCOMPARE(object.at("steps").size(), kStepCount);
        QCOMPARE(object.at("steps")[0].at("state").get<std::string>(), std::string("failed"));
        QCOMPARE(object.at("serial").is_null(), true);
        QVERIFY(!object.at("resumed").get<bool>());

        const auto second = json::parse(runProgram(arguments).out.toStdString());
        QVERIFY(second.at("resumed").get<bool>());
        QVERIFY(second.at("transaction") == object.at("transaction"));

        QFile log(station.path("station.log"));
        QVERIFY(log.open(QIODevice::ReadOnly));
        int lines = 0;
        while (!log.atEnd()) {
            const auto line = log.readLine();
            QVERIFY(json::accept(line.toStdString()));
            QVERIFY(!line.contains(kVin.toLatin1()));
            ++lines;
        }
        QVERIFY(lines >= 4);
        QCOMPARE(QFile(station.path("journal.sqlite")).permissions() & (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());
    }

    void aPersonGetsWordsInsteadOfJson()
    {
        const LonelyStation station;
        const auto ended = runProgram({kProvision, kConfig, station.config(), kVinOption, kVin});
        QCOMPARE(ended.code, 2);
        QVERIFY(ended.out.contains("openSession"));
        QVERIFY(ended.out.contains("Station failed"));
        QVERIFY(ended.out.contains("Vehicle: ***********000017"));
    }

    void reportAndReadCertificate()
    {
        const LonelyStation station;
        const auto report = runProgram({QStringLiteral("report"), kConfig, station.config()});
        QCOMPARE(report.code, 0);
        QCOMPARE(report.out, QByteArray("0 delivered, 0 waiting, 0 set aside\n"));
        QCOMPARE(runProgram({QStringLiteral("read-certificate"), kConfig, station.config()}).code, 2);
        QCOMPARE(runProgram({QStringLiteral("read-certificate"), kConfig, station.config(), QStringLiteral("--slot"),
                             QStringLiteral("2")})
                     .code,
                 2);
    }

    void peopleAreAddedListedAndRemoved()
    {
        const LonelyStation station;
        const auto people = [&](const QStringList& arguments, const QByteArray& input = {}) {
            return runProgram(QStringList{QStringLiteral("people")} + arguments +
                                  QStringList{QStringLiteral("--config"), station.config()},
                              {}, input);
        };
        const QStringList add{QStringLiteral("add"), QStringLiteral("--name"), QStringLiteral("Ada Gruber"),
                              QStringLiteral("--role"), QStringLiteral("technician")};
        const auto added = people(add, "BADGE-0001\r\n482913\r\n");
        QVERIFY2(added.code == 0, added.err.constData());
        QVERIFY(!added.out.contains("482913") && !added.out.contains("BADGE-0001"));
        QCOMPARE(people({QStringLiteral("list")}).out, QByteArray("technician\tbadge\tPIN\tAda Gruber\n"));
        const auto again = people(add, "BADGE-0002\n");
        QCOMPARE(again.code, 2);
        QVERIFY(again.err.contains("person-exists"));
        const QStringList remove{QStringLiteral("remove"), QStringLiteral("--name"), QStringLiteral("Ada Gruber")};
        QCOMPARE(people(remove).code, 0);
        QVERIFY(people(remove).err.contains("person-unknown"));
        QCOMPARE(people({QStringLiteral("list")}).out, QByteArray());
        QCOMPARE(people({QStringLiteral("add"), QStringLiteral("--name"), QStringLiteral("Eve"),
                         QStringLiteral("--role"), QStringLiteral("chief")})
                     .code,
                 64);
    }

    void theVerdictIsTheSpecifications()
    {
        RunResult result{.outcome = Outcome::Provisioned,
                         .vin = *gateway::Vin::parse(kVin.toStdString()),
                         .transaction = *gateway::TransactionId::parse(std::string(32, 'a'))};
        result.serial = *gateway::CertificateSerial::parse("1A:2B:3C");
        result.reported = true;
        QCOMPARE(cli::toVerdict(result), std::string("✓ Provisioning complete\nVehicle: ***********000017\n"
                                                     "Cert Serial: 1A:2B:3C\n"));
        result.outcome = Outcome::Refused;
        result.failure =
            RunFailure{StepId::IssueCertificate, "rate-limited", "one per day", 429, std::chrono::seconds(3600)};
        const auto object = json::parse(cli::toJson(result));
        QCOMPARE(object.at("failure").at("http_status").get<int>(), 429);
        QCOMPARE(object.at("failure").at("retry_after").get<int>(), 3600);
        QVERIFY(cli::toVerdict(result).find("HTTP 429, again in 3600 s") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(StationCliTest)
#include "station_cli_test.moc"
