#include <QTest>

#include <algorithm>
#include <functional>

#include "ca-gateway/pki/software_ca.h"
#include "pki/certificate_impl.h"
#include "pki/lint.h"

using namespace gateway;
using namespace gateway::pki;
using namespace gateway::pki::test;

namespace {

/// DER by hand, sharing nothing with the writer under test.
Bytes tlv(std::uint8_t tag, const Bytes& content)
{
    Bytes bytes{tag};
    if (content.size() < 128) {
        bytes.push_back(static_cast<std::uint8_t>(content.size()));
    } else if (content.size() < 256) {
        bytes.insert(bytes.end(), {0x81, static_cast<std::uint8_t>(content.size())});
    } else {
        bytes.insert(bytes.end(), {0x82, static_cast<std::uint8_t>(content.size() >> 8U),
                                   static_cast<std::uint8_t>(content.size() & 0xFFU)});
    }
    bytes.insert(bytes.end(), content.begin(), content.end());
    return bytes;
}

Bytes join(const std::vector<Bytes>& parts)
{
    Bytes all;
    for (const auto& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

Bytes seq(const std::vector<Bytes>& parts)
{
    return tlv(0x30, join(parts));
}

Bytes text(std::uint8_t tag, std::string_view value)
{
    return tlv(tag, Bytes(value.begin(), value.end()));
}

Bytes hex(const char* digits)
{
    const auto bytes = QByteArray::fromHex(digits);
    return {bytes.begin(), bytes.end()};
}

Bytes extension(const char* oid, bool critical, const Bytes& value)
{
    return seq({hex(oid), critical ? hex("0101ff") : Bytes(), tlv(0x04, value)});
}

// Object identifiers with tag and length.
constexpr const char* kSki = "0603551d0e";
constexpr const char* kKeyUsage = "0603551d0f";
constexpr const char* kSan = "0603551d11";
constexpr const char* kBasic = "0603551d13";
constexpr const char* kNames = "0603551d1e";
constexpr const char* kAki = "0603551d23";
constexpr const char* kEku = "0603551d25";
constexpr const char* kNoCheck = "06092b0601050507300105";
constexpr const char* kClientAuth = "06082b06010505070302";
constexpr const char* kServerAuth = "06082b06010505070301";
constexpr const char* kOcspSigning = "06082b06010505070309";
constexpr const char* kAnyUsage = "0604551d2500";
constexpr const char* kCrlNumber = "0603551d14";
constexpr const char* kReason = "0603551d15";
constexpr const char* kIdp = "0603551d1c";
constexpr const char* kDelta = "0603551d1b";

/// A certificate to be signed in its parts, each of which a case may break.
struct Parts
{
    Bytes version = hex("a003020102");
    Bytes serial;
    Bytes algorithm = hex("300d06092a864886f70d01010b0500");
    Bytes issuer;
    Bytes notBefore = text(0x17, "260301120000Z");
    Bytes notAfter = text(0x17, "260307120000Z");
    std::vector<Bytes> subject;
    Bytes publicKey;
    std::map<std::string, Bytes> extensions;
    Bytes extra;

    [[nodiscard]] Bytes der() const
    {
        std::vector<Bytes> list;
        for (const auto& [name, bytes] : extensions)
            list.push_back(bytes);
        return seq({version, serial, algorithm, issuer, seq({notBefore, notAfter}), seq(subject), publicKey,
                    tlv(0xA3, seq(list)), extra});
    }
};

Bytes attribute(const char* oid, std::uint8_t tag, std::string_view value)
{
    return tlv(0x31, seq({hex(oid), text(tag, value)}));
}

constexpr const char* kCommonName = "0603550403";
constexpr const char* kCountry = "0603550406";
constexpr const char* kSerialNumber = "0603550405";

bool hasRule(const std::vector<LintFinding>& findings, std::string_view rule)
{
    return std::ranges::any_of(findings, [&](const auto& finding) { return finding.rule == rule; });
}

QByteArray listed(const std::vector<LintFinding>& findings)
{
    QByteArray all;
    for (const auto& finding : findings)
        all += QByteArray::fromStdString(std::string(finding.rule) + ": " + finding.detail) + "; ";
    return all;
}

} // namespace

/// Every rule against a structure that breaks it and nothing else that matters, made by hand.
class LintTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<SoftwareHierarchy> m_ca;
    std::map<QByteArray, std::pair<std::string, std::function<void(Parts&)>>> m_cases;
    std::map<QByteArray, std::pair<std::string, std::function<Bytes()>>> m_crlCases;

    Parts good() const
    {
        Parts parts;
        parts.serial = tlv(0x02, Bytes(16, 0x5A));
        parts.issuer = m_ca->device.certificate.subjectDer();
        parts.subject = {attribute(kCommonName, 0x0C, "unit"), attribute(kCountry, 0x13, "US")};
        parts.publicKey = SoftwareKey::ec("P-256").publicKeyDer();
        parts.extensions["a"] = extension(kBasic, false, hex("3000"));
        parts.extensions["b"] = extension(kKeyUsage, true, hex("03020780"));
        parts.extensions["c"] = extension(kEku, false, seq({hex(kClientAuth)}));
        parts.extensions["d"] = extension(kSki, false, tlv(0x04, Bytes(32, 0x77)));
        parts.extensions["e"] =
            extension(kAki, false, seq({tlv(0x80, m_ca->device.certificate.subjectKeyIdentifier())}));
        parts.extensions["f"] = extension(kSan, false, seq({text(0x82, "unit.v2c.example.com")}));
        return parts;
    }

    std::vector<Certificate> path() const
    {
        return {m_ca->device.certificate, m_ca->intermediate.certificate, m_ca->root.certificate};
    }

    Bytes crl(const std::vector<Bytes>& entries, const std::vector<Bytes>& extensions,
              const Bytes& nextUpdate = text(0x17, "260302120000Z")) const
    {
        return seq({hex("020101"), hex("300d06092a864886f70d01010b0500"), m_ca->device.certificate.subjectDer(),
                    text(0x17, "260301120000Z"), nextUpdate, entries.empty() ? Bytes() : seq(entries),
                    extensions.empty() ? Bytes() : tlv(0xA0, seq(extensions))});
    }
    Bytes crlAki() const
    {
        return extension(kAki, false, seq({tlv(0x80, m_ca->device.certificate.subjectKeyIdentifier())}));
    }
    static Bytes crlNumber() { return extension(kCrlNumber, false, hex("020105")); }
    static Bytes entry(const char* serial, const Bytes& extensions = {}, const char* date = "260201120000Z")
    {
        return seq({tlv(0x02, hex(serial)), text(0x17, date), extensions});
    }

private Q_SLOTS:
    void initTestCase() { m_ca = std::make_unique<SoftwareHierarchy>(V2C_SOURCE_DIR "/resources/profiles"); }

    void soundStructuresPass()
    {
        const auto authorities = path();
        const auto findings = lintCertificateDer(good().der(), authorities);
        QVERIFY2(findings.empty(), listed(findings).constData());
        const auto crlFindings = lintCrlDer(
            crl({entry("11"), entry("1234", seq({extension(kReason, false, hex("0a0101"))}))}, {crlAki(), crlNumber()}),
            m_ca->device.certificate);
        QVERIFY2(crlFindings.empty(), listed(crlFindings).constData());
        QVERIFY(lintCrlDer(crl({}, {crlAki(), crlNumber()}), m_ca->device.certificate).empty());
    }

    void everyAuthorityOfTheHierarchyPasses()
    {
        const auto tbsOf = [](const Certificate& certificate) {
            return encodeDer(i2d_re_X509_tbs, certificate.impl().x509.get());
        };
        const std::vector<Certificate> root{m_ca->root.certificate};
        const std::vector<Certificate> above{m_ca->intermediate.certificate, m_ca->root.certificate};
        QVERIFY2(lintCertificateDer(tbsOf(root[0]), {}).empty(),
                 listed(lintCertificateDer(tbsOf(root[0]), {})).constData());
        QVERIFY(lintCertificateDer(tbsOf(above[0]), root).empty());
        for (const auto* issuer : {&m_ca->device, &m_ca->cloud, &m_ca->ocsp})
            QVERIFY2(lintCertificateDer(tbsOf(issuer->certificate), above).empty(),
                     listed(lintCertificateDer(tbsOf(issuer->certificate), above)).constData());
    }

    void everyBrokenCertificateIsNoticed_data()
    {
        QTest::addColumn<QByteArray>("key");
        const auto add = [&](const char* rule, const char* what, std::function<void(Parts&)> breakIt) {
            const QByteArray key = QByteArray(rule) + " " + what;
            m_cases[key] = {rule, std::move(breakIt)};
            QTest::newRow(key.constData()) << key;
        };
        add("cert.der", "bytes behind", [](Parts& p) { p.extra = hex("0500"); });
        add("cert.der", "BOOLEAN of 1", [](Parts& p) {
            p.extensions["a"] = seq({hex(kBasic), hex("010101"), tlv(0x04, hex("3000"))});
        });
        add("cert.der", "default stated", [](Parts& p) {
            p.extensions["a"] = seq({hex(kBasic), hex("010100"), tlv(0x04, hex("3000"))});
        });
        add("cert.der", "serial not shortest", [](Parts& p) { p.serial = tlv(0x02, Bytes(16, 0)); });
        add("cert.der", "long form of a short length", [](Parts& p) {
            p.version = hex("a0810302"
                            "0102");
        });
        add("cert.version", "2", [](Parts& p) { p.version = hex("a003020101"); });
        add("cert.version", "absent", [](Parts& p) { p.version = {}; });
        add("cert.serial.positive", "zero", [](Parts& p) { p.serial = hex("020100"); });
        add("cert.serial.positive", "negative", [](Parts& p) { p.serial = tlv(0x02, Bytes(16, 0xA5)); });
        add("cert.serial.length", "21 octets", [](Parts& p) { p.serial = tlv(0x02, Bytes(21, 0x5A)); });
        add("cert.serial.entropy", "7 octets", [](Parts& p) { p.serial = tlv(0x02, Bytes(7, 0x5A)); });
        add("cert.signature.algorithm", "SHA-1", [](Parts& p) { p.algorithm = hex("300d06092a864886f70d0101050500"); });
        add("cert.signature.algorithm", "ECDSA by an RSA issuer",
            [](Parts& p) { p.algorithm = hex("300a06082a8648ce3d040302"); });
        add("cert.signature.algorithm", "RSA without NULL",
            [](Parts& p) { p.algorithm = hex("300b06092a864886f70d01010b"); });
        add("cert.issuer.name", "another", [this](Parts& p) { p.issuer = m_ca->cloud.certificate.subjectDer(); });
        add("cert.validity.encoding", "GeneralizedTime before 2050",
            [](Parts& p) { p.notAfter = text(0x18, "20260307120000Z"); });
        add("cert.validity.encoding", "without seconds", [](Parts& p) { p.notAfter = text(0x17, "2603071200Z"); });
        add("cert.validity.encoding", "with an offset", [](Parts& p) { p.notAfter = text(0x17, "260307120000+0000"); });
        add("cert.validity.encoding", "31 February", [](Parts& p) { p.notAfter = text(0x17, "260231120000Z"); });
        add("cert.validity.order", "ends before it begins", [](Parts& p) { std::swap(p.notBefore, p.notAfter); });
        add("cert.validity.issuer", "outlives", [](Parts& p) { p.notAfter = text(0x17, "490307120000Z"); });
        add("cert.validity.issuer", "older than its issuer",
            [](Parts& p) { p.notBefore = text(0x17, "200301120000Z"); });
        add("cert.name.empty", "subject", [](Parts& p) { p.subject = {}; });
        add("cert.name.encoding", "country in UTF-8", [](Parts& p) { p.subject[1] = attribute(kCountry, 0x0C, "US"); });
        add("cert.name.encoding", "TeletexString",
            [](Parts& p) { p.subject[0] = attribute(kCommonName, 0x14, "unit"); });
        add("cert.name.encoding", "@ in a PrintableString",
            [](Parts& p) { p.subject[0] = attribute(kCommonName, 0x13, "unit@x"); });
        add("cert.name.encoding", "not UTF-8", [](Parts& p) { p.subject[0] = attribute(kCommonName, 0x0C, "\xC3("); });
        add("cert.name.length", "65 characters",
            [](Parts& p) { p.subject[0] = attribute(kCommonName, 0x0C, std::string(65, 'a')); });
        add("cert.name.length", "three letters of country",
            [](Parts& p) { p.subject[1] = attribute(kCountry, 0x13, "USA"); });
        add("cert.name.length", "serialNumber of 65",
            [](Parts& p) { p.subject.push_back(attribute(kSerialNumber, 0x13, std::string(65, '1'))); });
        add("cert.name.length", "empty CN", [](Parts& p) { p.subject[0] = attribute(kCommonName, 0x0C, ""); });
        add("cert.extension.duplicate", "SAN", [](Parts& p) { p.extensions["g"] = p.extensions["f"]; });
        add("cert.extension.critical", "unknown",
            [](Parts& p) { p.extensions["g"] = extension("06042a030405", true, hex("0500")); });
        add("cert.extension.critical", "key identifier",
            [](Parts& p) { p.extensions["d"] = extension(kSki, true, tlv(0x04, Bytes(32, 0x77))); });
        add("cert.extension.der", "rubbish inside",
            [](Parts& p) { p.extensions["g"] = extension("06042a030405", false, hex("3005")); });
        add("cert.ski.present", "absent", [](Parts& p) { p.extensions.erase("d"); });
        add("cert.ski.length", "SHA-1",
            [](Parts& p) { p.extensions["d"] = extension(kSki, false, tlv(0x04, Bytes(20, 0x77))); });
        add("cert.aki.present", "absent", [](Parts& p) { p.extensions.erase("e"); });
        add("cert.aki.issuer", "another",
            [](Parts& p) { p.extensions["e"] = extension(kAki, false, seq({tlv(0x80, Bytes(32, 1))})); });
        add("cert.basic-constraints.present", "absent", [](Parts& p) { p.extensions.erase("a"); });
        add("cert.basic-constraints.syntax", "a string",
            [](Parts& p) { p.extensions["a"] = extension(kBasic, false, hex("0400")); });
        add("cert.basic-constraints.critical", "CA",
            [](Parts& p) { p.extensions["a"] = extension(kBasic, false, hex("30030101ff")); });
        add("cert.path-length.leaf", "leaf with one",
            [](Parts& p) { p.extensions["a"] = extension(kBasic, false, hex("3003020100")); });
        add("cert.path-length.issuer", "CA under pathlen 0",
            [](Parts& p) { p.extensions["a"] = extension(kBasic, true, hex("30060101ff020100")); });
        add("cert.key-usage.critical", "not critical",
            [](Parts& p) { p.extensions["b"] = extension(kKeyUsage, false, hex("03020780")); });
        add("cert.key-usage.critical", "absent", [](Parts& p) { p.extensions.erase("b"); });
        add("cert.key-usage.syntax", "zero bits at the end",
            [](Parts& p) { p.extensions["b"] = extension(kKeyUsage, true, hex("03020080")); });
        add("cert.key-usage.syntax", "no bit",
            [](Parts& p) { p.extensions["b"] = extension(kKeyUsage, true, hex("03020700")); });
        add("cert.key-usage.ca", "leaf signs certificates",
            [](Parts& p) { p.extensions["b"] = extension(kKeyUsage, true, hex("03020204")); });
        add("cert.key-usage.ca", "CA does not",
            [](Parts& p) { p.extensions["a"] = extension(kBasic, true, hex("30030101ff")); });
        add("cert.key-usage.ca", "leaf signs CRLs",
            [](Parts& p) { p.extensions["b"] = extension(kKeyUsage, true, hex("03020182")); });
        add("cert.eku.present", "absent", [](Parts& p) { p.extensions.erase("c"); });
        add("cert.eku.syntax", "empty", [](Parts& p) { p.extensions["c"] = extension(kEku, false, hex("3000")); });
        add("cert.eku.any", "any", [](Parts& p) { p.extensions["c"] = extension(kEku, false, seq({hex(kAnyUsage)})); });
        add("cert.san.empty", "no name", [](Parts& p) { p.extensions["f"] = extension(kSan, false, hex("3000")); });
        for (const char* name :
             {"", "a..b", "-a.v2c.example.com", "a_b.v2c.example.com", "*.v2c.example.com", "a.v2c.example.com."})
            add("cert.san.dns", name,
                [name](Parts& p) { p.extensions["f"] = extension(kSan, false, seq({text(0x82, name)})); });
        add("cert.san.dns", "label of 64", [](Parts& p) {
            p.extensions["f"] = extension(kSan, false, seq({text(0x82, std::string(64, 'a') + ".v2c.example.com")}));
        });
        for (const char* uri : {"urn", "urn:", ":x", "1urn:x", "urn:a b"})
            add("cert.san.uri", uri,
                [uri](Parts& p) { p.extensions["f"] = extension(kSan, false, seq({text(0x86, uri)})); });
        add("cert.san.ip", "five octets", [](Parts& p) {
            p.extensions["f"] = extension(kSan, false, seq({tlv(0x87, {10, 0, 0, 1, 1})}));
        });
        add("cert.san.kind", "mail",
            [](Parts& p) { p.extensions["f"] = extension(kSan, false, seq({text(0x81, "a@v2c.example.com")})); });
        add("cert.name-constraints.issuer", "other domain",
            [](Parts& p) { p.extensions["f"] = extension(kSan, false, seq({text(0x82, "unit.example.org")})); });
        add("cert.name-constraints.issuer", "domain that only ends alike",
            [](Parts& p) { p.extensions["f"] = extension(kSan, false, seq({text(0x82, "evilv2c.example.com")})); });
        add("cert.name-constraints.issuer", "other network", [](Parts& p) {
            p.extensions["f"] = extension(kSan, false, seq({tlv(0x87, {11, 0, 0, 1})}));
        });
        add("cert.name-constraints.critical", "in a leaf",
            [](Parts& p) { p.extensions["g"] = extension(kNames, true, seq({tlv(0xA0, seq({text(0x82, "a")}))})); });
        add("cert.name-constraints.empty", "no subtree",
            [](Parts& p) { p.extensions["g"] = extension(kNames, true, hex("3000")); });
        add("cert.ocsp.no-check", "OCSP signer without",
            [](Parts& p) { p.extensions["c"] = extension(kEku, false, seq({hex(kOcspSigning)})); });
        add("cert.ocsp.no-check", "on a client",
            [](Parts& p) { p.extensions["g"] = extension(kNoCheck, false, hex("0500")); });
        const auto makeSigner = [](Parts& p, const std::vector<Bytes>& usages) {
            p.extensions["c"] = extension(kEku, false, seq(usages));
            p.extensions["g"] = extension(kNoCheck, false, hex("0500"));
        };
        add("cert.ocsp.usage", "also a server", [=](Parts& p) {
            makeSigner(p, {hex(kOcspSigning), hex(kServerAuth)});
        });
        add("cert.ocsp.days", "eight days", [=](Parts& p) {
            makeSigner(p, {hex(kOcspSigning)});
            p.notAfter = text(0x17, "260309120000Z");
        });
    }

    void everyBrokenCertificateIsNoticed()
    {
        QFETCH(const QByteArray, key);
        const auto& [rule, breakIt] = m_cases.at(key);
        auto parts = good();
        breakIt(parts);
        const auto authorities = path();
        const auto findings = lintCertificateDer(parts.der(), authorities);
        QVERIFY2(hasRule(findings, rule), listed(findings).constData());
        const auto result = lintResult(findings);
        QVERIFY(!result);
        QCOMPARE(result.error().type, std::string("lint"));
    }

    void everyCutIsNoticed()
    {
        const auto authorities = path();
        const auto whole = good().der();
        for (std::size_t length = 0; length < whole.size(); ++length)
            QVERIFY(!lintCertificateDer(ByteView(whole).first(length), authorities).empty());
        QVERIFY(!lintCertificateDer(Bytes(10'000, 0x30), authorities).empty());
    }

    void issuerMustBeACa()
    {
        const auto leaf = m_ca->issue("station", {{"station", "line1-st03"}}, SoftwareKey::ec("P-256").publicKeyDer(),
                                      m_ca->cloud, m_ca->cloudKey, serialOf(0x31));
        const std::vector<Certificate> authorities{leaf};
        QVERIFY(hasRule(lintCertificateDer(good().der(), authorities), "cert.issuer.ca"));
    }

    void everyBrokenCrlIsNoticed_data()
    {
        QTest::addColumn<QByteArray>("key");
        const auto add = [&](const char* rule, const char* what, std::function<Bytes()> make) {
            const QByteArray key = QByteArray(rule) + " " + what;
            m_crlCases[key] = {rule, std::move(make)};
            QTest::newRow(key.constData()) << key;
        };
        const auto reason = [](const char* value, bool critical = false) {
            return seq({extension(kReason, critical, hex(value))});
        };
        const auto withEntries = [this](std::vector<Bytes> entries) {
            return [this, entries = std::move(entries)] { return crl(entries, {crlAki(), crlNumber()}); };
        };
        add("crl.der", "nothing", [] { return Bytes(); });
        add("crl.version", "1", [this] {
            auto bytes = crl({}, {crlAki(), crlNumber()});
            bytes[bytes[1] == 0x81 ? 5 : bytes[1] == 0x82 ? 6 : 4] = 0;
            return bytes;
        });
        add("crl.update.order", "turned", [this] {
            return crl({}, {crlAki(), crlNumber()}, text(0x17, "260228120000Z"));
        });
        add("crl.update.encoding", "absent", [this] { return crl({}, {crlAki(), crlNumber()}, {}); });
        add("crl.entries.empty", "empty list", [this] {
            return seq({hex("020101"), hex("300d06092a864886f70d01010b0500"), m_ca->device.certificate.subjectDer(),
                        text(0x17, "260301120000Z"), text(0x17, "260302120000Z"), hex("3000"),
                        tlv(0xA0, seq({crlAki(), crlNumber()}))});
        });
        add("crl.entry.order", "not rising", withEntries({entry("12"), entry("11")}));
        add("crl.entry.order", "twice", withEntries({entry("12"), entry("12")}));
        add("crl.entry.serial", "negative", withEntries({entry("92")}));
        add("crl.entry.serial", "zero", withEntries({entry("00")}));
        add("crl.entry.date", "after thisUpdate", withEntries({entry("12", {}, "260302120000Z")}));
        add("crl.entry.reason", "unspecified", withEntries({entry("12", reason("0a0100"))}));
        add("crl.entry.reason", "7", withEntries({entry("12", reason("0a0107"))}));
        add("crl.entry.reason", "removeFromCRL", withEntries({entry("12", reason("0a0108"))}));
        add("crl.entry.reason", "11", withEntries({entry("12", reason("0a010b"))}));
        add("crl.entry.critical", "reason", withEntries({entry("12", reason("0a0101", true))}));
        add("crl.extensions", "none", [this] { return crl({}, {}); });
        add("crl.number", "absent", [this] { return crl({}, {crlAki()}); });
        add("crl.number", "negative", [this] {
            return crl({}, {crlAki(), extension(kCrlNumber, false, hex("0201ff"))});
        });
        add("crl.aki", "absent", [this] { return crl({}, {crlNumber()}); });
        add("crl.aki", "another", [this] {
            return crl({}, {extension(kAki, false, seq({tlv(0x80, Bytes(32, 1))})), crlNumber()});
        });
        add("crl.extension.duplicate", "number", [this] { return crl({}, {crlAki(), crlNumber(), crlNumber()}); });
        add("crl.extension.critical", "number", [this] {
            return crl({}, {crlAki(), extension(kCrlNumber, true, hex("020105"))});
        });
        add("crl.idp.critical", "not critical", [this] {
            return crl({}, {crlAki(), crlNumber(), extension(kIdp, false, hex("3000"))});
        });
        add("crl.delta", "indicator", [this] {
            return crl({}, {crlAki(), crlNumber(), extension(kDelta, true, hex("020101"))});
        });
    }

    void everyBrokenCrlIsNoticed()
    {
        QFETCH(const QByteArray, key);
        const auto& [rule, make] = m_crlCases.at(key);
        const auto findings = lintCrlDer(make(), m_ca->device.certificate);
        QVERIFY2(hasRule(findings, rule), listed(findings).constData());
    }

    void crlOfAnotherIssuerIsNoticed()
    {
        const auto findings = lintCrlDer(crl({}, {crlAki(), crlNumber()}), m_ca->cloud.certificate);
        QVERIFY(hasRule(findings, "crl.issuer.name") && hasRule(findings, "crl.aki"));
    }
};

QTEST_GUILESS_MAIN(LintTest)
#include "lint_test.moc"
