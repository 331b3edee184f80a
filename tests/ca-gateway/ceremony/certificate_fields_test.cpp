#include <QTest>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include <openssl/evp.h>

#include "ceremony_files.h"
#include "keys/signer_client.h"
#include "pki/certificate_impl.h"
#include "pki/crl.h"
#include "support/signer_daemon.h"

using namespace gateway;
using namespace gateway::test;
using nlohmann::json;

namespace {

constexpr const char* kDeviceId = "3A7F2B9E4C1D6F8A0B1C2D3E4F506172";
constexpr const char* kVinHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Extensions as openssl prints them: "critical: " before the value when they are, lines joined by a blank.
using Extensions = std::map<std::string, std::string>;

struct Row
{
    std::string file;
    std::string subject; ///< in the certificate's order
    std::string issuerFile;
    std::string key;
    std::string signature;
    int days;
    const char* purpose; ///< of openssl verify
    Extensions extensions;
};

constexpr const char* kPlatform = "OU = Connected Vehicle Platform";
constexpr const char* kCloud = "OU = Cloud Platform";
constexpr const char* kRsaSignature = "sha256WithRSAEncryption";
constexpr const char* kAnyPurpose = "any";
constexpr const char* kOcspUrl = "OCSP - URI:http://ocsp.v2c.example.com/";

std::string name(const std::string& commonName, const std::string& unit)
{
    return "CN = " + commonName + ", O = Automotive OEM, " + unit + ", C = US";
}

Extensions ca(int pathLength, const std::string& nameConstraints = {}, const std::string& crl = {})
{
    Extensions result = {{"X509v3 Basic Constraints", "critical: CA:TRUE, pathlen:" + std::to_string(pathLength)},
                         {"X509v3 Key Usage", "critical: Certificate Sign, CRL Sign"}};
    if (!nameConstraints.empty()) result["X509v3 Name Constraints"] = "critical: " + nameConstraints;
    if (!crl.empty()) result["X509v3 CRL Distribution Points"] = "Full Name: URI:http://crl.v2c.example.com/" + crl;
    return result;
}

/// @param crl  file of the issuer's list
Extensions leaf(const std::string& usage, const std::string& extended, const std::string& names, const std::string& crl)
{
    Extensions result = {{"X509v3 Basic Constraints", "CA:FALSE"},
                         {"X509v3 Key Usage", "critical: " + usage},
                         {"X509v3 Extended Key Usage", extended}};
    if (!names.empty()) result["X509v3 Subject Alternative Name"] = names;
    if (crl.empty()) return result;
    result["X509v3 CRL Distribution Points"] = "Full Name: URI:http://crl.v2c.example.com/" + crl;
    result["Authority Information Access"] = kOcspUrl;
    return result;
}

Extensions ocspSigner()
{
    auto result = leaf("Digital Signature", "OCSP Signing", "", "");
    result["OCSP No Check"] = "";
    return result;
}

/// The specification's "Certificate Hierarchy" and "Certificate Specifications", with decisions 1 to 5, 13 and 14; what
/// it leaves open is docs/profiles.md.
std::vector<Row> specification()
{
    const std::string kRsa2048 = "RSA 2048";
    const std::string kRsa4096 = "RSA 4096";
    const std::string kP256 = "ECC P-256";
    const std::string kThree = "Digital Signature, Key Encipherment, Key Agreement";
    const std::string kClient = "TLS Web Client Authentication";
    const std::string kServer = "TLS Web Server Authentication";
    const std::string kVehicleUsages = kClient + ", 1.3.6.1.4.1.99999.1";
    const auto vehicleNames = std::string("DNS:") + kDeviceId + ".v2c.example.com, URI:urn:v2c:vehicle:" + kVinHash;
    const auto vehicle = std::string("CN = ") + kDeviceId +
                         ", O = Automotive OEM, OU = Connected Vehicles, serialNumber = " + kVinHash + ", C = US";
    const std::string kConstraints = "Permitted: DNS:v2c.example.com DNS:localhost IP:10.0.0.0/255.0.0.0 "
                                     "IP:127.0.0.0/255.0.0.0";
    const std::string kRootList = "root-ca.crl";
    const std::string kUpperList = "intermediate-ca.crl";
    const std::string kCloudList = "cloud-service-ca.crl";
    const auto root = name("V2C Root CA", kPlatform);
    return {
        {"root-ca.pem", root, "root-ca.pem", kRsa4096, kRsaSignature, 7305, kAnyPurpose, ca(2)},
        {"intermediate-ca-1.pem", name("V2C Intermediate CA", kPlatform), "root-ca.pem", kRsa4096, kRsaSignature, 3652,
         kAnyPurpose, ca(1, kConstraints, kRootList)},
        {"intermediate-ca-2.pem", name("V2C Intermediate CA 2", kPlatform), "root-ca.pem", kRsa4096, kRsaSignature,
         3652, kAnyPurpose, ca(1, kConstraints, kRootList)},
        {"device-issuing-ca.pem", name("V2C Device Issuing CA", kPlatform), "intermediate-ca-1.pem", kRsa2048,
         kRsaSignature, 1826, kAnyPurpose, ca(0, {}, kUpperList)},
        {"device-issuing-ca-backup.pem", name("V2C Device Issuing CA 2", kPlatform), "intermediate-ca-2.pem", kRsa2048,
         kRsaSignature, 1826, kAnyPurpose, ca(0, {}, "intermediate-ca-2.crl")},
        {"cloud-service-ca.pem", name("V2C Cloud Service CA", kPlatform), "intermediate-ca-1.pem", kRsa2048,
         kRsaSignature, 1826, kAnyPurpose, ca(0, {}, kUpperList)},
        {"ocsp-responder-ca.pem", name("V2C OCSP Responder CA", kPlatform), "intermediate-ca-1.pem", kRsa2048,
         kRsaSignature, 1095, kAnyPurpose, ca(0, {}, kUpperList)},
        {"gateway-server.pem", name("localhost", kCloud), "cloud-service-ca.pem", kP256, kRsaSignature, 365,
         "sslserver", leaf("Digital Signature", kServer, "DNS:localhost, IP Address:127.0.0.1", kCloudList)},
        {"station-demo-01.pem", name("station-demo-01", "OU = Provisioning Stations"), "cloud-service-ca.pem", kP256,
         kRsaSignature, 365, "sslclient",
         leaf("Digital Signature", kClient, "DNS:station-demo-01.stations.v2c.example.com", kCloudList)},
        {"audit-signer.pem", name("audit-demo-01", kPlatform), "cloud-service-ca.pem", kP256, kRsaSignature, 1095,
         kAnyPurpose,
         leaf("Digital Signature, Non Repudiation", "1.3.6.1.4.1.99999.2", "DNS:audit-demo-01.audit.v2c.example.com",
              kCloudList)},
        {"mqtt-broker.pem", name("mqtt-broker-us-east.v2c.example.com", kCloud), "cloud-service-ca.pem", kRsa2048,
         kRsaSignature, 365, "sslserver",
         leaf(kThree, kServer,
              "DNS:mqtt-broker-us-east.v2c.example.com, DNS:mqtt-broker-us-east-1a.v2c.example.com, "
              "DNS:mqtt-broker-us-east-1b.v2c.example.com, IP Address:10.0.1.10, IP Address:10.0.1.11",
              kCloudList)},
        {"technician-demo-01.pem", name("technician-demo-01", "OU = Provisioning Technicians"), "cloud-service-ca.pem",
         kP256, kRsaSignature, 365, "sslclient",
         leaf("Digital Signature", kClient, "DNS:technician-demo-01.people.v2c.example.com", kCloudList)},
        {"technician-demo-02.pem", name("technician-demo-02", "OU = Provisioning Technicians"), "cloud-service-ca.pem",
         kP256, kRsaSignature, 365, "sslclient",
         leaf("Digital Signature", kClient, "DNS:technician-demo-02.people.v2c.example.com", kCloudList)},
        {"administrator-demo-01.pem", name("administrator-demo-01", "OU = PKI Administration"), "cloud-service-ca.pem",
         kP256, kRsaSignature, 365, "sslclient",
         leaf("Digital Signature", kClient, "DNS:administrator-demo-01.people.v2c.example.com", kCloudList)},
        {"evidence-bundle-signer.pem", name("V2C Evidence Bundle Signer", kPlatform), "cloud-service-ca.pem", kP256,
         kRsaSignature, 365, kAnyPurpose, leaf("Digital Signature", "1.3.6.1.4.1.99999.3", "", kCloudList)},
        {"vehicle.pem", vehicle, "device-issuing-ca.pem", kP256, kRsaSignature, 365, "sslclient",
         leaf(kThree, kVehicleUsages, vehicleNames, "v2c.crl")},
        {"vehicle-rfc8813.pem", vehicle, "device-issuing-ca.pem", kP256, kRsaSignature, 365, "sslclient",
         leaf("Digital Signature, Key Agreement", kVehicleUsages, vehicleNames, "v2c.crl")},
        {"vehicle-by-backup.pem", vehicle, "device-issuing-ca-backup.pem", kP256, kRsaSignature, 365, "sslclient",
         leaf(kThree, kVehicleUsages, vehicleNames, "v2c.crl")},
        {"ocsp-signer.pem", name("V2C OCSP Signer device-1", kPlatform), "device-issuing-ca.pem", kP256, kRsaSignature,
         7, "ocsphelper", ocspSigner()},
        {"ocsp-signer-cloud.pem", name("V2C OCSP Signer cloud-1", kPlatform), "cloud-service-ca.pem", kP256,
         kRsaSignature, 7, "ocsphelper", ocspSigner()},
    };
}

std::string trimmed(const std::string& text)
{
    const auto begin = text.find_first_not_of(' ');
    return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

/// What openssl prints of a certificate: extensions by name, and the fields above them by theirs.
struct Printed
{
    Extensions extensions;
    std::map<std::string, std::string> fields;
};

Printed printed(const std::filesystem::path& file)
{
    const auto text = runProgram("openssl", {"x509", "-noout", "-text", "-in", file.string()}).second;
    std::istringstream lines(text);
    Printed result;
    std::string* value = nullptr;
    bool isAmongExtensions = false;
    for (std::string line; std::getline(lines, line);) {
        const auto indentation = line.find_first_not_of(' ');
        if (line == "        X509v3 extensions:") isAmongExtensions = true;
        if (line.starts_with("    Signature Value")) break;
        if (!isAmongExtensions) {
            if (const auto colon = line.find(": "); colon != std::string::npos)
                result.fields.emplace(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 2)));
        } else if (indentation == 12) {
            const auto colon = line.rfind(':');
            value = &result.extensions[trimmed(line.substr(0, colon))];
            if (trimmed(line.substr(colon + 1)) == "critical") *value = "critical: ";
        } else if (value != nullptr && indentation != std::string::npos && indentation > 12) {
            *value += (value->empty() || value->ends_with(": ") ? "" : " ") + trimmed(line);
        }
    }
    return result;
}

