#include <set>
#include <thread>

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "gateway_fixture.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;
using support::vinNumber;

namespace {

constexpr int kThreads = 16;

/// Runs the work in threads that begin together.
template <typename Work>
void inThreads(int number, Work work)
{
    std::atomic<int> waiting{number};
    std::vector<std::thread> threads;
    for (int i = 0; i < number; ++i)
        threads.emplace_back([&, i] {
            --waiting;
            while (waiting > 0)
                std::this_thread::yield();
            work(i);
        });
    for (auto& thread : threads)
        thread.join();
}

/// Makes the server end the session that runs the n-th writing statement; 0 for none. A sequence, because its count
/// survives the rollback.
void armDatabaseFault(const GatewayFixture& fixture, int statement)
{
    fixture.sql(
        "CREATE SEQUENCE IF NOT EXISTS fault; GRANT USAGE ON SEQUENCE fault TO v2c_gateway;"
        "SELECT setval('fault', 1, false);"
        "CREATE OR REPLACE FUNCTION fault_point() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
        "IF nextval('fault') = " +
        std::to_string(statement) +
        " THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); END IF; RETURN NEW; END $$;");
    for (const auto* table : {"certificates", "certificate_requests", "audit", "outbox"})
        fixture.sql("DROP TRIGGER IF EXISTS fault_point ON " + std::string(table) +
                    "; CREATE TRIGGER fault_point BEFORE INSERT OR UPDATE ON " + table +
                    " FOR EACH ROW EXECUTE FUNCTION fault_point()");
}

struct Died
{
};

} // namespace

class IssuingServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void evidenceIsAskedBeforeAnythingIsStored()
    {
        GatewayFixture fixture;
        fixture.evidence.error = Error{ErrorCode::PolicyViolation, "evidence-key-soft", "not made in a TPM"};
        const auto request = fixture.request(1);
        const auto refused = fixture.issuing.issue(request, fixture.station);
        QCOMPARE(errorType(refused), std::string("evidence-key-soft"));
        QCOMPARE(fixture.count("certificate_requests"), 0);
        QCOMPARE(fixture.events(), std::string("certificate_refused"));
        QCOMPARE(fixture.sql("SELECT metadata->>'cause' FROM audit"), std::string("evidence-key-soft"));

        // A bundle past its end is our trouble: the unit is not recorded as refused.
        fixture.evidence.error = Error{ErrorCode::StoreUnavailable, "evidence-bundle-expired", "the CRL has ended"};
        QCOMPARE(errorType(fixture.issuing.issue(request, fixture.station)), std::string("evidence-bundle-expired"));
        QCOMPARE(fixture.count("audit"), 1);

        fixture.evidence.error.reset();
        QVERIFY(fixture.issuing.issue(request, fixture.station).has_value());
        QCOMPARE(fixture.sql("SELECT metadata->>'evidence' FROM audit WHERE event_type = 'certificate_intent'"),
                 std::string("missing"));
    }

    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void issuesStoresAndAudits()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::Rsa2048);
        const auto request = fixture.request(1);
        const auto issued = fixture.issuing.issue(request, fixture.station);
        QCOMPARE(errorType(issued), std::string("(none)"));
        const auto identity = fixture.identityOf(request.vin);
        QCOMPARE(issued->deviceId, identity.deviceId);
        QCOMPARE(issued->vinHash, identity.vinHash);
        QCOMPARE(issued->chainDer.size(), std::size_t{1});
        const auto certificate = support::valueOf(pki::Certificate::parseDer(issued->certificateDer));
        QCOMPARE(certificate.subjectCommonName(), std::string(identity.deviceId.text()));
        QCOMPARE(certificate.serial(), issued->serial);

        QCOMPARE(fixture.sql("SELECT serial, device_id, vin_hash, type, status, provisioned, revoked_at, reason, "
                             "replaced_by, created_by, encode(certificate_der, 'hex') FROM certificates"),
                 issued->serial.text() + "|" + std::string(identity.deviceId.text()) + "|" +
                     std::string(identity.vinHash.text()) + "|vehicle|ACTIVE|f||||station-01|" +
                     toLowerHex(issued->certificateDer));
        QCOMPARE(fixture.sql("SELECT state, encode(csr_sha256, 'hex') <> '' FROM certificate_requests"),
                 std::string("issued|t"));
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued"));
        QCOMPARE(fixture.count("outbox WHERE event_type = 'certificate_issued' AND payload ->> 'serial' = '" +
                               issued->serial.text() + "'"),
                 1);
    }

    // The specification's "Required Log Fields", each with the name and form it has there.
    void auditRowHasTheRequiredLogFields()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::Rsa2048);
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto row = QJsonDocument::fromJson(
                             QByteArray::fromStdString(fixture.sql(
                                 "SELECT row_to_json(audit) FROM audit WHERE event_type = 'certificate_issued'")))
                             .object();
        QCOMPARE(row[QStringLiteral("actor")].toString(), QStringLiteral("station-01"));
        QCOMPARE(row[QStringLiteral("result")].toString(), QStringLiteral("success"));
        QCOMPARE(row[QStringLiteral("trace_id")].toString(), QString::fromStdString(support::kTraceId));
        QVERIFY(row[QStringLiteral("timestamp")].toString().startsWith(QStringLiteral("2026-09-21T")));
        const auto subject = row[QStringLiteral("subject")].toObject();
        QCOMPARE(subject.keys(),
                 QStringList({QStringLiteral("device_id"), QStringLiteral("serial"), QStringLiteral("vin_hash")}));
        QCOMPARE(subject[QStringLiteral("serial")].toString().toStdString(), issued.serial.text());
        const auto metadata = row[QStringLiteral("metadata")].toObject();
        QCOMPARE(metadata[QStringLiteral("validity")].toString(), QStringLiteral("365 days"));
        QCOMPARE(metadata[QStringLiteral("issuer")].toString(), QStringLiteral("Device Issuing CA"));
        QCOMPARE(metadata[QStringLiteral("key_algorithm")].toString(), QStringLiteral("ECC P-256"));
    }

    void repeatReturnsTheSameCertificate()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        const auto first = support::valueOf(fixture.issuing.issue(request, fixture.station));
        const auto signatures = fixture.signer.calls();
        fixture.advance(std::chrono::days(3));
        const auto second = support::valueOf(fixture.issuing.issue(request, fixture.station));
        QCOMPARE(second.certificateDer, first.certificateDer);
        QCOMPARE(fixture.signer.calls(), signatures);
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.count("audit"), 2);
        const auto status = support::valueOf(fixture.issuing.findRequest(request.transaction));
        QCOMPARE(status.state, RequestStatus::State::Issued);
        QCOMPARE(status.certificate->certificateDer, first.certificateDer);
    }

    void sameKeyWithAnotherRequestIsAConflict()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        support::valueOf(fixture.issuing.issue(request, fixture.station));
        auto otherCsr = fixture.request(1);
        otherCsr.transaction = request.transaction;
        QCOMPARE(errorType(fixture.issuing.issue(otherCsr, fixture.station)), std::string("idempotency-conflict"));
        auto otherVehicle = fixture.request(2);
        otherVehicle.transaction = request.transaction;
        QCOMPARE(errorType(fixture.issuing.issue(otherVehicle, fixture.station)), std::string("idempotency-conflict"));
        auto otherUnit = request;
        otherUnit.tcuSerial = "TCU-other";
        QCOMPARE(errorType(fixture.issuing.issue(otherUnit, fixture.station)), std::string("idempotency-conflict"));
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.count("certificate_requests"), 1);
    }

    void unknownRequestIsNotFound()
    {
        GatewayFixture fixture;
        QCOMPARE(errorType(fixture.issuing.findRequest(support::newTransaction())), std::string("request-unknown"));
    }

    void manyThreadsWithOneRequestGetOneCertificate()
    {
        // P-256: each signature differs, so that only the first stored one may go out.
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        std::vector<Result<IssuedCertificate>> results(kThreads, fail(ErrorCode::Internal, "not-run", ""));
        inThreads(kThreads, [&](int i) {
            results[static_cast<std::size_t>(i)] = fixture.issuing.issue(request, fixture.station);
        });
        std::set<Bytes> certificates;
        for (const auto& result : results) {
            QCOMPARE(errorType(result), std::string("(none)"));
            certificates.insert(result->certificateDer);
        }
        QCOMPARE(certificates.size(), std::size_t{1});
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued"));
        QCOMPARE(fixture.count("outbox"), 1);
    }

    void manyRequestsForOneUnitGetOneCertificate()
    {
        GatewayFixture fixture;
        std::vector<IssueRequest> requests;
        for (int i = 0; i < kThreads; ++i)
            requests.push_back(fixture.request(vinNumber(i), "TCU-1", SoftwareKey()));
        std::atomic<int> issued{0};
        std::atomic<int> limited{0};
        inThreads(kThreads, [&](int i) {
            const auto result = fixture.issuing.issue(requests[static_cast<std::size_t>(i)], fixture.station);
            if (result) ++issued;
            if (errorType(result) == "rate-limit-tcu") ++limited;
        });
        QCOMPARE(issued.load(), 1);
        QCOMPARE(limited.load(), kThreads - 1);
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.count("certificate_requests"), 1);
    }

    void manyUnitsForOneVehicleGetOneLiveCertificate()
    {
        GatewayFixture fixture;
        std::vector<IssueRequest> requests;
        for (int i = 0; i < kThreads; ++i)
            requests.push_back(fixture.request(vinNumber(1), "TCU-" + std::to_string(i), SoftwareKey()));
        std::atomic<int> issued{0};
        std::atomic<int> refused{0};
        inThreads(kThreads, [&](int i) {
            const auto result = fixture.issuing.issue(requests[static_cast<std::size_t>(i)], fixture.station);
            if (result) ++issued;
            if (errorType(result) == "already-provisioned") ++refused;
        });
        QCOMPARE(issued.load(), 1);
        QCOMPARE(refused.load(), kThreads - 1);
        QCOMPARE(fixture.count("certificates"), 1);
        // Those that were past their intent when the winner was stored are burned, none is in doubt.
        QCOMPARE(fixture.count("certificate_requests WHERE state = 'intent'"), 0);
        QCOMPARE(fixture.count("certificate_requests WHERE state = 'burned'"),
                 fixture.count("audit WHERE event_type = 'certificate_burned'"));
    }

    void manyRequestsWithOneKeyGetOneCertificate()
    {
        GatewayFixture fixture;
        const SoftwareKey key;
        std::vector<IssueRequest> requests;
        for (int i = 0; i < kThreads; ++i)
            requests.push_back(fixture.request(vinNumber(i), "TCU-" + std::to_string(i), key));
        std::atomic<int> issued{0};
        std::atomic<int> refused{0};
        inThreads(kThreads, [&](int i) {
            const auto result = fixture.issuing.issue(requests[static_cast<std::size_t>(i)], fixture.station);
            if (result) ++issued;
            if (errorType(result) == "key-quarantined") ++refused;
        });
        QCOMPARE(issued.load(), 1);
        QCOMPARE(refused.load(), kThreads - 1);
    }

    void requestWhoseVehicleGotAnotherCertificateIsBurned()
    {
        GatewayFixture fixture;
        const auto slow = fixture.request(vinNumber(1), "TCU-1", SoftwareKey());
        const auto quick = fixture.request(vinNumber(1), "TCU-2", SoftwareKey());
        // The second request overtakes the first while the HSM is at it.
        fixture.signer.setFault([&](int call) -> Result<void> {
            if (call == 1) support::valueOf(fixture.issuing.issue(quick, fixture.station));
            return {};
        });
        QCOMPARE(errorType(fixture.issuing.issue(slow, fixture.station)), std::string("already-provisioned"));
        QCOMPARE(fixture.sql("SELECT tcu_serial, state FROM certificate_requests ORDER BY 1"),
                 std::string("TCU-1|burned\nTCU-2|issued"));
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(errorType(fixture.issuing.issue(slow, fixture.station)), std::string("request-burned"));
        QCOMPARE(errorType(fixture.issuing.findRequest(slow.transaction)), std::string("request-burned"));
    }

    void signerAwayLeavesAnIntentThatTheRepeatTakesUp()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        fixture.signer.setFault([](int call) -> Result<void> {
            if (call <= 2) return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer");
            return {};
        });
        for (int i = 0; i < 2; ++i) {
            const auto away = fixture.issuing.issue(request, fixture.station);
            QCOMPARE(errorType(away), std::string("signer-unreachable"));
            QCOMPARE(away.error().code, ErrorCode::HsmUnavailable);
            QVERIFY(away.error().retryAfter.has_value());
        }
        QCOMPARE(support::valueOf(fixture.issuing.findRequest(request.transaction)).state,
                 RequestStatus::State::Intent);
        const auto reserved = fixture.sql("SELECT serial FROM certificate_requests");
        const auto issued = support::valueOf(fixture.issuing.issue(request, fixture.station));
        QCOMPARE(issued.serial.text(), reserved);
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued"));
    }

    // A gateway that dies between its transactions leaves nothing in doubt: RSA PKCS#1 v1.5 gives the same certificate
    // bit for bit, whoever signs.
    void gatewayDyingWhileSigningIsTakenUpByAnother()
    {
        GatewayFixture fixture({}, SoftwareKey::Kind::Rsa2048);
        const auto request = fixture.request(1);
        for (int death = 0; death < 3; ++death) {
            fixture.signer.setFault([](int) -> Result<void> { throw Died(); });
            bool died = false;
            try {
                std::ignore = fixture.issuing.issue(request, fixture.station);
            } catch (const Died&) {
                died = true;
            }
            QVERIFY(died);
        }
        fixture.signer.setFault({});
        const auto issued = support::valueOf(fixture.issuing.issue(request, fixture.station));
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(issued.serial.text(), fixture.sql("SELECT serial FROM certificate_requests"));
    }

    void connectionLostAtAnyStatementIsRepaired()
    {
        GatewayFixture fixture;
        int statement = 1;
        for (;; ++statement) {
            QVERIFY2(statement < 40, "the run never got through");
            armDatabaseFault(fixture, statement);
            const auto before = fixture.count("audit");
            const auto request = fixture.request(statement);
            const auto issued = fixture.issuing.issue(request, fixture.station);
            QCOMPARE(errorType(issued), std::string("(none)"));
            const ProvisionedReport report{
                .serial = issued->serial, .transaction = request.transaction, .provisionedAt = GatewayFixture::kStart};
            QCOMPARE(errorType(fixture.issuing.recordProvisioned(report, fixture.station)), std::string("(none)"));
            QCOMPARE(fixture.count("certificates WHERE provisioned"), statement);
            QCOMPARE(fixture.count("audit") - before, 3);
            QCOMPARE(fixture.count("outbox"), statement);
            if (std::stoi(fixture.sql("SELECT last_value FROM fault")) < statement) break;
        }
        // intent: request, audit; issued: certificate, request, audit, event; provisioned: certificate, audit
        QVERIFY2(statement >= 9, qPrintable(QString::number(statement)));
    }

    void connectionLostBetweenTheTransactionsIsReopened()
    {
        GatewayFixture fixture;
        int ended = 0;
        fixture.signer.setFault([&](int) -> Result<void> {
            ended += support::postgres().terminateConnections(fixture.database);
            return {};
        });
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(1), fixture.station)), std::string("(none)"));
        QCOMPARE(ended, 1);
        QCOMPARE(fixture.count("certificates"), 1);
    }

    void databaseAwayIsAClearErrorAndComesBack()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        support::postgres().stop();
        const auto away = fixture.issuing.issue(request, fixture.station);
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QCOMPARE(away.has_value(), false);
        QCOMPARE(away.error().code, ErrorCode::StoreUnavailable);
        QVERIFY(away.error().retryAfter.has_value());
        QCOMPARE(errorType(fixture.issuing.issue(request, fixture.station)), std::string("(none)"));
    }

    void oneCertificatePerUnitAndDay()
    {
        GatewayFixture fixture;
        support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));
        fixture.advance(std::chrono::hours(23));
        const auto second = fixture.request(vinNumber(2), "TCU-1", SoftwareKey());
        const auto limited = fixture.issuing.issue(second, fixture.station);
        QCOMPARE(errorType(limited), std::string("rate-limit-tcu"));
        QCOMPARE(limited.error().code, ErrorCode::RateLimited);
        QCOMPARE(*limited.error().retryAfter, std::chrono::seconds(3600));
        QVERIFY(limited.error().detail.find("unit TCU-1 was issued a certificate at 2026-09-21T14:13:20Z") == 0);
        fixture.advance(std::chrono::hours(1));
        QCOMPARE(errorType(fixture.issuing.issue(second, fixture.station)), std::string("(none)"));
        QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_refused' AND metadata ->> 'cause' = "
                               "'rate-limit-tcu'"),
                 1);
    }

    void intentThatWasNeverIssuedCountsForTheUnit()
    {
        GatewayFixture fixture;
        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer"); });
        QVERIFY(!fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));
        QCOMPARE(
            errorType(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station)),
            std::string("rate-limit-tcu"));
    }

    void issuerLimitHoldsAcrossThreads()
    {
        GatewayFixture fixture({.perUnit = std::chrono::hours(24), .perIssuerAndHour = 5});
        std::vector<IssueRequest> requests;
        for (int i = 0; i < kThreads; ++i)
            requests.push_back(fixture.request(i));
        std::atomic<int> issued{0};
        std::atomic<int> limited{0};
        inThreads(kThreads, [&](int i) {
            const auto result = fixture.issuing.issue(requests[static_cast<std::size_t>(i)], fixture.station);
            if (result) ++issued;
            if (errorType(result) == "rate-limit-issuer" && result.error().retryAfter == std::chrono::hours(1))
                ++limited;
        });
        QCOMPARE(issued.load(), 5);
        QCOMPARE(limited.load(), kThreads - 5);
        fixture.advance(std::chrono::hours(1));
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(99), fixture.station)), std::string("(none)"));
    }

    void deviceWithALiveCertificateGetsNoSecond()
    {
        GatewayFixture fixture;
        support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));
        QCOMPARE(
            errorType(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-2", SoftwareKey()), fixture.station)),
            std::string("already-provisioned"));
        // An expired one is not live.
        fixture.advance(std::chrono::days(366));
        QCOMPARE(
            errorType(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-2", SoftwareKey()), fixture.station)),
            std::string("(none)"));
        QCOMPARE(fixture.sql("SELECT status FROM certificates ORDER BY issued_at"), std::string("EXPIRED\nACTIVE"));
    }

    void keyIsCertifiedOnce()
    {
        GatewayFixture fixture;
        const SoftwareKey key;
        support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", key), fixture.station));
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(vinNumber(2), "TCU-2", key), fixture.station)),
                 std::string("key-quarantined"));
        fixture.advance(std::chrono::hours(25));
        const SoftwareKey second;
        support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(3), "TCU-3", second), fixture.station));
        fixture.advance(std::chrono::hours(25));
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(vinNumber(3), "TCU-3", second), fixture.station)),
                 std::string("duplicate-key"));
    }

    void refusal_data()
    {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<QString>("type");
        QTest::newRow("empty CSR") << QStringLiteral("empty") << QStringLiteral("csr-malformed");
        QTest::newRow("trailing byte") << QStringLiteral("trailing") << QStringLiteral("csr-malformed");
        QTest::newRow("P-384 key") << QStringLiteral("p384") << QStringLiteral("csr-key-not-p256");
        QTest::newRow("RSA key") << QStringLiteral("rsa") << QStringLiteral("csr-key-not-p256");
        QTest::newRow("broken signature") << QStringLiteral("signature") << QStringLiteral("csr-signature");
        QTest::newRow("another vehicle's name") << QStringLiteral("subject") << QStringLiteral("csr-subject");
        QTest::newRow("no unit serial") << QStringLiteral("no-tcu") << QStringLiteral("tcu-serial");
        QTest::newRow("unit serial of 65") << QStringLiteral("long-tcu") << QStringLiteral("tcu-serial");
        QTest::newRow("unit serial with NUL") << QStringLiteral("nul-tcu") << QStringLiteral("tcu-serial");
        QTest::newRow("unit serial is a VIN") << QStringLiteral("vin-tcu") << QStringLiteral("tcu-serial");
    }

    void refusal()
    {
        QFETCH(const QString, fault);
        QFETCH(const QString, type);
        GatewayFixture fixture;
        auto request = fixture.request(1);
        const auto identity = fixture.identityOf(request.vin);
        if (fault == QStringLiteral("empty")) request.csrDer.clear();
        if (fault == QStringLiteral("trailing")) request.csrDer.push_back(0);
        if (fault == QStringLiteral("p384"))
            request.csrDer = SoftwareKey(SoftwareKey::Kind::EcP384).vehicleCsr(identity);
        if (fault == QStringLiteral("rsa"))
            request.csrDer = SoftwareKey(SoftwareKey::Kind::Rsa2048).vehicleCsr(identity);
        if (fault == QStringLiteral("signature")) request.csrDer.back() ^= 1U;
        if (fault == QStringLiteral("subject")) request.csrDer = fixture.request(2).csrDer;
        if (fault == QStringLiteral("no-tcu")) request.tcuSerial.clear();
        if (fault == QStringLiteral("long-tcu")) request.tcuSerial.assign(65, 'x');
        if (fault == QStringLiteral("nul-tcu")) request.tcuSerial.assign(3, '\0');
        if (fault == QStringLiteral("vin-tcu")) request.tcuSerial = request.vin.text();

        QCOMPARE(QString::fromStdString(errorType(fixture.issuing.issue(request, fixture.station))), type);
        QCOMPARE(fixture.signer.calls(), 0);
        QCOMPARE(fixture.count("certificates"), 0);
        QCOMPARE(fixture.count("certificate_requests"), 0);
        QCOMPARE(fixture.count("outbox"), 0);
        QCOMPARE(fixture.sql("SELECT event_type, result, metadata ->> 'cause', subject ->> 'device_id' FROM audit"),
                 "certificate_refused|failure|" + type.toStdString() + "|" + std::string(identity.deviceId.text()));
    }

    void provisionedIsRecordedOnce()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        const auto issued = support::valueOf(fixture.issuing.issue(request, fixture.station));
        const ProvisionedReport report{.serial = issued.serial,
                                       .transaction = request.transaction,
                                       .provisionedAt = GatewayFixture::kStart + std::chrono::seconds(30)};
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(errorType(fixture.issuing.recordProvisioned(report, fixture.station)), std::string("(none)"));
            fixture.advance(std::chrono::hours(1));
        }
        QCOMPARE(fixture.sql("SELECT provisioned, extract(epoch FROM provisioned_at)::bigint FROM certificates"),
                 "t|" + std::to_string(report.provisionedAt.time_since_epoch().count()));
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued certificate_provisioned"));
        QCOMPARE(fixture.sql("SELECT subject ->> 'device_id' FROM audit WHERE event_type = 'certificate_provisioned'"),
                 std::string(issued.deviceId.text()));

        auto unknown = report;
        unknown.transaction = support::newTransaction();
        QCOMPARE(errorType(fixture.issuing.recordProvisioned(unknown, fixture.station)),
                 std::string("request-unknown"));
        auto other = report;
        other.serial = support::valueOf(CertificateSerial::parse("01:02"));
        QCOMPARE(errorType(fixture.issuing.recordProvisioned(other, fixture.station)), std::string("serial-mismatch"));
    }

    void rejectedUnitIsRevokedAndReplaced()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        const auto issued = support::valueOf(fixture.issuing.issue(request, fixture.station));
        const RejectedReport report{.serial = issued.serial,
                                    .transaction = request.transaction,
                                    .cause = "read-back differs for WVXTC2E41SA000001"};
        const auto first = support::valueOf(fixture.issuing.recordRejected(report, fixture.station));
        fixture.advance(std::chrono::hours(1));
        const auto second = support::valueOf(fixture.issuing.recordRejected(report, fixture.station));
        QCOMPARE(second.revokedAt, first.revokedAt);
        QCOMPARE(first.reason, RevocationReason::CessationOfOperation);
        QCOMPARE(fixture.sql("SELECT status, reason FROM certificates"), std::string("REVOKED|CESSATION_OF_OPERATION"));
        QCOMPARE(fixture.events(),
                 std::string("certificate_intent certificate_issued certificate_rejected certificate_revoked"));
        QCOMPARE(fixture.sql("SELECT metadata ->> 'cause' FROM audit WHERE event_type = 'certificate_rejected'"),
                 std::string("read-back differs for ***********000001"));
        QCOMPARE(fixture.count("outbox WHERE event_type = 'certificate_revoked'"), 1);
        const ProvisionedReport late{
            .serial = issued.serial, .transaction = request.transaction, .provisionedAt = GatewayFixture::kStart};
        QCOMPARE(errorType(fixture.issuing.recordProvisioned(late, fixture.station)),
                 std::string("certificate-revoked"));

        // The replacement keeps the vehicle's device_id.
        const auto replacement = support::valueOf(
            fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-2", SoftwareKey()), fixture.station));
        QCOMPARE(replacement.deviceId, issued.deviceId);
        QCOMPARE(fixture.count("certificates WHERE status = 'ACTIVE'"), 1);
    }

    void noVinInTheDatabase()
    {
        GatewayFixture fixture;
        const auto request = fixture.request(1);
        const auto issued = support::valueOf(fixture.issuing.issue(request, fixture.station));
        auto wrong = fixture.request(2);
        wrong.csrDer = request.csrDer;
        QVERIFY(!fixture.issuing.issue(wrong, fixture.station));
        support::valueOf(fixture.issuing.recordRejected({.serial = issued.serial,
                                                         .transaction = request.transaction,
                                                         .cause = std::string(request.vin.text()) + " failed"},
                                                        fixture.station));
        const auto dump = postgresDump(fixture);
        QVERIFY(dump.contains(issued.serial.text().c_str()));
        for (const auto& vin : {request.vin, wrong.vin}) {
            const std::string text(vin.text());
            QVERIFY(!dump.contains(text.c_str()));
            QVERIFY(!dump.contains(toLowerHex(asBytes(text)).c_str()));
        }
    }

private:
    static QByteArray postgresDump(const GatewayFixture& fixture) { return support::postgres().dump(fixture.database); }
};

QTEST_GUILESS_MAIN(IssuingServiceTest)
#include "issuing_service_test.moc"
