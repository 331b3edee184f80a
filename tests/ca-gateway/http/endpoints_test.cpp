#include <filesystem>
#include <fstream>
#include <sstream>

#include <QTemporaryDir>
#include <QTest>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "api/rfc3339.h"
#include "http/plain_endpoints.h"
#include "http/response_head.h"
#include "pki/public_key.h"

using namespace gateway;
using namespace gateway::http;

namespace {

const Time kNow = *api::parseRfc3339("2025-10-09T10:30:00Z");

Request make(std::string method, std::string target, std::string body = {}, std::string type = {})
{
    Request request{std::move(method), std::move(target), {}, std::move(body), "127.0.0.1", std::nullopt};
    if (!type.empty()) request.headers.emplace_back("content-type", std::move(type));
    return request;
}

std::string headerOf(const Response& response, const std::string& name)
{
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

std::vector<HealthPart> healthy()
{
    return {{"database", std::nullopt}};
}

/// Answers with what was asked, so that a test sees which bytes arrived.
std::shared_ptr<pki::OcspResponse> echoed(ByteView request)
{
    pki::OcspResponse answer;
    answer.der.assign(request.begin(), request.end());
    answer.cacheable = true;
    answer.sha256 = toLowerHex(pki::sha256(request));
    answer.maxAge = std::chrono::seconds(300);
    answer.thisUpdate = kNow - std::chrono::seconds(60);
    answer.nextUpdate = kNow + std::chrono::seconds(840);
    answer.statuses = {{"good", 1}};
    return std::make_shared<pki::OcspResponse>(std::move(answer));
}

} // namespace

class EndpointsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void traceIds_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("traceId"); // empty: a random one
        const QByteArray parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        const QByteArray uuid = "0af76519-16cd-43dd-8448-eb211c80319c";
        QTest::newRow("traceparent") << QByteArray("traceparent") << parent << uuid;
        QTest::newRow("later version") << QByteArray("traceparent") << "cc" + parent.mid(2) + "-what" << uuid;
        QTest::newRow("version ff") << QByteArray("traceparent") << "ff" + parent.mid(2) << QByteArray();
        QTest::newRow("version 00, longer") << QByteArray("traceparent") << parent + "-x" << QByteArray();
        QTest::newRow("upper case") << QByteArray("traceparent") << parent.toUpper() << QByteArray();
        QTest::newRow("zero") << QByteArray("traceparent") << "00-" + QByteArray(32, '0') + "-b7ad6b7169203331-01"
                              << QByteArray();
        QTest::newRow("short") << QByteArray("traceparent") << parent.left(54) << QByteArray();
        QTest::newRow("request id") << QByteArray("x-request-id") << uuid.toUpper() << uuid;
        QTest::newRow("request id without dashes")
            << QByteArray("x-request-id") << QByteArray("0af7651916cd43dd8448eb211c80319c") << uuid;
        QTest::newRow("request id with dashes elsewhere")
            << QByteArray("x-request-id") << QByteArray("0af7651916-cd-43dd-8448-eb211c80319c") << QByteArray();
        QTest::newRow("a VIN as request id")
            << QByteArray("x-request-id") << QByteArray("5VXTC2E41SA000017") << QByteArray();
        QTest::newRow("none") << QByteArray("x") << QByteArray("y") << QByteArray();
    }

    void traceIds()
    {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, traceId);
        auto request = make("GET", "/");
        request.headers.emplace_back(header.toStdString(), value.toStdString());
        const auto got = traceIdOf(request);
        if (!traceId.isEmpty()) {
            QCOMPARE(got, traceId.toStdString());
            return;
        }
        QCOMPARE(got.size(), std::size_t(36));
        QCOMPARE(got[14], '4');
        QVERIFY(got != traceIdOf(request));
    }

    void accessLineTellsTheRouteAndNoSecret()
    {
        std::ostringstream out;
        const auto log =
            std::make_shared<spdlog::logger>("gateway.http", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
        log->set_pattern("%v");
        Metrics metrics;
        const auto handler = observe(
            "api",
            [](const Request&, Exchange& exchange) {
                exchange.route = "POST /api/certificates";
                exchange.caller = "station-7";
                return exchange.refuse({ErrorCode::Conflict, "duplicate-key", "5VXTC2E41SA000017"});
            },
            metrics, log);
        auto request = make("POST", "/api/certificates?vin=5VXTC2E41SA000017", "5VXTC2E41SA000017");
        request.headers.emplace_back("authorization", "Bearer secret-token");
        const auto response = handler(request);
        QCOMPARE(response.status, 409);
        QCOMPARE(headerOf(response, "X-Trace-Id").size(), std::size_t(36));
        log->flush();
        const auto line = out.str();
        for (const char* expected :
             {"\"listener\":\"api\"", "\"method\":\"POST\"", "\"route\":\"POST /api/certificates\"", "\"status\":409",
              "\"caller\":\"station-7\"", "\"problem\":\"duplicate-key\"", "\"ms\":"})
            QVERIFY2(line.find(expected) != std::string::npos, line.c_str());
        QVERIFY(line.find(headerOf(response, "X-Trace-Id")) != std::string::npos);
        QVERIFY(line.find("5VXTC2E41SA000017") == std::string::npos);
        QVERIFY(line.find("secret-token") == std::string::npos);
        const auto text = metrics.text();
        QVERIFY2(
            text.find("v2c_http_requests_total{listener=\"api\",route=\"POST /api/certificates\",status=\"409\"} 1") !=
                std::string::npos,
            text.c_str());
        QVERIFY(text.find("v2c_http_request_duration_seconds_count") != std::string::npos);
    }

    void ocspRequests_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("allow");
        const auto row = [](const char* name, const char* method, const char* target, const char* type, int status,
                            const char* allow = "") {
            QTest::newRow(name) << QByteArray(method) << QByteArray(target) << QByteArray(type) << status
                                << QByteArray(allow);
        };
        // The base64 of what echoed() must see, bytes 30 03 0A FF BE, holds a slash and a plus: MAMK/74=
        row("POST /", "POST", "/", "application/ocsp-request", 200);
        row("POST /ocsp", "POST", "/ocsp", "application/ocsp-request", 200);
        row("GET raw", "GET", "/MAMK/74=", "", 200);
        row("GET without padding", "GET", "/MAMK/74", "", 200);
        row("GET encoded", "GET", "/MAMK%2F74%3D", "", 200);
        row("GET encoded in lower case", "GET", "/ocsp/MAMK%2f74%3d", "", 200);
        row("GET with two slashes", "GET", "//MAMK/74=", "", 200);
        row("GET /ocsp with two slashes", "GET", "/ocsp//MAMK/74=", "", 200);
        row("HEAD", "HEAD", "/ocsp/MAMK/74=", "", 200);
        row("POST as JSON", "POST", "/", "application/json", 415);
        row("POST without type", "POST", "/", "", 415);
        row("GET /", "GET", "/", "", 405, "POST");
        row("PUT", "PUT", "/ocsp", "application/ocsp-request", 405, "POST");
        row("DELETE a request", "DELETE", "/MAMK", "", 405, "GET, HEAD");
        row("GET no base64", "GET", "/hello*", "", 400);
        row("GET bad escape", "GET", "/MAMK%2", "", 400);
        row("GET url-safe base64", "GET", "/MAMK_74=", "", 400);
        row("health", "GET", "/health", "", 200);
        row("POST health", "POST", "/health", "", 405, "GET, HEAD");
    }

    void ocspRequests()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, type);
        QFETCH(int, status);
        QFETCH(QByteArray, allow);
        const Bytes der{0x30, 0x03, 0x0A, 0xFF, 0xBE};
        Metrics metrics;
        const auto handler =
            makeOcspHandler([](ByteView request) { return echoed(request); }, healthy, metrics, [] { return kNow; });
        Exchange exchange;
        const auto response = handler(
            make(method.toStdString(), target.toStdString(), {der.begin(), der.end()}, type.toStdString()), exchange);
        QVERIFY2(response.status == status, response.body.c_str());
        QCOMPARE(headerOf(response, "Allow"), allow.toStdString());
        if (status != 200 || target == "/health") return;
        QCOMPARE(Bytes(response.body.begin(), response.body.end()), der);
        QCOMPARE(response.contentType, std::string("application/ocsp-response"));
        QVERIFY(metrics.text().find("v2c_ocsp_response_duration_seconds_count 1") != std::string::npos);
    }

    void ocspAnswersCarryTheirLife()
    {
        Metrics metrics;
        const auto handler =
            makeOcspHandler([](ByteView request) { return echoed(request); }, healthy, metrics, [] { return kNow; });
        Exchange exchange;
        auto request = make("GET", "/MAMK/74=");
        const auto response = handler(request, exchange);
        QCOMPARE(headerOf(response, "Last-Modified"), std::string("Thu, 09 Oct 2025 10:29:00 GMT"));
        QCOMPARE(headerOf(response, "Expires"), std::string("Thu, 09 Oct 2025 10:44:00 GMT"));
        QCOMPARE(headerOf(response, "Cache-Control"),
                 std::string("max-age=300, public, no-transform, must-revalidate"));
        // printf '\x30\x03\x0a\xff\xbe' | sha256sum
        QCOMPARE(headerOf(response, "ETag"),
                 std::string("\"9a78f0da865952397a684d94c824c065acb81e77adb35f697a12dd1fd0505a3d\""));
        request.headers.emplace_back("if-none-match", headerOf(response, "ETag"));
        const auto unchanged = handler(request, exchange);
        QCOMPARE(unchanged.status, 304);
        QVERIFY(unchanged.body.empty());
        QCOMPARE(headerOf(unchanged, "ETag"), headerOf(response, "ETag"));
        request.headers.back().second = "\"another\"";
        QCOMPARE(handler(request, exchange).status, 200);
    }

    void plainAnswersAreTheSame()
    {
        Metrics metrics;
        const auto clock = [] { return kNow; };
        const auto slow = makeOcspHandler([](ByteView request) { return echoed(request); }, healthy, metrics, clock);
        const auto plain = makePlainOcspHandler(
            [](ByteView request) { return request.size() == 5 ? echoed(request) : nullptr; }, metrics, clock);
        const std::string type = "application/ocsp-request";
        const std::string der("\x30\x03\x0A\xFF\xBE", 5);
        Exchange exchange;
        for (const auto& [method, target, body] :
             {std::tuple<std::string, std::string, std::string>{"POST", "/ocsp", der}, {"GET", "/MAMK%2F74=", ""}}) {
            const auto expected = slow(make(method, target, body, body.empty() ? "" : type), exchange);
            std::string response;
            QVERIFY(plain({method, target, body.empty() ? "" : type, body, 0}, response));
            // The date may be another second's.
            const auto withoutDate = [](std::string text) {
                const auto at = text.find("Date: ");
                return text.erase(at, text.find('\n', at) - at);
            };
            QCOMPARE(withoutDate(response), withoutDate(responseHead(expected, 11, true) + expected.body));
        }
        QVERIFY(metrics.text().find(R"(v2c_http_requests_total{listener="ocsp",route="POST /ocsp",status="200"} 1)") !=
                std::string::npos);
        // Whatever is not plainly a request is the handler's, which says what is wrong with it.
        std::string response;
        for (const auto& request :
             {PlainRequest{"GET", "/MAMK", "", "", 0}, PlainRequest{"GET", "/health", "", "", 0},
              PlainRequest{"GET", "/ocsp/%%", "", "", 0}, PlainRequest{"GET", "/MAMK%2F74=?a", "", "", 0},
              PlainRequest{"POST", "/other", type, der, 0}, PlainRequest{"POST", "/ocsp", "text/plain", der, 0},
              PlainRequest{"POST", "/ocsp", type, "0123", 0}})
            QVERIFY(!plain(request, response));
        QCOMPARE(response, std::string());
    }

    void ocspAnswersThatMustNotBeKept()
    {
        Metrics metrics;
        const auto uncacheable = makeOcspHandler(
            [](ByteView request) {
                auto answer = echoed(request);
                answer->cacheable = false;
                return answer;
            },
            healthy, metrics, [] { return kNow; });
        Exchange exchange;
        const auto response = uncacheable(make("GET", "/MAMK"), exchange);
        QCOMPARE(response.status, 200);
        QCOMPARE(headerOf(response, "Cache-Control"), std::string("no-store"));
        QCOMPARE(headerOf(response, "ETag"), std::string());

        // Never longer fresh than the answer itself is valid.
        const auto late = makeOcspHandler([](ByteView request) { return echoed(request); }, healthy, metrics,
                                          [] { return kNow + std::chrono::seconds(800); });
        QVERIFY(headerOf(late(make("GET", "/MAMK"), exchange), "Cache-Control").starts_with("max-age=40,"));
    }

    void crls()
    {
        QTemporaryDir folder;
        const auto file = std::filesystem::path(folder.path().toStdString()) / "v2c.crl";
        Metrics metrics;
        const auto handler = makeCrlHandler(folder.path().toStdString(), healthy, metrics);
        Exchange exchange;
        const auto early = handler(make("GET", "/v2c.crl"), exchange);
        QCOMPARE(early.status, 503);
        QCOMPARE(headerOf(early, "Retry-After"), std::string("5"));
        QCOMPARE(handler(make("GET", "/v2c.crl.pem"), exchange).status, 503);

        std::ofstream(file) << "first list";
        std::ofstream(file.string() + ".pem") << "pem";
        const auto response = handler(make("GET", "/v2c.crl"), exchange);
        QCOMPARE(response.status, 200);
        QCOMPARE(response.body, std::string("first list"));
        QCOMPARE(response.contentType, std::string("application/pkix-crl"));
        QVERIFY(headerOf(response, "Cache-Control").find("max-age=60") != std::string::npos);
        QVERIFY(headerOf(response, "Last-Modified").ends_with(" GMT"));
        QCOMPARE(handler(make("GET", "/v2c.crl.pem"), exchange).body, std::string("pem"));

        auto request = make("GET", "/v2c.crl");
        request.headers.emplace_back("if-none-match", headerOf(response, "ETag"));
        QCOMPARE(handler(request, exchange).status, 304);

        // As the builder publishes: a new file renamed over the old one.
        std::ofstream(file.string() + ".new") << "second list";
        std::filesystem::last_write_time(file.string() + ".new",
                                         std::filesystem::last_write_time(file) + std::chrono::seconds(1));
        std::filesystem::rename(file.string() + ".new", file);
        const auto changed = handler(request, exchange);
        QCOMPARE(changed.status, 200);
        QCOMPARE(changed.body, std::string("second list"));
    }

    void crlPathsStayInTheFolder_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        for (const char* target : {"/", "/../secret.crl", "/%2e%2e/secret.crl", "/sub/x.crl", "/.hidden.crl", "/secret",
                                   "/secret.pem", "/V2C.CRL", "/unpublished.crl", "//etc/x.crl"})
            QTest::newRow(target) << QByteArray("GET") << QByteArray(target) << 404;
        QTest::newRow("POST") << QByteArray("POST") << QByteArray("/v2c.crl") << 405;
        QTest::newRow("health") << QByteArray("GET") << QByteArray("/health") << 200;
    }

    void crlPathsStayInTheFolder()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        QTemporaryDir folder;
        const auto root = std::filesystem::path(folder.path().toStdString());
        std::filesystem::create_directories(root / "crl" / "sub");
        for (const char* name : {"secret.crl", "crl/sub/x.crl", "crl/.hidden.crl", "crl/secret", "crl/secret.pem"})
            std::ofstream(root / name) << "secret";
        Metrics metrics;
        Exchange exchange;
        const auto response =
            makeCrlHandler(root / "crl", healthy, metrics)(make(method.toStdString(), target.toStdString()), exchange);
        QCOMPARE(response.status, status);
        QVERIFY(response.body.find("secret") == std::string::npos);
    }

    void metricsPage()
    {
        Metrics metrics;
        std::vector<HealthPart> parts{{"signer", Error{ErrorCode::HsmUnavailable, "signer-unreachable", ""}}};
        const auto handler = makeMetricsHandler([&] { return parts; }, metrics);
        Exchange exchange;
        const auto page = handler(make("GET", "/metrics"), exchange);
        QCOMPARE(page.status, 200);
        QVERIFY(page.contentType.starts_with("text/plain; version=0.0.4"));
        QVERIFY(page.body.find("v2c_signer_up 0") != std::string::npos);
        QCOMPARE(handler(make("GET", "/health"), exchange).status, 503);
        parts.front().fault.reset();
        QVERIFY(handler(make("GET", "/metrics"), exchange).body.find("v2c_signer_up 1") != std::string::npos);
        QCOMPARE(handler(make("POST", "/metrics"), exchange).status, 405);
        QCOMPARE(handler(make("GET", "/"), exchange).status, 404);
    }
};

QTEST_GUILESS_MAIN(EndpointsTest)
#include "endpoints_test.moc"
