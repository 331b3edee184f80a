#include <QByteArray>
#include <QTest>

#include "ca-gateway/evidence/test_manufacturer.h"
#include "evidence/evidence_bundle.h"

using namespace gateway;
using namespace gateway::evidence;

namespace {

constexpr Time kNow{std::chrono::seconds(1'790'000'000)};
constexpr long kDay = 86400;

test::CertificateWish authority(const std::string& name)
{
    return {.commonName = name,
            .isCa = true,
            .keyUsage = "keyCertSign,cRLSign",
            .extendedKeyUsage = "",
            .hasTpmName = false};
}

test::CertificateWish signer(const std::string& usage = std::string(kBundleSigningUsage), long endsIn = 100 * kDay)
{
    return {.commonName = "bundle signer",
            .keyUsage = "digitalSignature",
            .extendedKeyUsage = usage,
            .hasTpmName = false,
            .endsIn = endsIn};
}

} // namespace

class EvidenceBundleTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsSignedIsRead()
    {
        auto content = m_maker.content();
        content.crls = {m_maker.crl(false, {}, kDay)};
        const auto text = signBundle(content, kNow, chainOf(m_signer), m_signer.keyPem());
        QVERIFY2(text.has_value(), text ? "" : text.error().detail.c_str());
        const auto bundle = openBundle(*text, root(), kNow);
        QVERIFY2(bundle.has_value(), bundle ? "" : bundle.error().detail.c_str());
        QCOMPARE(bundle->content.roots, content.roots);
        QCOMPARE(bundle->content.intermediates, content.intermediates);
        QCOMPARE(bundle->content.crls, content.crls);
        QVERIFY(bundle->createdAt == kNow);
        QCOMPARE(bundle->signer, std::string("CN = bundle signer"));
        QVERIFY(bundle->signerEnds == kNow + std::chrono::days(100));
    }

    void anyChangedCharacterOfThePayloadIsSeen()
    {
        const auto good = *signBundle(m_maker.content(), kNow, chainOf(m_signer), m_signer.keyPem());
        const auto at = good.find("\"payload\": \"") + 12;
        for (std::size_t i = 0; i < 40; ++i) {
            auto text = good;
            auto& changed = text[at + 97 * i % 2000];
            changed = changed == 'A' ? 'B' : 'A';
            if (text == good) continue;
            const auto bundle = openBundle(text, root(), kNow);
            QVERIFY(!bundle.has_value());
            QCOMPARE(bundle.error().type, std::string("evidence-bundle"));
        }
    }

    void otherSignersAreRefused()
    {
        const auto refused = [&](const std::string& chain, const std::string& key, Time now, const char* named) {
            const auto text = signBundle(m_maker.content(), kNow, chain, key);
            if (!text) return false;
            const auto bundle = openBundle(*text, root(), now);
            return !bundle && bundle.error().type == "evidence-bundle" &&
                   bundle.error().detail.find(named) != std::string::npos;
        };
        const auto station = test::makeCertificate(signer("clientAuth"), {}, &m_intermediate, kNow);
        QVERIFY(refused(chainOf(station), station.keyPem(), kNow, "1.3.6.1.4.1.99999.3"));
        const auto otherRoot = test::makeCertificate(authority("Root"), {}, nullptr, kNow);
        const auto foreign = test::makeCertificate(signer(), {}, &otherRoot, kNow);
        QVERIFY(refused(foreign.pem() + otherRoot.pem(), foreign.keyPem(), kNow, "does not chain"));
        QVERIFY(refused(m_signer.pem(), m_signer.keyPem(), kNow, "does not chain")); // the intermediate is missing
        QVERIFY(refused(chainOf(m_signer), m_signer.keyPem(), kNow + std::chrono::days(101), "expired"));
        // A signature by a key beside the certificate cannot be made by signBundle().
        QVERIFY(!signBundle(m_maker.content(), kNow, chainOf(m_signer), station.keyPem()).has_value());
        const auto text = *signBundle(m_maker.content(), kNow, chainOf(m_signer), m_signer.keyPem());
        const auto another = test::makeCertificate(signer(), {}, &m_intermediate, kNow);
        const auto swapped =
            QByteArray::fromStdString(text).replace(escaped(m_signer.pem()), escaped(another.pem())).toStdString();
        QVERIFY(swapped != text);
        const auto bundle = openBundle(swapped, root(), kNow);
        QVERIFY(!bundle.has_value());
        QVERIFY2(bundle.error().detail.find("signature") != std::string::npos, bundle.error().detail.c_str());
    }

    void badFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("named");
        const auto good =
            QByteArray::fromStdString(*signBundle(m_maker.content(), kNow, chainOf(m_signer), m_signer.keyPem()));
        QTest::newRow("empty") << QByteArray() << QByteArray("format");
        QTest::newRow("array") << QByteArray("[]") << QByteArray("format");
        QTest::newRow("another format") << QByteArray(good).replace("bundle-1", "bundle-2") << QByteArray("format");
        QTest::newRow("no payload") << QByteArray(good).replace("\"payload\"", "\"load\"") << QByteArray("payload");
        QTest::newRow("no signature") << QByteArray(good).replace("\"signature\"", "\"mark\"")
                                      << QByteArray("signature");
        QTest::newRow("no signer") << QByteArray(good).replace("\"signer\"", "\"who\"") << QByteArray("signer");
        QTest::newRow("signer no PEM") << QByteArray(good).replace("BEGIN CERTIFICATE", "BEGIN SOMETHING")
                                       << QByteArray("PEM");
        QTest::newRow("cut") << good.chopped(200) << QByteArray("format");
    }

    void badFilesAreRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, named);
        const auto bundle = openBundle(text.toStdString(), root(), kNow);
        QVERIFY(!bundle.has_value());
        QCOMPARE(bundle.error().type, std::string("evidence-bundle"));
        QVERIFY2(bundle.error().detail.find(named.toStdString()) != std::string::npos, bundle.error().detail.c_str());
    }

private:
    pki::Certificate root() const { return *pki::Certificate::parsePem(m_root.pem()); }
    std::string chainOf(const test::Issued& leaf) const { return leaf.pem() + m_intermediate.pem(); }
    static QByteArray escaped(const std::string& pem) { return QByteArray::fromStdString(pem).replace('\n', "\\n"); }

    const test::TestManufacturer m_maker{kNow};
    const test::Issued m_root = test::makeCertificate(authority("Root"), {}, nullptr, kNow);
    const test::Issued m_intermediate = test::makeCertificate(authority("Intermediate"), {}, &m_root, kNow);
    const test::Issued m_signer = test::makeCertificate(signer(), {}, &m_intermediate, kNow);
};

QTEST_GUILESS_MAIN(EvidenceBundleTest)
#include "evidence_bundle_test.moc"
