#include <QTest>

#include "ca-gateway/pki/openssl_tool.h"
#include "ca-gateway/pki/software_ca.h"
#include "pki/crl.h"
#include "pki/der.h"

using namespace gateway;
using namespace gateway::pki;
using namespace gateway::pki::test;
using namespace std::chrono_literals;

class CrlTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<SoftwareHierarchy> m_ca;

    [[nodiscard]] std::vector<RevokedEntry> entries() const
    {
        return {{must(CertificateSerial::parse("FF00")), kNow - 24h, RevocationReason::KeyCompromise},
                {must(CertificateSerial::parse("0A")), kNow - 48h, RevocationReason::Unspecified},
                {serialOf(0x20), kNow, RevocationReason::PrivilegeWithdrawn}};
    }

    [[nodiscard]] Result<Bytes> prepare(const std::vector<RevokedEntry>& list, std::uint64_t number = 4711) const
    {
        return prepareCrl(m_ca->device, list, number, kNow, kNow + 24h);
    }

    [[nodiscard]] Bytes complete(const Bytes& tbs) const
    {
        return must(completeCrl(tbs, m_ca->deviceKey.sign(tbs), m_ca->device.certificate));
    }

private Q_SLOTS:
    void initTestCase() { m_ca = std::make_unique<SoftwareHierarchy>(V2C_SOURCE_DIR "/resources/profiles"); }

    void opensslReadsAndVerifiesIt()
    {
        const OpensslTool tool;
        tool.write("device.pem", asBytes(m_ca->device.certificate.pem()));
        const Bytes crl = complete(must(prepare(entries())));
        tool.write("v2c.crl", crl);
        tool.write("v2c.pem", asBytes(crlPem(crl)));
        for (const auto* line : {"crl -inform DER -in v2c.crl -CAfile device.pem -text -noout",
                                 "crl -inform PEM -in v2c.pem -CAfile device.pem -text -noout"}) {
            const auto printed = tool.run(line).simplified();
            const QString number = QString::number(4711);
            for (const auto* expected :
                 {"0 verify OK", "Version 2 (0x1)", "Signature Algorithm: sha256WithRSAEncryption",
                  "Issuer: CN = V2C Device Issuing CA, O = Automotive OEM, OU = Connected Vehicle Platform, C = US",
                  "Last Update: Mar 1 12:00:00 2026 GMT", "Next Update: Mar 2 12:00:00 2026 GMT",
                  // In rising order; unspecified has no extension.
                  "Serial Number: 0A Revocation Date: Feb 27 12:00:00 2026 GMT Serial Number: FF00 Revocation Date: "
                  "Feb "
                  "28 12:00:00 2026 GMT CRL entry extensions: X509v3 CRL Reason Code: Key Compromise Serial Number: "
                  "42424242424242424242424242424220 Revocation Date: Mar 1 12:00:00 2026 GMT CRL entry extensions: "
                  "X509v3 CRL Reason Code: Privilege Withdrawn"})
                QVERIFY2(printed.contains(QString::fromUtf8(expected)), qPrintable(printed));
            QVERIFY2(printed.contains(QStringLiteral("X509v3 CRL Number: ") + number), qPrintable(printed));
            const auto identifier = m_ca->device.certificate.subjectKeyIdentifier();
            QVERIFY(printed.contains(QString::fromUtf8(
                QByteArray(reinterpret_cast<const char*>(identifier.data()), 32).toHex(':').toUpper())));
        }
    }

    void opensslRefusesARevokedCertificateWithIt()
    {
        const auto leaf = m_ca->issue("vehicle-device", vehicleValues(), SoftwareKey::ec("P-256").publicKeyDer(),
                                      m_ca->device, m_ca->deviceKey, serialOf(0x20));
        const auto other = m_ca->issue("vehicle-device", vehicleValues(), SoftwareKey::ec("P-256").publicKeyDer(),
                                       m_ca->device, m_ca->deviceKey, serialOf(0x21));
        const OpensslTool tool;
        tool.write("root.pem", asBytes(m_ca->root.certificate.pem()));
        tool.write("chain.pem", asBytes(m_ca->device.certificate.pem() + m_ca->intermediate.certificate.pem()));
        tool.write("crl.pem", asBytes(crlPem(complete(must(prepare(entries()))))));
        tool.write("leaf.pem", asBytes(leaf.pem()));
        tool.write("other.pem", asBytes(other.pem()));
        const std::string line = "verify -x509_strict -crl_check -attime " +
                                 std::to_string(kNow.time_since_epoch().count() + 60) +
                                 " -CAfile root.pem -untrusted chain.pem -CRLfile crl.pem ";
        const auto revoked = tool.run((line + "leaf.pem").c_str());
        QVERIFY2(revoked.contains(QStringLiteral("certificate revoked")), qPrintable(revoked));
        const auto accepted = tool.run((line + "other.pem").c_str());
        QVERIFY2(accepted.startsWith(QStringLiteral("0 ")), qPrintable(accepted));
    }

    /// The whole path is checked when each of its issuers has a list of its own.
    void opensslChecksTheWholePath()
    {
        const auto leaf = m_ca->issue("vehicle-device", vehicleValues(), SoftwareKey::ec("P-256").publicKeyDer(),
                                      m_ca->device, m_ca->deviceKey, serialOf(0x21));
        const OpensslTool tool;
        tool.write("root.pem", asBytes(m_ca->root.certificate.pem()));
        tool.write("chain.pem", asBytes(m_ca->device.certificate.pem() + m_ca->intermediate.certificate.pem()));
        tool.write("leaf.pem", asBytes(leaf.pem()));
        const auto list = [&](const Issuer& issuer, const SoftwareKey& key, const std::vector<RevokedEntry>& revoked) {
            const auto tbs = must(prepareCrl(issuer, revoked, 1, kNow, kNow + 24h));
            return crlPem(must(completeCrl(tbs, key.sign(tbs), issuer.certificate)));
        };
        const std::string line = "verify -x509_strict -crl_check_all -attime " +
                                 std::to_string(kNow.time_since_epoch().count() + 60) +
                                 " -CAfile root.pem -untrusted chain.pem -CRLfile crl.pem leaf.pem";
        const auto verify = [&](const std::vector<RevokedEntry>& ofIntermediate) {
            tool.write("crl.pem", asBytes(list(m_ca->device, m_ca->deviceKey, entries()) +
                                          list(m_ca->intermediate, m_ca->intermediateKey, ofIntermediate) +
                                          list(m_ca->root, m_ca->rootKey, {})));
            return tool.run(line.c_str());
        };
        const auto accepted = verify({});
        QVERIFY2(accepted.startsWith(QStringLiteral("0 ")), qPrintable(accepted));
        const auto revoked = verify({{serialOf(3), kNow, RevocationReason::CaCompromise}});
        QVERIFY2(revoked.contains(QStringLiteral("certificate revoked")), qPrintable(revoked));
    }

    void aMillionEntriesAreWrittenOnce()
    {
        RevokedList list;
        constexpr std::uint32_t kEntries = 1'000'000;
        list.reserve(kEntries);
        for (std::uint32_t i = 0; i < kEntries; ++i) {
            const std::uint32_t mixed = i * 2654435761U; // each number once
            Bytes serial(16, 0x41);
            for (std::size_t octet = 0; octet < 4; ++octet)
                serial[octet + 1] = static_cast<std::uint8_t>(mixed >> (24 - 8 * octet));
            list.add(must(CertificateSerial::fromBytes(serial)), kNow - std::chrono::seconds(i),
                     i % 3 == 0 ? RevocationReason::Unspecified : RevocationReason::KeyCompromise);
        }
        list.sort();
        const auto size = must(tbsCrlSize(m_ca->device, list, 1, kNow, kNow + 24h));
        Bytes tbs(size);
        QVERIFY(writeTbsCrl(m_ca->device, list, 1, kNow, kNow + 24h, tbs));
        QVERIFY(!writeTbsCrl(m_ca->device, list, 1, kNow, kNow + 24h, std::span(tbs).first(size - 1)));
        const auto checked = lintTbsCrl(tbs, m_ca->device.certificate);
        QVERIFY2(checked.has_value(), checked ? "" : checked.error().detail.c_str());
        const auto frame = must(frameCrl(tbs, m_ca->deviceKey.sign(tbs), m_ca->device.certificate));
        Bytes crl = frame.before;
        der::append(crl, tbs);
        der::append(crl, frame.after);
        const auto times = must(readCrl(crl, m_ca->device.certificate));
        QVERIFY(times.number == 1 && times.thisUpdate == kNow && times.nextUpdate == kNow + 24h);
        crl[crl.size() / 2] ^= 1U;
        QVERIFY(!readCrl(crl, m_ca->device.certificate));
    }

    void anEmptyListIsAbsent()
    {
        const OpensslTool tool;
        tool.write("device.pem", asBytes(m_ca->device.certificate.pem()));
        tool.write("v2c.crl", complete(must(prepare({}))));
        const auto printed = tool.run("crl -inform DER -in v2c.crl -CAfile device.pem -text -noout");
        QVERIFY2(printed.contains(QStringLiteral("verify OK")), qPrintable(printed));
        QVERIFY2(printed.contains(QStringLiteral("No Revoked Certificates")), qPrintable(printed));
    }

    void badInputIsRefused()
    {
        auto twice = entries();
        twice.push_back(twice.front());
        QVERIFY(!prepare(twice).has_value());
        QVERIFY(!prepareCrl(m_ca->device, {}, 1, kNow, kNow).has_value());
        QVERIFY(!prepareCrl(m_ca->device, {}, 1, kNow, kNow - 1s).has_value());
        const auto leaf = m_ca->issue("vehicle-device", vehicleValues(), SoftwareKey::ec("P-256").publicKeyDer(),
                                      m_ca->device, m_ca->deviceKey, serialOf(0x20));
        QVERIFY(!prepareCrl({leaf, "x", {}}, {}, 1, kNow, kNow + 1h).has_value());
    }

    void largeNumbersStayWhole()
    {
        const auto tbs = must(prepare({}, 0xFFFFFFFFFFFFFFFFULL));
        const OpensslTool tool;
        tool.write("v2c.crl", complete(tbs));
        const auto printed = tool.run("crl -inform DER -in v2c.crl -crlnumber -noout");
        QVERIFY2(printed.contains(QStringLiteral("FFFFFFFFFFFFFFFF")), qPrintable(printed));
    }

    void onlyTheIssuersSignatureCompletes()
    {
        const auto tbs = must(prepare(entries()));
        auto signature = m_ca->deviceKey.sign(tbs);
        signature.back() ^= 1;
        QCOMPARE(completeCrl(tbs, signature, m_ca->device.certificate).error().type, std::string("signature-invalid"));
        QVERIFY(!completeCrl(tbs, m_ca->cloudKey.sign(tbs), m_ca->device.certificate).has_value());
        QVERIFY(!completeCrl(tbs, m_ca->cloudKey.sign(tbs), m_ca->cloud.certificate).has_value());
    }

    void theSignersCheckSeesChanges()
    {
        const auto tbs = must(prepare(entries()));
        QVERIFY(lintTbsCrl(tbs, m_ca->device.certificate).has_value());
        QVERIFY(!lintTbsCrl(tbs, m_ca->cloud.certificate).has_value());
        for (std::size_t length = 0; length < tbs.size(); ++length)
            QVERIFY(!lintTbsCrl(ByteView(tbs).first(length), m_ca->device.certificate).has_value());
        Bytes longer = tbs;
        longer.push_back(0);
        QVERIFY(!lintTbsCrl(longer, m_ca->device.certificate).has_value());
        QVERIFY(!lintTbsCrl(Bytes(100'000, 0x30), m_ca->device.certificate).has_value());

        const auto changed = [&](const Bytes& from, const Bytes& to) {
            Bytes bytes = tbs;
            const auto found = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
            if (found == bytes.end() || from.size() != to.size()) qFatal("nothing to change");
            std::copy(to.begin(), to.end(), found);
            return lintTbsCrl(bytes, m_ca->device.certificate).has_value();
        };
        QVERIFY(!changed({0x02, 0x01, 0x01}, {0x02, 0x01, 0x00}));                         // version 1
        QVERIFY(!changed({0x02, 0x01, 0x0A}, {0x02, 0x01, 0x8A}));                         // negative serial
        QVERIFY(!changed({0x02, 0x01, 0x0A}, {0x02, 0x01, 0x00}));                         // serial zero
        QVERIFY(!changed({0x02, 0x03, 0x00, 0xFF, 0x00}, {0x02, 0x03, 0x00, 0x00, 0x00})); // longer than needed
        QVERIFY(!changed({0x0A, 0x01, 0x01}, {0x0A, 0x01, 0x00}));                         // reason 0
        QVERIFY(!changed({0x0A, 0x01, 0x01}, {0x0A, 0x01, 0x08}));                         // removeFromCRL
        QVERIFY(!changed({0x55, 0x1D, 0x15}, {0x55, 0x1D, 0x18}));                         // another entry extension
        QVERIFY(!changed({0x55, 0x1D, 0x14}, {0x55, 0x1D, 0x1B})); // delta CRL indicator for the number
        QVERIFY(changed({0x0A, 0x01, 0x01}, {0x0A, 0x01, 0x04}));  // another reason is another CRL
    }

    void aHundredThousandEntriesAreQuick()
    {
        std::vector<RevokedEntry> many;
        for (std::uint32_t i = 0; i < 100'000; ++i) {
            Bytes serial(16, 0x42);
            for (std::size_t k = 0; k < 4; ++k)
                serial[12 + k] = static_cast<std::uint8_t>((i * 2654435761U) >> (8 * k));
            many.push_back({must(CertificateSerial::fromBytes(serial)), kNow, RevocationReason::Superseded});
        }
        const Bytes crl = complete(must(prepare(many)));
        const auto* position = crl.data();
        const OpensslHandle<X509_CRL, X509_CRL_free> parsed(
            d2i_X509_CRL(nullptr, &position, static_cast<long>(crl.size())));
        QVERIFY(parsed != nullptr);
        QCOMPARE(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(parsed.get())), 100'000);
        QCOMPARE(X509_CRL_verify(parsed.get(), m_ca->deviceKey.handle()), 1);
    }
};

QTEST_GUILESS_MAIN(CrlTest)
#include "crl_test.moc"
