#include <set>
#include <thread>

#include <QTest>

#include "ca-gateway/ocsp/ocsp_client.h"
#include "identity/random.h"
#include "ocsp/live_status_source.h"
#include "ocsp/ocsp_responder.h"
#include "support/software_signer.h"

using namespace gateway;
using support::OcspQuestion;
using support::OcspReading;

namespace {

constexpr Time kStart{std::chrono::seconds(1'790'000'000)};

template <typename T>
T valueOf(Result<T> result)
{
    if (!result) throw std::runtime_error(result.error().type + ": " + result.error().detail);
    return std::move(*result);
}

/// The database: knows what was issued, and counts how often it is asked.
class IssuedSerials final : public OcspStatusSource
{
public:
    Result<pki::OcspStatus> status(const std::string&, const CertificateSerial& serial, Time) override
    {
        ++asked;
        if (meanwhile) meanwhile();
        if (isAway) return fail(ErrorCode::StoreUnavailable, "store-away", "no database");
        pki::OcspStatus status;
        if (issued.contains(serial)) status.kind = pki::OcspStatus::Kind::Good;
        return status;
    }

    std::set<CertificateSerial> issued;
    std::function<void()> meanwhile;
    std::atomic<bool> isAway{false};
    std::atomic<int> asked{0};
};

class NoLog final : public IssuedCertificateLog
{
    Result<void> record(const CertificateRecord&, const AuditEvent&) override { return {}; }
};

struct Fixture
{
    explicit Fixture(OcspLimits limits = {})
        : responder(
              {&service}, revoked, [this] { return age; }, clock(), limits)
    {
        valueOf(service.renewSignerIfDue());
    }

    Clock clock()
    {
        return [this] { return Time(std::chrono::seconds(now.load())); };
    }

    CertificateSerial issue()
    {
        auto serial = valueOf(CertificateSerial::random(fillFromSystemRandom));
        stored.issued.insert(serial);
        return serial;
    }

    OcspQuestion question(const CertificateSerial& serial) const
    {
        return {.issuerDer = signer.issuer().certificate.der(), .serial = serial};
    }
    OcspReading ask(const OcspQuestion& question)
    {
        return support::readOcsp(responder.answer(question.der())->der, question, signer.root().der(), clock()());
    }
    int certificateStatus(const CertificateSerial& serial) { return ask(question(serial)).certificate; }

    RevocationEvent event(const CertificateSerial& serial, RevocationEvent::Kind kind) const
    {
        return {.id = 1,
                .kind = kind,
                .record = {.issuer = service.issuer(),
                           .serial = serial,
                           .reason = RevocationReason::KeyCompromise,
                           .since = kStart,
                           .expiresAt = kStart + std::chrono::days(365)},
                .recordedAt = {}};
    }
    void revoke(const CertificateSerial& serial) { revoked.apply(event(serial, RevocationEvent::Kind::Revoked)); }
    void release(const CertificateSerial& serial) { revoked.apply(event(serial, RevocationEvent::Kind::Released)); }

    std::atomic<std::int64_t> now{kStart.time_since_epoch().count()};
    std::optional<std::chrono::milliseconds> age{0};
    support::SoftwareSigner signer{kStart - std::chrono::days(1), support::SoftwareKey::Kind::EcP256};
    RevokedSet revoked;
    IssuedSerials stored;
    LiveStatusSource statuses{revoked, stored, 4};
    NoLog log;
    OcspService service{statuses, log, signer, signer.issuer(), signer.profile("ocsp-signer"), "replica-1", clock()};
    OcspResponder responder;
};

} // namespace

class OcspResponderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aKeptAnswerIsGivenAgain()
    {
        Fixture fixture;
        const auto question = fixture.question(fixture.issue());
        QVERIFY(!fixture.responder.find(question.der()));
        const auto first = fixture.responder.answer(question.der());
        fixture.now += 299;
        QCOMPARE(fixture.responder.answer(question.der()), first);
        QCOMPARE(fixture.responder.find(question.der()), first);
        QCOMPARE(fixture.stored.asked.load(), 1);
        // After CACHE_TTL it is signed anew, long before its nextUpdate.
        fixture.now += 1;
        QVERIFY(!fixture.responder.find(question.der()));
        const auto next = fixture.responder.answer(question.der());
        QVERIFY(next->thisUpdate == first->thisUpdate + std::chrono::seconds(300));
        QVERIFY(fixture.ask(question).verified);
    }

    void theHashAlgorithmIsThatOfTheQuestion()
    {
        Fixture fixture;
        auto question = fixture.question(fixture.issue());
        QCOMPARE(fixture.ask(question).certificate, V_OCSP_CERTSTATUS_GOOD);
        question.hash = EVP_sha256();
        QCOMPARE(fixture.ask(question).certificate, V_OCSP_CERTSTATUS_GOOD);
        QCOMPARE(fixture.responder.cachedAnswers(), std::size_t(2));
        fixture.revoke(question.serial);
        QCOMPARE(fixture.ask(question).certificate, V_OCSP_CERTSTATUS_REVOKED);
        question.hash = EVP_sha1();
        QCOMPARE(fixture.ask(question).certificate, V_OCSP_CERTSTATUS_REVOKED);
        // Only what the standard's clients use.
        question.hash = EVP_sha512();
        QCOMPARE(fixture.ask(question).response, OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    }

    void revocationAndReleaseHoldAtOnce()
    {
        Fixture fixture;
        const auto serial = fixture.issue();
        QCOMPARE(fixture.certificateStatus(serial), V_OCSP_CERTSTATUS_GOOD);
        const int asked = fixture.stored.asked;
        fixture.revoke(serial);
        QVERIFY(!fixture.responder.find(fixture.question(serial).der()));
        const auto reading = fixture.ask(fixture.question(serial));
        QCOMPARE(reading.certificate, V_OCSP_CERTSTATUS_REVOKED);
        QCOMPARE(reading.reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
        QVERIFY(reading.verified);
        // The database need not be there for it.
        QCOMPARE(fixture.stored.asked.load(), asked);
        QVERIFY(fixture.responder.find(fixture.question(serial).der()));
        fixture.release(serial);
        QVERIFY(!fixture.responder.find(fixture.question(serial).der()));
        QCOMPARE(fixture.certificateStatus(serial), V_OCSP_CERTSTATUS_GOOD);
    }

    void aRevocationDuringTheLookUpWins()
    {
        Fixture fixture;
        const auto serial = fixture.issue();
        fixture.stored.meanwhile = [&] { fixture.revoke(serial); };
        QCOMPARE(fixture.certificateStatus(serial), V_OCSP_CERTSTATUS_REVOKED);
    }

    void unknownIsNeverKept()
    {
        Fixture fixture;
        const auto serial = valueOf(CertificateSerial::random(fillFromSystemRandom));
        const auto reading = fixture.ask(fixture.question(serial));
        QCOMPARE(reading.response, OCSP_RESPONSE_STATUS_SUCCESSFUL);
        QCOMPARE(reading.certificate, V_OCSP_CERTSTATUS_UNKNOWN);
        QVERIFY(reading.verified);
        QVERIFY(fixture.responder.answer(fixture.question(serial).der())->maxAge <= std::chrono::seconds(10));
        fixture.stored.issued.insert(serial);
        QCOMPARE(fixture.certificateStatus(serial), V_OCSP_CERTSTATUS_GOOD);
    }

    void nothingIsKeptWhileTheSetMayBeIncomplete_data()
    {
        QTest::addColumn<int>("ageMs"); // -1: no snapshot yet
        QTest::addColumn<bool>("isKept");
        QTest::newRow("no snapshot yet") << -1 << false;
        QTest::newRow("up to date") << 1000 << true;
        QTest::newRow("a minute without the database") << 60'001 << false;
    }
    void nothingIsKeptWhileTheSetMayBeIncomplete()
    {
        QFETCH(int, ageMs);
        QFETCH(bool, isKept);
        Fixture fixture;
        fixture.age = ageMs < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(ageMs));
        const auto serial = fixture.issue();
        QCOMPARE(fixture.certificateStatus(serial), V_OCSP_CERTSTATUS_GOOD);
        QCOMPARE(fixture.responder.find(fixture.question(serial).der()) != nullptr, isKept);
    }

    void withoutDatabaseKeptAnswersLastToTheirEnd()
    {
        Fixture fixture;
        const auto question = fixture.question(fixture.issue());
        const auto first = fixture.responder.answer(question.der());
        fixture.stored.isAway = true;
        fixture.now = (first->nextUpdate - std::chrono::seconds(1)).time_since_epoch().count();
        QCOMPARE(fixture.responder.answer(question.der()), first);
        const auto other = fixture.question(fixture.issue());
        QCOMPARE(fixture.ask(other).response, OCSP_RESPONSE_STATUS_TRYLATER);
        fixture.revoke(other.serial);
        QCOMPARE(fixture.ask(other).certificate, V_OCSP_CERTSTATUS_REVOKED);
        fixture.now += 1;
        QCOMPARE(fixture.ask(question).response, OCSP_RESPONSE_STATUS_TRYLATER);
    }

    void noncesHaveABudget()
    {
        Fixture fixture({.noncesPerSecond = 2});
        auto question = fixture.question(fixture.issue());
        question.hasNonce = true;
        const auto hasNonce = [&] {
            const auto reading = fixture.ask(question);
            return reading.certificate == V_OCSP_CERTSTATUS_GOOD && reading.verified && reading.hasNonce;
        };
        QVERIFY(hasNonce());
        QVERIFY(hasNonce());
        QCOMPARE(fixture.responder.cachedAnswers(), std::size_t(0));
        // Beyond it the answer is the one for everybody.
        QVERIFY(!hasNonce());
        QCOMPARE(fixture.ask(question).certificate, V_OCSP_CERTSTATUS_GOOD);
        QCOMPARE(fixture.responder.cachedAnswers(), std::size_t(1));
        fixture.now += 1;
        QVERIFY(hasNonce());
    }

    void oldAnswersMakeRoom()
    {
        Fixture fixture({.cachedAnswers = 64});
        for (int i = 0; i < 400; ++i)
            fixture.certificateStatus(fixture.issue());
        QVERIFY(fixture.responder.cachedAnswers() <= 64);
        QVERIFY(fixture.responder.cachedAnswers() > 16);
    }

    void lookUpsHaveALimit()
    {
        Fixture fixture;
        const auto serial = fixture.issue();
        int refused = 0;
        LiveStatusSource limited(fixture.revoked, fixture.stored, 1);
        fixture.stored.meanwhile = [&] {
            const auto inner = limited.status(fixture.service.issuer(), serial, kStart);
            if (!inner && inner.error().type == "overloaded") ++refused;
        };
        QVERIFY(limited.status(fixture.service.issuer(), serial, kStart).has_value());
        QCOMPARE(refused, 1);
    }

    void anotherIssuerIsRefusedUnsigned()
    {
        Fixture fixture;
        const support::SoftwareSigner other(kStart, support::SoftwareKey::Kind::EcP256, "backup");
        const OcspQuestion question{.issuerDer = other.issuer().certificate.der(), .serial = fixture.issue()};
        QCOMPARE(fixture.ask(question).response, OCSP_RESPONSE_STATUS_UNAUTHORIZED);
        QCOMPARE(fixture.stored.asked.load(), 0);
    }

    /// Whoever has heard of a revocation never hears "good" again, whatever happens at the same time.
    void manyClientsNeverSeeARevokedCertificateGood()
    {
        Fixture fixture({.cacheTtl = std::chrono::seconds(1)});
        constexpr int kCertificates = 20;
        std::vector<CertificateSerial> serials;
        for (int i = 0; i < kCertificates; ++i)
            serials.push_back(fixture.issue());
        std::vector<std::atomic<bool>> isRevoked(kCertificates);
        std::atomic<bool> stop{false};
        std::atomic<int> wrong{0};
        std::vector<std::thread> clients;
        for (int thread = 0; thread < 4; ++thread)
            clients.emplace_back([&, thread] {
                for (int i = thread; !stop; i = (i + 1) % kCertificates) {
                    const bool before = isRevoked[std::size_t(i)];
                    const auto status = fixture.certificateStatus(serials[std::size_t(i)]);
                    if (before && status != V_OCSP_CERTSTATUS_REVOKED) ++wrong;
                }
            });
        for (int i = 0; i < kCertificates; ++i) {
            fixture.revoke(serials[std::size_t(i)]);
            isRevoked[std::size_t(i)] = true;
            fixture.now += 1;
            QTest::qWait(5);
        }
        stop = true;
        for (auto& client : clients)
            client.join();
        QCOMPARE(wrong.load(), 0);
        for (const auto& serial : serials)
            QCOMPARE(fixture.certificateStatus(serial), V_OCSP_CERTSTATUS_REVOKED);
    }
};

QTEST_GUILESS_MAIN(OcspResponderTest)
#include "ocsp_responder_test.moc"
