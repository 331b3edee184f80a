#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include "reference-tcu/faulty_unit.h"
#include "reference-tcu/reference_unit.h"
#include "support/swtpm_server.h"
#include "test_ca.h"

using namespace tcu;

namespace {

constexpr Transaction kTransaction{7};
const KeyRequest kKeyRequest{kTransaction, std::string(32, 'A'), std::string(64, 'b')};
const Bytes kSecret{'t', 'h', 'e', ' ', 'c', 'r', 'e', 'd', 'e', 'n', 't', 'i', 'a', 'l', '.', '.'};
constexpr std::uint32_t kFixedTpm = 0x02, kFixedParent = 0x10, kSensitiveDataOrigin = 0x20, kUserWithAuth = 0x40,
                        kNoDa = 0x400, kRestricted = 0x10000, kSign = 0x40000;

std::string why(const UnitRefusal& refusal)
{
    return std::to_string(refusal.nrc) + " " + refusal.detail;
}

#define VERIFY_OK(expression)                                                                                          \
    do {                                                                                                               \
        const auto& result_ = (expression);                                                                            \
        QVERIFY2(result_, result_ ? "" : why(result_.error()).c_str());                                                \
    } while (false)

/// Reads big-endian fields one after another; what is missing is zero and makes isAtEnd() false.
class Reader
{
public:
    explicit Reader(ByteView bytes) : m_bytes(bytes) {}
    std::uint64_t number(std::size_t octets)
    {
        std::uint64_t value = 0;
        for (const auto byte : take(octets))
            value = (value << 8) | byte;
        return value;
    }
    Bytes sized() { return take(number(2)); }
    Bytes take(std::size_t octets)
    {
        if (octets > m_bytes.size()) {
            m_isBroken = true;
            return {};
        }
        const auto part = m_bytes.first(octets);
        m_bytes = m_bytes.subspan(octets);
        return {part.begin(), part.end()};
    }
    [[nodiscard]] bool isAtEnd() const { return !m_isBroken && m_bytes.empty(); }

private:
    ByteView m_bytes;
    bool m_isBroken = false;
};

/// TPM2B_PUBLIC of an ECDSA key on P-256, read by the layout of TPM 2.0 Library Part 2, 12.2.4 and 12.2.5.
struct EccPublic
{
    std::uint32_t attributes = 0;
    std::uint64_t nameAlg = 0;
    Bytes point; ///< 04 || X || Y
    Bytes name;
    bool isRight = false;

    explicit EccPublic(const Bytes& marshalled)
    {
        Reader outer(marshalled);
        const auto area = outer.sized();
        Reader reader(area);
        const bool isEcc = reader.number(2) == 0x0023;
        nameAlg = reader.number(2);
        attributes = static_cast<std::uint32_t>(reader.number(4));
        const bool hasNoPolicy = reader.sized().empty();
        const bool hasNoSymmetric = reader.number(2) == 0x0010;
        const bool isEcdsa = reader.number(2) == 0x0018 && reader.number(2) == 0x000B;
        const bool isP256 = reader.number(2) == 0x0003;
        const bool hasNoKdf = reader.number(2) == 0x0010;
        point = {4};
        for (int i = 0; i < 2; ++i) {
            const auto coordinate = reader.sized();
            point.insert(point.end(), 32 - std::min<std::size_t>(32, coordinate.size()), 0);
            point.insert(point.end(), coordinate.begin(), coordinate.end());
        }
        const auto hash = sha256(area);
        name = {0x00, 0x0B};
        name.insert(name.end(), hash.begin(), hash.end());
        isRight = outer.isAtEnd() && reader.isAtEnd() && isEcc && hasNoPolicy && hasNoSymmetric && isEcdsa && isP256 &&
                  hasNoKdf && nameAlg == 0x000B && point.size() == 65;
    }
};

EvpPkeyPtr publicKey(const Bytes& point)
{
    EvpPkeyPtr key(EVP_PKEY_new());
    const EvpPkeyPtr parameters(EVP_EC_gen("P-256"));
    EVP_PKEY_copy_parameters(key.get(), parameters.get());
    if (EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) != 1) return nullptr;
    return key;
}

