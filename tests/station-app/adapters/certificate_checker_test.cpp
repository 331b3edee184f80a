#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "adapters/openssl_certificate_checker.h"

using namespace station;

namespace {

const std::string kDevice = "7959A243F1F08C3F15E60D145C395D93";
const std::string kHash(64, 'd');

gateway::Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A hierarchy made by the openssl program: root, issuing CA, a unit's key with its CSR, certificates.
class Hierarchy
{
public:
    Hierarchy()
    {
        write("ca.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        write("leaf.ext", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                          "extendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        for (const auto* root : {"root", "other"}) {
            request(root, "/CN=" + QByteArray(root));
            run({"x509", "-req", "-in", QByteArray(root) + ".csr", "-signkey", QByteArray(root) + ".key", "-extfile",
                 "ca.ext", "-days", "30", "-out", QByteArray(root) + ".pem"});
        }
        request("ca", "/CN=issuing");
        sign("ca", "root", "ca.ext", "ca");
        request("unit", subject(kDevice, kHash));
        request("stranger", subject(kDevice, kHash));
        sign("unit", "ca", "leaf.ext", "leaf");
        csr = der("unit.csr", "req");
    }

    static QByteArray subject(const std::string& device, const std::string& hash)
    {
        return "/CN=" + QByteArray::fromStdString(device) + "/serialNumber=" + QByteArray::fromStdString(hash);
    }

    void request(const QByteArray& name, const QByteArray& subject)
    {
        run({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key",
             "-out", name + ".csr", "-subj", subject});
    }

    void sign(const QByteArray& csrName, const QByteArray& issuer, const QByteArray& extensions, const QByteArray& name,
              const QByteArray& days = "10")
    {
        run({"x509", "-req", "-in", csrName + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-set_serial",
             "0x4001", "-extfile", extensions, "-days", days, "-out", name + ".pem"});
    }

    gateway::IssuedCertificate issued(const QByteArray& name = "leaf", const std::string& serial = "4001") const
    {
        return {*gateway::CertificateSerial::parse(serial),
                *gateway::DeviceId::parse(kDevice),
                *gateway::VinHash::parse(kHash),
                der(name + ".pem", "x509"),
                {der("ca.pem", "x509")},
                now(),
                now()};
    }

    gateway::Bytes der(const QByteArray& file, const QByteArray& kind) const
    {
        const auto out = run({kind, "-in", file, "-outform", "DER"});
        return {out.begin(), out.end()};
    }

    QByteArray run(const QList<QByteArray>& arguments) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        QStringList texts;
        for (const auto& argument : arguments)
            texts << QString::fromUtf8(argument);
        process.start(QStringLiteral("openssl"), texts);
        if (!process.waitForFinished(30000) || process.exitCode() != 0)
            qFatal("openssl: %s", process.readAllStandardError().constData());
        return process.readAllStandardOutput();
    }

    void write(const char* name, const QByteArray& content) const
    {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        if (file.open(QIODevice::WriteOnly)) file.write(content);
    }

    std::filesystem::path path(const char* name) const
    {
        return m_folder.filePath(QString::fromLatin1(name)).toStdString();
    }

    gateway::Bytes csr;
    VehicleNames names{*gateway::DeviceId::parse(kDevice), *gateway::VinHash::parse(kHash)};

private:
    QTemporaryDir m_folder;
};

std::string typeOf(const gateway::Result<void>& result)
{
    return result ? "" : result.error().type;
}

} // namespace

class CertificateCheckerTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<Hierarchy> m_pki;
    std::unique_ptr<CertificateChecker> m_checker;

