#include <QTest>

#include "audit/audit_head.h"
#include "audit/audit_row.h"

using namespace gateway;
using namespace gateway::audit;

class AuditHeadTest : public QObject
{
    Q_OBJECT

private:
    static AuditHead head()
    {
        return {.origin = "v2c.example.com",
                .size = 42,
                .root = leafHash(asBytes("x")),
                .sealedAt = Time(std::chrono::seconds(1'790'000'000)),
                .previousSize = 40};
    }

private Q_SLOTS:
    void comesBackAsWritten()
    {
        const auto text = encodeHead(head());
        QCOMPARE(text, "v2c-audit-head/1\nv2c.example.com\n42\n" + toLowerHex(head().root) + "\n1790000000\n40\n");
        const auto parsed = parseHead(text);
        QVERIFY(parsed);
        QCOMPARE(encodeHead(*parsed), text);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::newRow("other format") << QByteArray("head/1") << QByteArray("head/2");
        QTest::newRow("no origin") << QByteArray("v2c.example.com") << QByteArray("");
        QTest::newRow("origin with upper case") << QByteArray("v2c.example.com") << QByteArray("V2C.example.com");
        QTest::newRow("size zero") << QByteArray("\n42\n") << QByteArray("\n0\n");
        QTest::newRow("size negative") << QByteArray("\n42\n") << QByteArray("\n-42\n");
        QTest::newRow("size with zero in front") << QByteArray("\n42\n") << QByteArray("\n042\n");
        QTest::newRow("size too large") << QByteArray("\n42\n") << QByteArray("\n99999999999999999999\n");
        QTest::newRow("size not above the previous") << QByteArray("\n42\n") << QByteArray("\n40\n");
        QTest::newRow("root too short") << QByteArray("\n1790000000") << QByteArray("00\n1790000000");
        QTest::newRow("time not a number") << QByteArray("1790000000") << QByteArray("today");
        QTest::newRow("line missing") << QByteArray("\n40\n") << QByteArray("\n");
        QTest::newRow("line too many") << QByteArray("\n40\n") << QByteArray("\n40\n41\n");
        QTest::newRow("last line open") << QByteArray("\n40\n") << QByteArray("\n40");
        QTest::newRow("carriage return") << QByteArray("\n40\n") << QByteArray("\r\n40\n");
    }
    void refuses()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        auto text = QByteArray::fromStdString(encodeHead(head()));
        QVERIFY(text.contains(from));
        text.replace(text.lastIndexOf(from), from.size(), to);
        const auto parsed = parseHead(text.toStdString());
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().type, std::string("audit-head"));
    }

    void upperCaseHexIsAnotherSpelling()
    {
        auto text = encodeHead(head());
        const auto hex = toLowerHex(head().root);
        text.replace(text.find(hex), hex.size(), toUpperHex(head().root));
        QVERIFY(!parseHead(text));
    }

    void rowsHaveOneSpelling()
    {
        const AuditRow row{.id = 7,
                           .timestamp = "2025-10-09T10:30:00.000000Z",
                           .eventType = "certificate_issued",
                           .actor = "station-01",
                           .subjectJson = R"({"vin_hash": "ab", "device_id": "CD"})",
                           .result = "success",
                           .metadataJson = R"({"b": "2", "a": "ü\n"})",
                           .traceId = "550e8400-e29b-41d4-a716-446655440000"};
        const auto line = canonicalLine(row);
        QVERIFY(line);
        QCOMPARE(*line, std::string(R"({"actor":"station-01","event_type":"certificate_issued","id":7,)"
                                    R"("metadata":{"a":"ü\n","b":"2"},"result":"success",)"
                                    R"("subject":{"device_id":"CD","vin_hash":"ab"},)"
                                    R"("timestamp":"2025-10-09T10:30:00.000000Z",)"
                                    R"("trace_id":"550e8400-e29b-41d4-a716-446655440000"})"));
        auto broken = row;
        broken.subjectJson = "[]";
        QVERIFY(!canonicalLine(broken));
    }

    void tableKeepsFormulasHarmless()
    {
        AuditRow row{.id = 1,
                     .timestamp = "t",
                     .eventType = "e",
                     .actor = "=HYPERLINK(\"http://evil\")",
                     .subjectJson = "{}",
                     .result = "success",
                     .metadataJson = "{}",
                     .traceId = "x"};
        const auto csv = csvLine(5, *canonicalLine(row));
        QVERIFY(csv);
        QCOMPARE(*csv, std::string("\"5\",\"1\",\"t\",\"e\",\"'=HYPERLINK(\"\"http://evil\"\")\",\"\",\"\",\"\","
                                   "\"success\",\"{}\",\"x\"\r\n"));
        for (const auto* bad : {"", "[]", "{}", "{\"id\":1}", "not json"})
            QVERIFY(!csvLine(0, bad));
    }
};

QTEST_APPLESS_MAIN(AuditHeadTest)
#include "audit_head_test.moc"
