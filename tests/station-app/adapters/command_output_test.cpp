#include <fstream>

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "adapters/command_output.h"

using namespace station;
using namespace std::chrono_literals;

namespace {

RunResult passed()
{
    const std::array<std::uint8_t, 16> id{};
    RunResult result{.outcome = Outcome::Provisioned,
                     .vin = gateway::Vin::parse("5VXTC2E41SA000017").value(),
                     .transaction = gateway::TransactionId::fromBytes(id)};
    result.serial = gateway::CertificateSerial::parse("4A:9C:01").value();
    return result;
}

QByteArray contents(const std::filesystem::path& file)
{
    QFile input(QString::fromStdString(file.string()));
    return input.open(QIODevice::ReadOnly) ? input.readAll() : QByteArray();
}

} // namespace

class CommandOutputTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatACommandEndsWithIsTold_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<bool>("works");
        const auto sh = [](const char* script) {
            return QStringList{QStringLiteral("sh"), QStringLiteral("-c"), QString::fromLatin1(script)};
        };
        QTest::newRow("works") << sh("exit 0") << true;
        QTest::newRow("reads nothing") << sh("exec <&-; exit 0") << true;
        QTest::newRow("fails") << sh("exit 3") << false;
        QTest::newRow("dies") << sh("kill -9 $$") << false;
        QTest::newRow("hangs") << sh("exec sleep 60") << false;
        QTest::newRow("is not there") << QStringList{QStringLiteral("/nothing/here")} << false;
    }

    void whatACommandEndsWithIsTold()
    {
        QFETCH(const QStringList, command);
        QFETCH(const bool, works);
        std::vector<std::string> parts;
        for (const QString& part : command)
            parts.push_back(part.toStdString());
        QElapsedTimer clock;
        clock.start();
        const auto done = runCommand(parts, "text", 2s);
        QCOMPARE(done.has_value(), works);
        if (!works) QCOMPARE(done.error().type, std::string("output-failed"));
        QVERIFY(clock.elapsed() < 20'000);
    }

    void theLampsProgramGetsTheState()
    {
        const QTemporaryDir folder;
        const auto file = folder.filePath(QStringLiteral("lamp")).toStdString();
        OutputConfig config;
        config.andon = {"sh", "-c", "printf %s \"$1\" > " + file, "lamp"};
        const auto outputs = makeLineOutputs(config);
        QVERIFY(!outputs.sound && !outputs.printLabel);
        QVERIFY(outputs.andon("pass"));
        QCOMPARE(contents(file), QByteArray("pass"));
    }

    void aLabelIsAFileAndGoesToAProgram()
    {
        const QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        std::ofstream(root / "template") << "^FD{vin}^FS^FD{serial}^FS";
        OutputConfig config;
        config.label = {"sh", "-c", "cat > " + (root / "printed").string()};
        config.labelFolder = root;
        config.labelTemplate = root / "template";
        const auto outputs = makeLineOutputs(config);
        const QByteArray expected("^FD5VXTC2E41SA000017^FS^FD4A:9C:01^FS");
        for (int i = 0; i < 2; ++i) { // the second time too
            QVERIFY(outputs.printLabel(passed()));
            QCOMPARE(contents(root / "printed"), expected);
            QCOMPARE(contents(root / (std::string(32, '0') + ".label")), expected);
        }
        std::filesystem::remove(root / "template");
        QVERIFY(!outputs.printLabel(passed()));
    }
};

QTEST_GUILESS_MAIN(CommandOutputTest)
#include "command_output_test.moc"
