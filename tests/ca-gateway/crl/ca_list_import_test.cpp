#include <filesystem>
#include <fstream>
#include <iterator>

#include <QTemporaryDir>
#include <QTest>

#include "ca-gateway/pki/software_ca.h"
#include "crl/ca_lists.h"

using namespace gateway;
using pki::test::kNow;
using pki::test::must;
using pki::test::serialOf;

namespace {

constexpr std::chrono::days kLifetime{30};

std::string typeOf(const Result<bool>& done)
{
    if (!done) return done.error().type;
    return *done ? "published" : "was published";
}

} // namespace

/// What import accepts as the list of a CA that signs in ceremonies, and what is told of those that are published.
class CaListImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder.emplace();
        std::filesystem::create_directories(folder() / "in");
        std::filesystem::create_directories(folder() / "crl");
    }
    void cleanup()
    {
        m_folder.reset();
        m_told.clear();
    }

    void listIsPublishedOnceInBothForms()
    {
        const auto der = list(7);
        QCOMPARE(import(der), std::string("published"));
        QCOMPARE(contentOf("crl/intermediate-ca.crl"), der);
        const auto pem = contentOf("crl/intermediate-ca.crl.pem");
        QVERIFY(pki::crlPem(der) == std::string(pem.begin(), pem.end()));
        QCOMPARE(m_told, std::vector<std::uint64_t>{7});
        QCOMPARE(import(der), std::string("was published"));
        QCOMPARE(m_told.size(), 1U);
        QCOMPARE(import(list(8)), std::string("published"));
    }

    void whatIsPublishedStays_data()
    {
        QTest::addColumn<QByteArray>("given");
        QTest::addColumn<QByteArray>("type");

        QTest::newRow("lower number") << QByteArray("older") << QByteArray("crl-older");
        QTest::newRow("same number, other list") << QByteArray("twin") << QByteArray("crl-older");
        QTest::newRow("expired") << QByteArray("expired") << QByteArray("crl-expired");
        QTest::newRow("of tomorrow") << QByteArray("future") << QByteArray("crl-of-future");
        QTest::newRow("revocation lost") << QByteArray("lost") << QByteArray("crl-entry-lost");
        QTest::newRow("another issuer's") << QByteArray("foreign") << QByteArray("signature-invalid");
        QTest::newRow("changed") << QByteArray("changed") << QByteArray("signature-invalid");
        QTest::newRow("cut off") << QByteArray("cut") << QByteArray("crl-lint");
        QTest::newRow("nothing") << QByteArray("empty") << QByteArray("file-absent");
    }

    void whatIsPublishedStays()
    {
        QFETCH(const QByteArray, given);
        QFETCH(const QByteArray, type);
        const std::vector<pki::RevokedEntry> revoked = {
            {serialOf(3), kNow - 2 * kLifetime, RevocationReason::CaCompromise}};
        const auto published = list(10, revoked);
        QCOMPARE(import(published), std::string("published"));
        Bytes der = list(11, revoked);
        if (given == "older") der = list(9, revoked);
        if (given == "twin") der = list(10, revoked, kNow + std::chrono::seconds(1));
        if (given == "expired") der = list(11, revoked, kNow - kLifetime);
        if (given == "future") der = list(11, revoked, kNow + std::chrono::days(1));
        if (given == "lost") der = list(11);
        if (given == "foreign") der = sign(m_pki.root, m_pki.rootKey, 11, revoked, kNow);
        if (given == "changed") der.back() ^= 1;
        if (given == "cut") der.pop_back();
        if (given == "empty") der.clear();
        const auto answer = import(der);
        QCOMPARE(answer, type.toStdString());
        QCOMPARE(contentOf("crl/intermediate-ca.crl"), published);
        QCOMPARE(m_told.size(), 1U);
    }

    void anotherIssuersListIsNotReplaced()
    {
        QCOMPARE(import(sign(m_pki.root, m_pki.rootKey, 1, {}, kNow), m_pki.root), std::string("published"));
        QCOMPARE(import(list(11)), std::string("crl-in-use"));
    }

    void failedRecordPublishesNothing()
    {
        write(list(1));
        const auto done = publishCaList(
            folder() / "in/intermediate-ca.crl", m_pki.intermediate.certificate, folder() / "crl", kNow,
            [](const pki::CrlTimes&) -> Result<void> { return fail(ErrorCode::StoreUnavailable, "store", "down"); });
        QCOMPARE(typeOf(done), std::string("store"));
        QVERIFY(!std::filesystem::exists(folder() / "crl/intermediate-ca.crl"));
    }

    void namesComeFromTheCertificates()
    {
        QCOMPARE(namedLists(m_pki.device.chain), (std::vector<std::string>{"intermediate-ca", "root-ca"}));
        QVERIFY(namedLists({m_pki.root.certificate}).empty());
    }

    void endIsTold_data()
    {
        QTest::addColumn<int>("afterHours");
        QTest::addColumn<QByteArray>("told");

        QTest::newRow("fresh") << 0 << QByteArray("ok");
        QTest::newRow("three quarters") << 30 * 18 << QByteArray("ok");
        QTest::newRow("last quarter") << 30 * 18 + 1 << QByteArray("expiring");
        QTest::newRow("last second but an hour") << 30 * 24 - 1 << QByteArray("expiring");
        QTest::newRow("over") << 30 * 24 << QByteArray("crl-expired");
    }

    void endIsTold()
    {
        QFETCH(const int, afterHours);
        QFETCH(const QByteArray, told);
        QCOMPARE(import(list(1)), std::string("published"));
        const auto states =
            inspectCaLists(folder() / "crl", {"intermediate-ca", "root-ca"}, kNow + std::chrono::hours(afterHours));
        QCOMPARE(states.size(), 2U);
        QVERIFY(states[0].nextUpdate == kNow + kLifetime);
        QCOMPARE(states[0].fault        ? states[0].fault->type
                 : states[0].isExpiring ? "expiring"
                                        : "ok",
                 told.toStdString());
        QCOMPARE(states[1].fault->type, std::string("crl-not-published"));
    }

