#include <QProcess>
#include <QTest>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>

#include "ceremony_files.h"
#include "pki/crl.h"
#include "signer/connection.h"

using namespace gateway;
using namespace gateway::test;
using nlohmann::json;

namespace {

struct Ended
{
    bool wasKilled = false;
    int status = -1;
    std::string said;
};

Ended runKilledAt(int point, const std::vector<std::string>& arguments)
{
    QStringList list{QString::number(point)};
    for (const auto& argument : arguments)
        list << QString::fromStdString(argument);
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(V2C_TEST_BIN_DIR "/ceremony_killed_at"), list);
    process.waitForFinished(60'000);
    return {process.exitStatus() == QProcess::CrashExit, process.exitCode(), process.readAll().toStdString()};
}

std::size_t occurrences(const std::string& text, const std::string& part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

/// Folders of tokens of this label, here and in the safe.
std::size_t tokensOf(const std::filesystem::path& folder, const std::string& label)
{
    std::size_t count = 0;
    for (const auto* place : {"tokens", "safe"})
        if (std::filesystem::exists(folder / place))
            for (const auto& entry : std::filesystem::directory_iterator(folder / place))
                count += has(contentOf(entry.path() / "token.object"), label) ? 1 : 0;
    return count;
}

} // namespace

/// A ceremony that is killed at every point in turn: the next one takes its result for complete, or starts anew.
class CeremonyKillTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyPointOfACeremony()
    {
        unsigned kept = 0;
        unsigned anew = 0;
        int point = 1;
        for (bool wasKilled = true; wasKilled; ++point) {
            const CeremonyFiles files;
            const auto file = files.write(plan(files));
            const auto killed = runKilledAt(point, {"run", file.string()});
            wasKilled = killed.wasKilled;
            QVERIFY2(wasKilled || killed.status == 0, killed.said.c_str());
            QVERIFY(tokensOf(files.folder(), "v2c-root") <= 1);
            const bool wasComplete = std::filesystem::exists(files.output() / "manifest.json");
            const auto firstRoot = contentOf(files.output() / "root-ca.pem");
            if (wasComplete) checkComplete(files, point);

            const auto again = runKilledAt(0, {"run", file.string()});
            QVERIFY2(again.status == 0, (std::to_string(point) + ": " + again.said).c_str());
            checkComplete(files, point);
            QCOMPARE(has(again.said, "already complete"), wasComplete);
            QCOMPARE(contentOf(files.output() / "root-ca.pem") == firstRoot, wasComplete);
            ++(wasComplete ? kept : anew);
        }
        // Journal, shares, keys, each certificate, each file of the export, transcript, manifest, the root's folder.
        QVERIFY2(anew > 25 && kept >= 4, (std::to_string(anew) + " anew, " + std::to_string(kept) + " kept").c_str());
    }

