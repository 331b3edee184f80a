#include <thread>

#include <QTemporaryFile>
#include <QTest>

#include "gateway_fixture.h"
#include "pki/prepared_certificate.h"
#include "pki/public_key.h"
#include "store/certificate_registry.h"
#include "store/quarantine_store.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;
using support::vinNumber;

namespace {

const IntentLimits kLimits{.perUnit = std::chrono::hours(24), .perIssuerAndHour = 1000};

/// A technician certified by the fixture's CA, registered unless asked otherwise.
struct Technician
{
    SoftwareKey key;
    pki::Certificate certificate;

    Technician(GatewayFixture& fixture, const std::string& name, const std::string& type = "technician")
        : certificate(make(fixture, name, key))
    {
        store::CertificateRegistry registry(fixture.connection);
        if (!type.empty()) support::valueOf(registry.import(certificate, type, fixture.admin, fixture.clock()()));
    }

    static pki::Certificate make(GatewayFixture& fixture, const std::string& name, const SoftwareKey& key)
    {
        const auto& issuer = fixture.signer.issuer();
        const auto serial = support::valueOf(CertificateSerial::random(fillFromSystemRandom));
        auto prepared =
            support::valueOf(pki::prepareCertificate(fixture.signer.profile("technician"), {{"technician", name}},
                                                     key.publicKeyDer(), issuer, serial, fixture.clock()()));
        const auto signature = support::valueOf(
            fixture.signer.sign({.kind = SignRequest::Kind::Certificate,
                                 .keyLabel = prepared.keyLabel(),
                                 .profile = "technician",
                                 .tbsDer = Bytes(prepared.tbsDer().begin(), prepared.tbsDer().end())}));
        return support::valueOf(pki::completeCertificate(std::move(prepared), signature, issuer.certificate));
    }

    IssuingOverride::Signature sign(const OverrideStatement& statement) const
    {
        return {certificate.der(), key.sign(canonicalBytes(statement))};
    }
};

} // namespace

/// Limits by EK, unit swaps, overrides, quarantine, keys that may not be certified, and two gateways on one database.
class IssuingRulesTest : public QObject
{
    Q_OBJECT

private:
    /// Transaction 1 for a unit with TPM evidence, without the service in front.
    static Result<StoredRequest> beginWithEk(GatewayFixture& fixture, int vehicle, const std::string& unit,
                                             const std::string& ek)
    {
        const auto identity = fixture.identityOf(vinNumber(vehicle));
        const auto transaction = support::newTransaction();
        const auto serial = support::valueOf(CertificateSerial::random(fillFromSystemRandom));
        auto audit = makeAuditEvent("certificate_intent", fixture.station, fixture.clock()());
        audit.serial = serial;
        return fixture.store.begin({.transaction = transaction,
                                    .requestedBy = "station-01",
                                    .tcuSerial = unit,
                                    .ekSha256 = ek.empty() ? Bytes() : pki::sha256(asBytes(ek)),
                                    .csrSha256 = pki::sha256(asBytes(serial.text())),
                                    .publicKeySha256 = pki::sha256(asBytes("key" + serial.text())),
                                    .deviceId = identity.deviceId,
                                    .vinHash = identity.vinHash,
                                    .issuer = "CN = CA",
                                    .serial = serial,
                                    .profile = "vehicle-device",
                                    .tbsDer = Bytes(64, 0x30),
                                    .replaces = {},
                                    .replacesIssuer = {},
                                    .requestedAt = fixture.clock()()},
                                   kLimits, audit);
    }

