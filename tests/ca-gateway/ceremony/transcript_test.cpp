#include <QTest>

#include <fstream>
#include <optional>
#include <sstream>

#include "ceremony/pdf_document.h"
#include "ceremony_files.h"

using namespace gateway;
using namespace gateway::test;
using nlohmann::json;

/// The ceremony's records: what is signed and hashed in them, and how they print.
class TranscriptTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_files.emplace(); }
    void cleanup() { m_files.reset(); }

    void changedRecordsAreFound()
    {
        auto plan = m_files->smallPlan();
        plan["certificates"][0]["backup"] = true;
        std::ostringstream progress;
        QVERIFY(hold(m_files->write(plan), progress));
        const auto root = m_files->folder() / "root.pem";
        std::filesystem::copy_file(m_files->output() / "root-ca.pem", root);
        const auto verified = [&] {
            std::ostringstream out;
            const auto done = verifyCeremony(root, m_files->output() / "transcript.json", out);
            return done ? std::string() : done.error().type;
        };
        QCOMPARE(verified(), std::string());
        const auto withOther = [&](const char* file, const std::string& content) {
            const auto original = contentOf(m_files->output() / file);
            std::ofstream(m_files->output() / file) << content;
            const auto answer = verified();
            std::ofstream(m_files->output() / file) << original;
            return answer;
        };
        auto transcript = contentOf(m_files->output() / "transcript.json");
        transcript[transcript.find("Alice")] = 'E';
        QCOMPARE(withOther("transcript.json", transcript), std::string("transcript-signature"));
        QCOMPARE(withOther("transcript.sig", "x"), std::string("transcript-signature"));
        QCOMPARE(withOther("transcript.sig", ""), std::string("transcript-signature"));
        QCOMPARE(withOther("station-demo-01.pem", contentOf(root)), std::string("transcript-file"));
        QCOMPARE(withOther("shares.json", "[]"), std::string("transcript-file"));
        QCOMPARE(withOther("key-backup.json", "[]"), std::string("transcript-file"));
        std::filesystem::remove(m_files->output() / "shares.json");
        QCOMPARE(verified(), std::string("transcript-file"));
        // the same by openssl alone
        const auto [status, said] =
            runProgram("sh", {"-c",
                              "cd \"$0\" && openssl x509 -in root-ca.pem -pubkey -noout > ../key.pem && "
                              "(printf 'V2C CEREMONY TRANSCRIPT\\n'; cat transcript.json) | "
                              "openssl dgst -sha384 -verify ../key.pem -signature transcript.sig",
                              (m_files->output()).string()});
        QVERIFY2(status == 0, said.c_str());
    }

    void printedTranscriptSaysTheSame()
    {
        auto plan = m_files->smallPlan();
        plan["certificates"][0]["backup"] = true;
        plan["participants"][0]["name"] = "J\u00fcrgen (\"J\\\") M\u00fcller";
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(m_files->write(plan), progress)), std::string());
        const auto text = printed(m_files->output() / "transcript.pdf");
        const auto transcript = json::parse(contentOf(m_files->output() / "transcript.json"));
        std::vector<std::string> expected = {"Key ceremony transcript",
                                             "page 1 of ",
                                             "CSO: J\u00fcrgen (\"J\\\") M\u00fcller",
                                             "External Auditor: Imran Ito",
                                             "Key holder: Alice Adams",
                                             "Root token's PIN, 3 of 5, set ",
                                             "Key backup, 3 of 5, set ",
                                             "Key holder, Emeka Eze",
                                             transcript["module"]["sha256"],
                                             transcript["ceremony_file_sha256"]};
        for (const auto& set : transcript["share_sets"])
            for (const auto& share : set["shares"])
                expected.push_back(share["check"]);
        for (const auto& entry : transcript["signed"]) {
            expected.push_back(entry["certificate_sha256"]);
            expected.push_back(entry["serial"]);
        }
        for (const auto& entry : transcript["files"])
            expected.push_back(entry["sha256"]);
        for (int step = 1; step <= 7; ++step)
            expected.push_back("step " + std::to_string(step) + ", ");
        for (const auto& part : expected)
            QVERIFY2(has(text, part), (part + "\n" + text).c_str());
        QVERIFY(!has(text, "REHEARSAL"));
        const auto [status, digest] = runProgram("sha256sum", {(m_files->output() / "transcript.json").string()});
        QCOMPARE(status, 0);
        QVERIFY(has(text, digest.substr(0, 64)));
    }

    /// Every page is A4, has ink on it, and leaves the margins white.
    void pagesRender()
    {
        std::ostringstream progress;
        auto plan = m_files->smallPlan();
        plan["participants"][0]["name"] = std::string(300, 'W'); // must be broken into lines
        QCOMPARE(faultOf(hold(m_files->write(plan), progress)), std::string());
        const auto pdf = (m_files->output() / "transcript.pdf").string();
        const auto [status, said] =
            runProgram("pdftoppm", {"-r", "72", "-gray", pdf, (m_files->folder() / "page").string()});
        QVERIFY2(status == 0 && said.empty(), said.c_str()); // it tells of any fault in the file
        unsigned pages = 0;
        for (const auto& entry : std::filesystem::directory_iterator(m_files->folder())) {
            if (entry.path().extension() != ".pgm") continue;
            ++pages;
            checkPage(contentOf(entry.path()));
        }
        QVERIFY(pages >= 2);
        QVERIFY(has(printed(pdf), "page 1 of " + std::to_string(pages)));
    }

    void rehearsalIsMarkedOnEveryPage()
    {
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(m_files->write(m_files->smallPlan()), progress, {false, true, false})), std::string());
        std::istringstream pages(printed(m_files->output().string() + "-rehearsal/transcript.pdf"));
        unsigned count = 0;
        for (std::string page; std::getline(pages, page, '\f') && !page.empty(); ++count)
            QVERIFY2(has(page, "REHEARSAL - keys of no value"), page.c_str());
        QVERIFY(count >= 2);
    }

    void everyCharacterIsPrintable_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("shown");

        QTest::newRow("parentheses and backslash") << QByteArray("(a\\b) ((") << QByteArray("(a\\b) ((");
        QTest::newRow("Latin-1") << QByteArray("\xC3\x85ngstr\xC3\xB6m") << QByteArray("\xC3\x85ngstr\xC3\xB6m");
        QTest::newRow("beyond Latin-1") << QByteArray("\xE5\x8D\x83") << QByteArray("U+5343");
        QTest::newRow("an emoji") << QByteArray("\xF0\x9F\x94\x91") << QByteArray("U+1F511");
        QTest::newRow("control character") << QByteArray("a\x07z") << QByteArray("aU+0007z");
        QTest::newRow("not UTF-8") << QByteArray("a\xFFz") << QByteArray("a?z");
        QTest::newRow("cut off UTF-8") << QByteArray("a\xE5\x8D") << QByteArray("a??");
    }

    void everyCharacterIsPrintable()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, shown);
        ceremony::PdfDocument document("test");
        document.heading("[" + text.toStdString() + "]");
        document.line("<" + text.toStdString() + ">");
        const auto file = m_files->folder() / "text.pdf";
        std::ofstream(file, std::ios::binary) << document.bytes();
        const auto content = printed(file);
        QVERIFY2(has(content, "[" + shown.toStdString() + "]"), content.c_str());
        QVERIFY2(has(content, "<" + shown.toStdString() + ">"), content.c_str());
    }

