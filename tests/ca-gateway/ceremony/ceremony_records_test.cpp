#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <sstream>

#include "ca-gateway/pki/software_ca.h"
#include "ceremony/ceremony.h"
#include "ceremony/desk.h"
#include "ceremony/key_backup.h"
#include "signer/protocol.h"

using namespace gateway;

namespace {

void rows(const std::vector<std::pair<const char*, const char*>>& table)
{
    QTest::addColumn<QByteArray>("text");
    for (const auto& [name, text] : table)
        QTest::newRow(name) << QByteArray(text);
}

} // namespace

/// What a later ceremony reads of an earlier one comes from a medium that has been in a safe for years: anything may be
/// on it.
class CeremonyRecordsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        const auto profiles = pki::test::must(pki::loadProfiles(V2C_SOURCE_DIR "/resources/profiles"));
        auto prepared = pki::test::must(pki::prepareSelfSigned(profiles.at("root-ca"), {}, m_rootKey.publicKeyDer(),
                                                               "root-ca", pki::test::serialOf(1), pki::test::kNow));
        const auto signature = m_rootKey.sign(prepared.tbsDer());
        write("root.pem", pki::test::must(pki::completeSelfSigned(std::move(prepared), signature)).pem());
    }

    void shareRecordsAreReadBack()
    {
        const ceremony::ShareSet set{"pin", "0011", 2, "aabb", {{"Alice", 1, "01"}, {"Bruno", 255, "02"}}};
        const auto read = ceremony::parseShareSets(ceremony::toJson(std::vector{set}));
        QVERIFY(read && read->size() == 1);
        QCOMPARE(read->front().threshold, 2U);
        QCOMPARE(read->front().records[1].index, 255U);
        QCOMPARE(read->front().records[1].holder, std::string("Bruno"));
    }

    void otherShareRecordsAreRefused_data()
    {
        rows(
            {{"nothing", ""},
             {"not JSON", "["},
             {"an object", "{}"},
             {"a set that is a text", R"(["pin"])"},
             {"no purpose", R"([{"set": "00", "threshold": 2, "secret_check": "aa", "shares": []}])"},
             {"no shares", R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa"}])"},
             {"shares an object",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": {}}])"},
             {"fewer shares than open it",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": [{"holder": "A", "index": 1, "check": "01"}]}])"},
             {"threshold 1",
              R"([{"purpose": "pin", "set": "00", "threshold": 1, "secret_check": "aa", "shares": [{"holder": "A", "index": 1, "check": "01"}]}])"},
             {"threshold negative",
              R"([{"purpose": "pin", "set": "00", "threshold": -2, "secret_check": "aa", "shares": [{"holder": "A", "index": 1, "check": "01"}]}])"},
             {"index 0",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": [{"holder": "A", "index": 0, "check": "01"}, {"holder": "B", "index": 2, "check": "02"}]}])"},
             {"index above a byte",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": [{"holder": "A", "index": 256, "check": "01"}, {"holder": "B", "index": 2, "check": "02"}]}])"},
             {"enormous index",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": [{"holder": "A", "index": 18446744073709551615, "check": "01"}, {"holder": "B", "index": 2, "check": "02"}]}])"},
             {"share without a holder",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": [{"index": 1, "check": "01"}, {"holder": "B", "index": 2, "check": "02"}]}])"},
             {"share that is a number",
              R"([{"purpose": "pin", "set": "00", "threshold": 2, "secret_check": "aa", "shares": [1, 2]}])"}});
    }

    void otherShareRecordsAreRefused()
    {
        QFETCH(const QByteArray, text);
        const auto read = ceremony::parseShareSets(text.toStdString());
        QVERIFY(!read);
        QCOMPARE(read.error().type, std::string("share-records"));
    }

    void keyBackupsAreReadBack()
    {
        const ceremony::KeyBackup backup{"root-ca", "RSA-4096", {1, 2}, {3, 4, 5}};
        const auto read = ceremony::parseKeyBackups(ceremony::toJson(std::vector{backup}));
        QVERIFY(read && read->size() == 1);
        QCOMPARE(read->front().keyLabel, std::string("root-ca"));
        QCOMPARE(read->front().wrapped, (Bytes{3, 4, 5}));
    }

    void otherKeyBackupsAreRefused_data()
    {
        rows(
            {{"nothing", ""},
             {"an object", "{}"},
             {"an entry that is a text", R"(["root-ca"])"},
             {"no key", R"([{"algorithm": "EC-P384", "public_key": "00", "wrapped": "00"}])"},
             {"key a number", R"([{"key": 1, "algorithm": "EC-P384", "public_key": "00", "wrapped": "00"}])"},
             {"nothing wrapped", R"([{"key": "root-ca", "algorithm": "EC-P384", "public_key": "00"}])"},
             {"not hex", R"([{"key": "root-ca", "algorithm": "EC-P384", "public_key": "00", "wrapped": "xy"}])"},
             {"half a byte", R"([{"key": "root-ca", "algorithm": "EC-P384", "public_key": "000", "wrapped": "00"}])"}});
    }

    void otherKeyBackupsAreRefused()
    {
        QFETCH(const QByteArray, text);
        const auto read = ceremony::parseKeyBackups(text.toStdString());
        QVERIFY(!read);
        QCOMPARE(read.error().type, std::string("key-backup"));
    }

    /// Signed by the root, as a root that has gone astray would.
    void otherTranscriptsAreRefused_data()
    {
        rows({{"nothing", ""},
              {"not JSON", "{"},
              {"a list", "[]"},
              {"null", "null"},
              {"no list of what was signed", R"({"files": []})"},
              {"signed an object", R"({"signed": {}, "files": []})"},
              {"no list of files", R"({"signed": []})"},
              {"entry a text", R"({"signed": ["root.pem"], "files": []})"},
              {"entry without a hash", R"({"signed": [{"file": "root.pem"}], "files": []})"},
              {"hash a number", R"({"signed": [], "files": [{"file": "root.pem", "sha256": 1}]})"},
              {"file without a name", R"({"signed": [], "files": [{"file": "", "sha256": "00"}]})"},
              {"file elsewhere", R"({"signed": [], "files": [{"file": "../root.pem", "sha256": "00"}]})"},
              {"file at the root",
               R"({"signed": [{"file": "/etc/passwd", "certificate_sha256": "00"}], "files": []})"}});
    }

    void otherTranscriptsAreRefused()
    {
        QFETCH(const QByteArray, text);
        QCOMPARE(verified(text.toStdString()), std::string("transcript"));
    }

    void rightTranscriptPasses()
    {
        QCOMPARE(verified(R"({"signed": [], "files": []})"), std::string());
        QCOMPARE(verified(R"({"signed": [{"file": "root.pem", "certificate_sha256": "00"}], "files": []})"),
                 std::string("transcript-file"));
        QCOMPARE(verified(R"({"signed": [], "files": [{"file": "missing", "sha256": "00"}]})"),
                 std::string("transcript-file"));
    }

private:
    /// @return the type of the refusal
    std::string verified(const std::string& transcript)
    {
        const auto document = std::string(signer::kTranscriptPrefix) + transcript;
        const auto signature =
            m_rootKey.sign({reinterpret_cast<const std::uint8_t*>(document.data()), document.size()});
        write("transcript.json", transcript);
        write("transcript.sig", {reinterpret_cast<const char*>(signature.data()), signature.size()});
        std::ostringstream out;
        const auto done = verifyCeremony(path("root.pem"), path("transcript.json"), out);
        return done ? std::string() : done.error().type;
    }

    [[nodiscard]] std::filesystem::path path(const char* name) const
    {
        return std::filesystem::path(m_folder.path().toStdString()) / name;
    }
    void write(const char* name, std::string_view content) const
    {
        std::ofstream(path(name), std::ios::binary) << content;
    }

    QTemporaryDir m_folder;
    pki::test::SoftwareKey m_rootKey = pki::test::SoftwareKey::ec("P-384");
};

QTEST_APPLESS_MAIN(CeremonyRecordsTest)
#include "ceremony_records_test.moc"
