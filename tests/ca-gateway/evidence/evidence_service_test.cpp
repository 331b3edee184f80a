#include <atomic>
#include <fstream>

#include <QTemporaryDir>
#include <QTest>

#include "ca-gateway/evidence/test_manufacturer.h"
#include "ca-gateway/evidence/tpm_rig.h"
#include "evidence/evidence_bundle.h"
#include "evidence/evidence_service.h"
#include "evidence/make_credential.h"
#include "evidence/tpm_structures.h"
#include "pki/public_key.h"
#include "support/swtpm_server.h"

using namespace gateway;
using namespace gateway::evidence;
using test::TpmRig;

namespace {

constexpr Time kNow{std::chrono::seconds(1'790'000'000)};
constexpr long kDay = 86400;

TransactionId transaction(std::uint8_t number)
{
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = number;
    return TransactionId::fromBytes(bytes);
}

IssueRequest requestOf(const TransactionId& id, std::optional<TpmEvidence> evidence)
{
    return {id, *Vin::parse("5VXTC2E41SA000017"), Bytes{0x30, 0x00}, "TCU-1", std::move(evidence)};
}

template <typename T>
std::string typeOf(const Result<T>& result)
{
    return result ? "(none)" : result.error().type;
}

/// One TPM with its EK certificate, made by a manufacturer.
struct Unit
{
    explicit Unit(const test::TestManufacturer& maker, TpmRig::EkKind kind = TpmRig::EkKind::P256) : ekKind(kind)
    {
        if (!server.start()) qFatal("%s", server.error().c_str());
        rig = std::make_unique<TpmRig>(server.tcti());
        ek = rig->createEk(kind);
        ekCertificate = maker.certify(ek.spki);
    }

    ChallengeRequest question(const TransactionId& id, const TpmRig::Key& ak) const
    {
        return {id, ekCertificate, ak.publicArea};
    }

    /// The whole way as the unit's software goes it.
    TpmEvidence evidence(const EvidenceService& service, const TransactionId& id, const TpmRig::Key& ak,
                         const TpmRig::Key& key)
    {
        const auto challenge = service.challenge(question(id, ak));
        if (!challenge) qFatal("%s", challenge.error().detail.c_str());
        const auto credential = rig->activate(ek, ekKind, ak, *challenge);
        if (!credential) qFatal("the TPM does not activate the credential");
        return rig->prove(id, *challenge, *credential, ekCertificate, ak, key);
    }

    test::SwtpmServer server;
    std::unique_ptr<TpmRig> rig;
    TpmRig::EkKind ekKind;
    TpmRig::Key ek;
    Bytes ekCertificate;
};

} // namespace

Q_DECLARE_METATYPE(TpmRig::EkKind)
Q_DECLARE_METATYPE(TpmRig::AkKind)

class EvidenceServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        writeBundle(m_maker.content());
        m_service = service(EvidencePolicy::Required);
        m_unit = std::make_unique<Unit>(m_maker);
        m_ak = m_unit->rig->createAk(TpmRig::AkKind::EcDsa);
        m_key = m_unit->rig->createKey(TpmRig::KeyKind::Good);
    }

    void init()
    {
        m_now = kNow.time_since_epoch().count();
        writeBundle(m_maker.content());
    }

    /// The whole protocol with each kind of EK and AK: what makeCredential() writes, a TPM opens.
    void goodEvidenceIsAccepted_data()
    {
        QTest::addColumn<TpmRig::EkKind>("ekKind");
        QTest::addColumn<TpmRig::AkKind>("akKind");
        QTest::newRow("RSA-2048 EK, ECDSA AK") << TpmRig::EkKind::Rsa2048 << TpmRig::AkKind::EcDsa;
        QTest::newRow("P-256 EK, RSASSA AK") << TpmRig::EkKind::P256 << TpmRig::AkKind::RsaSsa;
        QTest::newRow("P-384 EK, ECDSA AK") << TpmRig::EkKind::P384 << TpmRig::AkKind::EcDsa;
        QTest::newRow("P-384 EK, RSAPSS AK") << TpmRig::EkKind::P384 << TpmRig::AkKind::RsaPss;
    }

