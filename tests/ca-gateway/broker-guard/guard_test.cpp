#include <thread>

#include <QTest>

#include "broker-guard/guard.h"

using namespace gateway;
using namespace std::chrono_literals;

namespace {

RevocationRecord record(const std::string& serial)
{
    return {.issuer = "CN = A",
            .serial = *CertificateSerial::parse(serial),
            .reason = RevocationReason::KeyCompromise,
            .since = {},
            .expiresAt = Time(1000s)};
}

RevocationEvent revoked(const std::string& serial)
{
    return {.id = 1, .kind = RevocationEvent::Kind::Revoked, .record = record(serial), .recordedAt = {}};
}

RevokedSet::Key key(const std::string& serial)
{
    return RevokedSet::key("CN = A", *CertificateSerial::parse(serial));
}

/// A guard with a feed that is as fresh as the test says, and connections by number.
struct Fixture
{
    explicit Fixture(Guard::Settings settings = {})
        : guard(
              settings, [this] { return feed; }, now)
    {
        feed.isReady = true;
        feed.lastContact = now;
    }

    Guard::Login login(int connection, const std::string& id, const std::string& serial)
    {
        return guard.onLogin(&connections[static_cast<std::size_t>(connection)], id, key(serial), now);
    }
    void leave(int connection) { guard.onDisconnect(&connections[static_cast<std::size_t>(connection)]); }
    std::vector<std::string> tick()
    {
        auto ids = guard.onTick(now);
        std::sort(ids.begin(), ids.end());
        return ids;
    }

    std::array<char, 2000> connections{};
    Guard::SteadyTime now{Guard::SteadyTime(1h)};
    RevocationFeed::State feed;
    Guard guard;
};

using Ids = std::vector<std::string>;

} // namespace

class GuardTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void disconnectsWhoIsRevokedAndNobodyElse()
    {
        Fixture fixture;
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.login(1, "car-1", "0B") == Guard::Login::Accepted);
        QVERIFY(fixture.guard.onEvent(revoked("0A")));
        QVERIFY(fixture.tick() == Ids{"car-0"});
        fixture.leave(0);
        QVERIFY(fixture.tick().empty());
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Revoked);
        QCOMPARE(fixture.guard.figures().connected, std::size_t{1});
        QCOMPARE(fixture.guard.figures().disconnected, std::uint64_t{1});
        QCOMPARE(fixture.guard.figures().refused, std::uint64_t{1});
    }

    void allConnectionsOfACertificateGo()
    {
        Fixture fixture;
        QVERIFY(fixture.login(0, "car-0-a", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.login(1, "car-0-b", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.guard.onEvent(revoked("0A")));
        QVERIFY((fixture.tick() == Ids{"car-0-a", "car-0-b"}));
    }

    /// The broker ends the old connection of an id when a new one takes it over; kicking by id would end the new one.
    void sameIdWithARenewedCertificateStays()
    {
        Fixture fixture;
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.login(1, "car-0", "0B") == Guard::Login::Accepted);
        QVERIFY(fixture.guard.onEvent(revoked("0A")));
        QVERIFY(fixture.tick().empty());
        fixture.leave(0); // comes late
        QVERIFY(fixture.guard.onEvent(revoked("0B")));
        QVERIFY(fixture.tick() == Ids{"car-0"});
    }

    void aReusedPointerIsNotTakenForTheOldConnection()
    {
        Fixture fixture({.kicksPerTick = 1});
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.login(1, "car-1", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.guard.onEvent(revoked("0A")));
        QCOMPARE(fixture.tick().size(), std::size_t{1});
        fixture.leave(0);
        fixture.leave(1);
        QVERIFY(fixture.login(0, "car-2", "0C") == Guard::Login::Accepted);
        QVERIFY(fixture.login(1, "car-3", "0C") == Guard::Login::Accepted);
        QVERIFY(fixture.tick().empty());
    }

    void aSnapshotFindsTheConnected()
    {
        Fixture fixture;
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.login(1, "car-1", "0B") == Guard::Login::Accepted);
        QVERIFY(fixture.guard.onSnapshot({record("0B"), record("0C")}));
        QVERIFY(fixture.tick() == Ids{"car-1"});
    }

    void manyAreSpreadOverTicks()
    {
        Fixture fixture({.kicksPerTick = 500});
        for (int i = 0; i < 1200; ++i)
            QVERIFY(fixture.login(i, "car-" + std::to_string(i), "0A") == Guard::Login::Accepted);
        QVERIFY(fixture.guard.onEvent(revoked("0A")));
        std::size_t gone = 0;
        for (const std::size_t expected : {500U, 500U, 200U, 0U}) {
            const auto ids = fixture.tick();
            QCOMPARE(ids.size(), expected);
            for (const auto& id : ids)
                fixture.leave(std::stoi(id.substr(4)));
            gone += ids.size();
        }
        QCOMPARE(gone, std::size_t{1200});
    }

    void releasedMayComeBack()
    {
        Fixture fixture;
        QVERIFY(fixture.guard.onEvent(revoked("0A")));
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Revoked);
        auto release = revoked("0A");
        release.kind = RevocationEvent::Kind::Released;
        QVERIFY(fixture.guard.onEvent(release));
        QVERIFY(fixture.login(0, "car-0", "0A") == Guard::Login::Accepted);
    }

    void blindMeansClosed_data()
    {
        QTest::addColumn<bool>("isReady");
        QTest::addColumn<int>("contactAgeSeconds");
        QTest::addColumn<int>("tickAgeSeconds");
        QTest::addColumn<bool>("refuse");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("fresh") << true << 1 << 0 << true << true;
        QTest::newRow("no snapshot yet") << false << 0 << 0 << true << false;
        QTest::newRow("old feed") << true << 901 << 0 << true << false;
        QTest::newRow("feed just young enough") << true << 900 << 0 << true << true;
        QTest::newRow("no ticks") << true << 1 << 3 << true << false;
        QTest::newRow("old feed, setting says go on") << true << 901 << 0 << false << true;
    }
    void blindMeansClosed()
    {
        QFETCH(bool, isReady);
        QFETCH(int, contactAgeSeconds);
        QFETCH(int, tickAgeSeconds);
        QFETCH(bool, refuse);
        QFETCH(bool, accepted);
        Guard::Settings settings;
        settings.refuseWhenBlind = refuse;
        Fixture fixture(settings);
        fixture.now += 2h;
        (void)fixture.guard.onTick(fixture.now - std::chrono::seconds(tickAgeSeconds));
        fixture.feed.isReady = isReady;
        fixture.feed.lastContact = fixture.now - std::chrono::seconds(contactAgeSeconds);
        QCOMPARE(fixture.login(0, "car-0", "0A") == Guard::Login::Accepted, accepted);
    }

    void feedAndBrokerAtTheSameTime()
    {
        Fixture fixture;
        std::thread feed([&] {
            for (int i = 1; i < 200; ++i)
                (void)fixture.guard.onEvent(revoked(toUpperHex(Bytes{0x7F, static_cast<std::uint8_t>(i)})));
        });
        std::set<std::string> out;
        for (int round = 0; round < 50; ++round) {
            for (int i = 1; i < 200; ++i) {
                const auto id = "car-" + std::to_string(i);
                if (out.contains(id)) continue;
                if (fixture.login(i, id, toUpperHex(Bytes{0x7F, static_cast<std::uint8_t>(i)})) ==
                    Guard::Login::Revoked)
                    out.insert(id);
            }
            for (const auto& id : fixture.tick()) {
                out.insert(id);
                fixture.leave(std::stoi(id.substr(4)));
            }
        }
        feed.join();
        for (const auto& id : fixture.tick()) {
            out.insert(id);
            fixture.leave(std::stoi(id.substr(4)));
        }
        QCOMPARE(out.size(), std::size_t{199});
    }
};

QTEST_APPLESS_MAIN(GuardTest)
#include "guard_test.moc"
