#include <QProcess>
#include <QTest>

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "ceremony/ceremony.h"
#include "ceremony/output_file.h"
#include "pki/certificate.h"
#include "support/softhsm_token.h"

using namespace gateway;
using nlohmann::json;

namespace {

/// Runs a program. @return exit status and both outputs
std::pair<int, QByteArray> runProgram(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    process.waitForFinished(60'000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAll()};
}

QString text(const std::filesystem::path& path)
{
    return QString::fromStdString(path.string());
}

mode_t modeOf(const std::filesystem::path& path)
{
    struct stat status
    {
    };
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

std::string contentOf(const std::filesystem::path& path)
{
    return ceremony::readFile(path).value_or("");
}

} // namespace

/// The whole ceremony on SoftHSM with the shipped file, and what happens when it is disturbed.
class CeremonyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_hsm.emplace(); }
    void cleanup() { m_hsm.reset(); }

    void demoHierarchyVerifies()
    {
        const auto file = writePlan(demo());
        std::ostringstream progress;
        const auto done = runCeremony(file, progress);
        QVERIFY2(done, done ? "" : (done.error().type + ": " + done.error().detail).c_str());

        const auto verify = [&](const char* untrusted, const char* leaf) {
            QStringList arguments = {QStringLiteral("verify"), QStringLiteral("-x509_strict"),
                                     QStringLiteral("-CAfile"), text(output() / "root-ca.pem")};
            if (*untrusted) arguments << QStringLiteral("-untrusted") << text(output() / untrusted);
            return runProgram(QStringLiteral("openssl"), arguments << text(output() / leaf));
        };
        for (const auto& [untrusted, leaf] :
             std::vector<std::pair<const char*, const char*>>{{"", "root-ca.pem"},
                                                              {"", "intermediate-ca-1.pem"},
                                                              {"", "intermediate-ca-2.pem"},
                                                              {"intermediate-ca-1.pem", "device-issuing-ca.pem"},
                                                              {"intermediate-ca-1.pem", "cloud-service-ca.pem"},
                                                              {"intermediate-ca-1.pem", "ocsp-responder-ca.pem"},
                                                              {"chain.pem", "device-issuing-ca.pem"},
                                                              {"cloud-chain.pem", "gateway-server.pem"},
                                                              {"cloud-chain.pem", "station-demo-01.pem"},
                                                              {"gateway-server.pem", "gateway-server.pem"}}) {
            const auto [status, said] = verify(untrusted, leaf);
            QVERIFY2(status == 0, said.constData());
        }

        checkShape();
        checkRecords();
        checkSecrets(progress.str());
    }

    void completeCeremonyIsLeftAlone()
    {
        const auto file = writePlan(smallPlan());
        std::ostringstream progress;
        QVERIFY(runCeremony(file, progress));
        const auto root = contentOf(output() / "root-ca.pem");
        std::ostringstream again;
        QVERIFY(runCeremony(file, again));
        QVERIFY(again.str().find("already complete") != std::string::npos);
        QCOMPARE(contentOf(output() / "root-ca.pem"), root);
    }

    void anotherPlanDoesNotOverwrite()
    {
        std::ostringstream progress;
        QVERIFY(runCeremony(writePlan(smallPlan()), progress));
        auto other = smallPlan();
        other["certificates"].erase(1);
        const auto done = runCeremony(writePlan(other), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("ceremony-differs"));
    }

    void damagedOutputIsNamed()
    {
        const auto file = writePlan(smallPlan());
        std::ostringstream progress;
        QVERIFY(runCeremony(file, progress));
        std::ofstream(output() / "root-ca.pem") << "not a certificate";
        const auto done = runCeremony(file, progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("ceremony-damaged"));
    }

    void foreignTokenIsNotErased()
    {
        std::ostringstream progress;
        QVERIFY(runCeremony(writePlan(smallPlan()), progress));
        std::filesystem::remove_all(output());
        const auto done = runCeremony(writePlan(smallPlan()), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("token-exists"));
        QVERIFY(!std::filesystem::exists(output() / "root-ca.pem"));
    }