private:
    [[nodiscard]] std::filesystem::path folder() const { return m_folder->path().toStdString(); }

    [[nodiscard]] static Bytes sign(const pki::Issuer& issuer, const pki::test::SoftwareKey& key, std::uint64_t number,
                                    const std::vector<pki::RevokedEntry>& entries, Time thisUpdate)
    {
        const auto tbs = must(pki::prepareCrl(issuer, entries, number, thisUpdate, thisUpdate + kLifetime));
        return must(pki::completeCrl(tbs, key.sign(tbs), issuer.certificate));
    }
    [[nodiscard]] Bytes list(std::uint64_t number, const std::vector<pki::RevokedEntry>& entries = {},
                             Time thisUpdate = kNow) const
    {
        return sign(m_pki.intermediate, m_pki.intermediateKey, number, entries, thisUpdate);
    }

    void write(const Bytes& der) const
    {
        std::ofstream stream(folder() / "in/intermediate-ca.crl", std::ios::binary);
        stream.write(reinterpret_cast<const char*>(der.data()), static_cast<std::streamsize>(der.size()));
    }
    std::string import(const Bytes& der) { return import(der, m_pki.intermediate); }
    std::string import(const Bytes& der, const pki::Issuer& issuer)
    {
        write(der);
        return typeOf(publishCaList(folder() / "in/intermediate-ca.crl", issuer.certificate, folder() / "crl", kNow,
                                    [this](const pki::CrlTimes& times) -> Result<void> {
                                        m_told.push_back(times.number);
                                        return {};
                                    }));
    }
    [[nodiscard]] Bytes contentOf(const char* file) const
    {
        std::ifstream stream(folder() / file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    pki::test::SoftwareHierarchy m_pki{V2C_SOURCE_DIR "/resources/profiles"};
    std::optional<QTemporaryDir> m_folder;
    std::vector<std::uint64_t> m_told;
};

QTEST_GUILESS_MAIN(CaListImportTest)
#include "ca_list_import_test.moc"