/// Note 3: all 32 bytes of SHA-256 over the subjectPublicKey bits, by OpenSSL itself.
std::string keyIdentifier(const pki::Certificate& certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    X509_pubkey_digest(certificate.impl().x509.get(), EVP_sha256(), digest.data(), &length);
    std::string text;
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (unsigned i = 0; i < length; ++i) {
        if (i != 0) text += ':';
        text += kDigits[digest[i] >> 4U];
        text += kDigits[digest[i] & 0xFU];
    }
    return text;
}

} // namespace

/// Every certificate type of the specification, made by one ceremony on SoftHSM, field by field as openssl reads it.
class CertificateFieldsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_files.emplace();
        auto plan = m_files->demo();
        plan["certificates"][10]["values"] = {
            {"region", "us-east"}, {"dns_names", ""}, {"ip_addresses", "10.0.1.10,10.0.1.11"}};
        const json vehicle = {{"device_id", kDeviceId}, {"vin_hash", kVinHash}};
        const auto order = [&](const char* stem, const char* profile, const char* issuer, const json& values) {
            plan["certificates"].push_back({{"file", std::string(stem) + ".pem"},
                                            {"profile", profile},
                                            {"issuer", issuer},
                                            {"private_key_file", std::string(stem) + ".key"},
                                            {"algorithm", "EC-P256"},
                                            {"values", values}});
        };
        order("vehicle", "vehicle-device", "device-issuing-ca.pem", vehicle);
        order("vehicle-rfc8813", "vehicle-device-rfc8813", "device-issuing-ca.pem", vehicle);
        order("vehicle-by-backup", "vehicle-device", "device-issuing-ca-backup.pem", vehicle);
        order("ocsp-signer", "ocsp-signer", "device-issuing-ca.pem", {{"responder", "device-1"}});
        order("ocsp-signer-cloud", "ocsp-signer", "cloud-service-ca.pem", {{"responder", "cloud-1"}});
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(m_files->write(plan), progress)), std::string());
        m_progress = progress.str();
    }
    void cleanupTestCase() { m_files.reset(); }

    void everyTypeIsInTheTable()
    {
        std::set<std::string> made;
        for (const auto& entry : json::parse(contentOf(m_files->output() / "manifest.json")))
            if (entry["type"] != "crl") made.insert(entry["file"].get<std::string>());
        std::set<std::string> listed;
        for (const auto& row : specification())
            listed.insert(row.file);
        QCOMPARE(made, listed);
        for (const auto& entry : std::filesystem::directory_iterator(V2C_SOURCE_DIR "/resources/profiles")) {
            const auto profile = entry.path().stem().string();
            QVERIFY2(has(contentOf(m_files->output() / "manifest.json"), '"' + profile + '"'), profile.c_str());
        }
    }

    void fieldsAreTheSpecifications_data() { addRows(specification()); }

    void fieldsAreTheSpecifications()
    {
        QFETCH(const int, index);
        compare(specification().at(static_cast<std::size_t>(index)), m_files->output());
    }

    void strictVerificationAccepts_data() { addRows(specification()); }

    void strictVerificationAccepts()
    {
        QFETCH(const int, index);
        verify(specification().at(static_cast<std::size_t>(index)), m_files->output());
    }

    void listsAreTheSpecifications_data()
    {
        QTest::addColumn<QByteArray>("token");
        QTest::addColumn<QByteArray>("issuer"); // key and file
        QTest::addColumn<QByteArray>("revoked");
        QTest::addColumn<QByteArray>("good");

        const auto row = [](const char* token, const char* issuer, const char* revoked, const char* good) {
            QTest::newRow(issuer) << QByteArray(token) << QByteArray(issuer) << QByteArray(revoked) << QByteArray(good);
        };
        row("v2c-issuing", "device-issuing-ca", "vehicle.pem", "vehicle-rfc8813.pem");
        row("v2c-backup", "device-issuing-ca-backup", "vehicle-by-backup.pem", "");
        row("v2c-issuing", "cloud-service-ca", "station-demo-01.pem", "mqtt-broker.pem");
        row("v2c-intermediate-1", "intermediate-ca-1", "ocsp-responder-ca.pem", "device-issuing-ca.pem");
    }

    /// Decision 6: one full list by each CA about its own certificates, signed by the key in the HSM.
    void listsAreTheSpecifications()
    {
        QFETCH(const QByteArray, token);
        QFETCH(const QByteArray, issuer);
        QFETCH(const QByteArray, revoked);
        QFETCH(const QByteArray, good);
        const auto folder = m_files->output();
        const auto certificateOf = [&](const std::string& file) {
            return pki::parsePemBundle(contentOf(folder / file)).value().front();
        };
        const auto authority = certificateOf(issuer.toStdString() + ".pem");
        const auto serial = certificateOf(revoked.toStdString()).serial();
        const Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        const auto tbs = pki::prepareCrl({authority, issuer.toStdString(), {authority}},
                                         {{serial, now - std::chrono::hours(1), RevocationReason::KeyCompromise}}, 7,
                                         now, now + std::chrono::hours(24 * 7));
        QVERIFY2(tbs, tbs ? "" : tbs.error().detail.c_str());
        const auto signature = signList(token.toStdString(), issuer.toStdString(), *tbs);
        QVERIFY2(signature, signature ? "" : signature.error().detail.c_str());
        const auto list = pki::completeCrl(*tbs, *signature, authority);
        QVERIFY2(list, list ? "" : list.error().detail.c_str());
        const auto file = m_files->folder() / "list.crl";
        std::ofstream(file) << pki::crlPem(*list);

        const auto text = runProgram("openssl", {"crl", "-noout", "-text", "-in", file.string()}).second;
        for (const auto& expected :
             {std::string("Version 2 (0x1)"), std::string("Signature Algorithm: sha256WithRSAEncryption\n"),
              "Issuer: " + authority.subjectText() + "\n",
              "X509v3 Authority Key Identifier: \n                " + keyIdentifier(authority) + "\n",
              std::string("X509v3 CRL Number: \n                7\n"),
              std::string("X509v3 CRL Reason Code: \n                Key Compromise\n")})
            QVERIFY2(has(text, expected), (expected + "\n" + text).c_str());
        QCOMPARE(text.find("Serial Number:"), text.rfind("Serial Number:")); // one entry
        std::size_t extensions = 0;
        for (auto at = text.find("X509v3 "); at != std::string::npos; at = text.find("X509v3 ", at + 1))
            ++extensions;
        QCOMPARE(extensions, 3U); // number, key identifier, the entry's reason: no delta, no partition

        const auto verified = [&](const std::string& leafFile) {
            return runProgram("openssl", {"verify", "-x509_strict", "-crl_check", "-CRLfile", file.string(), "-CAfile",
                                          (folder / "root-ca.pem").string(), "-untrusted", authorities(folder),
                                          (folder / leafFile).string()});
        };
        const auto [status, said] = verified(revoked.toStdString());
        QVERIFY2(status != 0 && has(said, "certificate revoked"), said.c_str());
        if (good.isEmpty()) return;
        const auto [goodStatus, goodSaid] = verified(good.toStdString());
        QVERIFY2(goodStatus == 0, goodSaid.c_str());
    }

    void ellipticRootSignsTheSame()
    {
        CeremonyFiles files;
        auto plan = files.smallPlan();
        plan["tokens"].push_back({{"label", "v2c-intermediate-1"}, {"pin", "file"}});
        auto intermediate = files.demo()["certificates"][1];
        intermediate.erase("backup");
        plan["certificates"].insert(plan["certificates"].begin() + 1, intermediate);
        plan["crls"].push_back(files.demo()["crls"][1]);
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(files.write(plan), progress)), std::string());
        auto rows = specification();
        rows[0].key = "ECC P-384";
        rows[0].signature = "ecdsa-with-SHA384";
        rows[1].signature = "ecdsa-with-SHA384";
        auto& station = rows[8];
        station.issuerFile = "root-ca.pem";
        station.signature = "ecdsa-with-SHA384";
        for (const auto& row : {rows[0], rows[1], station}) {
            compare(row, files.output());
            verify(row, files.output());
        }
        std::ostringstream checked;
        QCOMPARE(faultOf(verifyCeremony(files.output() / "root-ca.pem", files.output() / "transcript.json", checked)),
                 std::string());
    }

    void recordsNameEverything()
    {
        const auto manifest = json::parse(contentOf(m_files->output() / "manifest.json"));
        QCOMPARE(manifest[3].dump(), std::string(R"({"file":"device-issuing-ca.pem","key_label":"device-issuing-ca",)"
                                                 R"("profile":"device-issuing-ca","type":"device-issuing-ca"})"));
        QVERIFY(manifest[8]["key_label"].is_null());
        QCOMPARE(manifest[8]["type"].get<std::string>(), std::string("station"));

        const auto transcript = json::parse(contentOf(m_files->output() / "transcript.json"));
        QCOMPARE(transcript["crls"].size(), 3U);
        QCOMPARE(transcript["signed"].size() + transcript["crls"].size(), manifest.size());
        QCOMPARE(manifest.back().dump(),
                 std::string(R"({"file":"intermediate-ca-2.crl","issuer":"intermediate-ca-2.pem","type":"crl"})"));
        for (const auto& entry : transcript["signed"]) {
            const auto file = m_files->output() / entry["file"].get<std::string>();
            const auto [status, digest] =
                runProgram("sh", {"-c", "openssl x509 -in \"$0\" -outform DER | sha256sum", file.string()});
            QCOMPARE(status, 0);
            QCOMPARE(digest.substr(0, 64), entry["certificate_sha256"].get<std::string>());
        }
        const auto chain = pki::parsePemBundle(contentOf(m_files->output() / "chain.pem"));
        QVERIFY(chain);
        QCOMPARE(chain->size(), 2U);
        QCOMPARE(pki::parsePemBundle(contentOf(m_files->output() / "gateway-server.pem"))->size(), 3U);
        std::ostringstream checked;
        QCOMPARE(
            faultOf(verifyCeremony(m_files->output() / "root-ca.pem", m_files->output() / "transcript.json", checked)),
            std::string());
    }

    void secretsStayWithTheirOwner()
    {
        const auto secrets = m_files->secrets();
        for (const auto& file :
             {m_files->output() / "gateway-server.key", m_files->output() / "vehicle.key",
              m_files->output() / "key-backup.json", secrets / "share-1.json", secrets / "share-5.json",
              secrets / "backup-share-5.json", secrets / "v2c-issuing.pin"})
            QCOMPARE(modeOf(file), static_cast<mode_t>(0600));
        QCOMPARE(modeOf(secrets), static_cast<mode_t>(0700));
        QVERIFY(!std::filesystem::exists(secrets / "v2c-root.pin"));
        QVERIFY(!std::filesystem::exists(secrets / "ceremony-journal.json"));
        const auto pin = contentOf(secrets / "v2c-issuing.pin").substr(0, 32);
        QCOMPARE(pin.size(), 32U);
        QVERIFY(!has(m_progress, pin));
        QVERIFY(!has(contentOf(m_files->output() / "transcript.json"), pin));
    }