/// TPMT_SIGNATURE over the message's SHA-256, verified by OpenSSL.
bool verifies(const Bytes& signature, const Bytes& message, const Bytes& point)
{
    Reader reader(signature);
    if (reader.number(2) != 0x0018 || reader.number(2) != 0x000B) return false;
    const auto r = reader.sized();
    const auto s = reader.sized();
    const EcdsaSigPtr parts(ECDSA_SIG_new());
    ECDSA_SIG_set0(parts.get(), BN_bin2bn(r.data(), static_cast<int>(r.size()), nullptr),
                   BN_bin2bn(s.data(), static_cast<int>(s.size()), nullptr));
    Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(parts.get(), nullptr)));
    auto* position = der.data();
    i2d_ECDSA_SIG(parts.get(), &position);
    const auto key = publicKey(point);
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    return reader.isAtEnd() && key &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) == 1;
}

struct Attest
{
    bool isCertify = false;
    Bytes extraData;
    Bytes name;

    /// TPM 2.0 Library Part 2, 10.12.12.
    explicit Attest(const Bytes& bytes)
    {
        Reader reader(bytes);
        const bool isGenerated = reader.number(4) == 0xFF544347;
        const bool isOfCertify = reader.number(2) == 0x8017;
        reader.sized(); // qualified name of the signer
        extraData = reader.sized();
        reader.take(8 + 4 + 4 + 1); // clock, resets, restarts, safe
        reader.number(8);           // firmware version
        name = reader.sized();
        reader.sized(); // qualified name of the key
        isCertify = isGenerated && isOfCertify && reader.isAtEnd();
    }
};

Bytes joined(const auto& first, const auto& second)
{
    Bytes bytes(first.begin(), first.end());
    bytes.insert(bytes.end(), second.begin(), second.end());
    return bytes;
}

Bytes csrPoint(const Bytes& csr)
{
    const unsigned char* position = csr.data();
    const X509ReqPtr request(d2i_X509_REQ(nullptr, &position, static_cast<long>(csr.size())));
    X509_PUBKEY* key = X509_REQ_get_X509_PUBKEY(request.get());
    const unsigned char* data = nullptr;
    int length = 0;
    X509_PUBKEY_get0_param(nullptr, &data, &length, nullptr, key);
    return {data, data + length};
}

} // namespace

