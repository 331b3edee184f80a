#include <QTest>

#include <atomic>
#include <thread>

#include "ca-gateway/pki/openssl_tool.h"
#include "ca-gateway/pki/software_ca.h"

using namespace gateway;
using namespace gateway::pki;
using namespace gateway::pki::test;
using namespace std::chrono_literals;

namespace {

/// One line per extension in the certificate's order, by OpenSSL's own reader and printer, which share nothing with the
/// writer under test. Key identifiers are left out; they have their own test.
QStringList extensionsOf(const X509* x509)
{
    QStringList lines;
    for (int i = 0; i < X509_get_ext_count(x509); ++i) {
        auto* extension = X509_get_ext(x509, i);
        const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        QString text;
        if (nid != NID_subject_key_identifier && nid != NID_authority_key_identifier) {
            const BioHandle bio(BIO_new(BIO_s_mem()));
            X509V3_EXT_print(bio.get(), extension, X509V3_EXT_ERROR_UNKNOWN, 0);
            char* data = nullptr;
            const long length = BIO_get_mem_data(bio.get(), &data);
            text = QString::fromUtf8(data, length).simplified();
        }
        lines << (QString::fromUtf8(OBJ_nid2sn(nid)) +
                  (X509_EXTENSION_get_critical(extension) != 0 ? QStringLiteral(" critical ") : QStringLiteral(" ")) +
                  text)
                     .trimmed();
    }
    return lines;
}

} // namespace

class CertificateTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<SoftwareHierarchy> m_ca;
    std::map<std::string, Certificate> m_leaves;

    const Certificate& certificateOf(const QString& profile)
    {
        if (profile == QStringLiteral("root-ca")) return m_ca->root.certificate;
        if (profile == QStringLiteral("intermediate-ca")) return m_ca->intermediate.certificate;
        if (profile == QStringLiteral("device-issuing-ca")) return m_ca->device.certificate;
        if (profile == QStringLiteral("cloud-service-ca")) return m_ca->cloud.certificate;
        if (profile == QStringLiteral("ocsp-responder-ca")) return m_ca->ocsp.certificate;
        return m_leaves.at(profile.toStdString());
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_ca = std::make_unique<SoftwareHierarchy>(V2C_SOURCE_DIR "/resources/profiles");
        const auto vehicle = SoftwareKey::ec("P-256");
        const auto server = SoftwareKey::rsa(2048);
        const auto add = [&](const std::string& name, const ProfileValues& values, const SoftwareKey& key,
                             bool device) {
            m_leaves.emplace(name, m_ca->issue(name, values, key.publicKeyDer(), device ? m_ca->device : m_ca->cloud,
                                               device ? m_ca->deviceKey : m_ca->cloudKey,
                                               serialOf(static_cast<std::uint8_t>(0x20 + m_leaves.size()))));
        };
        add("vehicle-device", vehicleValues(), vehicle, true);
        add("vehicle-device-rfc8813", vehicleValues(), vehicle, true);
        add("mqtt-broker", {{"region", "us-east"}, {"ip_addresses", "10.0.1.10,10.0.1.11"}}, server, false);
        add("gateway-server",
            {{"host", "api.v2c.example.com"}, {"dns_names", "ca.v2c.example.com"}, {"ip_addresses", "10.9.8.7"}},
            vehicle, false);
        add("station", {{"station", "line1-st03"}}, vehicle, false);
        add("evidence-bundle-signer", {}, vehicle, false);
        add("ocsp-signer", {{"responder", "ocsp-1"}}, vehicle, true);
    }

    // The specification's "Certificate Hierarchy" and "Certificate Specifications", line by line.
    void everyFieldIsTheSpecifications_data()
    {
        QTest::addColumn<QString>("subject");
        QTest::addColumn<QString>("issuer");
        QTest::addColumn<QString>("key");
        QTest::addColumn<int>("days");
        QTest::addColumn<QStringList>("extensions");
        const auto s = [](const char* text) { return QString::fromUtf8(text); };
        const QString platform = s(", O = Automotive OEM, OU = Connected Vehicle Platform, C = US");
        const QString cloud = s(", O = Automotive OEM, OU = Cloud Platform, C = US");
        const QString caUsage = s("keyUsage critical Certificate Sign, CRL Sign");
        const QString ski = s("subjectKeyIdentifier");
        const QString aki = s("authorityKeyIdentifier");
        const QString ocsp = s("authorityInfoAccess OCSP - URI:http://ocsp.v2c.example.com/");
        const QString intermediateCrl =
            s("crlDistributionPoints Full Name: URI:http://crl.v2c.example.com/intermediate-ca.crl");
        const QString cloudCrl =
            s("crlDistributionPoints Full Name: URI:http://crl.v2c.example.com/cloud-service-ca.crl");
        const QString root = s("CN = V2C Root CA") + platform;
        const QString intermediate = s("CN = V2C Intermediate CA") + platform;
        const QString device = s("CN = V2C Device Issuing CA") + platform;
        const QString cloudCa = s("CN = V2C Cloud Service CA") + platform;
        QTest::newRow("root-ca") << root << root << s("ECC P-384") << 7305
                                 << QStringList{s("basicConstraints critical CA:TRUE, pathlen:2"), caUsage, ski, aki};
        QTest::newRow("intermediate-ca")
            << intermediate << root << s("RSA 4096") << 3652
            << QStringList{s("basicConstraints critical CA:TRUE, pathlen:1"), caUsage, ski, aki,
                           s("nameConstraints critical Permitted: DNS:v2c.example.com IP:10.0.0.0/255.0.0.0"),
                           s("crlDistributionPoints Full Name: URI:http://crl.v2c.example.com/root-ca.crl")};
        const QStringList issuing = {s("basicConstraints critical CA:TRUE, pathlen:0"), caUsage, ski, aki,
                                     intermediateCrl};
        QTest::newRow("device-issuing-ca") << device << intermediate << s("RSA 2048") << 1826 << issuing;
        QTest::newRow("cloud-service-ca") << cloudCa << intermediate << s("RSA 2048") << 1826 << issuing;
        QTest::newRow("ocsp-responder-ca")
            << s("CN = V2C OCSP Responder CA") + platform << intermediate << s("RSA 2048") << 1095 << issuing;
        const auto vehicle = [&](const char* usage) {
            return QStringList{
                s("basicConstraints CA:FALSE"),
                s("keyUsage critical ") + s(usage),
                s("extendedKeyUsage TLS Web Client Authentication, 1.3.6.1.4.1.99999.1"),
                ski,
                aki,
                s("subjectAltName DNS:7959A243F1F08C3F15E60D145C395D93.v2c.example.com, "
                  "URI:urn:v2c:vehicle:d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af"),
                ocsp,
                s("crlDistributionPoints Full Name: URI:http://crl.v2c.example.com/v2c.crl")};
        };
        const QString vehicleName =
            s("CN = 7959A243F1F08C3F15E60D145C395D93, O = Automotive OEM, OU = Connected Vehicles, serialNumber = "
              "d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af, C = US");
        QTest::newRow("vehicle-device") << vehicleName << device << s("ECC P-256") << 365
                                        << vehicle("Digital Signature, Key Encipherment, Key Agreement");
        QTest::newRow("vehicle-device-rfc8813")
            << vehicleName << device << s("ECC P-256") << 365 << vehicle("Digital Signature, Key Agreement");
        QTest::newRow("mqtt-broker")
            << s("CN = mqtt-broker-us-east.v2c.example.com") + cloud << cloudCa << s("RSA 2048") << 365
            << QStringList{s("basicConstraints CA:FALSE"),
                           s("keyUsage critical Digital Signature, Key Encipherment, Key Agreement"),
                           s("extendedKeyUsage TLS Web Server Authentication"),
                           ski,
                           aki,
                           s("subjectAltName DNS:mqtt-broker-us-east.v2c.example.com, "
                             "DNS:mqtt-broker-us-east-1a.v2c.example.com, DNS:mqtt-broker-us-east-1b.v2c.example.com, "
                             "IP Address:10.0.1.10, IP Address:10.0.1.11"),
                           ocsp,
                           cloudCrl};
        QTest::newRow("gateway-server")
            << s("CN = api.v2c.example.com") + cloud << cloudCa << s("ECC P-256") << 365
            << QStringList{s("basicConstraints CA:FALSE"),
                           s("keyUsage critical Digital Signature"),
                           s("extendedKeyUsage TLS Web Server Authentication"),
                           ski,
                           aki,
                           s("subjectAltName DNS:api.v2c.example.com, DNS:ca.v2c.example.com, IP Address:10.9.8.7"),
                           ocsp,
                           cloudCrl};
        QTest::newRow("station") << s("CN = line1-st03, O = Automotive OEM, OU = Provisioning Stations, C = US")
                                 << cloudCa << s("ECC P-256") << 365
                                 << QStringList{s("basicConstraints CA:FALSE"),
                                                s("keyUsage critical Digital Signature"),
                                                s("extendedKeyUsage TLS Web Client Authentication"),
                                                ski,
                                                aki,
                                                s("subjectAltName DNS:line1-st03.stations.v2c.example.com"),
                                                ocsp,
                                                cloudCrl};
        QTest::newRow("evidence-bundle-signer")
            << s("CN = V2C Evidence Bundle Signer") + platform << cloudCa << s("ECC P-256") << 365
            << QStringList{s("basicConstraints CA:FALSE"),
                           s("keyUsage critical Digital Signature"),
                           s("extendedKeyUsage 1.3.6.1.4.1.99999.3"),
                           ski,
                           aki,
                           ocsp,
                           cloudCrl};
        QTest::newRow("ocsp-signer") << s("CN = V2C OCSP Signer ocsp-1") + platform << device << s("ECC P-256") << 7
                                     << QStringList{s("basicConstraints CA:FALSE"),
                                                    s("keyUsage critical Digital Signature"),
                                                    s("extendedKeyUsage OCSP Signing"),
                                                    ski,
                                                    aki,
                                                    s("noCheck")};
    }

    void everyFieldIsTheSpecifications()
    {
        QFETCH(const QString, subject);
        QFETCH(const QString, issuer);
        QFETCH(const QString, key);
        QFETCH(const int, days);
        QFETCH(const QStringList, extensions);
        const auto& certificate = certificateOf(QString::fromUtf8(QTest::currentDataTag()));
        const auto x509 = certificateHandle(certificate);
        QCOMPARE(X509_get_version(x509.get()), long{X509_VERSION_3});
        QCOMPARE(QString::fromStdString(certificate.subjectText()), subject);
        QCOMPARE(QString::fromStdString(certificate.issuerText()), issuer);
        QCOMPARE(QString::fromStdString(certificate.keyAlgorithmText()), key);
        int validDays = 0;
        int seconds = 0;
        QVERIFY(ASN1_TIME_diff(&validDays, &seconds, X509_get0_notBefore(x509.get()), X509_get0_notAfter(x509.get())) ==
                1);
        QCOMPARE(validDays, days);
        QCOMPARE(seconds, 0);
        QCOMPARE(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x509.get()), kNow.time_since_epoch().count()), 0);
        auto printed = extensionsOf(x509.get());
        printed.replaceInStrings(QStringLiteral("noCheck "), QStringLiteral("noCheck"));
        QCOMPARE(printed, extensions);
    }

    void keyIdentifiersAreWholeSha256()
    {
        for (const auto* certificate :
             {&m_ca->root.certificate, &m_ca->device.certificate, &m_leaves.at("vehicle-device")}) {
            const auto x509 = certificateHandle(*certificate);
            const auto* bits = X509_get0_pubkey_bitstr(x509.get());
            Bytes digest(32);
            EVP_Digest(bits->data, static_cast<std::size_t>(bits->length), digest.data(), nullptr, EVP_sha256(),
                       nullptr);
            QCOMPARE(certificate->subjectKeyIdentifier(), digest);
        }
        const auto leaf = certificateHandle(m_leaves.at("vehicle-device"));
        const auto* authority = X509_get0_authority_key_id(leaf.get());
        QCOMPARE(Bytes(authority->data, authority->data + authority->length),
                 m_ca->device.certificate.subjectKeyIdentifier());
        const auto root = certificateHandle(m_ca->root.certificate);
        const auto* own = X509_get0_authority_key_id(root.get());
        QCOMPARE(Bytes(own->data, own->data + own->length), m_ca->root.certificate.subjectKeyIdentifier());
    }

    void opensslVerifiesEveryChainStrictly()
    {
        const OpensslTool tool;
        tool.write("root.pem", asBytes(m_ca->root.certificate.pem()));
        for (const auto& [name, leaf] : m_leaves) {
            const bool device = leaf.issuerDer() == m_ca->device.certificate.subjectDer();
            std::string chain;
            for (const auto& ca : device ? m_ca->device.chain : m_ca->cloud.chain)
                chain += ca.pem();
            tool.write("chain.pem", asBytes(chain));
            tool.write("leaf.pem", asBytes(leaf.pem()));
            const std::string time = std::to_string(kNow.time_since_epoch().count());
            const auto result = tool.run(
                ("verify -x509_strict -attime " + time + " -CAfile root.pem -untrusted chain.pem leaf.pem").c_str());
            QVERIFY2(result.startsWith(QStringLiteral("0 ")) && result.contains(QStringLiteral(": OK")),
                     qPrintable(QString::fromStdString(name) + result));
        }
    }

    void theBackupIntermediateDiffersInItsName()
    {
        const auto backup =
            m_ca->issue("intermediate-ca", {{"instance_suffix", " 2"}}, m_ca->intermediateKey.publicKeyDer(),
                        m_ca->root, m_ca->rootKey, serialOf(0x50));
        QCOMPARE(backup.subjectCommonName(), std::string("V2C Intermediate CA 2"));
    }

    void yearsFrom2050UseGeneralizedTime()
    {
        const Time later = std::chrono::sys_days(std::chrono::year(2040) / 1 / 1);
        auto prepared = must(prepareSelfSigned(m_ca->profile("root-ca"), {}, m_ca->rootKey.publicKeyDer(), "root-ca",
                                               serialOf(9), later));
        const Bytes signature = m_ca->rootKey.sign(prepared.tbsDer());
        const auto x509 = certificateHandle(must(completeSelfSigned(std::move(prepared), signature)));
        QCOMPARE(ASN1_STRING_type(X509_get0_notBefore(x509.get())), V_ASN1_UTCTIME);
        QCOMPARE(ASN1_STRING_type(X509_get0_notAfter(x509.get())), V_ASN1_GENERALIZEDTIME);
        QCOMPARE(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x509.get()), (later + 7305 * 24h).time_since_epoch().count()),
                 0);
    }

    void aLeafNeverOutlivesItsIssuer()
    {
        const auto& issuer = m_ca->device;
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        const auto prepare = [&](Time now) {
            return prepareCertificate(m_ca->profile("vehicle-device"), vehicleValues(), key, issuer, serialOf(7), now);
        };
        const Time last = issuer.certificate.notAfter() - 365 * 24h;
        QVERIFY(prepare(last).has_value());
        const auto late = prepare(last + 1s);
        QVERIFY(!late.has_value());
        QCOMPARE(late.error().type, std::string("outlives-issuer"));
        QCOMPARE(late.error().code, ErrorCode::PolicyViolation);
    }

    void namesOutsideTheConstraintsAreRefused()
    {
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        const auto refused = [&](const ProfileValues& values) {
            const auto prepared =
                prepareCertificate(m_ca->profile("gateway-server"), values, key, m_ca->cloud, serialOf(7), kNow);
            return !prepared && prepared.error().type == "lint" &&
                   prepared.error().detail.find("name constraints") != std::string::npos;
        };
        QVERIFY(!refused({{"host", "api.v2c.example.com"}}));
        QVERIFY(refused({{"host", "localhost"}}));
        QVERIFY(refused({{"host", "api.example.com"}}));
        QVERIFY(refused({{"host", "api.v2c.example.com"}, {"dns_names", "evil.example.org"}}));
        QVERIFY(refused({{"host", "api.v2c.example.com"}, {"ip_addresses", "127.0.0.1"}}));
        QVERIFY(refused({{"host", "api.v2c.example.com"}, {"ip_addresses", "::1"}}));
    }

    void theCeremonyMayReplaceNameConstraints()
    {
        Profile profile = m_ca->profile("intermediate-ca");
        profile.nameConstraints = {{"v2c.example.com", "localhost"}, {"10.0.0.0/8", "127.0.0.0/8"}};
        auto prepared = must(
            prepareCertificate(profile, {}, m_ca->intermediateKey.publicKeyDer(), m_ca->root, serialOf(0x60), kNow));
        // Under the shipped profile the same bytes are not what the key may sign.
        QVERIFY(!lintTbsCertificate(prepared.tbsDer(), m_ca->profile("intermediate-ca"), &m_ca->root.certificate));
        const Bytes signature = m_ca->rootKey.sign(prepared.tbsDer());
        auto certificate = must(completeCertificate(std::move(prepared), signature, m_ca->root.certificate));
        const Issuer wider{certificate, "intermediate-ca", {certificate}};
        const auto cloud = m_ca->makeCa("cloud-service-ca", m_ca->cloudKey, wider, m_ca->intermediateKey, 0x61);
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        const auto leaf =
            m_ca->issue("gateway-server",
                        {{"host", "localhost"}, {"dns_names", "localhost"}, {"ip_addresses", "127.0.0.1,127.0.0.2"}},
                        key, cloud, m_ca->cloudKey, serialOf(0x62));
        QVERIFY(
            extensionsOf(certificateHandle(leaf).get())
                .contains(QStringLiteral("subjectAltName DNS:localhost, IP Address:127.0.0.1, IP Address:127.0.0.2")));
        profile.nameConstraints->permittedIp = {"127.0.0.1/8"};
        QVERIFY(!prepareCertificate(profile, {}, m_ca->intermediateKey.publicKeyDer(), m_ca->root, serialOf(1), kNow));
    }

    void keysThatTheProfileDoesNotAllowAreRefused_data()
    {
        QTest::addColumn<QByteArray>("spki");
        const auto bytes = [](const Bytes& key) {
            return QByteArray(reinterpret_cast<const char*>(key.data()), static_cast<qsizetype>(key.size()));
        };
        const auto good = bytes(SoftwareKey::ec("P-256").publicKeyDer());
        QTest::newRow("P-384") << bytes(SoftwareKey::ec("P-384").publicKeyDer());
        QTest::newRow("P-521") << bytes(SoftwareKey::ec("P-521").publicKeyDer());
        QTest::newRow("secp256k1") << bytes(SoftwareKey::ec("secp256k1").publicKeyDer());
        QTest::newRow("RSA 2048") << bytes(SoftwareKey::rsa(2048).publicKeyDer());
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("trailing byte") << good + 'x';
        QTest::newRow("truncated") << good.chopped(1);
        QTest::newRow("not on the curve") << good.chopped(1) + static_cast<char>(good.back() ^ 1);
        QTest::newRow("garbage") << QByteArray(91, '\x30');
    }

    void keysThatTheProfileDoesNotAllowAreRefused()
    {
        QFETCH(const QByteArray, spki);
        const auto prepared = prepareCertificate(m_ca->profile("vehicle-device"), vehicleValues(),
                                                 asBytes({spki.data(), static_cast<std::size_t>(spki.size())}),
                                                 m_ca->device, serialOf(7), kNow);
        QVERIFY(!prepared.has_value());
        QCOMPARE(prepared.error().type, std::string("lint"));
    }

    void badValuesAreRefused_data()
    {
        QTest::addColumn<QString>("device");
        QTest::addColumn<QString>("hash");
        const auto device = QString::fromStdString(kDeviceId);
        const auto hash = QString::fromStdString(kVinHash);
        QTest::newRow("lower-case device") << device.toLower() << hash;
        QTest::newRow("upper-case hash") << device << hash.toUpper();
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("injected name") << QStringLiteral("x.example.com,O=y") << hash;
    }

    void badValuesAreRefused()
    {
        QFETCH(const QString, device);
        QFETCH(const QString, hash);
        const auto prepared = prepareCertificate(
            m_ca->profile("vehicle-device"), {{"device_id", device.toStdString()}, {"vin_hash", hash.toStdString()}},
            SoftwareKey::ec("P-256").publicKeyDer(), m_ca->device, serialOf(7), kNow);
        QVERIFY(!prepared.has_value());
        QCOMPARE(prepared.error().type, std::string("profile-value"));
    }

    void anotherProfilesContentIsRefused_data()
    {
        QTest::addColumn<std::string>("change");
        for (const auto* change :
             {"ca", "usage", "extended", "validity", "subject", "order", "dns", "uri", "ocsp", "crl", "nocheck"})
            QTest::newRow(change) << std::string(change);
    }

    // The signer sees only the TBSCertificate and the profile that is bound to its key.
    void anotherProfilesContentIsRefused()
    {
        Profile changed = m_ca->profile("vehicle-device");
        QFETCH(const std::string, change);
        if (change == "ca") changed.ca = true;
        if (change == "usage") changed.keyUsage.emplace_back("cRLSign");
        if (change == "extended") changed.extendedKeyUsage.emplace_back("serverAuth");
        if (change == "validity") changed.validity += std::chrono::days(1);
        if (change == "subject") changed.subject[2].value = "Connected Lorries";
        if (change == "order") std::swap(changed.subject[1], changed.subject[2]);
        if (change == "dns") changed.subjectAltDns.emplace_back("admin.v2c.example.com");
        if (change == "uri") changed.subjectAltUri.clear();
        if (change == "ocsp") changed.ocspUrls = {"http://ocsp.example.org/"};
        if (change == "crl") changed.crlUrls.clear();
        if (change == "nocheck") changed.ocspNoCheck = true;
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        const auto& original = m_ca->profile("vehicle-device");
        const auto sane = must(prepareCertificate(original, vehicleValues(), key, m_ca->device, serialOf(7), kNow));
        QVERIFY(lintTbsCertificate(sane.tbsDer(), original, &m_ca->device.certificate).has_value());
        // What breaks a rule of every certificate is not even prepared.
        if (change == "ca" || change == "usage" || change == "nocheck") {
            QVERIFY(!prepareCertificate(changed, vehicleValues(), key, m_ca->device, serialOf(7), kNow).has_value());
            return;
        }
        const auto other = must(prepareCertificate(changed, vehicleValues(), key, m_ca->device, serialOf(7), kNow));
        const auto linted = lintTbsCertificate(other.tbsDer(), original, &m_ca->device.certificate);
        QVERIFY(!linted.has_value());
        QCOMPARE(linted.error().type, std::string("lint"));
    }

    void everyChangedByteIsNoticed()
    {
        const auto& profile = m_ca->profile("vehicle-device");
        const auto prepared = must(prepareCertificate(profile, vehicleValues(), SoftwareKey::ec("P-256").publicKeyDer(),
                                                      m_ca->device, serialOf(7), kNow));
        const Bytes tbs(prepared.tbsDer().begin(), prepared.tbsDer().end());
        const auto serial =
            std::search(tbs.begin(), tbs.end(), prepared.serial().bytes().begin(), prepared.serial().bytes().end());
        const auto serialAt = static_cast<std::size_t>(serial - tbs.begin());
        for (std::size_t i = 0; i < tbs.size(); ++i) {
            for (const std::uint8_t bit : {0x01, 0x20, 0x80}) {
                // Another serial is as good as this one, unless it is negative.
                if (i >= serialAt && i < serialAt + 16 && (i > serialAt || bit != 0x80)) continue;
                Bytes changed = tbs;
                changed[i] ^= bit;
                QVERIFY2(!restorePrepared(changed, profile, m_ca->device).has_value(),
                         qPrintable(QStringLiteral("byte %1 bit %2").arg(i).arg(bit)));
            }
        }
        for (std::size_t length = 0; length < tbs.size(); ++length)
            QVERIFY(!restorePrepared(ByteView(tbs).first(length), profile, m_ca->device).has_value());
        Bytes longer = tbs;
        longer.push_back(0);
        QVERIFY(!restorePrepared(longer, profile, m_ca->device).has_value());
        QVERIFY(!restorePrepared(Bytes(100'000, 0x30), profile, m_ca->device).has_value());
        auto restored = must(restorePrepared(tbs, profile, m_ca->device));
        QCOMPARE(restored.serial(), prepared.serial());
        QCOMPARE(restored.notAfter(), prepared.notAfter());
        QCOMPARE(restored.keyLabel(), std::string("device-issuing-ca"));
    }

    void onlyTheIssuersSignatureCompletes()
    {
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        const auto prepare = [&] {
            return must(prepareCertificate(m_ca->profile("vehicle-device"), vehicleValues(), key, m_ca->device,
                                           serialOf(7), kNow));
        };
        const auto complete = [&](const Bytes& signature, const Certificate& issuer) {
            return completeCertificate(prepare(), signature, issuer);
        };
        const Bytes good = m_ca->deviceKey.sign(prepare().tbsDer());
        QVERIFY(complete(good, m_ca->device.certificate).has_value());
        Bytes broken = good;
        broken.back() ^= 1;
        QCOMPARE(complete(broken, m_ca->device.certificate).error().type, std::string("signature-invalid"));
        QCOMPARE(complete({}, m_ca->device.certificate).error().type, std::string("signature-invalid"));
        QCOMPARE(complete(m_ca->cloudKey.sign(prepare().tbsDer()), m_ca->device.certificate).error().type,
                 std::string("signature-invalid"));
        QCOMPARE(complete(m_ca->cloudKey.sign(prepare().tbsDer()), m_ca->cloud.certificate).error().type,
                 std::string("other-issuer"));
        auto other = must(
            prepareCertificate(m_ca->profile("vehicle-device"), vehicleValues(), key, m_ca->device, serialOf(8), kNow));
        QCOMPARE(completeCertificate(std::move(other), good, m_ca->device.certificate).error().type,
                 std::string("signature-invalid"));
    }

    void anIssuerMustBeAnAuthority()
    {
        const auto& leaf = m_leaves.at("vehicle-device");
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        QVERIFY(!prepareCertificate(m_ca->profile("vehicle-device"), vehicleValues(), key, {leaf, "x", {leaf}},
                                    serialOf(7), kNow)
                     .has_value());
        // An issuing CA (path length 0) has no CA below it.
        QVERIFY(!prepareCertificate(m_ca->profile("cloud-service-ca"), {}, m_ca->cloudKey.publicKeyDer(), m_ca->device,
                                    serialOf(7), kNow)
                     .has_value());
        QVERIFY(!prepareCertificate(m_ca->profile("root-ca"), {}, m_ca->rootKey.publicKeyDer(), m_ca->root, serialOf(7),
                                    kNow)
                     .has_value());
        QVERIFY(!prepareSelfSigned(m_ca->profile("vehicle-device"), vehicleValues(), key, "x", serialOf(7), kNow)
                     .has_value());
    }

    void certificatesAreReadStrictly()
    {
        const auto& certificate = m_leaves.at("vehicle-device");
        const auto again = must(Certificate::parsePem(certificate.pem()));
        QCOMPARE(again.der(), certificate.der());
        QCOMPARE(again.subjectCommonName(), kDeviceId);
        QCOMPARE(again.notBefore(), kNow);
        const Bytes& der = certificate.der();
        for (std::size_t length = 0; length < der.size(); ++length)
            QVERIFY(!Certificate::parseDer(ByteView(der).first(length)).has_value());
        Bytes longer = der;
        longer.push_back(0);
        QVERIFY(!Certificate::parseDer(longer).has_value());

        const std::string two = certificate.pem() + "some text\n" + m_ca->root.certificate.pem();
        QCOMPARE(must(parsePemBundle(two)).size(), std::size_t{2});
        QVERIFY(!Certificate::parsePem(two).has_value());
        QVERIFY(!parsePemBundle("").has_value());
        QVERIFY(!parsePemBundle("nothing here").has_value());
        QVERIFY(!parsePemBundle(two.substr(0, two.size() - 40)).has_value());
        QVERIFY(!parsePemBundle(certificate.pem() + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                     .has_value());
        QVERIFY(!parsePemBundle("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").has_value());
    }

    void manyThreadsIssueAtOnce()
    {
        const Bytes key = SoftwareKey::ec("P-256").publicKeyDer();
        std::vector<std::thread> threads;
        std::atomic<int> issued{0};
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 10; ++i) {
                    const auto certificate =
                        m_ca->issue("vehicle-device", vehicleValues(), key, m_ca->device, m_ca->deviceKey,
                                    serialOf(static_cast<std::uint8_t>(t * 10 + i + 1)));
                    if (certificate.subjectText().find(kVinHash) != std::string::npos) ++issued;
                }
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(issued.load(), 40);
    }
};

QTEST_GUILESS_MAIN(CertificateTest)
#include "certificate_test.moc"
