#include <QTest>

#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony.h"
#include "ceremony/output_file.h"
#include "support/softhsm_token.h"

using namespace gateway;
using nlohmann::json;

namespace {

/// The people at the terminal: reads what has been printed since the last answer, and types the next line.
class People final : public std::streambuf
{
public:
    using Answer = std::function<std::string(const std::string& printed)>;
    People(std::ostringstream& screen, Answer answer) : m_screen(screen), m_answer(std::move(answer)) {}

protected:
    int_type underflow() override
    {
        const auto all = m_screen.str();
        const auto printed = all.substr(m_seen);
        m_seen = all.size();
        m_line = m_answer(printed) + "\n";
        if (m_line == "EOF\n") return traits_type::eof();
        setg(m_line.data(), m_line.data(), m_line.data() + m_line.size());
        return traits_type::to_int_type(m_line[0]);
    }

private:
    std::ostringstream& m_screen;
    Answer m_answer;
    std::size_t m_seen = 0;
    std::string m_line;
};

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// Five holders with their papers, who do everything right unless a test has them do otherwise.
struct Crew
{
    std::string holders = "1 3 5";
    std::map<std::string, std::string> shares; ///< by "holder/purpose"
    std::map<std::string, std::string> checks;
    std::function<std::string(const std::string& printed, std::string answer)> mischief;

    std::string answer(const std::string& printed)
    {
        auto honest = honestAnswer(printed);
        return mischief ? mischief(printed, honest) : honest;
    }

private:
    std::string honestAnswer(const std::string& printed)
    {
        std::smatch found;
        static const std::regex kHeading(
            R"(Share (\d) (?:of 5 )?of the (root token's PIN|key backup)\n([A-Za-z ]+)\n)");
        if (std::regex_search(printed, found, kHeading)) m_paper = found[3].str() + "/" + found[2].str();
        static const std::regex kCopy(R"(to your paper:\n\n([0-9a-f\n ]+)\n\n    check value  ([0-9a-f ]+)\n)");
        if (std::regex_search(printed, found, kCopy)) {
            shares[m_paper] = std::regex_replace(found[1].str(), std::regex("\\s+"), " ");
            checks[m_paper] = found[2];
        }
        if (has(printed, "type \"done\"")) return "done";
        if (has(printed, "type their numbers")) return holders;
        if (has(printed, "presses Enter")) return "";
        if (has(printed, "check value from your paper") || has(printed, "Check value on your paper"))
            return checks[m_paper];
        if (has(printed, "Share: ")) return shares[m_paper];
        return "EOF";
    }

    std::string m_paper;
};

} // namespace