private:
    static void addRows(const std::vector<Row>& rows)
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < rows.size(); ++i)
            QTest::newRow(rows[i].file.c_str()) << static_cast<int>(i);
    }

    static void compare(const Row& row, const std::filesystem::path& folder)
    {
        const auto bundle = pki::parsePemBundle(contentOf(folder / row.file));
        const auto issuer = pki::parsePemBundle(contentOf(folder / row.issuerFile));
        QVERIFY2(bundle && issuer, row.file.c_str());
        const auto& certificate = bundle->front();
        const auto shown = printed(folder / row.file);
        const auto field = [&](const char* key) {
            const auto found = shown.fields.find(key);
            return found == shown.fields.end() ? std::string("missing") : found->second;
        };
        QCOMPARE(field("Version"), std::string("3 (0x2)"));
        QCOMPARE(field("Subject"), row.subject);
        QCOMPARE(field("Issuer"), issuer->front().subjectText());
        QCOMPARE(field("Signature Algorithm"), row.signature);
        QCOMPARE(certificate.keyAlgorithmText(), row.key);
        QCOMPARE(certificate.serial().bytes().size(), 16U);
        QCOMPARE((certificate.notAfter() - certificate.notBefore()) / std::chrono::hours(24), row.days);
        auto expected = row.extensions;
        expected["X509v3 Subject Key Identifier"] = keyIdentifier(certificate);
        expected["X509v3 Authority Key Identifier"] = keyIdentifier(issuer->front());
        for (const auto& [extension, value] : expected) {
            const auto found = shown.extensions.find(extension);
            QVERIFY2(found != shown.extensions.end(), (row.file + " has no " + extension).c_str());
            QCOMPARE(found->second, value);
        }
        QCOMPARE(shown.extensions.size(), expected.size()); // and no other
    }

    /// All sub-CAs in one file, for openssl to choose from.
    static std::string authorities(const std::filesystem::path& folder)
    {
        auto file = folder.parent_path() / "authorities.pem";
        std::string content;
        for (const auto* name : {"intermediate-ca-1.pem", "intermediate-ca-2.pem", "device-issuing-ca.pem",
                                 "device-issuing-ca-backup.pem", "cloud-service-ca.pem", "ocsp-responder-ca.pem"})
            content += contentOf(folder / name);
        std::ofstream(file) << content;
        return file.string();
    }

    static void verify(const Row& row, const std::filesystem::path& folder)
    {
        const auto [status, said] = runProgram("openssl", {"verify", "-x509_strict", "-purpose", row.purpose, "-CAfile",
                                                           (folder / "root-ca.pem").string(), "-untrusted",
                                                           authorities(folder), (folder / row.file).string()});
        QVERIFY2(status == 0, said.c_str());
    }

    /// By a v2c-signer of the token.
    [[nodiscard]] Result<Bytes> signList(const std::string& token, const std::string& key, const Bytes& tbs) const
    {
        const auto folder = m_files->folder();
        const auto socket = folder / "signer.sock";
        const json bound = {{"label", key},
                            {"certificate", (m_files->output() / (key + ".pem")).string()},
                            {"profiles", json::array()},
                            {"crl", true}};
        const json config = {{"socket", socket.string()},
                             {"profiles", V2C_SOURCE_DIR "/resources/profiles"},
                             {"module", kSoftHsmModule},
                             {"token", token},
                             {"pin_file", (m_files->secrets() / (token + ".pin")).string()},
                             {"keys", json::array({bound})}};
        std::ofstream(folder / "signer.json") << config.dump();
        const SignerDaemon daemon(folder / "signer.json");
        SignerClient client({.endpoints = {socket}});
        return client.sign({SignRequest::Kind::Crl, key, "", tbs});
    }

    std::optional<CeremonyFiles> m_files;
    std::string m_progress;
};

QTEST_GUILESS_MAIN(CertificateFieldsTest)
#include "certificate_fields_test.moc"
