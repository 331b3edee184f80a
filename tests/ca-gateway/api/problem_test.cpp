#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "api/problem.h"

using namespace gateway;

class ProblemTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyErrorHasItsStatusAndComesBackAsItself_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("status");
        const auto row = [](ErrorCode code, int status) {
            QTest::newRow(std::string(name(code)).c_str()) << int(code) << status;
        };
        row(ErrorCode::InvalidRequest, 400);
        row(ErrorCode::Unauthorized, 401);
        row(ErrorCode::Forbidden, 403);
        row(ErrorCode::NotFound, 404);
        row(ErrorCode::Conflict, 409);
        row(ErrorCode::PolicyViolation, 422);
        row(ErrorCode::RateLimited, 429);
        row(ErrorCode::HsmUnavailable, 503);
        row(ErrorCode::StoreUnavailable, 503);
        row(ErrorCode::OutcomeUnknown, 504);
        row(ErrorCode::Internal, 500);
    }

    void everyErrorHasItsStatusAndComesBackAsItself()
    {
        QFETCH(int, code);
        QFETCH(int, status);
        const Error error{ErrorCode(code), "some-cause", "expected \"a\", got b", std::chrono::seconds(17)};
        const auto text = api::toProblem(error, "550e8400-e29b-41d4-a716-446655440000");
        const auto object = QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
        QCOMPARE(object[u"type"].toString(), QStringLiteral("https://v2c.example.com/problems/some-cause"));
        QCOMPARE(object[u"status"].toInt(), status);
        QCOMPARE(object[u"detail"].toString(), QStringLiteral("expected \"a\", got b"));
        QCOMPARE(object[u"retry_after"].toInt(), 17);
        QCOMPARE(object[u"trace_id"].toString(), QStringLiteral("550e8400-e29b-41d4-a716-446655440000"));
        QVERIFY(!object[u"title"].toString().isEmpty());

        const auto read = api::parseProblem(text, status);
        QCOMPARE(read.code, error.code);
        QCOMPARE(read.type, error.type);
        QCOMPARE(read.detail, error.detail);
        QVERIFY(read.retryAfter == error.retryAfter);
    }

    void brokenTextInADetailIsStillJson()
    {
        const auto text = api::toProblem({ErrorCode::Internal, "x", "bad \xff byte"}, "t");
        QVERIFY(QJsonDocument::fromJson(QByteArray::fromStdString(text)).isObject());
    }

    void whatIsNoProblemDocumentGoesByItsStatus_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("code");
        QTest::newRow("proxy's page") << QByteArray("<html>Bad Gateway</html>") << 502
                                      << int(ErrorCode::OutcomeUnknown);
        QTest::newRow("empty") << QByteArray() << 503 << int(ErrorCode::StoreUnavailable);
        QTest::newRow("foreign type") << QByteArray("{\"type\":\"about:blank\"}") << 404 << int(ErrorCode::NotFound);
        QTest::newRow("type is a number") << QByteArray("{\"type\":1}") << 409 << int(ErrorCode::Conflict);
        QTest::newRow("teapot") << QByteArray("[]") << 418 << int(ErrorCode::InvalidRequest);
        QTest::newRow("redirect") << QByteArray() << 302 << int(ErrorCode::Internal);
    }

    void whatIsNoProblemDocumentGoesByItsStatus()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(int, code);
        const auto error = api::parseProblem(body.toStdString(), status);
        QCOMPARE(error.code, ErrorCode(code));
        QCOMPARE(error.type, std::string("http-status"));
        QVERIFY(!error.retryAfter.has_value());
    }
};

QTEST_GUILESS_MAIN(ProblemTest)
#include "problem_test.moc"
