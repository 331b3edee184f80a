#include <QTest>

#include "api/certificate_search.h"
#include "api/query_string.h"
#include "api/rfc3339.h"

using namespace gateway;

namespace {

const std::string kDevice = "7959A243F1F08C3F15E60D145C395D93";
const std::string kVinHash = "d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af";

CertificatePosition position()
{
    return {*api::parseRfc3339("2025-10-09T10:30:00Z"), "CN=V2C Device Issuing CA,O=Automotive OEM",
            *CertificateSerial::parse("1A2B")};
}

} // namespace

class CertificateSearchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyParameterIsRead()
    {
        const auto query = api::parseCertificateQuery(
            std::string_view("serial=1a%3A2b&device_id=" + kDevice + "&vin_hash=" + kVinHash +
                             "&status=REVOKED&type=vehicle&station=station+1&issuer=CN%3DCA%2CO%3D%C3%84&issued_from="
                             "2025-10-09&issued_to=2025-10-10T00:00:00%2B02:00&expires_from=2026-01-01T00:00:00Z&"
                             "expires_to=2027-01-01&limit=500&"));
        QVERIFY2(query.has_value(), query ? "" : query.error().detail.c_str());
        QCOMPARE(query->serial->text(), std::string("1A:2B"));
        QVERIFY(query->deviceId->text() == kDevice);
        QVERIFY(query->vinHash->text() == kVinHash);
        QVERIFY(query->status == CertificateStatus::Revoked);
        QCOMPARE(*query->type, std::string("vehicle"));
        QCOMPARE(*query->station, std::string("station 1"));
        QCOMPARE(*query->issuer, std::string("CN=CA,O=\xC3\x84"));
        QVERIFY(query->issuedFrom == *api::parseRfc3339("2025-10-09T00:00:00Z"));
        QVERIFY(query->issuedTo == *api::parseRfc3339("2025-10-09T22:00:00Z"));
        QVERIFY(query->expiresFrom == *api::parseRfc3339("2026-01-01T00:00:00Z"));
        QVERIFY(query->expiresTo == *api::parseRfc3339("2027-01-01T00:00:00Z"));
        QCOMPARE(query->limit, 500);
        QVERIFY(!query->after);
        QCOMPARE(api::parseCertificateQuery(std::string_view())->limit, 100);
    }

    void badParametersAreNamed_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("named");
        const auto row = [](const char* query, const char* type, const char* named) {
            QTest::newRow(query) << QByteArray(query) << QByteArray(type) << QByteArray(named);
        };
        row("serial=xyz", "parameter-value", "serial");
        row("serial=", "parameter-value", "serial");
        row("serial", "parameter-value", "serial");
        row("serial=-1", "parameter-value", "serial");
        row("serial=1A:2B'%3B+DROP+TABLE+certificates%3B--", "parameter-value", "serial");
        row("serial=%2e%2e%2f%2e%2e", "parameter-value", "serial");
        row("device_id=7959a243f1f08c3f15e60d145c395d93", "parameter-value", "device_id");
        row("device_id=%25", "parameter-value", "device_id");
        row("vin_hash=00", "parameter-value", "vin_hash");
        row("status=active", "parameter-value", "status");
        row("status=ACTIVE%27+OR+1%3D1", "parameter-value", "status");
        row("type=", "parameter-value", "type");
        row("station=", "parameter-value", "station");
        row("issued_from=yesterday", "parameter-value", "issued_from");
        row("issued_to=2025-13-01", "parameter-value", "issued_to");
        row("expires_from=2025-1-1", "parameter-value", "expires_from");
        row("expires_to=99999-01-01", "parameter-value", "expires_to");
        row("limit=0", "parameter-value", "limit");
        row("limit=501", "parameter-value", "limit");
        row("limit=-1", "parameter-value", "limit");
        row("limit=10x", "parameter-value", "limit");
        row("limit=99999999999999999999", "parameter-value", "limit");
        row("cursor=", "cursor", "cursor");
        row("cursor=AAAA", "cursor", "cursor");
        row("cursor=%2B%2F%3D", "cursor", "cursor");
        row("vin=5VXTC2E41SA000017", "parameter-unknown", "vin");
        row("SERIAL=1A", "parameter-unknown", "SERIAL");
        row("serial=1A&serial=1A", "parameter-repeated", "serial");
        row("serial=1A&seri%61l=2B", "parameter-repeated", "serial");
        row("station=a%00b", "query-malformed", "station");
        row("station=a%0d%0ab", "query-malformed", "station");
        row("station=%c0%af", "query-malformed", "station");
        row("station=%ed%a0%80", "query-malformed", "station");
        row("station=%f5%80%80%80", "query-malformed", "station");
        row("station=%e4", "query-malformed", "station");
        row("station=%", "query-malformed", "station");
        row("station=%4", "query-malformed", "station");
        row("station=%zz", "query-malformed", "station");
        row("=1", "query-malformed", "name");
        row("%ff=1", "query-malformed", "name");
    }

    void badParametersAreNamed()
    {
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, named);
        const auto parsed = api::parseCertificateQuery(std::string_view(query.constData(), std::size_t(query.size())));
        QVERIFY(!parsed.has_value());
        QCOMPARE(parsed.error().code, ErrorCode::InvalidRequest);
        QCOMPARE(parsed.error().type, type.toStdString());
        QVERIFY2(parsed.error().detail.find(named.constData()) != std::string::npos, parsed.error().detail.c_str());
    }

    void tooLongTextsAndTooManyParametersAreRefused()
    {
        for (const char* name : {"type", "station", "issuer", "cursor"})
            QVERIFY(!api::parseCertificateQuery(std::string_view(name + ("=" + std::string(2000, 'a')))).has_value());
        std::string many;
        for (int i = 0; i < 40; ++i)
            many += "p" + std::to_string(i) + "=1&";
        QCOMPARE(api::parseQueryString(many).error().type, std::string("query-malformed"));
    }

    void cursorLeadsBack()
    {
        CertificateQuery query;
        query.status = CertificateStatus::Active;
        const auto cursor = api::toCursor(position(), query);
        QVERIFY(cursor.find_first_of("+/=") == std::string::npos);
        const auto parsed = api::parseCertificateQuery(std::string_view("limit=3&cursor=" + cursor + "&status=ACTIVE"));
        QVERIFY2(parsed.has_value(), parsed ? "" : parsed.error().detail.c_str());
        QVERIFY(parsed->after == position());
        QCOMPARE(api::parseCertificateQuery(std::string_view("cursor=" + cursor)).error().type, std::string("cursor"));
    }

    void cursorThatWasTamperedWithIsRefused()
    {
        const CertificateQuery query;
        const auto cursor = api::toCursor(position(), query);
        QVERIFY(api::parseCertificateQuery({{"cursor", cursor}}).has_value());
        for (std::size_t i = 0; i < cursor.size(); ++i) {
            auto changed = cursor;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            QVERIFY2(!api::parseCertificateQuery({{"cursor", changed}}).has_value(), std::to_string(i).c_str());
            QVERIFY(!api::parseCertificateQuery({{"cursor", cursor.substr(0, i)}}).has_value());
        }
        QVERIFY(!api::parseCertificateQuery({{"cursor", cursor + "AAAA"}}).has_value());
    }

    void referencesNameTheirFaults()
    {
        QCOMPARE(*api::parseCertificateReference("1a2b", "issuer=CN%3DCA")->issuer, std::string("CN=CA"));
        QVERIFY(!api::parseCertificateReference("1a2b", "")->issuer);
        QCOMPARE(api::parseCertificateReference("1a2b", "x=1").error().type, std::string("parameter-unknown"));
        QVERIFY(!api::parseCertificateReference("..", "").has_value());
    }

    void percentEncodingGoesBothWays()
    {
        const std::string text = "CN=V2C CA,O=\xC3\x84&+/%";
        const auto pairs = api::parseQueryString("a=" + api::percentEncoded(text));
        QVERIFY(pairs.has_value());
        QCOMPARE(pairs->front().second, text);
    }
};

QTEST_GUILESS_MAIN(CertificateSearchTest)
#include "certificate_search_test.moc"