    /// Without a token of its own the journal is all that tells an interrupted ceremony.
    void everyPointOfACeremonyOnEarlierTokens()
    {
        const CeremonyFiles files;
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(files.write(files.smallPlan()), progress)), std::string());
        const auto firstRoot = contentOf(files.output() / "root-ca.pem");
        int point = 1;
        for (bool wasKilled = true; wasKilled; ++point) {
            auto later = files.renewalPlan();
            later["tokens"].erase(1);
            later.erase("chains");
            later["crls"].erase(1);
            auto station = files.smallPlan()["certificates"][1];
            later["certificates"] = json::array({later["certificates"][0], station});
            const auto output = files.folder() / ("pki-at-" + std::to_string(point));
            later["output"] = output.string();
            later["secrets"] = (files.folder() / ("secrets-at-" + std::to_string(point))).string();
            const auto file = files.write(later);
            const auto killed = runKilledAt(point, {"run", file.string()});
            wasKilled = killed.wasKilled;
            const auto again = runKilledAt(0, {"run", file.string()});
            QVERIFY2(again.status == 0, (std::to_string(point) + ": " + again.said).c_str());
            QCOMPARE(contentOf(output / "root-ca.pem"), firstRoot);
            QVERIFY(numberOf(output, "root-ca") > numberOf(files.output(), "root-ca"));
            std::ostringstream checked;
            QCOMPARE(faultOf(verifyCeremony(files.output() / "root-ca.pem", output / "transcript.json", checked)),
                     std::string());
        }
        QVERIFY2(point > 15, std::to_string(point).c_str());
    }

    /// No list of a killed run stands beside a manifest, and none goes below the last one.
    void everyPointOfARenewalOfLists()
    {
        const CeremonyFiles files;
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(files.write(files.smallPlan()), progress)), std::string());
        QCOMPARE(faultOf(hold(files.write(files.renewalPlan()), progress, {.renewal = true})), std::string());
        auto last = files.renewed();
        int point = 1;
        for (bool wasKilled = true; wasKilled; ++point) {
            auto plan = files.listPlan();
            const auto output = files.folder() / ("lists-" + std::to_string(point));
            plan["output"] = output.string();
            plan["secrets"] = (files.folder() / ("list-secrets-" + std::to_string(point))).string();
            plan["crls"][0]["previous"] = (last / "intermediate-ca-3.crl").string();
            plan["crls"][0]["revoke"] = {
                {{"certificate", (files.renewed() / "device-issuing-ca.pem").string()}, {"reason", "SUPERSEDED"}}};
            const auto file = files.write(plan);
            wasKilled = runKilledAt(point, {"run", file.string()}).wasKilled;
            const bool wasComplete = std::filesystem::exists(output / "manifest.json");
            const auto first = contentOf(output / "intermediate-ca-3.crl");
            const auto again = runKilledAt(0, {"run", file.string()});
            QVERIFY2(again.status == 0, (std::to_string(point) + ": " + again.said).c_str());
            if (wasComplete) QCOMPARE(contentOf(output / "intermediate-ca-3.crl"), first);
            std::ostringstream checked;
            QCOMPARE(faultOf(verifyCeremony(files.output() / "root-ca.pem", output / "transcript.json", checked)),
                     std::string());
            QVERIFY(numberOf(output, "intermediate-ca-3") > numberOf(last, "intermediate-ca-3"));
            last = output;
        }
        QVERIFY2(point > 10, std::to_string(point).c_str());
    }

    void everyPointOfARestoration()
    {
        const CeremonyFiles files;
        const auto file = files.write(plan(files, /*takesRootOffline=*/false));
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(file, progress)), std::string());
        int point = 1;
        for (bool wasKilled = true; wasKilled; ++point) {
            const auto token = "v2c-again-" + std::to_string(1000 + point);
            const std::vector<std::string> arguments = {"restore", file.string(), "root-ca", token};
            wasKilled = runKilledAt(point, arguments).wasKilled;
            QVERIFY(tokensOf(files.folder(), token) <= 1);
            if (!wasKilled) break;
            const auto again = runKilledAt(0, arguments);
            // The last point is after the end of the journal: then the token is there for good.
            const bool wasDone = has(again.said, "token-exists");
            QVERIFY2(again.status == 0 || wasDone, (std::to_string(point) + ": " + again.said).c_str());
            QCOMPARE(tokensOf(files.folder(), token), 1U);
            QVERIFY(!std::filesystem::exists(files.secrets() / "restore-journal.json"));
            QCOMPARE(contentOf(files.secrets() / (token + ".pin")).size(), 33U);
        }
        QVERIFY2(point > 5, std::to_string(point).c_str());
    }

    void twoCeremoniesDoNotMix()
    {
        const CeremonyFiles files;
        const auto file = files.write(plan(files));
        std::filesystem::create_directories(files.secrets());
        const signer::FileDescriptor other(::open(files.secrets().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        QCOMPARE(::flock(other.get(), LOCK_EX), 0); // as a ceremony does as long as it lasts
        const auto second = runKilledAt(0, {"run", file.string()});
        QCOMPARE(second.status, 1);
        QVERIFY2(has(second.said, "ceremony-running"), second.said.c_str());
        QCOMPARE(tokensOf(files.folder(), "v2c-root"), 0U);
        QVERIFY(std::filesystem::is_empty(files.output()) && std::filesystem::is_empty(files.secrets()));
    }

    void resultWithoutManifestIsNotOverwritten()
    {
        const CeremonyFiles files;
        const auto file = files.write(plan(files)); // its root's token goes to the safe, so that no token tells
        QCOMPARE(runKilledAt(0, {"run", file.string()}).status, 0);
        const auto root = contentOf(files.output() / "root-ca.pem");
        std::filesystem::remove(files.output() / "manifest.json");
        for (int attempt = 0; attempt < 2; ++attempt) {
            const auto again = runKilledAt(0, {"run", file.string()});
            QCOMPARE(again.status, 1);
            QVERIFY2(has(again.said, "output-exists") && has(again.said, "root-ca.pem"), again.said.c_str());
        }
        QCOMPARE(contentOf(files.output() / "root-ca.pem"), root);
        QCOMPARE(tokensOf(files.folder(), "v2c-root"), 1U);
    }

private:
    /// Three holders, an elliptic root with a backup, a station below it: quick, and everything that is written is
    /// there.
    static json plan(const CeremonyFiles& files, bool takesRootOffline = true)
    {
        auto plan = files.smallPlan();
        plan["certificates"][0]["backup"] = true;
        plan["key_holders"] = {{"threshold", 2},
                               {"names", {"Alice Adams", "Bruno Becker", "Chiyo Chiba"}},
                               {"present", {"Alice Adams", "Chiyo Chiba"}}};
        if (takesRootOffline)
            plan["offline"] = {{"token_folder", (files.folder() / "tokens").string()},
                               {"offline_folder", (files.folder() / "safe").string()}};
        return plan;
    }

    static std::uint64_t numberOf(const std::filesystem::path& folder, const std::string& name)
    {
        const auto der = contentOf(folder / (name + ".crl"));
        const auto times = pki::inspectCrl({reinterpret_cast<const std::uint8_t*>(der.data()), der.size()});
        return times ? times->number : 0;
    }

    static void checkComplete(const CeremonyFiles& files, int point)
    {
        const auto where = "killed at point " + std::to_string(point);
        std::ostringstream checked;
        const auto verified =
            verifyCeremony(files.output() / "root-ca.pem", files.output() / "transcript.json", checked);
        QVERIFY2(verified, (where + ": " + faultOf(verified)).c_str());
        QCOMPARE(tokensOf(files.folder(), "v2c-root"), 1U);
        const auto transcript = contentOf(files.output() / "transcript.json");
        QCOMPARE(occurrences(transcript, "\"file\": \"root-ca.pem\""), 1U);
        QVERIFY2(has(checked.str(), "CRLs: 1,"), (where + ": " + checked.str()).c_str());
        for (const auto& folder : {files.output(), files.secrets()})
            for (const auto& entry : std::filesystem::directory_iterator(folder))
                QVERIFY2(entry.path().extension() != ".new", (where + ": " + entry.path().string()).c_str());
    }
};

QTEST_GUILESS_MAIN(CeremonyKillTest)
#include "ceremony_kill_test.moc"
