#include <algorithm>
#include <set>

#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "store/certificate_search.h"

using namespace gateway;
using namespace gateway::store;
using support::errorType;
using support::GatewayFixture;

namespace {

constexpr int kVehicles = 100'000;

/// Vehicles of three stations over a year, every 100th revoked, every 50th replaced; some expired. 60 services by
/// another issuer.
const char* const kRows = R"sql(
INSERT INTO certificates (issuer, serial, type, subject, device_id, vin_hash, status, issued_at, expires_at,
                          provisioned, provisioned_at, revoked_at, reason, replaced_by, replaced_at,
                          public_key_sha256, certificate_der, created_by)
SELECT 'CN=Device CA', regexp_replace(upper(to_hex(1073741824 + n)), '(..)(..)(..)(..)', '\1:\2:\3:\4'), 'vehicle', 'CN=' || n,
       upper(md5(n::text)), encode(sha256(n::text::bytea), 'hex'), CASE WHEN n % 100 = 0 THEN 'REVOKED' ELSE 'ACTIVE' END,
       start, start + interval '365 days', true, start,
       CASE WHEN n % 100 = 0 THEN start END, CASE WHEN n % 100 = 0 THEN 'KEY_COMPROMISE' END,
       CASE WHEN n % 100 = 50 THEN '7F' END, CASE WHEN n % 100 = 50 THEN start + interval '300 days' END,
       sha256(('key' || n)::bytea), repeat('x', 900)::bytea, 'station-' || n % 3
FROM generate_series(1, 100000) n, LATERAL (SELECT to_timestamp(1790000000 - (n / 10) * 3600::bigint) AS start) s;
INSERT INTO certificates (issuer, serial, type, subject, issued_at, expires_at, public_key_sha256, certificate_der, created_by)
SELECT 'CN=Cloud CA', regexp_replace(upper(to_hex(1342177280 + n)), '(..)(..)(..)(..)', '\1:\2:\3:\4'), CASE n % 2 WHEN 0 THEN 'station' ELSE 'gateway' END, 'CN=service' || n,
       to_timestamp(1790000000 - n * 86400::bigint), to_timestamp(1790000000 + n * 86400::bigint),
       sha256(('service' || n)::bytea), repeat('x', 900)::bytea, 'ceremony'
FROM generate_series(1, 60) n;
ANALYZE certificates;
)sql";

CertificateSerial serialOf(const std::string& text)
{
    return support::valueOf(CertificateSerial::parse(text));
}

} // namespace

class SearchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        m_fixture = std::make_unique<GatewayFixture>();
        const auto answer = m_fixture->sql(kRows);
        QVERIFY2(m_fixture->count("certificates") == kVehicles + 60, answer.c_str());
        m_search = std::make_unique<CertificateSearch>(m_fixture->connection, m_fixture->clock());
    }

    void cleanupTestCase()
    {
        m_search.reset();
        m_fixture.reset();
        support::postgres().stop();
    }

    void conditionsFindTheirRowsByAnIndex_data()
    {
        QTest::addColumn<CertificateQuery>("query");
        QTest::addColumn<QString>("where"); // the same condition, written by hand
        const auto row = [](const char* name, const char* where, auto&& set) {
            CertificateQuery query;
            set(query);
            QTest::newRow(name) << query << QString::fromUtf8(where);
        };
        const auto at = [](std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); };
        const auto device = support::valueOf(DeviceId::parse("C4CA4238A0B923820DCC509A6F75849B")); // md5("1")
        const auto vin = support::valueOf(
            VinHash::parse("6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b")); // sha256("1")
        row("nothing", "true", [](auto&) {});
        row("serial", "serial = '40:00:00:01'", [](auto& query) { query.serial = serialOf("40000001"); });
        row("unknown serial", "false", [](auto& query) { query.serial = serialOf("01"); });
        row("device_id", "device_id = upper(md5('1'))", [&](auto& query) { query.deviceId = device; });
        row("vin_hash", "vin_hash = encode(sha256('1'), 'hex')", [&](auto& query) { query.vinHash = vin; });
        row("station", "created_by = 'station-1'", [](auto& query) { query.station = "station-1"; });
        row("unknown station", "false", [](auto& query) { query.station = "station-9"; });
        row("issuer", "issuer = 'CN=Cloud CA'", [](auto& query) { query.issuer = "CN=Cloud CA"; });
        row("type", "type = 'gateway'", [](auto& query) { query.type = "gateway"; });
        row("vehicles", "type = 'vehicle'", [](auto& query) { query.type = "vehicle"; });
        row("unknown type", "false", [](auto& query) { query.type = "none"; });
        row("revoked", "status = 'REVOKED'", [](auto& query) { query.status = CertificateStatus::Revoked; });
        row("expired",
            "status = 'ACTIVE' AND expires_at < to_timestamp(1790000000) AND (replaced_at IS NULL OR replaced_at > "
            "to_timestamp(1790000000) - interval '7 days')",
            [](auto& query) { query.status = CertificateStatus::Expired; });
        row("superseded", "status = 'ACTIVE' AND replaced_at <= to_timestamp(1790000000) - interval '7 days'",
            [](auto& query) { query.status = CertificateStatus::Superseded; });
        row("active",
            "status = 'ACTIVE' AND expires_at >= to_timestamp(1790000000) AND (replaced_at IS NULL OR replaced_at > "
            "to_timestamp(1790000000) - interval '7 days')",
            [](auto& query) { query.status = CertificateStatus::Active; });
        row("issued between", "issued_at >= to_timestamp(1789000000) AND issued_at < to_timestamp(1789036000)",
            [&](auto& query) {
                query.issuedFrom = at(1789000000);
                query.issuedTo = at(1789036000);
            });
        row("expires between", "expires_at >= to_timestamp(1791000000) AND expires_at < to_timestamp(1791036000)",
            [&](auto& query) {
                query.expiresFrom = at(1791000000);
                query.expiresTo = at(1791036000);
            });
        row("several",
            "status = 'REVOKED' AND created_by = 'station-0' AND type = 'vehicle' AND issuer = 'CN=Device CA' AND "
            "issued_at >= to_timestamp(1780000000)",
            [&](auto& query) {
                query.status = CertificateStatus::Revoked;
                query.station = "station-0";
                query.type = "vehicle";
                query.issuer = "CN=Device CA";
                query.issuedFrom = at(1780000000);
            });
    }

    void conditionsFindTheirRowsByAnIndex()
    {
        QFETCH(CertificateQuery, query);
        QFETCH(const QString, where);
        query.limit = 25;
        // Two pages by hand, in the order of the API.
        const auto expected =
            m_fixture->sql("SELECT string_agg(serial, ' ') FROM (SELECT serial FROM certificates WHERE " +
                           where.toStdString() + " ORDER BY issued_at DESC, issuer DESC, serial DESC LIMIT 50) page");
        std::string found;
        for (int page = 0; page < 2; ++page) {
            const auto plan = explain(query);
            QVERIFY2(plan.find("Seq Scan") == std::string::npos, plan.c_str());
            QVERIFY2(plan.find("Index") != std::string::npos, plan.c_str());
            const auto answer = support::valueOf(m_search->search(query));
            QVERIFY(answer.certificates.size() <= 25);
            for (const auto& summary : answer.certificates) {
                found += (found.empty() ? "" : " ") + summary.serial.text();
                if (query.status) QVERIFY(summary.status == *query.status);
            }
            if (!answer.next) break;
            query.after = answer.next;
        }
        QCOMPARE(found, expected);
    }

    // While somebody walks through the pages, others issue: newer, older and at the very place of the cursor.
    void pagesAreStableUnderInserts()
    {
        CertificateQuery query;
        query.station = "station-2";
        query.issuedFrom = Time(std::chrono::seconds(1'790'000'000 - 40L * 3600));
        const auto before = m_fixture->count("certificates WHERE created_by = 'station-2' AND issued_at >= "
                                             "to_timestamp(1790000000 - 40 * 3600)");
        QVERIFY(before > 100);
        query.limit = 7;
        std::multiset<std::string> seen;
        int inserted = 0;
        while (true) {
            const auto page = support::valueOf(m_search->search(query));
            for (const auto& summary : page.certificates)
                seen.insert(summary.subject);
            if (!page.next) break;
            for (const std::int64_t offset : {3600L, 0L, -1L}) {
                const auto when = page.next->issuedAt.time_since_epoch().count() + offset;
                const auto number = std::to_string(++inserted + 1'000'000);
                m_fixture->sql("INSERT INTO certificates (issuer, serial, type, subject, issued_at, expires_at, "
                               "public_key_sha256, "
                               "certificate_der, created_by) VALUES ('CN=Device CA', '01:" +
                               number.substr(1, 2) + ':' + number.substr(3, 2) + ':' + number.substr(5, 2) +
                               "', 'test', 'CN=late" + number + "', to_timestamp(" + std::to_string(when) +
                               "), to_timestamp(" + std::to_string(when + 1000) + "), sha256('" + number +
                               "'), 'x', 'station-2')");
            }
            query.after = page.next;
        }
        QVERIFY(inserted > 30);
        for (const auto& subject : seen)
            QCOMPARE(seen.count(subject), std::size_t(1));
        const auto old =
            std::ranges::count_if(seen, [](const std::string& subject) { return !subject.starts_with("CN=late"); });
        QCOMPARE(int(old), before);
        m_fixture->sql("DELETE FROM certificates WHERE type = 'test'");
    }

    void oneCertificate()
    {
        const auto details =
            support::valueOf(m_search->find({.serial = serialOf("40:00:00:01"), .issuer = std::nullopt}));
        QCOMPARE(details.summary.subject, std::string("CN=1"));
        QCOMPARE(details.der.size(), std::size_t(900));
        QCOMPARE(errorType(m_search->find({.serial = serialOf("01"), .issuer = {}})), std::string("serial-unknown"));
        QCOMPARE(errorType(m_search->find({.serial = serialOf("40:00:00:01"), .issuer = "CN=Cloud CA"})),
                 std::string("serial-unknown"));
        m_fixture->sql("INSERT INTO certificates (issuer, serial, type, subject, issued_at, expires_at, "
                       "public_key_sha256, certificate_der, created_by) VALUES ('CN=Cloud CA', '40:00:00:01', 'test', "
                       "'CN=twin', now(), now() + interval '1 day', sha256('twin'), 'x', 'test')");
        QCOMPARE(errorType(m_search->find({.serial = serialOf("40:00:00:01"), .issuer = {}})),
                 std::string("serial-ambiguous"));
        QCOMPARE(support::valueOf(m_search->find({.serial = serialOf("40:00:00:01"), .issuer = "CN=Cloud CA"}))
                     .summary.subject,
                 std::string("CN=twin"));
        m_fixture->sql("DELETE FROM certificates WHERE type = 'test'");
    }

    void textsThatLookLikeSqlAreTexts()
    {
        for (const char* text : {"'; DROP TABLE certificates; --", "\\'", "$1", "?", "%", "station-1' OR '1'='1"}) {
            CertificateQuery query;
            query.station = text;
            query.issuer = text;
            query.type = text;
            QVERIFY(support::valueOf(m_search->search(query)).certificates.empty());
        }
        QCOMPARE(m_fixture->count("certificates"), kVehicles + 60);
    }

private:
    /// The plan for these very values, which is what a statement that runs once gets.
    std::string explain(const CertificateQuery& query)
    {
        const auto statement = makeSearchStatement(query, GatewayFixture::kStart);
        auto sql = QString::fromStdString("EXPLAIN " + statement.sql);
        for (const auto& value : statement.parameters)
            sql.replace(sql.indexOf(u'?'), 1,
                        value.typeId() == QMetaType::QString ? u'\'' + value.toString() + u'\'' : value.toString());
        return m_fixture->sql(sql.toStdString());
    }

    std::unique_ptr<GatewayFixture> m_fixture;
    std::unique_ptr<CertificateSearch> m_search;
};

QTEST_GUILESS_MAIN(SearchTest)
#include "search_test.moc"