private Q_SLOTS:
    void initTestCase()
    {
        m_pki = std::make_unique<Hierarchy>();
        m_checker = std::move(*makeCertificateChecker(m_pki->path("root.pem"), now));
    }

    void theRightCertificateIsAccepted()
    {
        const auto checked = m_checker->checkIssued(m_pki->issued(), m_pki->csr, m_pki->names);
        QVERIFY2(checked.has_value(), checked ? "" : checked.error().detail.c_str());
    }

    void wrongCertificates()
    {
        auto& pki = *m_pki;
        const auto check = [&](const gateway::IssuedCertificate& issued) {
            return typeOf(m_checker->checkIssued(issued, pki.csr, pki.names));
        };
        QCOMPARE(check(pki.issued("leaf", "4002")), std::string("certificate-serial"));

        pki.sign("stranger", "ca", "leaf.ext", "strangers");
        QCOMPARE(check(pki.issued("strangers")), std::string("certificate-key"));

        pki.sign("unit", "ca", "ca.ext", "isca");
        QCOMPARE(check(pki.issued("isca")), std::string("certificate-is-ca"));

        pki.sign("unit", "other", "leaf.ext", "foreign");
        QCOMPARE(check(pki.issued("foreign")), std::string("certificate-chain"));

        auto noChain = pki.issued();
        noChain.chainDer.clear();
        QCOMPARE(check(noChain), std::string("certificate-chain"));
        noChain.chainDer = {{1, 2, 3}};
        QCOMPARE(check(noChain), std::string("certificate-chain"));

        auto trailing = pki.issued();
        trailing.certificateDer.push_back(0);
        QCOMPARE(check(trailing), std::string("certificate-unreadable"));
        trailing.certificateDer.clear();
        QCOMPARE(check(trailing), std::string("certificate-unreadable"));
    }

    void anotherVehicleIsNamed()
    {
        auto names = m_pki->names;
        names.deviceId = *gateway::DeviceId::parse(std::string(32, 'A'));
        QCOMPARE(typeOf(m_checker->checkIssued(m_pki->issued(), m_pki->csr, names)),
                 std::string("certificate-subject"));
        names = m_pki->names;
        names.vinHash = *gateway::VinHash::parse(std::string(64, 'e'));
        QCOMPARE(typeOf(m_checker->checkIssued(m_pki->issued(), m_pki->csr, names)),
                 std::string("certificate-subject"));
    }

    void aSecondCommonNameIsRefused()
    {
        m_pki->request("twice", "/CN=" + QByteArray::fromStdString(kDevice) +
                                    "/CN=" + QByteArray::fromStdString(kDevice) +
                                    "/serialNumber=" + QByteArray::fromStdString(kHash));
        m_pki->sign("twice", "ca", "leaf.ext", "twice");
        QCOMPARE(typeOf(m_checker->checkIssued(m_pki->issued("twice"), m_pki->der("twice.csr", "req"), m_pki->names)),
                 std::string("certificate-subject"));
    }

    void time_data()
    {
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<bool>("good");
        QTest::newRow("four minutes behind") << qint64(-240) << true;
        QTest::newRow("an hour behind") << qint64(-3600) << false;
        QTest::newRow("after its end") << qint64(11 * 86400) << false;
    }
    void time()
    {
        QFETCH(const qint64, offset);
        QFETCH(const bool, good);
        const auto checker =
            *makeCertificateChecker(m_pki->path("root.pem"), [=] { return now() + std::chrono::seconds(offset); });
        // The CAs are as young as the leaf: their clock is the same problem and the same answer.
        QCOMPARE(checker->checkIssued(m_pki->issued(), m_pki->csr, m_pki->names).has_value(), good);
    }

    void theProofOfTheKey()
    {
        const auto leaf = m_pki->issued().certificateDer;
        const gateway::Bytes challenge(32, 0x5A);
        // The message as docs/tcu-link.md has it, signed by the openssl program.
        m_pki->write("leaf.der", QByteArray(reinterpret_cast<const char*>(leaf.data()), qsizetype(leaf.size())));
        const auto hash = m_pki->run({"dgst", "-sha256", "-binary", "leaf.der"});
        m_pki->write("message", QByteArray("tcu-link/0212/1") + QByteArray(32, '\x5A') + hash);
        const auto proofBy = [&](const QByteArray& key) {
            const auto out = m_pki->run({"dgst", "-sha256", "-sign", key, "message"});
            return gateway::Bytes(out.begin(), out.end());
        };
        const auto good = proofBy("unit.key");
        QVERIFY(m_checker->checkProof(leaf, challenge, good).has_value());
        QCOMPARE(typeOf(m_checker->checkProof(leaf, challenge, proofBy("stranger.key"))),
                 std::string("challenge-failed"));
        QVERIFY(!m_checker->checkProof(leaf, gateway::Bytes(32, 0x5B), good));
        QVERIFY(!m_checker->checkProof(leaf, challenge, {}));
        QVERIFY(!m_checker->checkProof({}, challenge, good));
        auto broken = good;
        broken.back() ^= 1;
        QVERIFY(!m_checker->checkProof(leaf, challenge, broken));
    }

    void rootsThatAreNone()
    {
        QCOMPARE(makeCertificateChecker("/nowhere.pem", now).error().type, std::string("root-certificate"));
        QCOMPARE(makeCertificateChecker(m_pki->path("unit.key"), now).error().type, std::string("root-certificate"));
    }

    void pemIsReadByOpenssl()
    {
        const auto pem = toPem(m_pki->issued().certificateDer);
        m_pki->write("back.pem", QByteArray::fromStdString(*pem));
        QCOMPARE(m_pki->der("back.pem", "x509"), m_pki->issued().certificateDer);
        QVERIFY(!toPem({1, 2, 3}).has_value());
    }
};

QTEST_GUILESS_MAIN(CertificateCheckerTest)
#include "certificate_checker_test.moc"