    void unfinishedCeremonyStartsAnew()
    {
        auto broken = smallPlan();
        broken["certificates"][1]["values"] = json::object({{"station", "no dots. or blanks"}});
        std::ostringstream progress;
        QVERIFY(!runCeremony(writePlan(broken), progress));
        QVERIFY(std::filesystem::exists(output() / "root-ca.pem"));
        QVERIFY(!std::filesystem::exists(output() / "manifest.json"));
        const auto firstRoot = contentOf(output() / "root-ca.pem");

        const auto done = runCeremony(writePlan(smallPlan()), progress);
        QVERIFY2(done, done ? "" : done.error().detail.c_str());
        QVERIFY(contentOf(output() / "root-ca.pem") != firstRoot);
        QVERIFY(progress.str().find("made anew") != std::string::npos);
        // one token of the label, with one key on it
        const auto [status, listed] = runProgram(QStringLiteral("softhsm2-util"), {QStringLiteral("--show-slots")});
        QCOMPARE(status, 0);
        QCOMPARE(listed.count("v2c-root"), 1);
    }

    void tooFewOrRepeatedSharesSignNothing_data()
    {
        QTest::addColumn<QByteArray>("present");
        QTest::addColumn<QByteArray>("errorType");

        QTest::newRow("two of five") << QByteArray(R"(["Alice Adams", "Dana Dvorak"])") << QByteArray("shares-too-few");
        QTest::newRow("same twice") << QByteArray(R"(["Alice Adams", "Dana Dvorak", "Alice Adams"])")
                                    << QByteArray("share-repeated");
    }

    void tooFewOrRepeatedSharesSignNothing()
    {
        QFETCH(const QByteArray, present);
        QFETCH(const QByteArray, errorType);
        auto plan = smallPlan();
        plan["key_holders"]["present"] = json::parse(present.toStdString());
        std::ostringstream progress;
        const auto done = runCeremony(writePlan(plan), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, errorType.toStdString());
        QVERIFY(!std::filesystem::exists(output() / "root-ca.pem"));
        QVERIFY(!std::filesystem::exists(output() / "manifest.json"));
    }

    void missingSignerIsNamed()
    {
        auto plan = smallPlan();
        plan["signer"] = "/nonexistent/v2c-signer";
        std::ostringstream progress;
        const auto done = runCeremony(writePlan(plan), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("signer-start"));
    }

    void missingModuleIsNamed()
    {
        auto plan = smallPlan();
        plan["module"] = "/nonexistent/module.so";
        std::ostringstream progress;
        const auto done = runCeremony(writePlan(plan), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("signer-start"));
    }

private:
    [[nodiscard]] std::filesystem::path output() const { return m_hsm->path() / "pki"; }
    [[nodiscard]] std::filesystem::path secrets() const { return m_hsm->path() / "secrets"; }

    /// The shipped file, with the folders of this test.
    [[nodiscard]] json demo() const
    {
        std::ifstream stream(V2C_SOURCE_DIR "/resources/ceremony/demo.json");
        auto plan = json::parse(stream);
        plan["signer"] = V2C_BIN_DIR "/v2c-signer";
        plan["profiles"] = V2C_SOURCE_DIR "/resources/profiles";
        plan["output"] = output().string();
        plan["secrets"] = secrets().string();
        return plan;
    }

    /// A root with an elliptic key, which is quick, and one station certificate directly below it.
    [[nodiscard]] json smallPlan() const
    {
        auto plan = demo();
        plan["tokens"] = json::array({plan["tokens"][0]});
        auto root = plan["certificates"][0];
        root["algorithm"] = "EC-P384";
        auto station = plan["certificates"][8];
        station["issuer"] = "root-ca.pem";
        plan["certificates"] = json::array({root, station});
        plan.erase("chains");
        plan.erase("secret_keys"); // its token is not one of these
        return plan;
    }

    [[nodiscard]] std::filesystem::path writePlan(const json& plan) const
    {
        const auto file = m_hsm->path() / "ceremony.json";
        std::ofstream(file) << plan.dump(2);
        return file;
    }

