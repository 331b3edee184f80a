#include <QTest>

#include "ca-gateway/evidence/test_manufacturer.h"
#include "evidence/make_credential.h"
#include "pki/public_key.h"

using namespace gateway;
using namespace gateway::evidence;
using test::CertificateWish;

namespace {

constexpr Time kNow{std::chrono::seconds(1'790'000'000)};
constexpr long kDay = 86400;

Bytes spkiOf(const char* kind)
{
    const std::string name = kind;
    const pki::EvpKeyHandle key(name.starts_with("RSA") ? EVP_RSA_gen(unsigned(std::stoi(name.substr(4))))
                                                        : EVP_EC_gen(kind));
    return pki::encodeDer(i2d_PUBKEY, key.get());
}

EndorsementTrust trustIn(const TrustContent& content)
{
    auto trust = EndorsementTrust::make(content);
    if (!trust) qFatal("%s", trust.error().detail.c_str());
    return *trust;
}

std::string typeOf(const Result<EndorsementKey>& result)
{
    return result ? "" : result.error().type;
}

} // namespace

Q_DECLARE_METATYPE(CertificateWish)

class EndorsementTrustTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goodCertificatesOfEachKindAreTrusted_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char* kind : {"RSA-2048", "P-256", "P-384"})
            QTest::newRow(kind) << QByteArray(kind);
    }

    void goodCertificatesOfEachKindAreTrusted()
    {
        QFETCH(QByteArray, kind);
        const auto spki = spkiOf(kind.constData());
        const auto trust = trustIn(m_maker.content());
        const auto key = trust.verify(m_maker.certify(spki), kNow);
        QVERIFY2(key.has_value(), key ? "" : key.error().detail.c_str());
        QCOMPARE(key->spki, spki);
        QCOMPARE(key->spkiSha256, pki::sha256(spki));
        QCOMPARE(key->manufacturer, std::string("id:00001014"));
        QCOMPARE(key->model, std::string("TCU TPM"));
        QCOMPARE(key->version, std::string("id:20191023"));
    }

    void certificatesAgainstTheProfileAreRefused_data()
    {
        QTest::addColumn<CertificateWish>("wish");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("named");
        const auto row = [](const char* name, const CertificateWish& wish, const char* type, const char* named) {
            QTest::newRow(name) << wish << QByteArray(type) << QByteArray(named);
        };
        const CertificateWish good{.commonName = ""};
        const auto with = [&good](auto change) {
            auto wish = good;
            change(wish);
            return wish;
        };
        row("no EKU", with([](auto& wish) { wish.extendedKeyUsage = ""; }), "evidence-ek-untrusted", "2.23.133.8.1");
        row("another EKU", with([](auto& wish) { wish.extendedKeyUsage = "clientAuth"; }), "evidence-ek-untrusted",
            "2.23.133.8.1");
        row("a platform certificate's EKU", with([](auto& wish) { wish.extendedKeyUsage = "2.23.133.8.2"; }),
            "evidence-ek-untrusted", "2.23.133.8.1");
        row("a CA", with([](auto& wish) {
                wish.isCa = true;
                wish.keyUsage = "keyCertSign,keyEncipherment";
            }),
            "evidence-ek-untrusted", "CA");
        row("only signs", with([](auto& wish) { wish.keyUsage = "digitalSignature"; }), "evidence-ek-untrusted",
            "keyEncipherment");
        row("no TPM name", with([](auto& wish) { wish.hasTpmName = false; }), "evidence-ek-untrusted", "manufacturer");
        row("version 1", with([](auto& wish) { wish.version = 0; }), "evidence-ek-untrusted", "version 3");
        row("expired", with([](auto& wish) { wish.endsIn = -1; }), "evidence-ek-expired", "expired");
        row("not begun", with([](auto& wish) { wish.startsIn = kDay; }), "evidence-ek-untrusted", "not yet valid");
        row("unknown critical extension", with([](auto& wish) { wish.criticalExtension = "1.2.3.4"; }),
            "evidence-ek-untrusted", "critical extension");
    }

    void certificatesAgainstTheProfileAreRefused()
    {
        QFETCH(CertificateWish, wish);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, named);
        const auto key = trustIn(m_maker.content()).verify(m_maker.certify(m_rsa, wish), kNow);
        QCOMPARE(typeOf(key), type.toStdString());
        QCOMPARE(key.error().code, ErrorCode::PolicyViolation);
        QVERIFY2(key.error().detail.find(named.toStdString()) != std::string::npos, key.error().detail.c_str());
    }

    void theTpmsSpecificationMayBeCritical()
    {
        const auto certificate =
            m_maker.certify(m_rsa, {.commonName = "", .criticalExtension = "2.5.29.9"}); // subjectDirectoryAttributes
        const auto key = trustIn(m_maker.content()).verify(certificate, kNow);
        QVERIFY2(key.has_value(), key ? "" : key.error().detail.c_str());
    }

    void keysWithoutACredentialAreRefused_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char* kind : {"RSA-3072", "P-521"})
            QTest::newRow(kind) << QByteArray(kind);
    }

    void keysWithoutACredentialAreRefused()
    {
        QFETCH(QByteArray, kind);
        const auto spki = spkiOf(kind.constData());
        QCOMPARE(typeOf(trustIn(m_maker.content()).verify(m_maker.certify(spki), kNow)),
                 std::string("evidence-ek-untrusted"));
        QCOMPARE(makeCredential(spki, Bytes(34, 1), Bytes(32, 2)).error().type, std::string("credential"));
    }

    void anotherMakersCertificateIsRefused()
    {
        // Of the same names, so that only the key tells them apart.
        const test::TestManufacturer other(kNow);
        QCOMPARE(typeOf(trustIn(m_maker.content()).verify(other.certify(m_rsa), kNow)),
                 std::string("evidence-ek-untrusted"));
        auto without = m_maker.content();
        without.intermediates.clear();
        QCOMPARE(typeOf(trustIn(without).verify(m_maker.certify(m_rsa), kNow)), std::string("evidence-ek-untrusted"));
        // An intermediate is no anchor.
        TrustContent foreignRoot{other.content().roots, m_maker.content().intermediates, {}};
        QCOMPARE(typeOf(trustIn(foreignRoot).verify(m_maker.certify(m_rsa), kNow)),
                 std::string("evidence-ek-untrusted"));
    }

    void whatIsNoCertificateIsMalformed_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto good = m_maker.certify(m_rsa);
        const QByteArray der(reinterpret_cast<const char*>(good.data()), qsizetype(good.size()));
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray("-----BEGIN CERTIFICATE-----");
        QTest::newRow("cut") << der.chopped(1);
        QTest::newRow("padded as an NV index is") << der + QByteArray(16, '\0');
        QTest::newRow("twice") << der + der;
    }

    void whatIsNoCertificateIsMalformed()
    {
        QFETCH(QByteArray, bytes);
        const auto key = trustIn(m_maker.content())
                             .verify(asBytes(std::string_view(bytes.constData(), std::size_t(bytes.size()))), kNow);
        QCOMPARE(typeOf(key), std::string("evidence-malformed"));
        QCOMPARE(key.error().code, ErrorCode::InvalidRequest);
    }

    void revocationIsSeenOnEachLevel()
    {
        const auto good = m_maker.certify(m_rsa);
        const auto bad = m_maker.certify(m_rsa);
        auto content = m_maker.content();
        content.crls = {m_maker.crl(false, bad, 30 * kDay), m_maker.crl(true, {}, 30 * kDay)};
        QVERIFY(trustIn(content).verify(good, kNow).has_value());
        QCOMPARE(typeOf(trustIn(content).verify(bad, kNow)), std::string("evidence-ek-revoked"));
        content.crls = {m_maker.crl(false, {}, 30 * kDay), m_maker.crl(true, m_maker.intermediate().der(), 30 * kDay)};
        QCOMPARE(typeOf(trustIn(content).verify(good, kNow)), std::string("evidence-ek-revoked"));
    }

    void aListPastItsEndDecidesNothing()
    {
        const auto good = m_maker.certify(m_rsa);
        const auto bad = m_maker.certify(m_rsa);
        auto content = m_maker.content();
        content.crls = {m_maker.crl(false, bad, kDay)};
        const auto trust = trustIn(content);
        const auto later = kNow + std::chrono::days(2);
        const auto key = trust.verify(good, later);
        QCOMPARE(typeOf(key), std::string("evidence-bundle-expired"));
        // The fault is ours, not the unit's.
        QCOMPARE(key.error().code, ErrorCode::StoreUnavailable);
        QCOMPARE(typeOf(trust.verify(bad, later)), std::string("evidence-ek-revoked"));
        content.crls.push_back(m_maker.crl(false, {}, 5 * kDay));
        QVERIFY(trustIn(content).verify(good, later).has_value());
    }

    void expiriesNameEachEnd()
    {
        auto content = m_maker.content();
        content.crls = {m_maker.crl(false, {}, kDay)};
        const auto trust = trustIn(content);
        QCOMPARE(trust.expiries().size(), std::size_t(3));
        QCOMPARE(trust.expiries()[0].kind, std::string("root"));
        QCOMPARE(trust.expiries()[0].name, std::string("CN = Test TPM Root"));
        QCOMPARE(trust.expiries()[1].kind, std::string("intermediate"));
        QCOMPARE(trust.expiries()[2].kind, std::string("crl"));
        QVERIFY(trust.expiries()[2].at == kNow + std::chrono::days(1));
    }

    void badContentIsRefused()
    {
        const auto good = m_maker.content();
        const test::TestManufacturer other(kNow, "Other TPM");
        const auto refused = [](const TrustContent& content, const char* named) {
            const auto trust = EndorsementTrust::make(content);
            return !trust && trust.error().type == "evidence-bundle" &&
                   trust.error().detail.find(named) != std::string::npos;
        };
        QVERIFY(refused({}, "at least one root"));
        QVERIFY(refused({{Bytes{0x30, 0x00}}, {}, {}}, "root certificates"));
        QVERIFY(refused({good.intermediates, {}, {}}, "self-signed"));
        QVERIFY(refused({good.roots, {m_maker.certify(m_rsa)}, {}}, "intermediates"));
        QVERIFY(refused({good.roots, good.intermediates, {Bytes{0x30, 0x00}}}, "revocation lists"));
        QVERIFY(refused({good.roots, good.intermediates, {other.crl(false, {}, kDay)}}, "signed by no certificate"));
        QVERIFY(refused({good.roots, good.intermediates, {m_maker.crl(false, {}, 0)}}, "nextUpdate"));
    }

private:
    const test::TestManufacturer m_maker{kNow};
    const Bytes m_rsa = spkiOf("RSA-2048");
};

QTEST_GUILESS_MAIN(EndorsementTrustTest)
#include "endorsement_trust_test.moc"
