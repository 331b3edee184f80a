#include <QTest>

#include <atomic>
#include <thread>

#include "ca-gateway/pki/openssl_tool.h"
#include "ca-gateway/pki/software_ca.h"
#include "pki/ocsp.h"

using namespace gateway;
using namespace gateway::pki;
using namespace gateway::pki::test;
using namespace std::chrono_literals;

namespace {

using ResponseHandle = OpensslHandle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using RequestHandle = OpensslHandle<OCSP_REQUEST, OCSP_REQUEST_free>;
using BasicHandle = OpensslHandle<OCSP_BASICRESP, OCSP_BASICRESP_free>;

int responseStatus(const Bytes& der)
{
    const auto* position = der.data();
    const ResponseHandle response(d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(der.size())));
    return response ? OCSP_response_status(response.get()) : -1;
}

/// Adds an extension to a request whose value is these bytes.
void addExtension(OCSP_REQUEST* request, int nid, bool critical, const Bytes& value)
{
    const OctetStringHandle octets(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size()));
    auto* extension = X509_EXTENSION_create_by_NID(nullptr, nid, critical ? 1 : 0, octets.get());
    OCSP_REQUEST_add_ext(request, extension, -1);
    X509_EXTENSION_free(extension);
}

} // namespace

class OcspTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<SoftwareHierarchy> m_ca;
    std::unique_ptr<OcspSigner> m_signer;
    std::map<CertificateSerial, OcspStatus> m_known;
    // openssl ocsp compares with the machine's clock, so the answers live now.
    Time m_now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());

    [[nodiscard]] Result<OcspStatus> statusOf(const CertificateSerial& serial) const
    {
        const auto found = m_known.find(serial);
        return found == m_known.end() ? OcspStatus{} : found->second;
    }

    [[nodiscard]] OcspResponse answer(ByteView request) const
    {
        return answerOcsp(
            request, m_ca->device, *m_signer, [this](const auto& serial) { return statusOf(serial); }, m_now);
    }

    /// A request for these serials, by OpenSSL's builder.
    [[nodiscard]] RequestHandle makeRequest(const std::vector<std::uint8_t>& serials,
                                            const EVP_MD* digest = EVP_sha1()) const
    {
        RequestHandle request(OCSP_REQUEST_new());
        const auto issuer = certificateHandle(m_ca->device.certificate);
        for (const auto serial : serials)
            OCSP_request_add0_id(request.get(), idOf(issuer.get(), serialOf(serial).bytes(), digest));
        return request;
    }

    [[nodiscard]] static OCSP_CERTID* idOf(const X509* issuer, ByteView serial, const EVP_MD* digest)
    {
        const BnHandle number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
        const OpensslHandle<ASN1_INTEGER, ASN1_INTEGER_free> integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
        return OCSP_cert_id_new(digest, X509_get_subject_name(issuer), X509_get0_pubkey_bitstr(issuer), integer.get());
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_ca = std::make_unique<SoftwareHierarchy>(V2C_SOURCE_DIR "/resources/profiles");
        m_signer = std::make_unique<OcspSigner>(must(OcspSigner::generate()));
        must(m_signer->setCertificate(m_ca->issue("ocsp-signer", {{"responder", "ocsp-1"}}, m_signer->publicKeyDer(),
                                                  m_ca->device, m_ca->deviceKey, serialOf(0x70), m_now)));
        m_known.emplace(serialOf(1), OcspStatus{OcspStatus::Kind::Good, {}, {}});
        m_known.emplace(serialOf(2),
                        OcspStatus{OcspStatus::Kind::Revoked, m_now - 1h, RevocationReason::KeyCompromise});
        m_known.emplace(serialOf(3), OcspStatus{OcspStatus::Kind::Revoked, m_now - 1h, RevocationReason::Unspecified});
    }

    void opensslVerifiesTheAnswer_data()
    {
        QTest::addColumn<int>("serial");
        QTest::addColumn<QString>("digest");
        QTest::addColumn<bool>("nonce");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<int>("maxAge");
        QTest::addColumn<int>("life");
        for (const auto* digest : {"sha1", "sha256"})
            for (const bool nonce : {false, true}) {
                const auto row = [&](const char* title, int serial, const char* status, const char* reason, int maxAge,
                                     int life) {
                    QTest::addRow("%s %s%s", title, digest, nonce ? " nonce" : "")
                        << serial << QString::fromUtf8(digest) << nonce << QString::fromUtf8(status)
                        << QString::fromUtf8(reason) << maxAge << life;
                };
                row("good", 1, "good", "", 300, 840);
                row("revoked", 2, "revoked", "keyCompromise", 3600, 3600);
                row("revoked without reason", 3, "revoked", "", 3600, 3600);
                row("never issued", 4, "unknown", "", 10, 10);
            }
    }

    // Specification note 5: -issuer device-ca -CAfile root -verify_other chain, no -VAfile, no -trust_other.
    void opensslVerifiesTheAnswer()
    {
        QFETCH(const int, serial);
        QFETCH(const QString, digest);
        QFETCH(const bool, nonce);
        QFETCH(const QString, status);
        QFETCH(const QString, reason);
        QFETCH(const int, maxAge);
        QFETCH(const int, life);
        const OpensslTool tool;
        tool.write("root.pem", asBytes(m_ca->root.certificate.pem()));
        tool.write("device.pem", asBytes(m_ca->device.certificate.pem()));
        tool.write("chain.pem", asBytes(m_ca->device.certificate.pem() + m_ca->intermediate.certificate.pem()));
        const QString number = QStringLiteral("0x") +
                               QString::fromStdString(toUpperHex(serialOf(static_cast<std::uint8_t>(serial)).bytes()));
        const auto made = tool.run({QStringLiteral("ocsp"), QLatin1Char('-') + digest, QStringLiteral("-issuer"),
                                    QStringLiteral("device.pem"), QStringLiteral("-serial"), number,
                                    nonce ? QStringLiteral("-nonce") : QStringLiteral("-no_nonce"),
                                    QStringLiteral("-reqout"), QStringLiteral("request.der")});
        QVERIFY2(made.startsWith(QStringLiteral("0 ")), qPrintable(made));
        const auto response = answer(tool.read("request.der"));
        tool.write("response.der", response.der);
        const auto printed =
            tool.run({QStringLiteral("ocsp"), QLatin1Char('-') + digest, QStringLiteral("-issuer"),
                      QStringLiteral("device.pem"), QStringLiteral("-serial"), number, QStringLiteral("-reqin"),
                      QStringLiteral("request.der"), QStringLiteral("-respin"), QStringLiteral("response.der"),
                      QStringLiteral("-CAfile"), QStringLiteral("root.pem"), QStringLiteral("-verify_other"),
                      QStringLiteral("chain.pem"), QStringLiteral("-resp_text"), QStringLiteral("-no_nonce")});
        QVERIFY2(printed.contains(QStringLiteral("Response verify OK")), qPrintable(printed));
        QVERIFY2(printed.contains(number + QStringLiteral(": ") + status), qPrintable(printed));
        QCOMPARE(printed.contains(QStringLiteral("Nonce Arg")) || printed.contains(QStringLiteral("OCSP Nonce")),
                 nonce);
        QCOMPARE(printed.contains(QStringLiteral("Reason: ")), !reason.isEmpty());
        if (!reason.isEmpty()) QVERIFY2(printed.contains(QStringLiteral("Reason: ") + reason), qPrintable(printed));
        // ResponderID byKey is the SHA-1 of the key bits whatever the subjectKeyIdentifier is (RFC 6960 4.2.1).
        const auto signer = certificateHandle(*m_signer->certificate());
        Bytes sha1(20);
        X509_pubkey_digest(signer.get(), EVP_sha1(), sha1.data(), nullptr);
        QVERIFY2(printed.contains(QStringLiteral("Responder Id: ") + QString::fromStdString(toUpperHex(sha1))),
                 qPrintable(printed));
        QCOMPARE(response.maxAge, std::chrono::seconds(maxAge));
        QCOMPARE(response.thisUpdate, m_now - 60s);
        QCOMPARE(response.nextUpdate, m_now + std::chrono::seconds(life));
        QCOMPARE(response.cacheable, !nonce);
    }

    void severalRequestsAreAnsweredTogether()
    {
        const auto request = makeRequest({1, 2, 4, 1, 2, 3, 4, 1}, EVP_sha256());
        const auto response = answer(encodeDer(i2d_OCSP_REQUEST, request.get()));
        const auto* position = response.der.data();
        const ResponseHandle parsed(d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(response.der.size())));
        const BasicHandle basic(OCSP_response_get1_basic(parsed.get()));
        QCOMPARE(OCSP_resp_count(basic.get()), 8);
        const std::vector<int> expected = {
            V_OCSP_CERTSTATUS_GOOD,    V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN, V_OCSP_CERTSTATUS_GOOD,
            V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN, V_OCSP_CERTSTATUS_GOOD};
        for (int i = 0; i < 8; ++i) {
            int reason = 0;
            QCOMPARE(OCSP_single_get0_status(OCSP_resp_get0(basic.get(), i), &reason, nullptr, nullptr, nullptr),
                     expected[static_cast<std::size_t>(i)]);
        }
        QVERIFY(!response.cacheable);
        QCOMPARE(response.maxAge, 10s); // the shortest of them
        const auto tooMany = makeRequest({1, 1, 1, 1, 1, 1, 1, 1, 1});
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, tooMany.get())).der),
                 OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }

    void nonces_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<int>("copies");
        QTest::addColumn<int>("status");
        const auto octets = [](int length) {
            QByteArray value(1, '\x04');
            if (length >= 128) value += '\x81';
            value += static_cast<char>(length);
            return value + QByteArray(length, 'n');
        };
        QTest::newRow("1 byte") << octets(1) << 1 << OCSP_RESPONSE_STATUS_SUCCESSFUL;
        QTest::newRow("32 bytes") << octets(32) << 1 << OCSP_RESPONSE_STATUS_SUCCESSFUL;
        QTest::newRow("128 bytes") << octets(128) << 1 << OCSP_RESPONSE_STATUS_SUCCESSFUL;
        QTest::newRow("129 bytes") << octets(129) << 1 << OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
        QTest::newRow("empty") << octets(0) << 1 << OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
        QTest::newRow("no octet string") << QByteArray("nonce") << 1 << OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
        QTest::newRow("nothing") << QByteArray() << 1 << OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
        QTest::newRow("bytes behind") << octets(8) + 'x' << 1 << OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
        QTest::newRow("twice") << octets(8) << 2 << OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
    }

    void nonces()
    {
        QFETCH(const QByteArray, value);
        QFETCH(const int, copies);
        QFETCH(const int, status);
        const auto request = makeRequest({1});
        for (int i = 0; i < copies; ++i)
            addExtension(request.get(), NID_id_pkix_OCSP_Nonce, false, Bytes(value.begin(), value.end()));
        const auto response = answer(encodeDer(i2d_OCSP_REQUEST, request.get()));
        QCOMPARE(responseStatus(response.der), status);
        QVERIFY(!response.cacheable);
        if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) return;
        const auto* position = response.der.data();
        const ResponseHandle parsed(d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(response.der.size())));
        const BasicHandle basic(OCSP_response_get1_basic(parsed.get()));
        QCOMPARE(OCSP_check_nonce(request.get(), basic.get()), 1);
    }

    void unknownCriticalExtensionsAreMalformed()
    {
        const auto critical = makeRequest({1});
        addExtension(critical.get(), NID_id_pkix_OCSP_serviceLocator, true, {0x05, 0x00});
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, critical.get())).der),
                 OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        const auto harmless = makeRequest({1});
        addExtension(harmless.get(), NID_id_pkix_OCSP_serviceLocator, false, {0x05, 0x00});
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, harmless.get())).der),
                 OCSP_RESPONSE_STATUS_SUCCESSFUL);
    }

    void otherIssuersAreUnauthorized()
    {
        const auto cloud = certificateHandle(m_ca->cloud.certificate);
        const auto device = certificateHandle(m_ca->device.certificate);
        const RequestHandle foreign(OCSP_REQUEST_new());
        OCSP_request_add0_id(foreign.get(), idOf(cloud.get(), serialOf(1).bytes(), EVP_sha1()));
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, foreign.get())).der),
                 OCSP_RESPONSE_STATUS_UNAUTHORIZED);
        const auto mixed = makeRequest({1});
        OCSP_request_add0_id(mixed.get(), idOf(cloud.get(), serialOf(1).bytes(), EVP_sha256()));
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, mixed.get())).der),
                 OCSP_RESPONSE_STATUS_UNAUTHORIZED);
        const auto sha512 = makeRequest({1}, EVP_sha512());
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, sha512.get())).der),
                 OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    }

    void numbersThatNoCertificateHasAreUnknown()
    {
        const auto device = certificateHandle(m_ca->device.certificate);
        for (const Bytes& serial : {Bytes{0}, Bytes(21, 0x11), Bytes(1000, 0x11)}) {
            const RequestHandle request(OCSP_REQUEST_new());
            OCSP_request_add0_id(request.get(), idOf(device.get(), serial, EVP_sha1()));
            const auto response = answerOcsp(
                encodeDer(i2d_OCSP_REQUEST, request.get()), m_ca->device, *m_signer,
                [](const auto&) {
                    return Result<OcspStatus>(OcspStatus{OcspStatus::Kind::Good, {}, {}});
                },
                m_now);
            const auto* position = response.der.data();
            const ResponseHandle parsed(d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(response.der.size())));
            const BasicHandle basic(OCSP_response_get1_basic(parsed.get()));
            int reason = 0;
            QCOMPARE(OCSP_single_get0_status(OCSP_resp_get0(basic.get(), 0), &reason, nullptr, nullptr, nullptr),
                     V_OCSP_CERTSTATUS_UNKNOWN);
        }
    }

    void aStoreThatFailsMeansTryLater()
    {
        const auto request = makeRequest({1});
        const auto response = answerOcsp(
            encodeDer(i2d_OCSP_REQUEST, request.get()), m_ca->device, *m_signer,
            [](const auto&) -> Result<OcspStatus> { return fail(ErrorCode::StoreUnavailable, "store", "down"); },
            m_now);
        QCOMPARE(responseStatus(response.der), OCSP_RESPONSE_STATUS_TRYLATER);
        QVERIFY(!response.cacheable);
    }

    void aSignerWithoutRightsGivesNoAnswer()
    {
        const Bytes request = encodeDer(i2d_OCSP_REQUEST, makeRequest({1}).get());
        const auto status = [this](const auto& serial) { return statusOf(serial); };
        auto bare = must(OcspSigner::generate());
        QCOMPARE(responseStatus(answerOcsp(request, m_ca->device, bare, status, m_now).der),
                 OCSP_RESPONSE_STATUS_TRYLATER);
        // Certified by another CA: RFC 6960 4.2.2.2 wants the CA that issued the certificate in question.
        must(bare.setCertificate(m_ca->issue("ocsp-signer", {{"responder", "x"}}, bare.publicKeyDer(), m_ca->cloud,
                                             m_ca->cloudKey, serialOf(0x71), m_now)));
        QCOMPARE(responseStatus(answerOcsp(request, m_ca->device, bare, status, m_now).der),
                 OCSP_RESPONSE_STATUS_TRYLATER);
        const auto end = m_signer->certificate()->notAfter();
        QCOMPARE(responseStatus(answerOcsp(request, m_ca->device, *m_signer, status, end).der),
                 OCSP_RESPONSE_STATUS_TRYLATER);
        // Shortly before its end an answer ends with it.
        const auto last = answerOcsp(request, m_ca->device, *m_signer, status, end - 100s);
        QCOMPARE(last.nextUpdate, end);
        QCOMPARE(last.maxAge, 100s);
    }

    void onlyAFittingCertificateIsTakenUp()
    {
        auto signer = must(OcspSigner::generate());
        QVERIFY(!signer.setCertificate(*m_signer->certificate()).has_value()); // another key's
        const auto vehicle = m_ca->issue("vehicle-device", vehicleValues(), signer.publicKeyDer(), m_ca->device,
                                         m_ca->deviceKey, serialOf(0x72));
        QVERIFY(!signer.setCertificate(vehicle).has_value()); // no OCSPSigning
        QVERIFY(!signer.certificate().has_value());
    }

    void garbageIsMalformed()
    {
        const auto made = makeRequest({1, 2});
        addExtension(made.get(), NID_id_pkix_OCSP_Nonce, false, {0x04, 0x02, 0x01, 0x02});
        const Bytes request = encodeDer(i2d_OCSP_REQUEST, made.get());
        QCOMPARE(responseStatus(answer(request).der), OCSP_RESPONSE_STATUS_SUCCESSFUL);
        for (std::size_t length = 0; length < request.size(); ++length)
            QCOMPARE(responseStatus(answer(ByteView(request).first(length)).der),
                     OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        Bytes longer = request;
        longer.push_back(0);
        QCOMPARE(responseStatus(answer(longer).der), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        QCOMPARE(responseStatus(answer(Bytes(100'000, 0x30)).der), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        QCOMPARE(responseStatus(answer(asBytes("GET / HTTP/1.1")).der), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        QCOMPARE(responseStatus(answer(encodeDer(i2d_OCSP_REQUEST, RequestHandle(OCSP_REQUEST_new()).get())).der),
                 OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        // Whatever is changed, there is an answer that can be read.
        for (std::size_t i = 0; i < request.size(); ++i) {
            Bytes changed = request;
            changed[i] ^= 0x11;
            QVERIFY(responseStatus(answer(changed).der) >= 0);
        }
    }

    void manyThreadsAnswerAtOnce()
    {
        const Bytes request = encodeDer(i2d_OCSP_REQUEST, makeRequest({1}).get());
        std::atomic<int> answered{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i)
                    if (responseStatus(answer(request).der) == OCSP_RESPONSE_STATUS_SUCCESSFUL) ++answered;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(answered.load(), 200);
    }
};

QTEST_GUILESS_MAIN(OcspTest)
#include "ocsp_test.moc"