/// What the unit gives, looked at with OpenSSL and tpm2-tools: nothing of the gateway's code is used.
class EvidenceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_caFolder = std::make_unique<QTemporaryDir>(); }
    void init()
    {
        m_swtpm = std::make_unique<test::SwtpmServer>();
        m_folder = std::make_unique<QTemporaryDir>();
    }
    void cleanup()
    {
        m_unit.reset();
        m_tpm.reset();
        m_swtpm.reset();
        m_folder.reset();
    }

    void theTpmProvesItsKey_data()
    {
        QTest::addColumn<QByteArray>("algorithm"); // of tpm2_createek; empty: as swtpm_setup makes it
        QTest::newRow("P-384, high range, by swtpm_setup") << QByteArray();
        QTest::newRow("P-256, low range, by tpm2_createek") << QByteArray("ecc");
        QTest::newRow("RSA-2048, low range, by tpm2_createek") << QByteArray("rsa");
    }
    void theTpmProvesItsKey()
    {
        QFETCH(const QByteArray, algorithm);
        if (algorithm.isEmpty()) {
            makeManufacturedUnit();
        } else {
            makeUnitWithEk(algorithm);
        }
        VERIFY_OK(m_unit->start());
        auto evidence = m_unit->evidence();
        VERIFY_OK(evidence);
        const unsigned char* position = evidence->ekCertificate.data();
        const X509Ptr certificate(d2i_X509(nullptr, &position, static_cast<long>(evidence->ekCertificate.size())));
        QVERIFY(certificate);
        QVERIFY(position == evidence->ekCertificate.data() + evidence->ekCertificate.size());
        const EccPublic ak(evidence->akPublic);
        QVERIFY(ak.isRight);
        QCOMPARE(ak.attributes,
                 kFixedTpm | kFixedParent | kSensitiveDataOrigin | kUserWithAuth | kNoDa | kRestricted | kSign);
        QVERIFY(!evidence->certifiesKey());
        QCOMPARE(m_unit->certifyPendingKey(challenge()).error().nrc, nrc::kConditionsNotCorrect);

        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        const auto asked = challenge();
        QVERIFY(!asked.credentialBlob.empty());
        VERIFY_OK(m_unit->certifyPendingKey(asked));
        evidence = m_unit->evidence();
        VERIFY_OK(evidence);
        const EccPublic key(evidence->keyPublic);
        QVERIFY(key.isRight);
        QCOMPARE(key.attributes, kFixedTpm | kFixedParent | kSensitiveDataOrigin | kUserWithAuth | kNoDa | kSign);
        QCOMPARE(key.point, csrPoint(m_unit->pendingCsr().value()));
        const Attest attest(evidence->certifyInfo);
        QVERIFY(attest.isCertify);
        QCOMPARE(attest.name, key.name);
        const auto expected = sha256(joined(kTransaction, asked.nonce));
        QCOMPARE(attest.extraData, Bytes(expected.begin(), expected.end()));
        QVERIFY(verifies(evidence->signature, evidence->certifyInfo, ak.point));
        QVERIFY(!verifies(evidence->signature, evidence->certifyInfo, key.point));
        QCOMPARE(evidence->credentialProof, proof(evidence->certifyInfo));

        // A repetition costs nothing and changes nothing; another nonce does.
        VERIFY_OK(m_unit->certifyPendingKey(asked));
        QVERIFY(m_unit->evidence().value() == *evidence);
        auto other = asked;
        other.nonce.fill(0x99);
        VERIFY_OK(m_unit->certifyPendingKey(other));
        QVERIFY(Attest(m_unit->evidence()->certifyInfo).extraData != attest.extraData);
    }

    void evidenceAndKeysSurviveAPowerCut()
    {
        makeManufacturedUnit();
        VERIFY_OK(m_unit->start());
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        VERIFY_OK(m_unit->certifyPendingKey(challenge()));
        const auto before = m_unit->evidence().value();
        auto held = before;
        // More often than the dictionary attack counter would bear, were the keys not exempt from it.
        for (std::uint8_t cut = 0; cut < 4; ++cut) {
            m_swtpm->stop();
            QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
            makeUnit();
            VERIFY_OK(m_unit->start());
            QVERIFY(m_unit->evidence().value() == held);
            auto asked = challenge();
            asked.nonce.fill(cut);
            VERIFY_OK(m_unit->certifyPendingKey(asked));
            held = m_unit->evidence().value();
            QVERIFY(held.certifyInfo != before.certifyInfo);
            QCOMPARE(held.akPublic, before.akPublic);
        }
    }

    void sameTpmHasTheSameAkAndEk()
    {
        makeUnitWithEk("ecc");
        const auto first = m_tpm->identity().value();
        for (const auto* handle : {"0x81000010", "0x81000011"})
            QCOMPARE(runTool({QStringLiteral("tpm2_evictcontrol"), QStringLiteral("-C"), QStringLiteral("o"),
                              QStringLiteral("-c"), QString::fromLatin1(handle)}),
                     0);
        const auto second = m_tpm->identity().value();
        QCOMPARE(second.akPublic, first.akPublic);
        QCOMPARE(second.ekCertificate, first.ekCertificate);
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        VERIFY_OK(m_unit->certifyPendingKey(challenge()));
    }

    void aCredentialForAnotherTpmIsRefused_data()
    {
        QTest::addColumn<QByteArray>("algorithm");
        QTest::addColumn<bool>("otherEk");
        for (const auto* algorithm : {"", "ecc", "rsa"}) {
            QTest::addRow("%s, for another EK", algorithm) << QByteArray(algorithm) << true;
            QTest::addRow("%s, for another AK", algorithm) << QByteArray(algorithm) << false;
        }
    }
    void aCredentialForAnotherTpmIsRefused()
    {
        QFETCH(const QByteArray, algorithm);
        QFETCH(const bool, otherEk);
        if (algorithm.isEmpty()) {
            makeManufacturedUnit();
        } else {
            makeUnitWithEk(algorithm);
        }
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        auto asked = challenge(otherEk ? OtherFor::Ek : OtherFor::Ak);
        QVERIFY(!asked.credentialBlob.empty());
        const auto refused = m_unit->certifyPendingKey(asked);
        QVERIFY(!refused);
        QCOMPARE(refused.error().nrc, std::uint8_t(0x59));
        QVERIFY2(refused.error().detail.starts_with("the credential is not for this TPM's EK and AK: "
                                                    "TPM2_ActivateCredential: "),
                 refused.error().detail.c_str());
        QCOMPARE(m_unit->state().lastNrc, std::uint8_t(0x59));
        QVERIFY(!m_unit->evidence()->certifiesKey());
        VERIFY_OK(m_unit->certifyPendingKey(challenge()));
    }

    void badChallengesAreRefused()
    {
        makeManufacturedUnit();
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        const auto good = challenge();
        const auto refusal = [&](auto change) {
            auto asked = good;
            change(asked);
            const auto done = m_unit->certifyPendingKey(asked);
            return done ? std::uint8_t(0) : done.error().nrc;
        };
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.transaction.fill(9); }), nrc::kRequestOutOfRange);
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.credentialBlob.pop_back(); }), nrc::kRequestOutOfRange);
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.credentialBlob.push_back(0); }), nrc::kRequestOutOfRange);
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.credentialBlob = Bytes(2000, 0xFF); }),
                 nrc::kRequestOutOfRange);
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.encryptedSecret = {0}; }), nrc::kRequestOutOfRange);
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.credentialBlob.back() ^= 1; }), std::uint8_t(0x59));
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.encryptedSecret[10] ^= 1; }), std::uint8_t(0x59));
        QCOMPARE(refusal([](CertifyRequest&) {}), std::uint8_t(0));
        m_swtpm->stop();
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.nonce.fill(3); }), nrc::kBusyRepeatRequest);
        QVERIFY(m_unit->evidence()->certifiesKey()); // on disk, and the identity is known
        // Not in the TPM's slots, either, when they are needed again.
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        QCOMPARE(refusal([](CertifyRequest& asked) { asked.nonce.fill(3); }), std::uint8_t(0));
    }

    void aTpmWithoutEkCertificateGivesNoEvidence()
    {
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        makeUnit();
        VERIFY_OK(m_unit->start());
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        QVERIFY(m_unit->evidence().value() == TpmEvidence{});
        const auto refused = m_unit->certifyPendingKey({kTransaction, {}, {1}, {1}});
        QVERIFY(!refused);
        QCOMPARE(refused.error().nrc, nrc::kConditionsNotCorrect);
        QVERIFY(refused.error().detail.find("no EK certificate") != std::string::npos);
    }

    void evidenceGoesWithItsKey()
    {
        makeManufacturedUnit();
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        VERIFY_OK(m_unit->certifyPendingKey(challenge()));
        const auto chain = m_ca.issue(m_unit->pendingCsr().value());
        VERIFY_OK(m_unit->beginStaging(static_cast<std::uint32_t>(chain.size())));
        VERIFY_OK(m_unit->stage(chain));
        VERIFY_OK(m_unit->endStaging());
        QVERIFY(m_unit->evidence()->certifiesKey());
        VERIFY_OK(m_unit->installCertificate(kTransaction, sha256(chain)));
        QVERIFY(!m_unit->evidence()->certifiesKey());
        QVERIFY(!m_unit->evidence()->akPublic.empty());
        QCOMPARE(m_unit->certifyPendingKey(challenge()).error().nrc, nrc::kConditionsNotCorrect);
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000001});
    }

    void faultsAreThoseAskedFor()
    {
        makeManufacturedUnit();
        VERIFY_OK(m_unit->start());
        const auto asked = challenge();
        const auto certified = [&](UnitFaults faults) {
            FaultyUnit faulty(*m_unit, *m_tpm, faults);
            const bool done = faulty.generateKeyAndCsr(kKeyRequest) && faulty.certifyPendingKey(asked);
            return done ? faulty.evidence().value() : TpmEvidence{};
        };
        const auto right = certified({});
        const EccPublic ak(right.akPublic);
        const auto csr = csrPoint(m_unit->pendingCsr().value());
        QCOMPARE(EccPublic(right.keyPublic).point, csr);

        const auto otherKey = certified({.otherKeyEvidence = true});
        QVERIFY(EccPublic(otherKey.keyPublic).point != csr);
        QCOMPARE(EccPublic(otherKey.keyPublic).name, Attest(otherKey.certifyInfo).name);
        QVERIFY(verifies(otherKey.signature, otherKey.certifyInfo, ak.point));
        QCOMPARE(otherKey.credentialProof, proof(otherKey.certifyInfo));
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000001});

        const auto replayed = certified({.replayedEvidence = true});
        QCOMPARE(EccPublic(replayed.keyPublic).point, csr);
        QVERIFY(Attest(replayed.certifyInfo).extraData != Attest(right.certifyInfo).extraData);
        QVERIFY(verifies(replayed.signature, replayed.certifyInfo, ak.point));

        const auto foreign = certified({.foreignEk = true});
        QVERIFY(foreign.ekCertificate != right.ekCertificate);
        QCOMPARE(Attest(foreign.certifyInfo).extraData, Attest(right.certifyInfo).extraData);
        QVERIFY(foreign.credentialProof != proof(foreign.certifyInfo));

        FaultyUnit none(*m_unit, *m_tpm, {.noEkCertificate = true});
        QVERIFY(none.evidence().value() == TpmEvidence{});
    }

    void keysThatAreNotTheTpmsOwnShowIt_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<quint32>("attributes");
        QTest::newRow("exportable") << int(KeyKind::Exportable) << quint32(kSensitiveDataOrigin);
        QTest::newRow("made in software") << int(KeyKind::Imported) << quint32(0);
    }
    void keysThatAreNotTheTpmsOwnShowIt()
    {
        QFETCH(const int, kind);
        QFETCH(const quint32, attributes);
        m_kind = static_cast<KeyKind>(kind);
        makeManufacturedUnit();
        m_kind = KeyKind::Genuine;
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        VERIFY_OK(m_unit->certifyPendingKey(challenge()));
        const auto evidence = m_unit->evidence().value();
        const EccPublic key(evidence.keyPublic);
        QVERIFY(key.isRight);
        QCOMPARE(key.attributes, attributes | kUserWithAuth | kNoDa | kSign);
        QCOMPARE(key.point, csrPoint(m_unit->pendingCsr().value()));
        QCOMPARE(Attest(evidence.certifyInfo).name, key.name);
        QVERIFY(verifies(evidence.signature, evidence.certifyInfo, EccPublic(evidence.akPublic).point));
    }

    void sessionsThatWereLeftAreFlushed()
    {
        makeUnitWithEk("ecc");
        VERIFY_OK(m_unit->start());
        VERIFY_OK(m_unit->generateKeyAndCsr(kKeyRequest));
        const auto asked = challenge();
        for (int i = 0; i < 3; ++i)
            QCOMPARE(runTool({QStringLiteral("tpm2_startauthsession"), QStringLiteral("--policy-session"),
                              QStringLiteral("-S"), path("session")}),
                     0);
        makeUnit();
        VERIFY_OK(m_unit->start());
        VERIFY_OK(m_unit->certifyPendingKey(asked));
    }

