#include <memory>
#include <thread>

#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "ca-gateway/ocsp/ocsp_client.h"
#include "ocsp/ocsp_service.h"
#include "store/certificate_registry.h"
#include "store/postgres_status_source.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;

namespace {

support::OcspReading ask(OcspService& service, const GatewayFixture& fixture, const IssuedCertificate& certificate)
{
    const support::OcspQuestion question{.issuerDer = fixture.signer.issuer().certificate.der(),
                                         .serial = certificate.serial};
    return support::readOcsp(service.answer(question.der()).der, question, fixture.signer.root().der(),
                             Time(std::chrono::seconds(fixture.now.load())));
}

struct ResponderFixture : GatewayFixture
{
    store::PostgresStatusSource statuses{connection};
    store::CertificateRegistry registry{connection};
    OcspService ocsp{statuses, registry, signer, signer.issuer(), signer.profile("ocsp-signer"), "replica-1", clock()};
};

} // namespace

class OcspServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void answersFollowTheDatabase()
    {
        ResponderFixture fixture;
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        auto answer = ask(fixture.ocsp, fixture, issued);
        QCOMPARE(answer.response, OCSP_RESPONSE_STATUS_SUCCESSFUL);
        QCOMPARE(answer.certificate, V_OCSP_CERTSTATUS_GOOD);
        QVERIFY(answer.verified);

        support::valueOf(fixture.revocation.revoke(
            {.serial = issued.serial, .reason = RevocationReason::KeyCompromise, .severity = Severity::P0, .notes = {}},
            fixture.admin));
        answer = ask(fixture.ocsp, fixture, issued);
        QCOMPARE(answer.certificate, V_OCSP_CERTSTATUS_REVOKED);
        QCOMPARE(answer.reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
        QVERIFY(answer.verified);
    }

    void serialThatWasNeverIssuedIsUnknown()
    {
        ResponderFixture fixture;
        GatewayFixture elsewhere;
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        const auto foreign = support::valueOf(elsewhere.issuing.issue(elsewhere.request(1), elsewhere.station));
        QCOMPARE(ask(fixture.ocsp, fixture, foreign).certificate, V_OCSP_CERTSTATUS_UNKNOWN);
    }

    void replacedCertificateIsGoodForTheGraceOnly()
    {
        ResponderFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const Caller vehicle{.kind = Caller::Kind::Vehicle,
                             .name = std::string(old.deviceId.text()),
                             .certificateDer = old.certificateDer,
                             .traceId = {}};
        const auto next = support::valueOf(fixture.renewal.renew(
            {.transaction = support::newTransaction(),
             .csrDer = SoftwareKey().vehicleCsr({.deviceId = old.deviceId, .vinHash = old.vinHash})},
            vehicle));
        fixture.advance(std::chrono::days(7) - std::chrono::seconds(1));
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        QCOMPARE(ask(fixture.ocsp, fixture, old).certificate, V_OCSP_CERTSTATUS_GOOD);
        fixture.advance(std::chrono::seconds(1));
        const auto answer = ask(fixture.ocsp, fixture, old);
        QCOMPARE(answer.certificate, V_OCSP_CERTSTATUS_REVOKED);
        QCOMPARE(answer.reason, OCSP_REVOKED_STATUS_SUPERSEDED);
        QCOMPARE(ask(fixture.ocsp, fixture, next).certificate, V_OCSP_CERTSTATUS_GOOD);
    }

    void signerIsRecordedAndReplacedAtHalfOfItsLife()
    {
        ResponderFixture fixture;
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), false);
        QCOMPARE(fixture.sql("SELECT type, status, created_by, expires_at - issued_at <= interval '7 days' FROM "
                             "certificates"),
                 std::string("ocsp-signer|ACTIVE|replica-1|t"));
        QCOMPARE(fixture.sql("SELECT event_type, actor, metadata ->> 'validity', metadata ->> 'type' FROM audit"),
                 std::string("certificate_issued|replica-1|7 days|ocsp-signer"));
        fixture.advance(std::chrono::days(3));
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), false);
        fixture.advance(std::chrono::hours(13));
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        QCOMPARE(fixture.count("certificates"), 2);
    }

    void withoutSignerItSaysTryLater()
    {
        ResponderFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        QCOMPARE(ask(fixture.ocsp, fixture, issued).response, OCSP_RESPONSE_STATUS_TRYLATER);
        QCOMPARE(errorType(fixture.ocsp.checkHealth()), std::string("ocsp-signer-missing"));

        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer"); });
        QCOMPARE(errorType(fixture.ocsp.renewSignerIfDue()), std::string("signer-unreachable"));
        fixture.signer.setFault({});
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        QCOMPARE(errorType(fixture.ocsp.checkHealth()), std::string("(none)"));

        // A failing renewal leaves the present one in place to its end, and the health tells a day before.
        fixture.advance(std::chrono::days(6) + std::chrono::hours(1));
        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer"); });
        QCOMPARE(errorType(fixture.ocsp.renewSignerIfDue()), std::string("signer-unreachable"));
        QCOMPARE(ask(fixture.ocsp, fixture, issued).response, OCSP_RESPONSE_STATUS_SUCCESSFUL);
        QCOMPARE(errorType(fixture.ocsp.checkHealth()), std::string("ocsp-signer-missing"));
        fixture.advance(std::chrono::days(1));
        QCOMPARE(ask(fixture.ocsp, fixture, issued).response, OCSP_RESPONSE_STATUS_TRYLATER);
    }

    void databaseAwayIsTryLaterAndNeverGood()
    {
        ResponderFixture fixture;
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        support::postgres().stop();
        const auto away = ask(fixture.ocsp, fixture, issued);
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QCOMPARE(away.response, OCSP_RESPONSE_STATUS_TRYLATER);
        QCOMPARE(ask(fixture.ocsp, fixture, issued).certificate, V_OCSP_CERTSTATUS_GOOD);
    }

    void answersWhileTheSignerIsReplaced()
    {
        ResponderFixture fixture;
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        std::atomic<bool> stop{false};
        std::atomic<int> wrong{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i)
            clients.emplace_back([&] {
                while (!stop)
                    if (ask(fixture.ocsp, fixture, issued).certificate != V_OCSP_CERTSTATUS_GOOD) ++wrong;
            });
        int renewed = 0;
        for (int i = 0; i < 5; ++i) {
            fixture.advance(std::chrono::days(4));
            if (support::valueOf(fixture.ocsp.renewSignerIfDue())) ++renewed;
        }
        stop = true;
        for (auto& client : clients)
            client.join();
        QCOMPARE(renewed, 5);
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(OcspServiceTest)
#include "ocsp_service_test.moc"
