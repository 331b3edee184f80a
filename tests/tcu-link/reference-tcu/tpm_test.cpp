#include <thread>

#include <QElapsedTimer>
#include <QProcess>
#include <QtTest>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <tss2/tss2_tpm2_types.h>

#include "reference-tcu/certificates.h"
#include "reference-tcu/tpm_key.h"
#include "support/swtpm_server.h"
#include "test_ca.h"

#include <sys/socket.h>
#include <unistd.h>

using namespace tcu;

namespace {

const std::string kDeviceId(32, 'A');
const std::string kVinHash(64, 'b');

using SslCtxPtr = std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpensslFree<SSL_free>>;

struct SocketPair
{
    SocketPair() { ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }
    ~SocketPair()
    {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    int ends[2] = {-1, -1};
};

void useChain(SSL_CTX* context, const Chain& chain)
{
    SSL_CTX_use_certificate(context, chain.front().get());
    for (std::size_t i = 1; i < chain.size(); ++i)
        SSL_CTX_add1_chain_cert(context, chain[i].get());
}

/// What the server saw of the client, after a handshake over a socket pair.
struct Handshake
{
    bool clientDone = false;
    bool serverDone = false;
    long verifyResult = -1;
    int version = 0;
    Bytes peerLeaf;
};

Handshake shakeHands(const test::TestCa& ca, const Chain& clientChain, EVP_PKEY* clientKey, int version,
                     const char* serverSignatureAlgorithms)
{
    const auto server = ca.issueServer();
    const auto root = ca.root();
    SocketPair sockets;
    Handshake result;

    std::thread serving([&] {
        const SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
        useChain(context.get(), server.chain);
        SSL_CTX_use_PrivateKey(context.get(), server.key.get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root.get());
        SSL_CTX_set1_client_sigalgs_list(context.get(), serverSignatureAlgorithms);
        const SslPtr ssl(SSL_new(context.get()));
        SSL_set_fd(ssl.get(), sockets.ends[0]);
        result.serverDone = SSL_accept(ssl.get()) == 1;
        result.verifyResult = SSL_get_verify_result(ssl.get());
        if (X509* leaf = SSL_get0_peer_certificate(ssl.get())) result.peerLeaf = toDer(leaf);
        if (!result.serverDone) ::shutdown(sockets.ends[0], SHUT_RDWR);
    });

    const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    useChain(context.get(), clientChain);
    SSL_CTX_use_PrivateKey(context.get(), clientKey);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root.get());
    const SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), sockets.ends[1]);
    result.clientDone = SSL_connect(ssl.get()) == 1;
    result.version = SSL_version(ssl.get());
    if (!result.clientDone) ::shutdown(sockets.ends[1], SHUT_RDWR);
    serving.join();
    ERR_clear_error();
    return result;
}

} // namespace

class TpmTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_swtpm = std::make_unique<test::SwtpmServer>();
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        m_tpm = std::make_unique<Tpm>(TpmSettings{m_swtpm->tcti(), std::chrono::milliseconds(3000)});
    }
    void cleanup()
    {
        m_tpm.reset();
        m_swtpm.reset();
    }

    void keyCannotLeaveTheTpm()
    {
        const auto handle = m_tpm->createSigningKey();
        QVERIFY2(handle, handle ? "" : handle.error().detail.c_str());
        QCOMPARE(*handle, 0x81000001U);
        const auto info = m_tpm->readPublic(*handle);
        QVERIFY(info);
        const auto expected = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                              TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT;
        QCOMPARE(info->attributes, static_cast<std::uint32_t>(expected));
        QCOMPARE(int(info->point[0]), 4);
    }

    void handlesAreTakenInOrderAndEnd()
    {
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000001U);
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000002U);
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000003U);
        const auto fourth = m_tpm->createSigningKey();
        QVERIFY(!fourth);
        QVERIFY(fourth.error().fault == TpmFault::NoFreeHandle);
        QVERIFY(m_tpm->evict(0x81000002));
        QVERIFY(m_tpm->evict(0x81000002)); // again: a success
        QCOMPARE(m_tpm->keyHandles().value(), (std::vector<std::uint32_t>{0x81000001, 0x81000003}));
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000002U);
    }

    void manyKeysLeaveNoTransientObject()
    {
        // A TPM has three transient slots; a leak shows at the fourth object at the latest.
        for (int i = 0; i < 6; ++i) {
            const auto handle = m_tpm->createSigningKey();
            QVERIFY2(handle, handle ? "" : handle.error().detail.c_str());
            QVERIFY(m_tpm->evict(*handle));
        }
    }

    void leftTransientObjectsAreFlushed()
    {
        for (int i = 0; i < 3; ++i)
            QCOMPARE(runTool({QStringLiteral("tpm2_createprimary"), QStringLiteral("-C"), QStringLiteral("o")}), 0);
        QVERIFY(!m_tpm->createSigningKey());
        QVERIFY(m_tpm->flushTransientObjects());
        QVERIFY(m_tpm->createSigningKey());
    }

    void otherProgramsReachTheTpmBesideTheUnit()
    {
        const auto handle = m_tpm->createSigningKey();
        QVERIFY(handle);
        QByteArray output;
        QCOMPARE(
            runTool({QStringLiteral("tpm2_readpublic"), QStringLiteral("-c"), QStringLiteral("0x81000001")}, &output),
            0);
        QVERIFY2(output.contains("fixedtpm|fixedparent|sensitivedataorigin"), output.constData());
    }

    void keySurvivesAPowerCut()
    {
        const auto handle = m_tpm->createSigningKey();
        QVERIFY(handle);
        const auto before = m_tpm->readPublic(*handle);
        // More often than the dictionary attack counter would bear, were the key not exempt from it.
        for (int i = 0; i < 4; ++i) {
            const std::array<std::uint8_t, 32> digest{};
            const auto signature = m_tpm->sign(*handle, digest);
            QVERIFY2(signature, signature ? "" : signature.error().detail.c_str());
            m_swtpm->stop();
            QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        }
        const auto after = m_tpm->readPublic(*handle);
        QVERIFY(before && after);
        QCOMPARE(after->point, before->point);
    }

    void absentTpmIsAnErrorWithinThePatience()
    {
        QVERIFY(m_tpm->createSigningKey());
        m_swtpm->stop();
        Tpm impatient({m_swtpm->tcti(), std::chrono::milliseconds(300)});
        QElapsedTimer elapsed;
        elapsed.start();
        const auto handles = impatient.keyHandles();
        QVERIFY(!handles);
        QVERIFY(handles.error().fault == TpmFault::Unavailable);
        QVERIFY(elapsed.elapsed() < 2500);
        QVERIFY(m_swtpm->start());
        QCOMPARE(impatient.keyHandles().value().size(), std::size_t(1));
    }

    void waitsForATpmThatComesBack()
    {
        QVERIFY(m_tpm->createSigningKey());
        m_swtpm->stop();
        TpmResult<std::vector<std::uint32_t>> handles;
        std::thread asking([&] { handles = m_tpm->keyHandles(); });
        const bool started = m_swtpm->start();
        asking.join();
        QVERIFY(started);
        QVERIFY2(handles, handles ? "" : handles.error().detail.c_str());
        QCOMPARE(handles->size(), std::size_t(1));
    }

    void nonsenseTctiIsAnError()
    {
        for (const char* tcti : {"swtpm:host=127.0.0.1,port=notaport", "swtpm:nonsense", "nosuchtcti:x"}) {
            Tpm tpm({tcti, std::chrono::milliseconds(50)});
            QVERIFY2(!tpm.keyHandles(), tcti);
        }
    }

    void noSuchKeyIsNamed()
    {
        const std::array<std::uint8_t, 32> digest{};
        QVERIFY(m_tpm->readPublic(0x81000002).error().fault == TpmFault::NoSuchKey);
        QVERIFY(m_tpm->sign(0x81000002, digest).error().fault == TpmFault::NoSuchKey);
        QVERIFY(TpmKey::open(*m_tpm, 0x81000002).error().fault == TpmFault::NoSuchKey);
    }

    void csrIsAsSpecifiedAndVerifies()
    {
        const auto key = openNewKey();
        QVERIFY(key);
        const auto der = makeCsr(key->evp(), kDeviceId, kVinHash);
        QVERIFY(!der.empty());
        const unsigned char* position = der.data();
        const X509ReqPtr request(d2i_X509_REQ(nullptr, &position, static_cast<long>(der.size())));
        QVERIFY(request);
        QCOMPARE(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())), 1);
        QCOMPARE(X509_REQ_get_attr_count(request.get()), 0);
        const X509_NAME* subject = X509_REQ_get_subject_name(request.get());
        const struct
        {
            int nid;
            int type;
            std::string text;
        } expected[] = {{NID_commonName, V_ASN1_UTF8STRING, kDeviceId},
                        {NID_organizationName, V_ASN1_UTF8STRING, "Automotive OEM"},
                        {NID_organizationalUnitName, V_ASN1_UTF8STRING, "Connected Vehicles"},
                        {NID_serialNumber, V_ASN1_PRINTABLESTRING, kVinHash},
                        {NID_countryName, V_ASN1_PRINTABLESTRING, "US"}};
        QCOMPARE(X509_NAME_entry_count(subject), 5);
        for (int i = 0; i < 5; ++i) {
            const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
            const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
            QCOMPARE(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)), expected[i].nid);
            QCOMPARE(ASN1_STRING_type(value), expected[i].type);
            QCOMPARE(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                 static_cast<std::size_t>(ASN1_STRING_length(value))),
                     expected[i].text);
        }
    }

    void signsDigestsOfEveryLength_data()
    {
        QTest::addColumn<QByteArray>("hash");
        for (const char* hash : {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512"})
            QTest::newRow(hash) << QByteArray(hash);
    }
    void signsDigestsOfEveryLength()
    {
        QFETCH(QByteArray, hash);
        const auto key = openNewKey();
        QVERIFY(key);
        const EVP_MD* digest = EVP_get_digestbyname(hash.constData());
        const Bytes message{1, 2, 3};
        std::size_t length = 128;
        Bytes signature(length);
        const EvpMdCtxPtr signing(EVP_MD_CTX_new());
        QCOMPARE(EVP_DigestSignInit(signing.get(), nullptr, digest, nullptr, key->evp()), 1);
        QCOMPARE(EVP_DigestSign(signing.get(), signature.data(), &length, message.data(), message.size()), 1);
        // Verified by OpenSSL's own implementation with the public half alone.
        unsigned char* der = nullptr;
        const int derLength = i2d_PUBKEY(key->evp(), &der);
        const unsigned char* position = der;
        const EvpPkeyPtr publicHalf(d2i_PUBKEY(nullptr, &position, derLength));
        OPENSSL_free(der);
        const EvpMdCtxPtr verifying(EVP_MD_CTX_new());
        QCOMPARE(EVP_DigestVerifyInit(verifying.get(), nullptr, digest, nullptr, publicHalf.get()), 1);
        QCOMPARE(EVP_DigestVerify(verifying.get(), signature.data(), length, message.data(), message.size()), 1);
    }

    void failedSignatureTellsWhy()
    {
        Tpm impatient({m_swtpm->tcti(), std::chrono::milliseconds(100)});
        const auto handle = impatient.createSigningKey();
        QVERIFY(handle);
        const auto key = TpmKey::open(impatient, *handle);
        QVERIFY(key);
        m_swtpm->stop();
        QVERIFY(makeCsr(key->evp(), kDeviceId, kVinHash).empty());
        QVERIFY(key->lastError() && key->lastError()->fault == TpmFault::Unavailable);
        ERR_clear_error();
    }

    void authenticatesTlsClients_data()
    {
        QTest::addColumn<int>("version");
        QTest::addColumn<QByteArray>("algorithms");
        QTest::newRow("1.3") << TLS1_3_VERSION << QByteArray("ECDSA+SHA256");
        QTest::newRow("1.2 SHA-256") << TLS1_2_VERSION << QByteArray("ECDSA+SHA256");
        QTest::newRow("1.2 SHA-384") << TLS1_2_VERSION << QByteArray("ECDSA+SHA384");
        QTest::newRow("1.2 SHA-512") << TLS1_2_VERSION << QByteArray("ECDSA+SHA512");
    }
    void authenticatesTlsClients()
    {
        QFETCH(int, version);
        QFETCH(QByteArray, algorithms);
        const auto key = openNewKey();
        QVERIFY(key);
        const test::TestCa ca;
        const auto chain = parseChain(ca.issue(makeCsr(key->evp(), kDeviceId, kVinHash)));
        QVERIFY(chain);
        const auto result = shakeHands(ca, *chain, key->evp(), version, algorithms.constData());
        QVERIFY(result.clientDone);
        QVERIFY(result.serverDone);
        QCOMPARE(result.version, version);
        QCOMPARE(result.verifyResult, long(X509_V_OK));
        QVERIFY(result.peerLeaf == toDer(chain->front().get()));
    }

    void tlsFailsWithAnotherKeysCertificate()
    {
        const auto key = openNewKey();
        QVERIFY(key);
        const test::TestCa ca;
        const auto software = test::makeSoftwareKey();
        const auto chain = parseChain(ca.issue(makeCsr(software.get(), kDeviceId, kVinHash)));
        QVERIFY(chain);
        QVERIFY(!shakeHands(ca, *chain, key->evp(), TLS1_2_VERSION, "ECDSA+SHA256").serverDone);
    }

private:
    TpmResult<TpmKey> openNewKey()
    {
        return m_tpm->createSigningKey().and_then(
            [this](std::uint32_t handle) { return TpmKey::open(*m_tpm, handle); });
    }

    int runTool(QStringList command, QByteArray* output = nullptr)
    {
        QProcess tool;
        tool.setProcessChannelMode(QProcess::MergedChannels);
        const auto program = command.takeFirst();
        command << QStringLiteral("-T") << QString::fromStdString(m_swtpm->tcti());
        tool.start(program, command);
        if (!tool.waitForFinished(10000)) return -1;
        const auto text = tool.readAll();
        if (output) *output = text;
        return tool.exitCode();
    }

    std::unique_ptr<test::SwtpmServer> m_swtpm;
    std::unique_ptr<Tpm> m_tpm;
};

int main(int argc, char* argv[])
{
    if (!qEnvironmentVariableIsSet("TSS2_LOG"))
        qputenv("TSS2_LOG", "all+none"); // the library prints each refusal, and refusals are what is tested
    const QCoreApplication application(argc, argv);
    TpmTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tpm_test.moc"