/// The guided ceremony, with people who make no mistake and with such who do.
class GuidedCeremonyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_hsm.emplace(); }
    void cleanup() { m_hsm.reset(); }

    void peopleAreLedThroughIt()
    {
        Crew crew;
        const auto done = hold(crew);
        QVERIFY2(done, done ? "" : (done.error().type + ": " + done.error().detail + "\n" + m_screen).c_str());
        for (const auto* step :
             {"Step 1 of 7: boot the HSM", "Step 2 of 7", "Step 3 of 7", "Step 4 of 7", "Step 5 of 7", "Step 6 of 7",
              "Step 7 of 7: power down the HSM", "CSO Farah Fischer is present", "External Auditor Imran Ito"})
            QVERIFY2(has(m_screen, step), step);

        // Shares are on paper and nowhere else, and each screen with one is cleared.
        QCOMPARE(crew.shares.size(), 10U);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(m_hsm->path())) {
            if (!entry.is_regular_file()) continue;
            QVERIFY2(!has(entry.path().filename().string(), "share-"), entry.path().c_str());
            const auto content = ceremony::readFile(entry.path()).value_or("");
            for (const auto& [holder, share] : crew.shares)
                QVERIFY(!has(content, std::regex_replace(share, std::regex(" "), "")));
        }
        const auto shown = [&](const std::string& sequence) {
            std::size_t count = 0;
            for (auto at = m_screen.find(sequence); at != std::string::npos; at = m_screen.find(sequence, at + 1))
                ++count;
            return count;
        };
        QCOMPARE(shown("\x1b[?1049h"), 16U); // ten handed out, three of each set taken back
        QCOMPARE(shown("\x1b[H\x1b[2J\x1b[3J\x1b[?1049l"), 16U);
        const auto transcript = json::parse(ceremony::readFile(m_hsm->path() / "pki/transcript.json").value());
        QCOMPARE(transcript["present"].dump(), std::string(R"(["Alice Adams","Chiyo Chiba","Emeka Eze"])"));
        QCOMPARE(transcript["participants"].size(), 4U);
        QCOMPARE(transcript["share_sets"].size(), 2U);
        for (const auto& [holder, check] : crew.checks)
            QVERIFY(has(transcript.dump(), std::regex_replace(check, std::regex(" "), "")));

        // The papers restore the backed-up key.
        std::ostringstream screen;
        People people(screen, [&](const std::string& printed) { return crew.answer(printed); });
        std::istream in(&people);
        crew.holders = "2 4 5";
        const auto restored =
            restoreKey(m_hsm->path() / "ceremony.json", "root-ca", "v2c-restored", {true, false, false}, in, screen);
        QVERIFY2(restored, restored ? "" : (restored.error().type + ": " + restored.error().detail).c_str());
    }

    /// Ten years on: other holders, the same papers, the records of the first ceremony.
    void papersOpenTheRootAgain()
    {
        Crew crew;
        QVERIFY(hold(crew));
        std::ifstream stream(m_hsm->path() / "ceremony.json");
        auto plan = json::parse(stream);
        plan["certificates"][0].erase("backup");
        plan["certificates"][0]["earlier"] = (m_hsm->path() / "pki/root-ca.pem").string();
        plan["crls"][0]["previous"] = (m_hsm->path() / "pki/root-ca.crl").string();
        plan["tokens"][0]["earlier"] = {{"secrets", (m_hsm->path() / "secrets").string()}};
        plan["output"] = (m_hsm->path() / "pki-2").string();
        plan["secrets"] = (m_hsm->path() / "secrets-2").string();
        crew.holders = "2 3 4";
        const auto refused = holdPlan(plan, crew);
        QVERIFY(!refused); // without records there is nothing to compare a typed share with
        QCOMPARE(refused.error().type, std::string("share-records"));

        plan["tokens"][0]["earlier"]["share_records"] = (m_hsm->path() / "pki/shares.json").string();
        crew.mischief = [](const std::string& printed, const std::string& answer) {
            return has(printed, "Check value on your paper") ? std::string("0000 0000 0000 0000") : answer;
        };
        QCOMPARE(holdPlan(plan, crew).error().type, std::string("shares-mixed"));
        QVERIFY(!std::filesystem::exists(m_hsm->path() / "pki-2/transcript.json"));
        crew.mischief = nullptr;
        const auto done = holdPlan(plan, crew);
        QVERIFY2(done, done ? "" : (done.error().type + ": " + done.error().detail + "\n" + m_screen).c_str());
        std::ostringstream checked;
        QVERIFY(verifyCeremony(m_hsm->path() / "pki/root-ca.pem", m_hsm->path() / "pki-2/transcript.json", checked));
        QVERIFY(!has(m_screen, "Copy both to your paper")); // no share is handed out anew
    }

    void mistakesAreForgivenThreeTimes()
    {
        Crew crew;
        int wrong = 0;
        crew.mischief = [&](const std::string& printed, std::string answer) {
            const bool isRetry = has(printed, "there is a mistake") || has(printed, "That is not it");
            if (isRetry || answer.empty() || !(has(printed, "Share: ") || has(printed, "from your paper")))
                return answer;
            ++wrong;
            answer.back() = answer.back() == '0' ? '1' : '0'; // not the first, which is a blank
            return answer;
        };
        const auto done = hold(crew);
        QVERIFY2(done, done ? "" : (done.error().type + ": " + done.error().detail + "\n" + m_screen).c_str());
        QCOMPARE(wrong, 16);
    }

    void refusalsAreNamedAndNothingIsSigned_data()
    {
        QTest::addColumn<QString>("holders");
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("errorType");

        const auto row = [](const char* name, const char* holders, const char* prompt, const char* typed,
                            const char* errorType) {
            QTest::newRow(name) << QString::fromUtf8(holders) << QString::fromUtf8(prompt) << QString::fromUtf8(typed)
                                << QString::fromUtf8(errorType);
        };
        row("two holders", "1 3", "", "", "shares-too-few");
        row("nobody", "", "", "", "shares-too-few");
        row("a holder twice", "1 3 1", "", "", "share-repeated");
        row("a stranger by number", "1 3 6", "", "", "holder-unknown");
        row("a stranger by name", "1 3 Mallory", "", "", "holder-unknown");
        row("number zero", "0 1 3", "", "", "holder-unknown");
        row("an enormous number", "1 3 99999999999999999999", "", "", "holder-unknown");
        row("check value not copied", "1 3 5", "Type the check value from your paper", "0000 0000 0000 0000",
            "share-not-confirmed");
        row("paper of another set", "1 3 5", "Check value on your paper", "0123 4567 89ab cdef", "shares-mixed");
        row("wrong share", "1 3 5", "Share: ", "00112233445566778899aabbccddeeff", "share-corrupted");
        row("no share at all", "1 3 5", "Share: ", "I forgot", "share-corrupted");
        row("a step not confirmed", "1 3 5", "type \"done\"", "maybe", "step-not-confirmed");
        row("terminal closed", "1 3 5", "Share: ", "EOF", "input-ended");
    }

    void refusalsAreNamedAndNothingIsSigned()
    {
        QFETCH(const QString, holders);
        QFETCH(const QString, prompt);
        QFETCH(const QString, typed);
        QFETCH(const QString, errorType);
        Crew crew;
        crew.holders = holders.toStdString();
        crew.mischief = [&](const std::string& printed, const std::string& answer) {
            return !prompt.isEmpty() && has(printed, prompt.toStdString()) ? typed.toStdString() : answer;
        };
        const auto done = hold(crew);
        QVERIFY(!done);
        QCOMPARE(QString::fromStdString(done.error().type), errorType);
        QVERIFY(!std::filesystem::exists(m_hsm->path() / "pki/root-ca.pem"));
        QVERIFY(!std::filesystem::exists(m_hsm->path() / "pki/transcript.json"));
        QVERIFY(!std::filesystem::exists(m_hsm->path() / "pki/manifest.json"));
        // The next attempt starts clean.
        Crew careful;
        const auto again = hold(careful);
        QVERIFY2(again, again ? "" : (again.error().type + ": " + again.error().detail).c_str());
    }

