#include <thread>

#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;
using support::vinNumber;

namespace {

Caller vehicle(const IssuedCertificate& certificate)
{
    return {.kind = Caller::Kind::Vehicle,
            .name = std::string(certificate.deviceId.text()),
            .certificateDer = certificate.certificateDer,
            .traceId = support::kTraceId};
}

RenewRequest renewalOf(const IssuedCertificate& certificate, const SoftwareKey& key)
{
    return {.transaction = support::newTransaction(),
            .csrDer = key.vehicleCsr({.deviceId = certificate.deviceId, .vinHash = certificate.vinHash})};
}

} // namespace

class RenewalServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void chainOfRenewals()
    {
        GatewayFixture fixture;
        auto current = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        for (int year = 0; year < 3; ++year) {
            fixture.advance(std::chrono::days(335));
            const auto next = fixture.renewal.renew(renewalOf(current, SoftwareKey()), vehicle(current));
            QCOMPARE(errorType(next), std::string("(none)"));
            QVERIFY(next->serial != current.serial);
            QCOMPARE(next->deviceId, current.deviceId);
            const auto before = support::valueOf(pki::Certificate::parseDer(current.certificateDer));
            const auto after = support::valueOf(pki::Certificate::parseDer(next->certificateDer));
            QCOMPARE(after.subjectDer(), before.subjectDer());
            QVERIFY(after.publicKeySha256() != before.publicKeySha256());
            // The old one stays ACTIVE for the grace, and says who follows.
            QCOMPARE(fixture.sql("SELECT status, replaced_by FROM certificates WHERE serial = '" +
                                 current.serial.text() + "'"),
                     "ACTIVE|" + next->serial.text());
            current = *next;
        }
        QCOMPARE(fixture.count("certificates"), 4);
        QCOMPARE(fixture.count("certificates WHERE status = 'ACTIVE' AND replaced_by IS NULL"), 1);
        QCOMPARE(fixture.sql("SELECT count(*), min(metadata ->> 'key_algorithm'), min(actor) FROM audit WHERE "
                             "event_type = 'certificate_renewed'"),
                 "3|ECC P-256|" + std::string(current.deviceId.text()));
        QCOMPARE(fixture.count("outbox WHERE event_type = 'certificate_renewed'"), 3);
    }

    void repeatReturnsTheSameCertificate()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto request = renewalOf(old, SoftwareKey());
        const auto first = support::valueOf(fixture.renewal.renew(request, vehicle(old)));
        const auto second = support::valueOf(fixture.renewal.renew(request, vehicle(old)));
        QCOMPARE(second.certificateDer, first.certificateDer);
        QCOMPARE(fixture.count("certificates"), 2);
        auto other = renewalOf(old, SoftwareKey());
        other.transaction = request.transaction;
        QCOMPARE(errorType(fixture.renewal.renew(other, vehicle(old))), std::string("idempotency-conflict"));
    }

    void signerAwayIsTakenUpByTheRepeat()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto request = renewalOf(old, SoftwareKey());
        fixture.signer.setFault([](int call) -> Result<void> {
            if (call == 2) return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer");
            return {};
        });
        const auto away = fixture.renewal.renew(request, vehicle(old));
        QCOMPARE(errorType(away), std::string("signer-unreachable"));
        QVERIFY(away.error().retryAfter.has_value());
        QCOMPARE(fixture.count("certificates WHERE replaced_by IS NOT NULL"), 0);
        QCOMPARE(errorType(fixture.renewal.renew(request, vehicle(old))), std::string("(none)"));
    }

    void oneCertificateIsReplacedOnce()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        constexpr int kThreads = 8;
        std::vector<RenewRequest> requests;
        for (int i = 0; i < kThreads; ++i)
            requests.push_back(renewalOf(old, SoftwareKey()));
        std::atomic<int> renewed{0};
        std::atomic<int> refused{0};
        std::vector<std::thread> threads;
        for (const auto& request : requests)
            threads.emplace_back([&] {
                const auto result = fixture.renewal.renew(request, vehicle(old));
                if (result) ++renewed;
                if (errorType(result) == "already-replaced") ++refused;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(renewed.load(), 1);
        QCOMPARE(refused.load(), kThreads - 1);
        QCOMPARE(fixture.count("certificates"), 2);
        QCOMPARE(fixture.count("certificate_requests WHERE state = 'intent'"), 0);
    }

    void revokedCannotRenew()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        support::valueOf(fixture.revocation.revoke(
            {.serial = old.serial, .reason = RevocationReason::KeyCompromise, .severity = Severity::P0, .notes = {}},
            fixture.admin));
        const auto refused = fixture.renewal.renew(renewalOf(old, SoftwareKey()), vehicle(old));
        QCOMPARE(errorType(refused), std::string("certificate-revoked"));
        QCOMPARE(refused.error().code, ErrorCode::Forbidden);
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.sql("SELECT metadata ->> 'cause', subject ->> 'device_id' FROM audit WHERE event_type = "
                             "'certificate_refused'"),
                 "certificate-revoked|" + std::string(old.deviceId.text()));
    }

    void revokedWhileItsRenewalIsSignedStaysAlone()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        fixture.signer.setFault([&](int) -> Result<void> {
            support::valueOf(fixture.revocation.revoke({.serial = old.serial,
                                                        .reason = RevocationReason::PrivilegeWithdrawn,
                                                        .severity = Severity::P1,
                                                        .notes = {}},
                                                       fixture.admin));
            return {};
        });
        QCOMPARE(errorType(fixture.renewal.renew(renewalOf(old, SoftwareKey()), vehicle(old))),
                 std::string("certificate-revoked"));
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.count("certificate_requests WHERE state = 'burned'"), 1);
    }

    void expiredMayRenewForSevenDays()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        fixture.now = old.expiresAt.time_since_epoch().count();
        fixture.advance(std::chrono::days(7) + std::chrono::seconds(1));
        QCOMPARE(errorType(fixture.renewal.renew(renewalOf(old, SoftwareKey()), vehicle(old))),
                 std::string("certificate-expired"));
        fixture.advance(std::chrono::seconds(-1));
        QCOMPARE(errorType(fixture.renewal.renew(renewalOf(old, SoftwareKey()), vehicle(old))), std::string("(none)"));
    }

    void newKeyIsRequired()
    {
        GatewayFixture fixture;
        const SoftwareKey key;
        const auto old =
            support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", key), fixture.station));
        QCOMPARE(errorType(fixture.renewal.renew(renewalOf(old, key), vehicle(old))), std::string("duplicate-key"));
    }

    void callersWithoutAVehicleCertificateOfOursAreRefused()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto other = support::valueOf(fixture.issuing.issue(fixture.request(2), fixture.station));
        const auto request = renewalOf(old, SoftwareKey());

        auto station = vehicle(old);
        station.kind = Caller::Kind::Station;
        QCOMPARE(errorType(fixture.renewal.renew(request, station)), std::string("client-certificate-required"));
        auto token = vehicle(old);
        token.certificateDer.clear();
        QCOMPARE(errorType(fixture.renewal.renew(request, token)), std::string("client-certificate-required"));
        auto garbage = vehicle(old);
        garbage.certificateDer = {0x30, 0x03, 0x01};
        QCOMPARE(errorType(fixture.renewal.renew(request, garbage)), std::string("client-certificate-malformed"));
        auto foreign = vehicle(old);
        foreign.certificateDer = fixture.signer.root().der();
        QCOMPARE(errorType(fixture.renewal.renew(request, foreign)), std::string("certificate-unknown"));
        // Another vehicle's certificate renews only its own name.
        QCOMPARE(errorType(fixture.renewal.renew(request, vehicle(other))), std::string("csr-subject"));
        QCOMPARE(fixture.count("certificates"), 2);
    }

    void issuingLimitsDoNotHoldRenewalsBack()
    {
        GatewayFixture fixture({.perUnit = std::chrono::hours(24), .perIssuerAndHour = 1});
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(2), fixture.station)),
                 std::string("rate-limit-issuer"));
        QCOMPARE(errorType(fixture.renewal.renew(renewalOf(old, SoftwareKey()), vehicle(old))), std::string("(none)"));
    }

    void failureReportIsAudited()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        QCOMPARE(
            errorType(fixture.renewal.recordFailure({.serial = old.serial, .error = "TLS alert 48"}, vehicle(old))),
            std::string("(none)"));
        QCOMPARE(fixture.sql("SELECT result, subject ->> 'serial', subject ->> 'device_id', metadata ->> 'error' FROM "
                             "audit WHERE event_type = 'certificate_renewal_failed'"),
                 "failure|" + old.serial.text() + "|" + std::string(old.deviceId.text()) + "|TLS alert 48");
    }
};

QTEST_GUILESS_MAIN(RenewalServiceTest)
#include "renewal_service_test.moc"
