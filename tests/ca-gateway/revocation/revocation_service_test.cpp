#include <thread>

#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlDriver>
#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;

class RevocationServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void revokesOnceWithAuditAndEvent()
    {
        GatewayFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const RevokeRequest request{.serial = issued.serial,
                                    .reason = RevocationReason::KeyCompromise,
                                    .severity = Severity::P0,
                                    .notes = "Private key found in GitHub repository"};
        const auto first = support::valueOf(fixture.revocation.revoke(request, fixture.admin));
        fixture.advance(std::chrono::hours(1));
        auto again = request;
        again.reason = RevocationReason::Superseded;
        const auto second = support::valueOf(fixture.revocation.revoke(again, fixture.admin));
        QCOMPARE(second.revokedAt, first.revokedAt);
        QCOMPARE(second.reason, RevocationReason::KeyCompromise);

        QCOMPARE(fixture.sql("SELECT status, reason, extract(epoch FROM revoked_at)::bigint FROM certificates"),
                 "REVOKED|KEY_COMPROMISE|" + std::to_string(first.revokedAt.time_since_epoch().count()));
        QCOMPARE(
            fixture.sql("SELECT actor, result, subject ->> 'serial', subject ->> 'vin_hash', metadata ->> 'reason', "
                        "metadata ->> 'severity', metadata ->> 'notes', trace_id FROM audit WHERE event_type = "
                        "'certificate_revoked'"),
            "admin|success|" + issued.serial.text() + "|" + std::string(issued.vinHash.text()) +
                "|KEY_COMPROMISE|P0|Private key found in GitHub repository|" + support::kTraceId);
        QCOMPARE(fixture.sql("SELECT payload ->> 'serial', payload ->> 'reason' FROM outbox WHERE event_type = "
                             "'certificate_revoked'"),
                 issued.serial.text() + "|KEY_COMPROMISE");
    }

    void manyThreadsRevokeOnce()
    {
        GatewayFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        std::atomic<int> revoked{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                if (fixture.revocation.revoke({.serial = issued.serial,
                                               .reason = RevocationReason::PrivilegeWithdrawn,
                                               .severity = Severity::P1,
                                               .notes = {}},
                                              fixture.admin))
                    ++revoked;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(revoked.load(), 8);
        QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_revoked'"), 1);
        QCOMPARE(fixture.count("outbox WHERE event_type = 'certificate_revoked'"), 1);
    }

    void unknownSerialIsNotFound()
    {
        GatewayFixture fixture;
        const auto missing = fixture.revocation.revoke({.serial = support::valueOf(CertificateSerial::parse("1A:2B")),
                                                        .reason = RevocationReason::KeyCompromise,
                                                        .severity = Severity::P0,
                                                        .notes = {}},
                                                       fixture.admin);
        QCOMPARE(errorType(missing), std::string("serial-unknown"));
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
        QCOMPARE(fixture.count("audit"), 0);
    }

    void holdIsRefused()
    {
        GatewayFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        QCOMPARE(errorType(fixture.revocation.revoke({.serial = issued.serial,
                                                      .reason = RevocationReason::CertificateHold,
                                                      .severity = Severity::P3,
                                                      .notes = {}},
                                                     fixture.admin)),
                 std::string("reason-not-supported"));
        QCOMPARE(fixture.count("certificates WHERE status = 'REVOKED'"), 0);
    }

    void listenersAreWoken()
    {
        GatewayFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto name = QStringLiteral("listener");
        {
            const auto url =
                support::valueOf(store::parseDatabaseUrl(support::postgres().url("v2c_gateway", fixture.database)));
            auto listener = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
            listener.setHostName(QString::fromStdString(url.host));
            listener.setUserName(QString::fromStdString(url.user));
            listener.setDatabaseName(QString::fromStdString(url.database));
            QVERIFY(listener.open());
            QVERIFY(listener.driver()->subscribeToNotification(QStringLiteral("v2c_revocation")));
            QSignalSpy spy(listener.driver(), &QSqlDriver::notification);
            support::valueOf(fixture.revocation.revoke({.serial = issued.serial,
                                                        .reason = RevocationReason::KeyCompromise,
                                                        .severity = Severity::P0,
                                                        .notes = {}},
                                                       fixture.admin));
            QVERIFY(!spy.isEmpty() || spy.wait());
        }
        QSqlDatabase::removeDatabase(name);
    }
};

QTEST_GUILESS_MAIN(RevocationServiceTest)
#include "revocation_service_test.moc"