private:
    enum class OtherFor { None, Ek, Ak };

    QString path(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)); }

    void makeUnit()
    {
        m_tpm = std::make_unique<Tpm>(TpmSettings{m_swtpm->tcti(), std::chrono::milliseconds(1000)});
        m_unit = std::make_unique<ReferenceUnit>(
            UnitSettings{path("state").toStdString(),
                         {},
                         [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); },
                         {},
                         m_kind},
            *m_tpm, m_ca.root());
    }

    void makeManufacturedUnit()
    {
        m_ekPublic = path("ek.pub");
        QVERIFY2(m_swtpm->manufacture(m_caFolder->path()), m_swtpm->error().c_str());
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        QCOMPARE(runTool({QStringLiteral("tpm2_readpublic"), QStringLiteral("-c"), QStringLiteral("0x81010016"),
                          QStringLiteral("-o"), m_ekPublic}),
                 0);
        makeUnit();
    }

    /// An EK by tpm2-tools' own template, and a certificate for it in the index that belongs to the template.
    void makeUnitWithEk(const QByteArray& algorithm)
    {
        m_ekPublic = path("ek.pub");
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        QCOMPARE(runTool({QStringLiteral("tpm2_createek"), QStringLiteral("-G"), QString::fromLatin1(algorithm),
                          QStringLiteral("-c"), path("ek.ctx"), QStringLiteral("-u"), m_ekPublic}),
                 0);
        QCOMPARE(runTool({QStringLiteral("tpm2_readpublic"), QStringLiteral("-c"), path("ek.ctx"), QStringLiteral("-f"),
                          QStringLiteral("der"), QStringLiteral("-o"), path("ek.der")}),
                 0);
        QCOMPARE(runTool({QStringLiteral("tpm2_flushcontext"), QStringLiteral("-t")}), 0);
        QFile der(path("ek.der"));
        QVERIFY(der.open(QIODevice::ReadOnly));
        const auto spki = der.readAll();
        const auto* position = reinterpret_cast<const unsigned char*>(spki.constData());
        const EvpPkeyPtr key(d2i_PUBKEY(nullptr, &position, static_cast<long>(spki.size())));
        QVERIFY(key);
        const auto maker = test::makeSoftwareKey();
        const X509Ptr certificate(X509_new());
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 4711);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
        X509_set_pubkey(certificate.get(), key.get());
        X509_sign(certificate.get(), maker.get(), EVP_sha256());
        auto content = toDer(certificate.get());
        content.resize(content.size() + 100, 0xFF); // an index may be longer than what is in it
        QFile file(path("ek.crt"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reinterpret_cast<const char*>(content.data()), static_cast<qsizetype>(content.size()));
        file.close();
        const auto index = algorithm == "rsa" ? QStringLiteral("0x1c00002") : QStringLiteral("0x1c0000a");
        QCOMPARE(runTool({QStringLiteral("tpm2_nvdefine"), index, QStringLiteral("-C"), QStringLiteral("o"),
                          QStringLiteral("-s"), QString::number(content.size()), QStringLiteral("-a"),
                          QStringLiteral("ownerwrite|ownerread|authread")}),
                 0);
        QCOMPARE(runTool({QStringLiteral("tpm2_nvwrite"), index, QStringLiteral("-C"), QStringLiteral("o"),
                          QStringLiteral("-i"), path("ek.crt")}),
                 0);
        makeUnit();
    }

    /// TPM2_MakeCredential by tpm2-tools, for the EK that they read and the name that we calculate.
    CertifyRequest challenge(OtherFor other = OtherFor::None)
    {
        CertifyRequest request;
        request.transaction = kTransaction;
        request.nonce.fill(0x42);
        const auto identity = m_tpm->identity();
        if (!identity || identity->akPublic.empty()) {
            qWarning("no identity: %s", identity ? "no EK certificate" : identity.error().detail.c_str());
            return request;
        }
        auto name = EccPublic(identity->akPublic).name;
        if (other == OtherFor::Ak) name.back() ^= 1;
        auto ek = m_ekPublic;
        if (other == OtherFor::Ek) {
            ek = path("other.pub");
            if (runTool({QStringLiteral("tpm2_createprimary"), QStringLiteral("-C"), QStringLiteral("o"),
                         QStringLiteral("-G"), QStringLiteral("ecc"), QStringLiteral("-c"), path("other.ctx")}) != 0 ||
                runTool({QStringLiteral("tpm2_readpublic"), QStringLiteral("-c"), path("other.ctx"),
                         QStringLiteral("-o"), ek}) != 0)
                return request;
            runTool({QStringLiteral("tpm2_flushcontext"), QStringLiteral("-t")});
        }
        QFile secret(path("secret"));
        if (!secret.open(QIODevice::WriteOnly)) return request;
        secret.write(reinterpret_cast<const char*>(kSecret.data()), static_cast<qsizetype>(kSecret.size()));
        secret.close();
        const auto hex = QByteArray(reinterpret_cast<const char*>(name.data()), static_cast<qsizetype>(name.size()));
        QByteArray output;
        if (runTool({QStringLiteral("tpm2_makecredential"), QStringLiteral("-u"), ek, QStringLiteral("-s"),
                     path("secret"), QStringLiteral("-n"), QString::fromLatin1(hex.toHex()), QStringLiteral("-o"),
                     path("credential")},
                    &output) != 0) {
            qWarning("tpm2_makecredential: %s", output.constData());
            return request;
        }
        QFile file(path("credential"));
        if (!file.open(QIODevice::ReadOnly)) return request;
        const auto content = file.readAll();
        const Bytes bytes(content.begin(), content.end());
        Reader reader(bytes);
        reader.take(8); // tpm2-tools' own header: magic and version
        const auto sized = [&] {
            const auto part = reader.sized();
            Bytes result{static_cast<std::uint8_t>(part.size() >> 8), static_cast<std::uint8_t>(part.size())};
            result.insert(result.end(), part.begin(), part.end());
            return result;
        };
        request.credentialBlob = sized();
        request.encryptedSecret = sized();
        return request;
    }

    static Bytes proof(const Bytes& certifyInfo)
    {
        const auto message = joined(kTransaction, sha256(certifyInfo));
        Bytes mac(32);
        HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()), message.data(), message.size(), mac.data(),
             nullptr);
        return mac;
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
        if (tool.exitCode() != 0 && !output) qWarning("%s: %s", qPrintable(program), text.constData());
        return tool.exitCode();
    }

    test::TestCa m_ca;
    std::unique_ptr<QTemporaryDir> m_caFolder;
    std::unique_ptr<test::SwtpmServer> m_swtpm;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Tpm> m_tpm;
    std::unique_ptr<ReferenceUnit> m_unit;
    KeyKind m_kind = KeyKind::Genuine;
    QString m_ekPublic; ///< TPM2B_PUBLIC, by tpm2-tools
};

int main(int argc, char* argv[])
{
    if (!qEnvironmentVariableIsSet("TSS2_LOG"))
        qputenv("TSS2_LOG", "all+none"); // the library prints each refusal, and refusals are what is tested
    const QCoreApplication application(argc, argv);
    EvidenceTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "evidence_test.moc"