    void checkShape() const
    {
        const auto printed = [&](const char* file) {
            return runProgram(QStringLiteral("openssl"),
                              {QStringLiteral("x509"), QStringLiteral("-noout"), QStringLiteral("-text"),
                               QStringLiteral("-in"), text(output() / file)})
                .second;
        };
        const auto root = printed("root-ca.pem");
        QVERIFY2(root.contains("Public-Key: (4096 bit)") && root.contains("CA:TRUE, pathlen:2"), root.constData());
        QVERIFY(root.contains("Signature Algorithm: sha256WithRSAEncryption"));
        const auto intermediate = printed("intermediate-ca-1.pem");
        QVERIFY2(intermediate.contains("CA:TRUE, pathlen:1") && intermediate.contains("DNS:v2c.example.com") &&
                     intermediate.contains("IP:127.0.0.0/255.0.0.0") && intermediate.contains("IP:10.0.0.0/255.0.0.0"),
                 intermediate.constData());
        const auto gateway = printed("gateway-server.pem");
        QVERIFY2(gateway.contains("DNS:localhost") && gateway.contains("IP Address:127.0.0.1"), gateway.constData());

        const auto years = [&](const char* file) {
            const auto certificate = pki::Certificate::parsePem(contentOf(output() / file));
            if (!certificate) return 0.0;
            return static_cast<double>((certificate->notAfter() - certificate->notBefore()).count()) /
                   (365.25 * 86'400);
        };
        QCOMPARE(qRound(years("root-ca.pem")), 20);
        QCOMPARE(qRound(years("intermediate-ca-2.pem")), 10);
        QCOMPARE(qRound(years("device-issuing-ca.pem")), 5);
        QCOMPARE(qRound(years("ocsp-responder-ca.pem")), 3);
    }

    void checkRecords() const
    {
        const auto manifest = json::parse(contentOf(output() / "manifest.json"));
        QCOMPARE(manifest.size(), 15U);
        QCOMPARE(manifest[3].dump(), std::string(R"({"file":"device-issuing-ca.pem","key_label":"device-issuing-ca",)"
                                                 R"("profile":"device-issuing-ca","type":"device-issuing-ca"})"));
        QVERIFY(manifest[8]["key_label"].is_null());
        QCOMPARE(manifest[8]["type"].get<std::string>(), std::string("station"));

        const auto transcript = json::parse(contentOf(output() / "transcript.json"));
        QCOMPARE(transcript["signed"].size(), 15U);
        for (const auto& entry : transcript["signed"]) {
            const auto file = output() / entry["file"].get<std::string>();
            const auto [status, digest] =
                runProgram(QStringLiteral("sh"), {QStringLiteral("-c"),
                                                  QStringLiteral("openssl x509 -in \"$0\" -outform DER | "
                                                                 "sha256sum"),
                                                  text(file)});
            QCOMPARE(status, 0);
            QCOMPARE(digest.left(64).toStdString(), entry["certificate_sha256"].get<std::string>());
        }
        const auto chain = pki::parsePemBundle(contentOf(output() / "chain.pem"));
        QVERIFY(chain);
        QCOMPARE(chain->size(), 2U);
        QCOMPARE(pki::parsePemBundle(contentOf(output() / "gateway-server.pem"))->size(), 3U);
    }

    void checkSecrets(const std::string& progress) const
    {
        for (const auto& file : {output() / "gateway-server.key", output() / "station-demo-01.key",
                                 secrets() / "share-1.json", secrets() / "share-5.json", secrets() / "v2c-issuing.pin"})
            QCOMPARE(modeOf(file), static_cast<mode_t>(0600));
        QCOMPARE(modeOf(secrets()), static_cast<mode_t>(0700));
        QVERIFY(!std::filesystem::exists(secrets() / "v2c-root.pin"));
        QVERIFY(!std::filesystem::exists(secrets() / "ceremony-journal.json"));
        const auto pin = contentOf(secrets() / "v2c-issuing.pin").substr(0, 32);
        QCOMPARE(pin.size(), 32U);
        QVERIFY(progress.find(pin) == std::string::npos);
        QVERIFY(contentOf(output() / "transcript.json").find(pin) == std::string::npos);
    }

    std::optional<test::SoftHsmFolder> m_hsm;
};

QTEST_GUILESS_MAIN(CeremonyTest)
#include "ceremony_test.moc"
