#include <set>
#include <thread>

#include <QTest>

#include "gateway_fixture.h"
#include "issuance/signing.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;

namespace {

const Error kInDoubt{ErrorCode::HsmUnavailable, "signer-timeout", "no answer"};

Result<void> down(int)
{
    return tl::unexpected(kInDoubt);
}

/// Makes the server end the session that runs the n-th writing statement from now on.
void armDatabaseFault(const GatewayFixture& fixture, int statement)
{
    fixture.sql(
        "CREATE SEQUENCE IF NOT EXISTS fault; GRANT USAGE ON SEQUENCE fault TO v2c_gateway;"
        "SELECT setval('fault', 1, false);"
        "CREATE OR REPLACE FUNCTION fault_point() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
        "IF nextval('fault') = " +
        std::to_string(statement) +
        " THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); END IF; RETURN NEW; END $$;");
    for (const auto* table : {"certificates", "certificate_requests", "audit", "outbox", "burned_serials"})
        fixture.sql("DROP TRIGGER IF EXISTS fault_point ON " + std::string(table) +
                    "; CREATE TRIGGER fault_point BEFORE INSERT OR UPDATE ON " + table +
                    " FOR EACH ROW EXECUTE FUNCTION fault_point()");
}

} // namespace

/// Exactly once across two issuing CAs (specification note 22), on a real database.
class ReassignmentTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void backupSignsWhenThePrimaryCannot()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        fixture.signer.setFault(down);
        const auto request = fixture.request(1);
        const auto issued = fixture.issuing.issue(request, fixture.station);
        QCOMPARE(errorType(issued), std::string("(none)"));
        verifyOneCertificate(fixture, *issued, fixture.backup);
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_burned certificate_reassigned "
                                               "certificate_issued"));
        // Each serial has its audit rows, and they name each other.
        QCOMPARE(fixture.sql("SELECT count(*) FROM audit b JOIN audit r ON b.metadata ->> 'reassigned_to' = "
                             "r.subject ->> 'serial' AND r.metadata ->> 'instead_of' = b.subject ->> 'serial' JOIN "
                             "burned_serials s ON s.serial = b.subject ->> 'serial' AND s.cause = 'signer-timeout' "
                             "AND b.metadata ->> 'cause' = s.cause"),
                 std::string("1"));

        // The same key gets the same certificate and chain, whoever signs at the moment.
        fixture.signer.setFault({});
        const auto again = support::valueOf(fixture.issuing.issue(request, fixture.station));
        QCOMPARE(again.certificateDer, issued->certificateDer);
        QCOMPARE(again.chainDer, issued->chainDer);
        const auto status = support::valueOf(fixture.issuing.findRequest(request.transaction));
        QCOMPARE(status.certificate->chainDer, issued->chainDer);

        // Known to be down, the primary is not asked for the next request.
        const auto asked = fixture.signer.calls();
        const auto second = support::valueOf(fixture.issuing.issue(fixture.request(2), fixture.station));
        QCOMPARE(fixture.signer.calls(), asked);
        QCOMPARE(second.chainDer.front(), fixture.backup.issuer().certificate.der());
        QCOMPARE(fixture.count("burned_serials"), 1);

        // Fail-back by itself.
        fixture.steadyNow = fixture.steadyNow.load() + IssuerSet::kFirstPause;
        QVERIFY(fixture.issuers.probe(0));
        const auto third = support::valueOf(fixture.issuing.issue(fixture.request(3), fixture.station));
        QCOMPARE(third.chainDer.front(), fixture.signer.issuer().certificate.der());
    }

    void renewalFailsOverToo()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        const auto request = fixture.request(1);
        const auto old = support::valueOf(fixture.issuing.issue(request, fixture.station));
        fixture.signer.setFault(down);
        const SoftwareKey key;
        const Caller vehicle{.kind = Caller::Kind::Vehicle,
                             .name = std::string(old.deviceId.text()),
                             .certificateDer = old.certificateDer,
                             .traceId = support::kTraceId};
        const RenewRequest renewal{.transaction = support::newTransaction(),
                                   .csrDer = key.vehicleCsr(fixture.identityOf(request.vin))};
        const auto renewed = fixture.renewal.renew(renewal, vehicle);
        QCOMPARE(errorType(renewed), std::string("(none)"));
        QCOMPARE(renewed->chainDer.front(), fixture.backup.issuer().certificate.der());
        QCOMPARE(fixture.sql("SELECT replaced_by FROM certificates WHERE serial = '" + old.serial.text() + "'"),
                 renewed->serial.text());
        // A certificate of the backup CA is renewed by whichever CA signs.
        fixture.signer.setFault({});
        fixture.steadyNow = fixture.steadyNow.load() + IssuerSet::kFirstPause;
        QVERIFY(fixture.issuers.probe(0));
        const Caller again{.kind = Caller::Kind::Vehicle,
                           .name = vehicle.name,
                           .certificateDer = renewed->certificateDer,
                           .traceId = support::kTraceId};
        const auto next = fixture.renewal.renew({.transaction = support::newTransaction(),
                                                 .csrDer = SoftwareKey().vehicleCsr(fixture.identityOf(request.vin))},
                                                again);
        QCOMPARE(errorType(next), std::string("(none)"));
        QCOMPARE(next->chainDer.front(), fixture.signer.issuer().certificate.der());
    }

    /// The primary's signature comes after all: it is not stored, and the caller gets the backup's certificate.
    void aLateSignatureIsNeverStored()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        // Another gateway on the same database: its primary is down.
        IssuerSet otherIssuers({{fixture.signer.issuer(), m_broken}, {fixture.backup.issuer(), fixture.backup}});
        IssuingService other(fixture.store, otherIssuers, fixture.signer.profile("vehicle-device"), fixture.secrets,
                             fixture.evidence, {}, fixture.clock());
        const auto request = fixture.request(1);
        std::optional<Result<IssuedCertificate>> fromOther;
        fixture.signer.setFault([&](int) -> Result<void> {
            // This gateway's primary is about to sign; meanwhile the other one reassigns and finishes.
            fromOther = other.issue(request, fixture.station);
            return {};
        });
        const auto issued = fixture.issuing.issue(request, fixture.station);
        QCOMPARE(errorType(issued), std::string("(none)"));
        QCOMPARE(errorType(*fromOther), std::string("(none)"));
        QCOMPARE(issued->certificateDer, (*fromOther)->certificateDer);
        verifyOneCertificate(fixture, *issued, fixture.backup);

        // Nor by force: the database itself refuses the burned serial and a change of anything but an intent.
        const auto forced = fixture.sql(
            "INSERT INTO certificates (issuer, serial, type, subject, issued_at, expires_at, public_key_sha256, "
            "certificate_der, created_by) SELECT issuer, serial, 'station', 'x', now(), now() + interval '1 day', "
            "sha256('x'), 'x', 'x' FROM burned_serials");
        QVERIFY2(forced.find("the serial is burned") != std::string::npos, forced.c_str());
        const auto changed = fixture.sql("UPDATE certificate_requests SET serial = '01'");
        QVERIFY2(changed.find("only an intent whose serial is burned") != std::string::npos, changed.c_str());
    }

    /// Reassigned by another gateway that then died: this one signs with the CA of the stored intent.
    void anIntentOfTheBackupIsFinishedByTheBackup()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        const auto request = fixture.request(1);
        fixture.signer.setFault(down);
        fixture.backup.setFault(down);
        QCOMPARE(errorType(fixture.issuing.issue(request, fixture.station)), std::string("signer-timeout"));
        QCOMPARE(fixture.sql("SELECT state, issuer FROM certificate_requests"),
                 "intent|" + fixture.backup.issuer().certificate.subjectText());
        fixture.signer.setFault({});
        fixture.backup.setFault({});
        IssuerSet afterRestart({{fixture.signer.issuer(), fixture.signer}, {fixture.backup.issuer(), fixture.backup}});
        IssuingService restarted(fixture.store, afterRestart, fixture.signer.profile("vehicle-device"), fixture.secrets,
                                 fixture.evidence, {}, fixture.clock());
        const auto issued = restarted.issue(request, fixture.station);
        QCOMPARE(errorType(issued), std::string("(none)"));
        verifyOneCertificate(fixture, *issued, fixture.backup);
    }

    void bothDownKeepsTheIntent()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        fixture.signer.setFault(down);
        fixture.backup.setFault(down);
        const auto request = fixture.request(1);
        const auto failed = fixture.issuing.issue(request, fixture.station);
        QCOMPARE(errorType(failed), std::string("signer-timeout"));
        QVERIFY(failed.error().retryAfter);
        // Nobody signs: repeats burn no more serials.
        for (int i = 0; i < 3; ++i)
            QVERIFY(!fixture.issuing.issue(request, fixture.station));
        QCOMPARE(fixture.count("burned_serials"), 1);
        fixture.signer.setFault({});
        fixture.backup.setFault({});
        QCOMPARE(errorType(fixture.issuing.issue(request, fixture.station)), std::string("(none)"));
        QCOMPARE(fixture.count("certificates"), 1);
    }

    void aRefusalOfTheSignerIsNoReasonToMove()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::PolicyViolation, "lint", "does not fit"); });
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(1), fixture.station)), std::string("lint"));
        QCOMPARE(fixture.count("burned_serials"), 0);
        QCOMPARE(fixture.backup.calls(), 0);
        // Without the key, though, it cannot have signed.
        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::PolicyViolation, "unknown-key", "no such key"); });
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(2), fixture.station)), std::string("(none)"));
        QCOMPARE(fixture.backup.calls(), 1);
    }

    void theBackupHasItsOwnLimit()
    {
        GatewayFixture fixture({.perIssuerAndHour = 2}, SoftwareKey::Kind::EcP256,
                               GatewayFixture::Authorities::WithBackup);
        fixture.signer.setFault(down);
        QVERIFY(fixture.issuing.issue(fixture.request(1), fixture.station));
        QVERIFY(fixture.issuing.issue(fixture.request(2), fixture.station));
        // Prepared for the primary by a gateway that does not know yet, and full at the backup.
        IssuerSet fresh({{fixture.signer.issuer(), fixture.signer}, {fixture.backup.issuer(), fixture.backup}});
        IssuingService other(fixture.store, fresh, fixture.signer.profile("vehicle-device"), fixture.secrets,
                             fixture.evidence, {.perIssuerAndHour = 2}, fixture.clock());
        const auto request = fixture.request(3);
        const auto limited = other.issue(request, fixture.station);
        QCOMPARE(errorType(limited), std::string("rate-limit-issuer"));
        QVERIFY(limited.error().retryAfter);
        QCOMPARE(fixture.sql("SELECT state FROM certificate_requests WHERE request_key = '" +
                             request.transaction.text() + "'"),
                 std::string("intent"));
        fixture.advance(std::chrono::hours(1));
        QCOMPARE(errorType(other.issue(request, fixture.station)), std::string("(none)"));
    }

    void manyThreadsWithOneRequestAndADyingPrimary()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        fixture.signer.setFault([](int call) { return call % 2 == 0 ? down(call) : Result<void>(); });
        const auto request = fixture.request(1);
        std::vector<Result<IssuedCertificate>> results(16, fail(ErrorCode::Internal, "not-run", ""));
        std::vector<std::thread> threads;
        for (auto& result : results)
            threads.emplace_back([&] { result = fixture.issuing.issue(request, fixture.station); });
        for (auto& thread : threads)
            thread.join();
        std::set<Bytes> certificates;
        for (const auto& result : results) {
            QCOMPARE(errorType(result), std::string("(none)"));
            certificates.insert(result->certificateDer);
        }
        QCOMPARE(certificates.size(), std::size_t{1});
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.count("burned_serials b WHERE NOT EXISTS (SELECT FROM audit WHERE event_type = "
                               "'certificate_burned' AND subject ->> 'serial' = b.serial)"),
                 0);
    }

    /// The database connection dies at each statement in turn; a repeat always ends with one certificate.
    void eachStatementMayBeTheLast()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        constexpr int kMoreThanAll = 11;
        for (int statement = 1; statement <= kMoreThanAll; ++statement) {
            IssuerSet fresh({{fixture.signer.issuer(), fixture.signer}, {fixture.backup.issuer(), fixture.backup}});
            IssuingService service(fixture.store, fresh, fixture.signer.profile("vehicle-device"), fixture.secrets,
                                   fixture.evidence, {}, fixture.clock());
            fixture.signer.setFault(down);
            const auto request = fixture.request(statement);
            armDatabaseFault(fixture, statement);
            auto issued = service.issue(request, fixture.station);
            if (!issued) issued = service.issue(request, fixture.station);
            QCOMPARE(errorType(issued), std::string("(none)"));
            QCOMPARE(fixture.count("certificates"), statement);
            QCOMPARE(fixture.count("burned_serials"), statement);
            QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_burned'"), statement);
            QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_reassigned'"), statement);
            QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_issued'"), statement);
        }
    }

    void revocationFindsEitherIssuer()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::EcP256, GatewayFixture::Authorities::WithBackup);
        const auto first = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        fixture.signer.setFault(down);
        const auto second = support::valueOf(fixture.issuing.issue(fixture.request(2), fixture.station));
        for (const auto& issued : {first, second})
            QVERIFY(fixture.revocation.revoke({.serial = issued.serial,
                                               .reason = RevocationReason::KeyCompromise,
                                               .severity = Severity::P0,
                                               .notes = {}},
                                              fixture.admin));
        QCOMPARE(fixture.sql("SELECT count(DISTINCT issuer) FROM certificates WHERE status = 'REVOKED'"),
                 std::string("2"));
    }

private:
    static void verifyOneCertificate(const GatewayFixture& fixture, const IssuedCertificate& issued,
                                     const support::SoftwareSigner& signedBy)
    {
        QCOMPARE(issued.chainDer.front(), signedBy.issuer().certificate.der());
        const auto certificate = support::valueOf(pki::Certificate::parseDer(issued.certificateDer));
        QCOMPARE(certificate.issuerText(), signedBy.issuer().certificate.subjectText());
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.sql("SELECT state, issuer, serial FROM certificate_requests"),
                 "issued|" + certificate.issuerText() + "|" + issued.serial.text());
        QCOMPARE(fixture.count("burned_serials b JOIN certificates c ON c.serial = b.serial"), 0);
        QCOMPARE(fixture.count("burned_serials"), 1);
    }

    class Broken final : public Signer
    {
    public:
        Result<Bytes> sign(const SignRequest&) override { return tl::unexpected(kInDoubt); }
        Result<void> checkHealth() override { return tl::unexpected(kInDoubt); }
    } m_broken;
};

QTEST_GUILESS_MAIN(ReassignmentTest)
#include "reassignment_test.moc"