    static CertificateRecord completeIt(GatewayFixture& fixture, const StoredRequest& stored)
    {
        const auto& intent = stored.intent;
        auto audit = makeAuditEvent("certificate_issued", fixture.station, fixture.clock()());
        audit.serial = intent.serial;
        return support::valueOf(fixture.store.complete(intent.transaction,
                                                       {.issuer = intent.issuer,
                                                        .serial = intent.serial,
                                                        .type = "vehicle",
                                                        .subject = "CN = x",
                                                        .deviceId = intent.deviceId,
                                                        .vinHash = intent.vinHash,
                                                        .issuedAt = fixture.clock()(),
                                                        .expiresAt = fixture.clock()() + std::chrono::days(365),
                                                        .provisionedAt = {},
                                                        .revokedAt = {},
                                                        .reason = {},
                                                        .replacedBy = {},
                                                        .replacedAt = {},
                                                        .publicKeySha256 = intent.publicKeySha256,
                                                        .der = intent.tbsDer,
                                                        .request = intent.transaction,
                                                        .createdBy = "station-01"},
                                                       audit));
    }

    static void revoke(GatewayFixture& fixture, const CertificateSerial& serial)
    {
        support::valueOf(fixture.revocation.revoke(
            {.serial = serial, .reason = RevocationReason::CessationOfOperation, .severity = Severity::P3, .notes = {}},
            fixture.admin));
    }

    static IssueRequest swapRequest(GatewayFixture& fixture, int vehicle, const std::string& unit,
                                    const CertificateSerial& old)
    {
        auto request = fixture.request(vinNumber(vehicle), unit, SoftwareKey());
        request.replacesUnit = UnitSwap{old, "defective modem"};
        return request;
    }

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void sameEkWithinADayIsLimited()
    {
        GatewayFixture fixture;
        QVERIFY(beginWithEk(fixture, 1, "TCU-1", "ek-1"));
        // The same vehicle and unit: nothing suspicious, just too early.
        QCOMPARE(errorType(beginWithEk(fixture, 1, "TCU-1", "ek-1")), std::string("rate-limit-tcu"));
        QCOMPARE(errorType(beginWithEk(fixture, 1, "TCU-1", "ek-other")), std::string("rate-limit-tcu"));
        QCOMPARE(errorType(beginWithEk(fixture, 2, "TCU-2", "ek-2")), std::string("(none)"));
    }

    void ekInTwoUnitsGoesToQuarantine()
    {
        GatewayFixture fixture;
        const auto first = completeIt(fixture, support::valueOf(beginWithEk(fixture, 1, "TCU-1", "ek-1")));
        const auto clone = beginWithEk(fixture, 2, "TCU-2", "ek-1");
        QCOMPARE(errorType(clone), std::string("ek-quarantined"));
        QCOMPARE(fixture.sql("SELECT kind, first_tcu_serial, first_serial, second_tcu_serial FROM quarantine"),
                 "ek|TCU-1|" + first.serial.text() + "|TCU-2");
        QCOMPARE(fixture.count("audit WHERE event_type = 'ek_quarantined'"), 1);
        // Now nobody gets anything with it, the first owner neither.
        fixture.advance(std::chrono::hours(25));
        revoke(fixture, first.serial);
        QCOMPARE(errorType(beginWithEk(fixture, 1, "TCU-1", "ek-1")), std::string("ek-quarantined"));
        QCOMPARE(errorType(beginWithEk(fixture, 3, "TCU-3", "ek-1")), std::string("ek-quarantined"));
        QCOMPARE(fixture.count("quarantine"), 1);

        store::QuarantineStore asGateway(fixture.connection);
        QCOMPARE(errorType(asGateway.release(1, "checked", fixture.admin, fixture.clock()())),
                 std::string("store-error"));
        store::Database owner(
            support::valueOf(store::parseDatabaseUrl(support::postgres().url("v2c_owner", fixture.database))));
        store::QuarantineStore quarantine(owner);
        QCOMPARE(support::valueOf(quarantine.list(false)).size(), std::size_t{1});
        QCOMPARE(errorType(quarantine.release(1, "  ", fixture.admin, fixture.clock()())),
                 std::string("release-reason"));
        QCOMPARE(errorType(quarantine.release(99, "x", fixture.admin, fixture.clock()())),
                 std::string("quarantine-unknown"));
        QCOMPARE(support::valueOf(quarantine.release(1, "label was misprinted", fixture.admin, fixture.clock()())),
                 true);
        QCOMPARE(support::valueOf(quarantine.release(1, "again", fixture.admin, fixture.clock()())), false);
        QCOMPARE(support::valueOf(quarantine.list(false)).size(), std::size_t{0});
        QCOMPARE(support::valueOf(quarantine.list(true)).size(), std::size_t{1});
        QCOMPARE(fixture.count("audit WHERE event_type = 'ek_released'"), 1);
        QCOMPARE(errorType(beginWithEk(fixture, 2, "TCU-2", "ek-1")), std::string("(none)"));
    }

