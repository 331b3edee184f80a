#include <algorithm>
#include <thread>

#include <QDateTime>
#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "store/audit_retention.h"

using namespace gateway;
using namespace gateway::store;
using support::errorType;
using support::GatewayFixture;

namespace {

struct Fixture : GatewayFixture
{
    AuditRetention retention{connection, {}, [] {
                                 return Time(std::chrono::seconds(253'402'300'799)); /* the year 9999 */
                             }};

    /// As the gateway's role, `age` before the database's now.
    std::string insert(const std::string& eventType, const std::string& age) const
    {
        return sql("SET ROLE v2c_gateway; INSERT INTO audit (timestamp, event_type, actor, subject, result, metadata, "
                   "trace_id) VALUES (now() - interval '" +
                   age + "', '" + eventType + "', 'test', '{}', 'success', '{}', gen_random_uuid())");
    }
    void sealAll() const
    {
        const auto answer = sql("INSERT INTO audit_leaves SELECT id, id, sha256('') FROM audit a WHERE NOT EXISTS "
                                "(SELECT FROM audit_leaves WHERE audit_id = a.id)");
        if (answer.find("ERROR") != std::string::npos) throw std::runtime_error(answer);
    }
    int of(const std::string& eventType) const { return count("audit WHERE event_type = '" + eventType + "'"); }
};

} // namespace

class AuditRetentionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase()
    {
        m_filled.reset();
        support::postgres().stop();
    }

    void rowsGoByTheirClass_data()
    {
        QTest::addColumn<QString>("eventType");
        QTest::addColumn<QString>("age");
        QTest::addColumn<bool>("isKept");
        // Partitions of a year (issuance) or a month: a row may stay that much longer, never shorter.
        QTest::newRow("issuance, kept") << QStringLiteral("certificate_issued")
                                        << QStringLiteral("6 years 11 months 28 days") << true;
        QTest::newRow("issuance, expired")
            << QStringLiteral("certificate_issued") << QStringLiteral("8 years 3 days") << false;
        QTest::newRow("access, kept") << QStringLiteral("access") << QStringLiteral("365 days") << true;
        QTest::newRow("access, expired") << QStringLiteral("access") << QStringLiteral("400 days") << false;
        QTest::newRow("ocsp, kept") << QStringLiteral("ocsp_responses") << QStringLiteral("89 days") << true;
        QTest::newRow("ocsp, expired") << QStringLiteral("ocsp_responses") << QStringLiteral("125 days") << false;
        QTest::newRow("revocation") << QStringLiteral("certificate_revoked") << QStringLiteral("19 years") << true;
        QTest::newRow("rejection") << QStringLiteral("certificate_rejected") << QStringLiteral("19 years") << true;
        QTest::newRow("unknown type, kept") << QStringLiteral("something_new") << QStringLiteral("6 years") << true;
        QTest::newRow("unknown type, expired") << QStringLiteral("something_new") << QStringLiteral("9 years") << false;
        QTest::newRow("from a clock in the future") << QStringLiteral("access") << QStringLiteral("-50 years") << true;
        QTest::newRow("from a clock far in the past") << QStringLiteral("access") << QStringLiteral("56 years") << true;
    }

    void rowsGoByTheirClass()
    {
        QFETCH(const QString, eventType);
        QFETCH(const QString, age);
        QFETCH(const bool, isKept);
        Fixture fixture;
        QCOMPARE(fixture.insert(eventType.toStdString(), age.toStdString()), std::string("SET\nINSERT 0 1"));
        const auto day = fixture.sql("SELECT timestamp, trace_id FROM audit");
        fixture.sealAll();
        const auto done = support::valueOf(fixture.retention.apply());
        QCOMPARE(done.dropped, isKept ? 0 : 1);
        QCOMPARE(fixture.of(eventType.toStdString()), isKept ? 1 : 0);
        QCOMPARE(fixture.of("audit_expired"), isKept ? 0 : 1);
        QCOMPARE(fixture.count("audit_leaves"), 1);
        if (isKept) QCOMPARE(fixture.sql("SELECT timestamp, trace_id FROM audit"), day); // moved, not changed
        const auto again = support::valueOf(fixture.retention.apply());
        QCOMPARE(again.made + again.dropped, 0);
    }

    void unsealedRowsStay()
    {
        Fixture fixture;
        fixture.insert("access", "500 days");
        fixture.sealAll();
        fixture.insert("access", "500 days");
        QCOMPARE(support::valueOf(fixture.retention.apply()).dropped, 0);
        QCOMPARE(fixture.of("access"), 2);
        fixture.sealAll();
        QCOMPARE(support::valueOf(fixture.retention.apply()).dropped, 1);
        QCOMPARE(fixture.of("access"), 0);
        QCOMPARE(fixture.sql("SELECT metadata ->> 'rows', actor, result FROM audit"),
                 std::string("2|v2c_gateway|success"));
    }

    void oneClockAheadDropsNothing()
    {
        Fixture fixture;
        fixture.insert("access", "500 days");
        fixture.sealAll();
        AuditRetention slow(fixture.connection, {}, [] { return GatewayFixture::kStart - std::chrono::days(1000); });
        QCOMPARE(support::valueOf(slow.apply()).dropped, 0);
        QCOMPARE(fixture.of("access"), 1);
    }

