#include <atomic>
#include <mutex>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "events/revocation_feed.h"

using namespace gateway;
using support::GatewayFixture;

namespace {

/// A consumer with a set, and a switch that makes it refuse.
class Consumer final : public RevocationListener
{
public:
    Result<void> onSnapshot(const std::vector<RevocationRecord>& records) override
    {
        set.replaceAll(records);
        return {};
    }
    Result<void> onEvent(const RevocationEvent& event) override
    {
        ++calls;
        if (refuses) return fail(ErrorCode::Internal, "refused", "not now");
        set.apply(event);
        return {};
    }
    std::optional<RevocationDigest> digest(Time expiresAfter) override { return set.digest(expiresAfter); }

    RevokedSet set;
    std::atomic<int> calls{0};
    std::atomic<bool> refuses{false};
};

RevocationFeed::Settings settings(const GatewayFixture& fixture, std::string consumer = "test:1")
{
    return {.url = support::postgres().url("v2c_feed", fixture.database),
            .consumer = std::move(consumer),
            .poll = std::chrono::milliseconds(50),
            .compare = std::chrono::milliseconds(100),
            .tries = 3,
            .retryPause = std::chrono::milliseconds(5)};
}

/// Revokes as the gateway does, and returns the set's key.
RevokedSet::Key revoke(GatewayFixture& fixture, int number)
{
    const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(number), fixture.station));
    support::valueOf(fixture.revocation.revoke(
        {.serial = issued.serial, .reason = RevocationReason::KeyCompromise, .severity = Severity::P0, .notes = {}},
        fixture.admin));
    return RevokedSet::key(fixture.signer.issuer().certificate.subjectText(), issued.serial);
}

} // namespace

class RevocationFeedTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void snapshotThenEachChange()
    {
        GatewayFixture fixture;
        const auto before = revoke(fixture, 1);
        Consumer consumer;
        RevocationFeed feed(settings(fixture), consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        QVERIFY(consumer.set.find(before));
        QCOMPARE(consumer.calls.load(), 0);

        const auto after = revoke(fixture, 2);
        QTRY_VERIFY(consumer.set.find(after));
        QCOMPARE(consumer.calls.load(), 1);
        // The queue is empty again for this consumer: nothing of a transaction at or after its watermark.
        QTRY_COMPARE(fixture.sql("SELECT count(*) FROM revocation_events e JOIN feed_positions p ON p.consumer = "
                                 "'test:1' AND e.transaction >= p.watermark"),
                     std::string("0"));
    }

    void aReplacedCertificateIsHeardOfAfterItsGrace()
    {
        GatewayFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        support::valueOf(fixture.renewal.renew(
            {.transaction = support::newTransaction(),
             .csrDer = support::SoftwareKey().vehicleCsr({.deviceId = old.deviceId, .vinHash = old.vinHash})},
            {.kind = Caller::Kind::Vehicle,
             .name = std::string(old.deviceId.text()),
             .certificateDer = old.certificateDer,
             .traceId = {}}));
        Consumer consumer;
        RevocationFeed feed(settings(fixture), consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        const Caller self{.kind = Caller::Kind::Gateway, .name = "worker-1", .certificateDer = {}, .traceId = {}};
        const auto key = RevokedSet::key(fixture.signer.issuer().certificate.subjectText(), old.serial);
        fixture.advance(std::chrono::days(7) - std::chrono::seconds(1));
        QCOMPARE(support::valueOf(fixture.revocation.supersedeDue(self)), false);
        fixture.advance(std::chrono::seconds(1));
        QCOMPARE(support::valueOf(fixture.revocation.supersedeDue(self)), true);
        QTRY_VERIFY(consumer.set.find(key));
        QVERIFY(consumer.set.find(key)->reason == RevocationReason::Superseded);
        QVERIFY(consumer.set.find(key)->since == Time(std::chrono::seconds(fixture.now.load())));
        QCOMPARE(support::valueOf(fixture.revocation.supersedeDue(self)), false);
        QCOMPARE(fixture.sql("SELECT event_type, actor FROM audit ORDER BY id DESC LIMIT 1"),
                 std::string("certificate_superseded|worker-1"));
        // The event and the database's view say the same, or the comparison would fetch everything again and again.
        const auto compared = feed.state().lastCompared;
        QTRY_VERIFY(feed.state().lastCompared > compared);
        QCOMPARE(feed.state().differences, std::uint64_t(0));
        QCOMPARE(feed.state().snapshots, std::uint64_t(1));
    }

    /// The first transaction takes the lower id and commits last: "id > last" would never see it.
    void lateCommitIsNotMissed()
    {
        GatewayFixture fixture;
        support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        Consumer consumer;
        auto slowly = settings(fixture);
        slowly.compare = std::chrono::hours(1); // the comparison would find it too
        RevocationFeed feed(slowly, consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        {
            auto slow = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), QStringLiteral("slow"));
            slow.setConnectOptions({});
            const auto parts =
                support::valueOf(store::parseDatabaseUrl(support::postgres().url("v2c_owner", fixture.database)));
            slow.setHostName(QString::fromStdString(parts.host));
            slow.setUserName(QString::fromStdString(parts.user));
            slow.setDatabaseName(QString::fromStdString(parts.database));
            QVERIFY(slow.open() && slow.transaction());
            QVERIFY(slow.exec(QStringLiteral(
                                  "INSERT INTO outbox (created_at, event_type, payload) SELECT now(), "
                                  "'certificate_revoked', jsonb_build_object('issuer', issuer, 'serial', '0A', "
                                  "'revoked_at', 1, 'expires_at', extract(epoch FROM expires_at)::bigint, 'reason', "
                                  "'KEY_COMPROMISE') FROM certificates"))
                        .isActive());
            const auto quick = revoke(fixture, 2);
            QTRY_VERIFY(consumer.set.find(quick));
            QCOMPARE(consumer.calls.load(), 1);
            QVERIFY(slow.commit());
            slow.close();
        }
        QSqlDatabase::removeDatabase(QStringLiteral("slow"));
        QTRY_COMPARE(consumer.calls.load(), 2);
    }

    void differenceIsFoundAndMended()
    {
        GatewayFixture fixture;
        const auto key = revoke(fixture, 1);
        Consumer consumer;
        RevocationFeed feed(settings(fixture), consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        QCOMPARE(feed.state().differences, std::uint64_t{0});
        consumer.set.replaceAll({}); // as a lost memory
        QTRY_VERIFY(consumer.set.find(key));
        QTRY_COMPARE(feed.state().differences, std::uint64_t{1});
    }

    void equalSetsAreNoDifference()
    {
        GatewayFixture fixture;
        (void)revoke(fixture, 1);
        (void)revoke(fixture, 2);
        Consumer consumer;
        RevocationFeed feed(settings(fixture), consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        const auto first = feed.state().lastCompared;
        QTRY_VERIFY(feed.state().lastCompared > first);
        QCOMPARE(feed.state().snapshots, std::uint64_t{1});
    }

    void whatCannotBeAppliedIsBuried()
    {
        GatewayFixture fixture;
        Consumer consumer;
        auto slowly = settings(fixture);
        slowly.compare = std::chrono::hours(1);
        RevocationFeed feed(slowly, consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        consumer.refuses = true;
        const auto refused = revoke(fixture, 1);
        QTRY_COMPARE(feed.state().deadLetters, std::uint64_t{1});
        QCOMPARE(consumer.calls.load(), 3);
        QCOMPARE(fixture.sql("SELECT consumer, error FROM feed_dead_letters"), std::string("test:1|not now"));
        consumer.refuses = false;
        const auto next = revoke(fixture, 2);
        QTRY_VERIFY(consumer.set.find(next));
        QVERIFY(!consumer.set.find(refused));
    }

    void unreadablePayloadIsBuried()
    {
        GatewayFixture fixture;
        Consumer consumer;
        RevocationFeed feed(settings(fixture), consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        fixture.sql("INSERT INTO outbox (created_at, event_type, payload) SELECT now(), 'certificate_revoked', p FROM "
                    "(VALUES ('{}'::jsonb), ('[]'), ('{\"issuer\":1,\"serial\":\"0A\"}'), "
                    "('{\"issuer\":\"a\",\"serial\":\"zz\"}'), ('{\"issuer\":\"a\",\"serial\":\"0A\",\"reason\":\"NO\","
                    "\"revoked_at\":1,\"expires_at\":2}')) t (p)");
        QTRY_COMPARE(feed.state().deadLetters, std::uint64_t{5});
        const auto next = revoke(fixture, 1);
        QTRY_VERIFY(consumer.set.find(next));
    }

    void comesBackAfterALostDatabase()
    {
        GatewayFixture fixture;
        Consumer consumer;
        RevocationFeed feed(settings(fixture), consumer, fixture.clock());
        feed.start();
        QTRY_VERIFY(feed.state().isReady);
        support::postgres().kill();
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        const auto key = revoke(fixture, 1);
        QTRY_VERIFY_WITH_TIMEOUT(consumer.set.find(key), 15'000);
        QVERIFY(feed.state().snapshots > 1);
    }

    void theFeedsRoleSeesNothingElse()
    {
        GatewayFixture fixture;
        QCOMPARE(fixture.sql("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind IN ('r', "
                             "'v', 'p') AND relnamespace = 'public'::regnamespace AND has_table_privilege('v2c_feed', "
                             "oid, 'SELECT')"),
                 std::string("feed_dead_letters feed_positions revocation_events revocations"));
        QCOMPARE(fixture.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN "
                             "('r', 'v', 'p') AND has_table_privilege('v2c_feed', oid, 'DELETE, TRUNCATE')"),
                 std::string("0"));
    }
};

QTEST_GUILESS_MAIN(RevocationFeedTest)
#include "revocation_feed_test.moc"