    void goodEvidenceIsAccepted()
    {
        QFETCH(TpmRig::EkKind, ekKind);
        QFETCH(TpmRig::AkKind, akKind);
        Unit unit(m_maker, ekKind);
        const auto ak = unit.rig->createAk(akKind);
        const auto key = unit.rig->createKey(TpmRig::KeyKind::Good);
        // Challenges are random inside; a coordinate with a leading zero octet comes once in 128.
        for (std::uint8_t number = 1; number <= 3; ++number) {
            const auto evidence = unit.evidence(*m_service, transaction(number), ak, key);
            const auto outcome = m_service->check(requestOf(transaction(number), evidence), key.spki);
            QVERIFY2(outcome.has_value(), outcome ? "" : outcome.error().detail.c_str());
            QCOMPARE(outcome->ekSha256, pki::sha256(unit.ek.spki));
            QCOMPARE(outcome->metadata.at("evidence"), std::string("verified"));
            QCOMPARE(outcome->metadata.at("tpm_manufacturer"), std::string("id:00001014"));
            QCOMPARE(outcome->metadata.at("ek_sha256"), toLowerHex(outcome->ekSha256));
        }
    }

    /// A replica that has never seen the challenge checks it, for it has the same key.
    void anotherReplicaChecks()
    {
        const auto replica = service(EvidencePolicy::Required);
        const auto evidence = m_unit->evidence(*m_service, transaction(1), m_ak, m_key);
        QVERIFY(replica->check(requestOf(transaction(1), evidence), m_key.spki).has_value());
        const auto first = m_service->challenge(m_unit->question(transaction(1), m_ak));
        const auto again = replica->challenge(m_unit->question(transaction(1), m_ak));
        QVERIFY(first->nonce == again->nonce);
        QVERIFY(first->nonce != m_service->challenge(m_unit->question(transaction(2), m_ak))->nonce);
        // A deployment with another key has asked for nothing of this.
        auto foreign = EvidenceService::make({.policy = EvidencePolicy::Required, .bundle = bundleFile()},
                                             *EvidenceKey::make(SecretBytes(Bytes(32, 0x45))), root(), clock());
        QVERIFY(foreign.has_value());
        QCOMPARE(typeOf((*foreign)->check(requestOf(transaction(1), evidence), m_key.spki)),
                 std::string("evidence-replay"));
    }

    void missingEvidenceIsThePolicysMatter()
    {
        const auto refused = m_service->check(requestOf(transaction(1), std::nullopt), m_key.spki);
        QCOMPARE(typeOf(refused), std::string("evidence-missing"));
        QCOMPARE(refused.error().code, ErrorCode::PolicyViolation);
        const auto recorded =
            service(EvidencePolicy::Recorded)->check(requestOf(transaction(1), std::nullopt), m_key.spki);
        QVERIFY(recorded.has_value());
        QVERIFY(recorded->ekSha256.empty());
        QCOMPARE(recorded->metadata.at("evidence"), std::string("missing"));
    }

    /// The same wrong evidence under both policies: "recorded" forgives absence, not lies.
    void wrongEvidenceIsRefusedWithItsCause_data()
    {
        QTest::addColumn<QByteArray>("type");
        for (const char* type :
             {"evidence-key-soft", "evidence-key-exportable", "evidence-key-mismatch",
              "evidence-key-mismatch (the CSR's)", "evidence-key-unsuitable (P-384)",
              "evidence-key-unsuitable (restricted)", "evidence-replay", "evidence-signature", "evidence-credential",
              "evidence-credential (another EK)", "evidence-ek-untrusted", "evidence-ek-expired", "evidence-ek-revoked",
              "evidence-ak-unsuitable", "evidence-malformed"})
            QTest::newRow(type) << QByteArray(type);
    }