    void unitMovedHonestlyIsNoClone()
    {
        GatewayFixture fixture;
        const auto first = completeIt(fixture, support::valueOf(beginWithEk(fixture, 1, "TCU-1", "ek-1")));
        fixture.advance(std::chrono::hours(25));
        revoke(fixture, first.serial);
        QCOMPARE(errorType(beginWithEk(fixture, 2, "TCU-1", "ek-1")), std::string("(none)"));
        QCOMPARE(fixture.count("quarantine"), 0);
    }

    void ekOfAVehicleThatStillUsesItGoesToQuarantine()
    {
        GatewayFixture fixture;
        completeIt(fixture, support::valueOf(beginWithEk(fixture, 1, "TCU-1", "ek-1")));
        QCOMPARE(errorType(beginWithEk(fixture, 2, "TCU-1", "ek-1")), std::string("ek-quarantined"));
    }

    void quarantinedKeyCannotRenew()
    {
        GatewayFixture fixture;
        const SoftwareKey key;
        const auto issued =
            support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", key), fixture.station));
        QCOMPARE(errorType(fixture.issuing.issue(fixture.request(vinNumber(2), "TCU-2", key), fixture.station)),
                 std::string("key-quarantined"));
        QCOMPARE(fixture.events(),
                 std::string("certificate_intent certificate_issued key_quarantined certificate_refused"));
        const Caller vehicle{Caller::Kind::Vehicle, "v", issued.certificateDer, support::kTraceId};
        const RenewRequest renewal{support::newTransaction(),
                                   SoftwareKey().vehicleCsr(fixture.identityOf(vinNumber(1)))};
        QCOMPARE(errorType(fixture.renewal.renew(renewal, vehicle)), std::string("key-quarantined"));
    }