    void settingsOnlyLengthen()
    {
        Fixture fixture;
        fixture.insert("ocsp_responses", "125 days");
        fixture.sealAll();
        for (const auto& shorter : {RetentionPeriods{.issuanceDays = 2556}, RetentionPeriods{.accessDays = 365},
                                    RetentionPeriods{.ocspDays = 89}, RetentionPeriods{.ocspDays = -1}})
            QCOMPARE(errorType(AuditRetention(fixture.connection, shorter, systemClock()).apply()),
                     std::string("store-error"));
        QCOMPARE(fixture.of("ocsp_responses"), 1);
        AuditRetention longer(fixture.connection, {.ocspDays = 200}, systemClock());
        QCOMPARE(support::valueOf(longer.apply()).dropped, 0);
        QCOMPARE(fixture.of("ocsp_responses"), 1);
    }

    void lateRowOfADroppedPartitionIsTaken()
    {
        Fixture fixture;
        fixture.insert("access", "500 days");
        fixture.sealAll();
        QCOMPARE(support::valueOf(fixture.retention.apply()).dropped, 1);
        fixture.insert("access", "500 days");
        const auto done = support::valueOf(fixture.retention.apply());
        QCOMPARE(done.made + done.dropped, 0);
        QCOMPARE(fixture.of("access"), 1);
    }

    void manyWorkersDropOnce()
    {
        Fixture fixture;
        for (const auto* age : {"500 days", "540 days", "580 days"})
            fixture.insert("access", age);
        fixture.sealAll();
        std::atomic<int> dropped{0};
        std::atomic<int> failed{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const auto done = fixture.retention.apply();
                if (done)
                    dropped += done->dropped;
                else
                    ++failed;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(failed.load(), 0);
        QCOMPARE(dropped.load(), 3);
        QCOMPARE(fixture.of("audit_expired"), 3);
    }

    void forbidden_data()
    {
        QTest::addColumn<QString>("role");
        QTest::addColumn<QString>("statement");
        const auto row = [](const char* role, const QString& statement) {
            QTest::addRow("%s: %s", role, qPrintable(statement)) << QString::fromUtf8(role) << statement;
        };
        const auto ofThisYear = QStringLiteral("audit_issuance_%1").arg(QDateTime::currentDateTimeUtc().date().year());
        for (const auto& table : {QStringLiteral("audit"), QStringLiteral("audit_revocation"),
                                  QStringLiteral("audit_issuance_other"), ofThisYear})
            for (const auto* role : {"v2c_gateway", "v2c_owner"}) {
                row(role, QStringLiteral("DELETE FROM ") + table);
                row(role, QStringLiteral("UPDATE %1 SET actor = 'x'").arg(table));
                row(role, QStringLiteral("TRUNCATE ") + table);
            }
        row("v2c_gateway", QStringLiteral("DROP TABLE ") + ofThisYear);
        row("v2c_gateway", QStringLiteral("ALTER TABLE audit_issuance DETACH PARTITION ") + ofThisYear);
        row("v2c_gateway", QStringLiteral("INSERT INTO %1 SELECT * FROM audit").arg(ofThisYear));
        row("v2c_gateway", QStringLiteral("UPDATE audit_retention SET keep_days = 9999"));
        row("v2c_gateway", QStringLiteral("DELETE FROM audit_partitions"));
        row("v2c_gateway", QStringLiteral("SELECT drop_expired_audit('revocation', 100000, now())"));
        row("v2c_gateway", QStringLiteral("SELECT drop_expired_audit('access', 365, now())"));
        row("v2c_gateway", QStringLiteral("SELECT drop_expired_audit('access', NULL, now())"));
        row("v2c_gateway", QStringLiteral("SELECT drop_expired_audit(NULL, 9999, now())"));
        row("v2c_readonly", QStringLiteral("SELECT make_audit_partitions()"));
        row("v2c_owner", QStringLiteral("UPDATE audit_retention SET keep_days = 89"));
    }

    void forbidden()
    {
        QFETCH(const QString, role);
        QFETCH(const QString, statement);
        if (!m_filled) {
            m_filled = std::make_unique<Fixture>();
            m_filled->insert("certificate_issued", "0 s");
        }
        QCOMPARE(m_filled->count("audit"), 1);
        const auto answer = m_filled->sql("SET ROLE " + role.toStdString() + "; " + statement.toStdString());
        const auto refusals = {"permission denied", "append-only", "must be owner", "are kept for", "check constraint"};
        QVERIFY2(std::ranges::any_of(refusals, [&](auto text) { return answer.find(text) != std::string::npos; }),
                 answer.c_str());
        QCOMPARE(m_filled->count("audit"), 1);
    }

private:
    static Clock systemClock()
    {
        return [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); };
    }

    std::unique_ptr<Fixture> m_filled;
};

QTEST_GUILESS_MAIN(AuditRetentionTest)
#include "audit_retention_test.moc"