    void wrongEvidenceIsRefusedWithItsCause()
    {
        QFETCH(QByteArray, type);
        const auto id = transaction(1);
        auto key = m_key;
        TpmEvidence evidence;
        const auto certified = [&](const TpmRig::Key& with) { return m_unit->evidence(*m_service, id, m_ak, with); };
        auto issued = id;
        if (type == "evidence-key-soft") {
            key = m_unit->rig->loadSoftKey();
            evidence = certified(key);
        } else if (type == "evidence-key-exportable") {
            key = m_unit->rig->createKey(TpmRig::KeyKind::Exportable);
            evidence = certified(key);
        } else if (type == "evidence-key-mismatch") {
            evidence = certified(m_key);
            // The box in the harness: evidence of the unit's good key, public area and CSR of another.
            key = m_unit->rig->createKey(TpmRig::KeyKind::Good);
            evidence.keyPublic = key.publicArea;
        } else if (type == "evidence-key-mismatch (the CSR's)") {
            evidence = certified(m_key);
            key = m_unit->rig->createKey(TpmRig::KeyKind::Good);
        } else if (type == "evidence-key-unsuitable (P-384)") {
            key = m_unit->rig->createKey(TpmRig::KeyKind::P384);
            evidence = certified(key);
        } else if (type == "evidence-key-unsuitable (restricted)") {
            key = m_unit->rig->createKey(TpmRig::KeyKind::Restricted);
            evidence = certified(key);
        } else if (type == "evidence-replay") {
            evidence = certified(m_key);
            issued = transaction(2);
        } else if (type == "evidence-signature") {
            evidence = certified(m_key);
            evidence.signature.back() ^= 1;
        } else if (type == "evidence-credential") {
            evidence = certified(m_key);
            evidence.credentialProof[0] ^= 1;
        } else if (type == "evidence-credential (another EK)") {
            // A genuine EK certificate of another TPM; that TPM does not hold this AK, so nobody can open the
            // credential.
            Unit other(m_maker);
            const auto challenge = m_service->challenge(other.question(id, m_ak));
            QVERIFY(challenge.has_value());
            QVERIFY(!m_unit->rig->activate(m_unit->ek, m_unit->ekKind, m_ak, *challenge).has_value());
            const auto otherAk = other.rig->createAk(TpmRig::AkKind::EcDsa);
            QVERIFY(!other.rig->activate(other.ek, other.ekKind, otherAk, *challenge).has_value());
            evidence = m_unit->rig->prove(id, *challenge, Bytes(32, 0), other.ekCertificate, m_ak, m_key);
        } else if (type == "evidence-ek-untrusted") {
            evidence = certified(m_key);
            evidence.ekCertificateDer = test::TestManufacturer(kNow).certify(m_unit->ek.spki);
        } else if (type == "evidence-ek-expired") {
            evidence = certified(m_key);
            evidence.ekCertificateDer = m_maker.certify(m_unit->ek.spki, {.commonName = "", .endsIn = -1});
        } else if (type == "evidence-ek-revoked") {
            evidence = certified(m_key);
            auto content = m_maker.content();
            content.crls = {m_maker.crl(false, m_unit->ekCertificate, kDay)};
            writeBundle(content);
        } else if (type == "evidence-ak-unsuitable") {
            // Not restricted: it would sign whatever it is given, also a TPMS_ATTEST that no TPM made.
            const auto ak = m_unit->rig->createAk(TpmRig::AkKind::Unrestricted);
            QCOMPARE(typeOf(m_service->challenge(m_unit->question(id, ak))), std::string("evidence-ak-unsuitable"));
            evidence = m_unit->rig->prove(id, {}, Bytes(32, 0), m_unit->ekCertificate, ak, m_key);
        } else if (type == "evidence-malformed") {
            evidence = certified(m_key);
            evidence.certifyInfo.pop_back();
        }
        if (key.handle != m_key.handle) m_unit->rig->remove(key);
        const auto expected = type.left(type.indexOf(" (") < 0 ? type.size() : type.indexOf(" (")).toStdString();
        for (const auto policy : {EvidencePolicy::Required, EvidencePolicy::Recorded}) {
            const auto outcome = service(policy)->check(requestOf(issued, evidence), key.spki);
            QCOMPARE(typeOf(outcome), expected);
            QCOMPARE(outcome.error().code,
                     expected == "evidence-malformed" ? ErrorCode::InvalidRequest : ErrorCode::PolicyViolation);
        }
    }