    void keyOfARevokedCertificateIsNeverCertifiedAgain()
    {
        GatewayFixture fixture;
        const SoftwareKey key;
        const auto issued =
            support::valueOf(fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", key), fixture.station));
        revoke(fixture, issued.serial);
        fixture.advance(std::chrono::hours(25));
        const auto refused = fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", key), fixture.station);
        QCOMPARE(errorType(refused), std::string("csr-key-revoked"));
        QCOMPARE(refused.error().code, ErrorCode::PolicyViolation);
    }

    void publishedKeyIsRefused()
    {
        GatewayFixture fixture;
        const SoftwareKey key;
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("# comment\n" + QByteArray::fromStdString(toLowerHex(pki::sha256(key.publicKeyDer()))) +
                   "  a test\n");
        file.close();
        const auto weak = support::valueOf(pki::WeakKeys::load(file.fileName().toStdString()));
        IssuingService issuing(fixture.store, fixture.issuers, fixture.signer.profile("vehicle-device"),
                               fixture.secrets, fixture.evidence, {}, fixture.clock(), nullptr, weak);
        QCOMPARE(errorType(issuing.issue(fixture.request(vinNumber(1), "TCU-1", key), fixture.station)),
                 std::string("csr-key-weak"));
        QCOMPARE(errorType(issuing.issue(fixture.request(1), fixture.station)), std::string("(none)"));
        const auto shipped = support::valueOf(pki::WeakKeys::load(V2C_SOURCE_DIR "/resources/weak-keys.txt"));
        QVERIFY(!shipped.contains(pki::sha256(key.publicKeyDer())));
        QVERIFY(file.open());
        file.write("0011\n");
        file.close();
        QCOMPARE(errorType(pki::WeakKeys::load(file.fileName().toStdString())), std::string("weak-keys"));
        QCOMPARE(errorType(pki::WeakKeys::load("/absent")), std::string("weak-keys"));
    }

    void swapRevokesTheOldUnitWithTheNewCertificate()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(
            fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));
        const auto request = swapRequest(fixture, 1, "TCU-2", old.serial);
        // Until the new one is stored the old one lives.
        fixture.signer.setFault([&](int) -> Result<void> {
            if (fixture.sql("SELECT status FROM certificates") != "ACTIVE")
                return fail(ErrorCode::Internal, "revoked-early", "");
            return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "");
        });
        QCOMPARE(errorType(fixture.issuing.issue(request, fixture.station)), std::string("signer-unreachable"));
        fixture.signer.setFault({});
        const auto issued = support::valueOf(fixture.issuing.issue(request, fixture.station));
        QCOMPARE(support::valueOf(fixture.issuing.issue(request, fixture.station)).serial, issued.serial);
        QCOMPARE(issued.deviceId, old.deviceId);
        QCOMPARE(fixture.sql("SELECT serial, reason FROM certificates WHERE status = 'REVOKED'"),
                 old.serial.text() + "|CESSATION_OF_OPERATION");
        QCOMPARE(fixture.count("certificates WHERE status = 'ACTIVE'"), 1);
        QCOMPARE(fixture.count("audit WHERE event_type = 'unit_replaced' AND subject ->> 'serial' = '" +
                               old.serial.text() + "'"),
                 1);
        QCOMPARE(fixture.count("revocation_events WHERE payload ->> 'serial' = '" + old.serial.text() + "'"), 1);

        const Caller vehicle{Caller::Kind::Vehicle, "v", old.certificateDer, support::kTraceId};
        const RenewRequest renewal{support::newTransaction(),
                                   SoftwareKey().vehicleCsr(fixture.identityOf(vinNumber(1)))};
        QCOMPARE(errorType(fixture.renewal.renew(renewal, vehicle)), std::string("certificate-revoked"));
    }

    void swapNamesItsFaults()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(
            fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));
        const auto other = support::valueOf(
            fixture.issuing.issue(fixture.request(vinNumber(2), "TCU-2", SoftwareKey()), fixture.station));
        const auto issue = [&](const IssueRequest& request) {
            return errorType(fixture.issuing.issue(request, fixture.station));
        };
        QCOMPARE(issue(swapRequest(fixture, 1, "TCU-3", other.serial)), std::string("replaced-other-vehicle"));
        QCOMPARE(issue(swapRequest(fixture, 1, "TCU-3", support::valueOf(CertificateSerial::parse("01:02")))),
                 std::string("replaced-unknown"));
        QCOMPARE(issue(fixture.request(vinNumber(1), "TCU-3", SoftwareKey())), std::string("already-provisioned"));
        fixture.advance(std::chrono::hours(25));
        QCOMPARE(issue(swapRequest(fixture, 1, "TCU-1", old.serial)), std::string("replaced-same-unit"));
        QCOMPARE(fixture.count("certificates WHERE status = 'REVOKED'"), 0);
        // Revoked already is fine.
        revoke(fixture, old.serial);
        auto request = swapRequest(fixture, 1, "TCU-3", old.serial);
        QCOMPARE(issue(request), std::string("(none)"));
        request.replacesUnit->serial = other.serial;
        QCOMPARE(issue(request), std::string("idempotency-conflict"));
    }

    void twoSwapsOfOneUnitGetOneCertificate()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(
            fixture.issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));
        const auto slow = swapRequest(fixture, 1, "TCU-2", old.serial);
        const auto quick = swapRequest(fixture, 1, "TCU-3", old.serial);
        bool isFirst = true;
        fixture.signer.setFault([&](int) -> Result<void> {
            if (std::exchange(isFirst, false)) support::valueOf(fixture.issuing.issue(quick, fixture.station));
            return {};
        });
        QCOMPARE(errorType(fixture.issuing.issue(slow, fixture.station)), std::string("already-provisioned"));
        QCOMPARE(fixture.count("certificates WHERE status = 'ACTIVE'"), 1);
        QCOMPARE(fixture.count("certificate_requests WHERE state = 'burned'"), 1);
    }

    void overrides_data()
    {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<int>("signers");
        QTest::addColumn<QString>("type");
        const auto row = [](const char* fault, int signers, const char* type) {
            QTest::newRow(fault) << QString::fromUtf8(fault) << signers << QString::fromUtf8(type);
        };
        row("good", 1, "(none)");
        row("two of two", 2, "(none)");
        row("one of two", 2, "override-signers");
        row("the same twice", 2, "override-signers");
        row("expired", 1, "override-expired");
        row("another reason", 1, "override-signature");
        row("another unit", 1, "override-signature");
        row("another vehicle", 1, "override-signature");
        row("another transaction", 1, "override-signature");
        row("later expiry", 1, "override-signature");
        row("no signature", 1, "override-signature");
        row("not registered", 1, "override-certificate");
        row("registered as station", 1, "override-certificate");
        row("revoked", 1, "override-certificate");
        row("another CA", 1, "override-certificate");
        row("garbage certificate", 1, "override-certificate");
        row("no override accepted", 1, "override-not-accepted");
    }

    void overrides()
    {
        QFETCH(const QString, fault);
        QFETCH(const int, signers);
        QFETCH(const QString, type);
        const auto is = [&](const char* name) { return fault == QLatin1String(name); };
        GatewayFixture fixture;
        OverridePolicy policy{.technicianIssuer = fixture.signer.issuer().certificate, .signers = signers};
        if (is("another CA")) policy.technicianIssuer = fixture.backup.issuer().certificate;
        if (is("no override accepted")) policy.technicianIssuer.reset();
        IssuingService issuing(fixture.store, fixture.issuers, fixture.signer.profile("vehicle-device"),
                               fixture.secrets, fixture.evidence, {.overrides = policy}, fixture.clock());
        support::valueOf(issuing.issue(fixture.request(vinNumber(1), "TCU-1", SoftwareKey()), fixture.station));

        const Technician ada(fixture, "ada",
                             is("not registered")          ? ""
                             : is("registered as station") ? "station"
                                                           : "technician");
        const Technician ben(fixture, "ben");
        if (is("revoked")) revoke(fixture, ada.certificate.serial());
        auto request = fixture.request(vinNumber(2), "TCU-1", SoftwareKey());
        OverrideStatement statement{request.transaction, fixture.identityOf(request.vin).deviceId, request.tcuSerial,
                                    "installed in the wrong vehicle",
                                    fixture.clock()() + std::chrono::hours(is("expired") ? -1 : 1)};
        IssuingOverride grant{statement.reason, statement.expiresAt, {}};
        if (is("another reason")) statement.reason += ".";
        if (is("another unit")) statement.tcuSerial = "TCU-2";
        if (is("another vehicle")) statement.deviceId = fixture.identityOf(vinNumber(3)).deviceId;
        if (is("another transaction")) statement.transaction = support::newTransaction();
        if (is("later expiry")) statement.expiresAt += std::chrono::hours(1);
        grant.signatures.push_back(ada.sign(statement));
        if (is("two of two")) grant.signatures.push_back(ben.sign(statement));
        if (is("the same twice")) grant.signatures.push_back(ada.sign(statement));
        if (is("no signature")) grant.signatures[0].signature.clear();
        if (is("garbage certificate")) grant.signatures[0].certificateDer.resize(20);
        request.limitOverride = grant;

        const auto issued = issuing.issue(request, fixture.station);
        QCOMPARE(QString::fromStdString(errorType(issued)), type);
        if (!issued) {
            QCOMPARE(fixture.count("issuing_overrides"), 0);
            QCOMPARE(fixture.count("audit WHERE event_type = 'certificate_refused'"), 1);
            return;
        }
        QCOMPARE(fixture.count("audit WHERE event_type = 'override_used'"), 1);
        QCOMPARE(fixture.sql("SELECT request_key FROM issuing_overrides"), request.transaction.text());
        // A repeat is the same request; another one cannot have it.
        QCOMPARE(errorType(issuing.issue(request, fixture.station)), std::string("(none)"));
        auto again = fixture.request(vinNumber(3), "TCU-1", SoftwareKey());
        again.limitOverride = grant;
        QCOMPARE(errorType(issuing.issue(again, fixture.station)), std::string("override-signature"));
        // It waives the unit's limit and nothing else.
        auto live = fixture.request(vinNumber(2), "TCU-1", SoftwareKey());
        OverrideStatement other{live.transaction, fixture.identityOf(live.vin).deviceId, live.tcuSerial, "again",
                                fixture.clock()() + std::chrono::hours(1)};
        live.limitOverride = IssuingOverride{other.reason, other.expiresAt, {ada.sign(other), ben.sign(other)}};
        QCOMPARE(errorType(issuing.issue(live, fixture.station)), std::string("already-provisioned"));
    }

    void twoGatewaysShareLimitsAndRequests()
    {
        GatewayFixture fixture({.perIssuerAndHour = 5});
        store::Database secondConnection(
            support::valueOf(store::parseDatabaseUrl(support::postgres().url("v2c_gateway", fixture.database))));
        store::PostgresIssuanceStore secondStore(secondConnection);
        IssuingService second(secondStore, fixture.issuers, fixture.signer.profile("vehicle-device"), fixture.secrets,
                              fixture.evidence, {.perIssuerAndHour = 5}, fixture.clock());
        constexpr int kRequests = 8;
        std::vector<IssueRequest> requests;
        for (int i = 0; i < kRequests; ++i)
            requests.push_back(fixture.request(i));
        // Each request goes to both gateways at once.
        std::vector<Result<IssuedCertificate>> answers(2 * kRequests, fail(ErrorCode::Internal, "not-run", ""));
        std::vector<std::thread> threads;
        for (int i = 0; i < 2 * kRequests; ++i)
            threads.emplace_back([&, i] {
                auto& gateway = i % 2 == 0 ? fixture.issuing : second;
                answers[std::size_t(i)] = gateway.issue(requests[std::size_t(i / 2)], fixture.station);
            });
        for (auto& thread : threads)
            thread.join();
        int issued = 0;
        for (int i = 0; i < kRequests; ++i) {
            const auto& one = answers[std::size_t(2 * i)];
            const auto& other = answers[std::size_t(2 * i + 1)];
            QCOMPARE(errorType(one), errorType(other));
            if (one) {
                QCOMPARE(one->certificateDer, other->certificateDer);
                ++issued;
            } else {
                QCOMPARE(errorType(one), std::string("rate-limit-issuer"));
            }
        }
        QCOMPARE(issued, 5);
        QCOMPARE(fixture.count("certificates"), 5);
        QCOMPARE(fixture.count("certificate_requests"), 5);
        // The unit's limit too.
        fixture.advance(std::chrono::hours(1));
        QCOMPARE(
            errorType(fixture.issuing.issue(fixture.request(vinNumber(90), "TCU-X", SoftwareKey()), fixture.station)),
            std::string("(none)"));
        QCOMPARE(errorType(second.issue(fixture.request(vinNumber(91), "TCU-X", SoftwareKey()), fixture.station)),
                 std::string("rate-limit-tcu"));
    }
};

QTEST_GUILESS_MAIN(IssuingRulesTest)
#include "issuing_rules_test.moc"
