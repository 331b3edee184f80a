#include <QTest>

#include "gateway/access_audit.h"

using namespace gateway;

namespace {

const Time kNow{std::chrono::seconds(1760005800)}; // 2025-10-09T10:30:00Z

AuditEvent rowOf(const std::string& type, const std::string& actor)
{
    return makeAuditEvent(type, Caller{Caller::Kind::Station, actor, {}, {}}, kNow);
}

/// Keeps what is appended, or fails.
struct Rows
{
    std::vector<AuditEvent> events;
    std::vector<std::size_t> batches;
    bool isDown = false;

    AuditQueue::Append append()
    {
        return [this](const std::vector<AuditEvent>& batch) -> Result<void> {
            if (isDown) return fail(ErrorCode::StoreUnavailable, "store-unreachable", "down");
            batches.push_back(batch.size());
            events.insert(events.end(), batch.begin(), batch.end());
            return {};
        };
    }
};

} // namespace

class AccessAuditTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anAccessSaysWhoAskedWhat()
    {
        const auto row = accessEvent({.traceId = "550e8400-e29b-41d4-a716-446655440000",
                                      .route = "GET /api/certificates",
                                      .caller = "security-desk",
                                      .remote = "192.0.2.7",
                                      .problem = {},
                                      .status = 200},
                                     kNow);
        QCOMPARE(row.eventType, std::string("access"));
        QCOMPARE(row.actor, std::string("security-desk"));
        QCOMPARE(row.result, std::string("success"));
        QCOMPARE(row.traceId, std::string("550e8400-e29b-41d4-a716-446655440000"));
        const std::map<std::string, std::string> expected{
            {"route", "GET /api/certificates"}, {"status", "200"}, {"remote", "192.0.2.7"}};
        QCOMPARE(row.metadata, expected);
    }

    void aRefusalSaysWhy()
    {
        const auto row = accessEvent(
            {.traceId = {}, .route = "unknown", .caller = {}, .remote = "::1", .problem = "role", .status = 403}, kNow);
        QCOMPARE(row.actor, std::string("unknown"));
        QCOMPARE(row.result, std::string("failure"));
        QCOMPARE(row.metadata.at("cause"), std::string("role"));
    }

    void ocspAnswersAreCountedByInterval()
    {
        OcspTally tally("replica-1", kNow);
        QVERIFY(!tally.take(kNow + std::chrono::seconds(60)));
        pki::OcspResponse good;
        good.statuses = {{"good", 1}};
        pki::OcspResponse mixed;
        mixed.statuses = {{"good", 2}, {"revoked", 1}};
        for (const auto& response : {good, mixed, pki::OcspResponse()})
            tally.count(response);
        const auto row = tally.take(kNow + std::chrono::seconds(120));
        QVERIFY(row.has_value());
        QCOMPARE(row->eventType, std::string("ocsp_responses"));
        QCOMPARE(row->actor, std::string("replica-1"));
        const std::map<std::string, std::string> expected{{"from", "2025-10-09T10:31:00Z"},
                                                          {"to", "2025-10-09T10:32:00Z"},
                                                          {"good", "3"},
                                                          {"revoked", "1"},
                                                          {"refused", "1"}};
        QCOMPARE(row->metadata, expected);
        QVERIFY(!tally.take(kNow + std::chrono::seconds(180)));
    }

    void rowsWaitForTheStoreInTheirOrder()
    {
        Rows rows;
        AuditQueue queue(rows.append(), [] { return kNow; });
        QCOMPARE(*queue.flush(), false);
        rows.isDown = true;
        for (int i = 0; i < 3; ++i)
            queue.push(rowOf("access", std::to_string(i)));
        QCOMPARE(queue.flush().error().type, std::string("store-unreachable"));
        queue.push(rowOf("access", "3"));
        rows.isDown = false;
        QCOMPARE(*queue.flush(), true);
        QCOMPARE(rows.events.size(), std::size_t{4});
        for (std::size_t i = 0; i < rows.events.size(); ++i)
            QCOMPARE(rows.events[i].actor, std::to_string(i));
    }

    void whatIsTooMuchIsCounted()
    {
        Rows rows;
        rows.isDown = true;
        AuditQueue queue(rows.append(), [] { return kNow; });
        for (std::size_t i = 0; i < AuditQueue::kCapacity + 7; ++i)
            queue.push(rowOf("access", "somebody"));
        QVERIFY(!queue.flush());
        QVERIFY(!queue.flush()); // the count survives a second failure
        rows.isDown = false;
        QCOMPARE(*queue.flush(), true);
        QCOMPARE(rows.events.size(), AuditQueue::kCapacity + 1);
        QCOMPARE(rows.batches.size(), AuditQueue::kCapacity / AuditQueue::kBatch);
        const auto lost = std::ranges::find_if(rows.events, [](const auto& row) { return row.result == "failure"; });
        QVERIFY(lost != rows.events.end());
        QCOMPARE(lost->eventType, std::string("access"));
        QCOMPARE(lost->metadata.at("rows_lost"), std::string("7"));
    }
};

QTEST_GUILESS_MAIN(AccessAuditTest)
#include "access_audit_test.moc"