private:
    static std::string printed(const std::filesystem::path& pdf)
    {
        const auto [status, text] = runProgram("pdftotext", {"-layout", "-enc", "UTF-8", pdf.string(), "-"});
        return status == 0 ? text : "pdftotext: " + text;
    }

    /// @param pgm  "P5 width height 255" and a byte for each pixel
    static void checkPage(const std::string& pgm)
    {
        std::istringstream header(pgm);
        std::string magic;
        std::size_t width = 0;
        std::size_t height = 0;
        unsigned white = 0;
        header >> magic >> width >> height >> white;
        QCOMPARE(magic, std::string("P5"));
        QCOMPARE(width, 595U);
        QCOMPARE(height, 842U);
        const auto pixels = std::string_view(pgm).substr(static_cast<std::size_t>(header.tellg()) + 1);
        QCOMPARE(pixels.size(), width * height);
        std::size_t ink = 0;
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            if (static_cast<unsigned char>(pixels[i]) > 128) continue;
            ++ink;
            const auto x = i % width;
            const auto y = i / width;
            constexpr std::size_t kMargin = 30;
            QVERIFY2(x >= kMargin && x < width - kMargin && y >= kMargin && y < height - kMargin,
                     ("ink in the margin at " + std::to_string(x) + ", " + std::to_string(y)).c_str());
        }
        QVERIFY(ink > 500);
    }

    std::optional<CeremonyFiles> m_files;
};

QTEST_GUILESS_MAIN(TranscriptTest)
#include "transcript_test.moc"
