#include <thread>

#include <QTest>

#include "events/revoked_set.h"

using namespace gateway;

namespace {

RevocationRecord record(const char* serial, const std::string& issuer = "CN = A",
                        RevocationReason reason = RevocationReason::KeyCompromise, int since = 1000, int expiry = 9000)
{
    return {.issuer = issuer,
            .serial = *CertificateSerial::parse(serial),
            .reason = reason,
            .since = Time(std::chrono::seconds(since)),
            .expiresAt = Time(std::chrono::seconds(expiry))};
}

RevocationEvent change(RevocationRecord record, RevocationEvent::Kind kind = RevocationEvent::Kind::Revoked)
{
    return {.id = 1, .kind = kind, .record = std::move(record), .recordedAt = {}};
}

} // namespace

class RevokedSetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsByIssuerAndSerial()
    {
        RevokedSet set;
        set.replaceAll({record("0A"), record("0B")});
        const auto found = set.find(RevokedSet::key("CN = A", *CertificateSerial::parse("0A")));
        QVERIFY(found);
        QVERIFY(found->reason == RevocationReason::KeyCompromise);
        QCOMPARE(found->since.time_since_epoch().count(), 1000);
        QVERIFY(!set.find(RevokedSet::key("CN = B", *CertificateSerial::parse("0A"))));
        QVERIFY(!set.find(RevokedSet::key("CN = A", *CertificateSerial::parse("0C"))));
    }

    void appliesChangesAndRepeats()
    {
        RevokedSet set;
        QVERIFY(set.apply(change(record("0A"))));
        QVERIFY(!set.apply(change(record("0A"))));
        QCOMPARE(set.size(), std::size_t{1});
        QVERIFY(set.apply(change(record("0A", "CN = A", RevocationReason::Superseded))));
        QVERIFY(set.apply(change(record("0A"), RevocationEvent::Kind::Released)));
        QVERIFY(!set.apply(change(record("0A"), RevocationEvent::Kind::Released)));
        QCOMPARE(set.size(), std::size_t{0});
    }

    void digestTellsSetsApart()
    {
        RevokedSet one;
        RevokedSet other;
        one.replaceAll({record("0A"), record("0B")});
        other.replaceAll({record("0B"), record("0A")});
        const Time start{};
        QVERIFY(one.digest(start) == other.digest(start));
        other.replaceAll({record("0B"), record("0C")});
        QVERIFY(one.digest(start) != other.digest(start));
        other.replaceAll({record("0B"), record("0A", "CN = A", RevocationReason::Superseded)});
        QVERIFY(one.digest(start) != other.digest(start));
        other.replaceAll({record("0B"), record("0A", "CN = A", RevocationReason::KeyCompromise, 1001)});
        QVERIFY(one.digest(start) != other.digest(start));
        other.replaceAll({record("0B"), record("0A"), record("0D", "CN = A", RevocationReason::KeyCompromise, 1, 5)});
        QVERIFY(one.digest(start) != other.digest(start));
        QVERIFY(one.digest(Time(std::chrono::seconds(5))) == other.digest(Time(std::chrono::seconds(5))));
    }

    void forgetsWhatHasExpired()
    {
        RevokedSet set;
        set.replaceAll({record("0A"), record("0B", "CN = A", RevocationReason::KeyCompromise, 1, 10)});
        QCOMPARE(set.prune(Time(std::chrono::seconds(11))), std::size_t{1});
        QVERIFY(set.find(RevokedSet::key("CN = A", *CertificateSerial::parse("0A"))));
    }

    void readersAndWriters()
    {
        RevokedSet set;
        set.replaceAll({record("0A")});
        const auto key = RevokedSet::key("CN = A", *CertificateSerial::parse("0A"));
        std::atomic<bool> missing{false};
        std::thread reader([&] {
            for (int i = 0; i < 20'000; ++i)
                if (!set.find(key)) missing = true;
        });
        for (int i = 0; i < 200; ++i) {
            set.replaceAll({record("0A"), record("0B")});
            (void)set.apply(change(record("0C")));
        }
        reader.join();
        QVERIFY(!missing);
    }
};

QTEST_APPLESS_MAIN(RevokedSetTest)
#include "revoked_set_test.moc"