    void theChallengeLooksAtTheCertificateAlready()
    {
        auto question = m_unit->question(transaction(1), m_ak);
        question.ekCertificateDer = test::TestManufacturer(kNow).certify(m_unit->ek.spki);
        QCOMPARE(typeOf(m_service->challenge(question)), std::string("evidence-ek-untrusted"));
        question = m_unit->question(transaction(1), m_ak);
        question.akPublic.pop_back();
        QCOMPARE(typeOf(m_service->challenge(question)), std::string("evidence-malformed"));
    }

    void aNewBundleIsReadAndABadOneIsNot()
    {
        const auto checked = service(EvidencePolicy::Required);
        QVERIFY(checked->challenge(m_unit->question(transaction(1), m_ak)).has_value());
        QVERIFY(!checked->checkBundle().fault.has_value());
        writeText("{}");
        QVERIFY(checked->challenge(m_unit->question(transaction(1), m_ak)).has_value());
        QCOMPARE(checked->checkBundle().fault.value().type, std::string("evidence-bundle"));
        writeBundle(test::TestManufacturer(kNow).content());
        QCOMPARE(typeOf(checked->challenge(m_unit->question(transaction(1), m_ak))),
                 std::string("evidence-ek-untrusted"));
        QVERIFY(!checked->checkBundle().fault.has_value());
        QVERIFY(!EvidenceService::make({.policy = EvidencePolicy::Required, .bundle = bundleFile() + ".not-there"},
                                       *EvidenceKey::make(SecretBytes(Bytes(32, 1))), root(), clock())
                     .has_value());
    }

    void endsInTheBundleAreToldBeforeTheyCome()
    {
        auto content = m_maker.content();
        content.crls = {m_maker.crl(false, {}, 60 * kDay)};
        writeBundle(content);
        const auto checked = service(EvidencePolicy::Required);
        auto state = checked->checkBundle();
        QVERIFY(!state.fault && !state.isExpiring);
        QCOMPARE(state.expiries.size(), std::size_t(4));
        QCOMPARE(state.expiries.back().kind, std::string("signer"));
        m_now += 31 * kDay;
        state = checked->checkBundle();
        QVERIFY(!state.fault && state.isExpiring);
        m_now += 30 * kDay;
        state = checked->checkBundle();
        QCOMPARE(state.fault.value().type, std::string("evidence-bundle-expired"));
        const auto challenge = checked->challenge(m_unit->question(transaction(1), m_ak));
        QCOMPARE(typeOf(challenge), std::string("evidence-bundle-expired"));
        QCOMPARE(challenge.error().code, ErrorCode::StoreUnavailable);
    }

    void aBundleWhoseSignerHasEndedIsNotUsed()
    {
        const auto checked = service(EvidencePolicy::Required);
        m_now += 101 * kDay;
        QCOMPARE(typeOf(checked->challenge(m_unit->question(transaction(1), m_ak))),
                 std::string("evidence-bundle-expired"));
        QCOMPARE(checked->checkBundle().fault.value().type, std::string("evidence-bundle-expired"));
    }

    void keyFilesOfAnotherFormAreRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("isOpen");
        QTest::newRow("empty") << QByteArray() << false;
        QTest::newRow("array") << QByteArray("[]") << false;
        QTest::newRow("other name") << QByteArray("{\"key\": \"00\"}") << false;
        QTest::newRow("number") << QByteArray("{\"evidence_key\": 1}") << false;
        QTest::newRow("not hex") << QByteArray("{\"evidence_key\": \"" + QByteArray(64, 'g') + "\"}") << false;
        QTest::newRow("31 octets") << QByteArray("{\"evidence_key\": \"" + QByteArray(62, 'a') + "\"}") << false;
        QTest::newRow("33 octets") << QByteArray("{\"evidence_key\": \"" + QByteArray(66, 'a') + "\"}") << false;
        QTest::newRow("for everybody") << QByteArray("{\"evidence_key\": \"" + QByteArray(64, 'a') + "\"}") << true;
    }

    void keyFilesOfAnotherFormAreRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, isOpen);
        const auto file = m_folder.filePath(QStringLiteral("key.json")).toStdString();
        std::ofstream(file) << text.toStdString();
        using std::filesystem::perms;
        std::filesystem::permissions(file, isOpen ? perms(0644) : perms(0600));
        const auto key = EvidenceKey::load(file);
        QVERIFY(!key.has_value());
        QCOMPARE(key.error().type, std::string("evidence-key"));
        QVERIFY(key.error().detail.find("aaaa") == std::string::npos);
        if (!isOpen) return;
        std::filesystem::permissions(file, perms(0640));
        QVERIFY(EvidenceKey::load(file).has_value());
    }

private:
    static test::CertificateWish authority()
    {
        return {.commonName = "Root",
                .isCa = true,
                .keyUsage = "keyCertSign",
                .extendedKeyUsage = "",
                .hasTpmName = false,
                .endsIn = 4000 * kDay};
    }
    static test::CertificateWish signerWish()
    {
        return {.commonName = "signer",
                .keyUsage = "digitalSignature",
                .extendedKeyUsage = std::string(kBundleSigningUsage),
                .hasTpmName = false,
                .endsIn = 100 * kDay};
    }

    Clock clock()
    {
        return [this] { return Time(std::chrono::seconds(m_now.load())); };
    }
    pki::Certificate root() const { return *pki::Certificate::parsePem(m_root.pem()); }
    std::string bundleFile() const { return m_folder.filePath(QStringLiteral("bundle.json")).toStdString(); }
    void writeText(const std::string& text) const
    {
        // As it is done for real: whole, by a rename, which also makes another inode of it.
        std::ofstream(bundleFile() + ".new") << text;
        std::filesystem::rename(bundleFile() + ".new", bundleFile());
    }
    void writeBundle(const TrustContent& content) const
    {
        const auto text = signBundle(content, kNow, m_signer.pem(), m_signer.keyPem());
        if (!text) qFatal("%s", text.error().detail.c_str());
        writeText(*text);
    }
    std::unique_ptr<EvidenceService> service(EvidencePolicy policy)
    {
        auto made = EvidenceService::make({.policy = policy, .bundle = bundleFile()},
                                          *EvidenceKey::make(SecretBytes(Bytes(32, 0x42))), root(), clock());
        if (!made) qFatal("%s", made.error().detail.c_str());
        return std::move(*made);
    }

    QTemporaryDir m_folder;
    std::atomic<std::int64_t> m_now{kNow.time_since_epoch().count()};
    const test::TestManufacturer m_maker{kNow};
    const test::Issued m_root = test::makeCertificate(authority(), {}, nullptr, kNow);
    const test::Issued m_signer = test::makeCertificate(signerWish(), {}, &m_root, kNow);
    std::unique_ptr<EvidenceService> m_service;
    std::unique_ptr<Unit> m_unit;
    TpmRig::Key m_ak;
    TpmRig::Key m_key;
};

QTEST_GUILESS_MAIN(EvidenceServiceTest)
#include "evidence_service_test.moc"