private:
    /// An elliptic root with a backup, which is quick, and a station below it.
    Result<void> hold(Crew& crew)
    {
        std::ifstream stream(V2C_SOURCE_DIR "/resources/ceremony/demo.json");
        auto plan = json::parse(stream);
        plan["signer"] = V2C_BIN_DIR "/v2c-signer";
        plan["profiles"] = V2C_SOURCE_DIR "/resources/profiles";
        plan["output"] = (m_hsm->path() / "pki").string();
        plan["secrets"] = (m_hsm->path() / "secrets").string();
        plan["tokens"] = json::array({plan["tokens"][0]});
        auto root = plan["certificates"][0];
        root["algorithm"] = "EC-P384";
        auto station = plan["certificates"][8];
        station["issuer"] = "root-ca.pem";
        plan["certificates"] = json::array({root, station});
        plan["crls"] = json::array({plan["crls"][0]});
        plan.erase("chains");
        plan.erase("secret_keys");
        return holdPlan(plan, crew);
    }

    Result<void> holdPlan(const json& plan, Crew& crew)
    {
        std::ofstream(m_hsm->path() / "ceremony.json") << plan.dump(2);
        std::ostringstream screen;
        People people(screen, [&](const std::string& printed) { return crew.answer(printed); });
        std::istream in(&people);
        auto done = runCeremony(m_hsm->path() / "ceremony.json", {true, false, false}, in, screen);
        m_screen = screen.str();
        return done;
    }

    std::optional<test::SoftHsmFolder> m_hsm;
    std::string m_screen;
};

QTEST_GUILESS_MAIN(GuidedCeremonyTest)
#include "guided_ceremony_test.moc"
