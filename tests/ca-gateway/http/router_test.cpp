#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>

#include "api/pem.h"
#include "fakes.h"
#include "http/router.h"
#include "http/tls_grace.h"

using namespace gateway;
using namespace gateway::http;

namespace {

const std::string kKey = "000102030405060708090a0b0c0d0e0f";
const std::string kToken = "revoker-token";
const Time kNow = *api::parseRfc3339("2025-10-09T10:30:00Z");

const char* const kIssueBody = R"({"csr":"MAMBAgM=","vin":"5VXTC2E41SA000017","tcu_serial":"T1"})";
const char* const kChallengeBody = R"({"ek_certificate":"MAMBAgM=","ak_public":"AAA="})";
const char* const kBrokerBody = R"({"csr":"MAMBAgM=","region":"eu"})";
const char* const kRenewBody = R"({"csr":"MAMBAgM="})";
const char* const kFailureBody = R"({"serial":"1A:2B","error":"alert 42"})";
const char* const kRevokeBody = R"({"serial":"1A:2B","reason":"KEY_COMPROMISE","severity":"P0"})";
const char* const kProvisionedBody =
    R"({"transaction":"000102030405060708090a0b0c0d0e0f","provisioned_at":"2025-10-09T10:30:00Z"})";
const char* const kRejectedBody = R"({"transaction":"000102030405060708090a0b0c0d0e0f","cause":"no answer"})";

/// The router asks a peer for its bytes, name and dates only.
Peer peer(const char* type, Time notAfter = kNow + std::chrono::hours(24))
{
    const std::string name = std::string(type) + "-1";
    return {Bytes(name.begin(), name.end()), {},      *CertificateSerial::parse("0A"), name,
            kNow - std::chrono::hours(24),   notAfter};
}

struct Rig
{
    FakeServices services;
    FakeDirectory directory;
    Metrics metrics;
    Exchange exchange{"550e8400-e29b-41d4-a716-446655440000", "unknown", {}, {}};

    Rig()
    {
        for (const char* type :
             {"station", "technician", "administrator", "vehicle", "broker", "gateway", "ocsp-signer", "root-ca"})
            directory.certificates[peer(type).certificateDer] = {type, "ACTIVE"};
        grant(kToken, {"revoke"});
        grant("other-token", {"list", "create"});
    }

    void grant(const std::string& token, std::set<std::string> scopes)
    {
        directory.tokens[token] = {"security-desk", std::move(scopes)};
    }

    Response send(const Request& request)
    {
        exchange = {"550e8400-e29b-41d4-a716-446655440000", "unknown", {}, {}};
        return Router(services, directory, metrics, [] { return kNow; }).handle(request, exchange);
    }
};

Request post(std::string target, std::string body, std::optional<Peer> from = std::nullopt)
{
    Request request{"POST",          std::move(target), {{"content-type", "application/json"}},
                    std::move(body), "127.0.0.1",       std::move(from)};
    request.headers.emplace_back("idempotency-key", kKey);
    return request;
}

Request get(std::string target, std::optional<Peer> from = std::nullopt)
{
    return {"GET", std::move(target), {}, {}, "127.0.0.1", std::move(from)};
}

Request revoke(std::optional<std::string> authorization)
{
    auto request = post("/api/certificates/revoke", kRevokeBody);
    if (authorization) request.headers.emplace_back("authorization", *authorization);
    return request;
}

std::optional<std::string> headerOf(const Response& response, const std::string& name)
{
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return std::nullopt;
}

std::string problemOf(const Response& response)
{
    const auto type = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object()[u"type"].toString();
    return type.section(u'/', -1).toStdString();
}

} // namespace

class RouterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyRouteReachesItsService_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("called");
        QTest::addColumn<int>("status");
        const auto row = [](const char* method, const char* path, const char* body, const char* from,
                            const char* called, int status) {
            QTest::newRow((std::string(called) + " /api").c_str())
                << QByteArray(method) << QByteArray("/api") + path << QByteArray(body) << QByteArray(from)
                << QByteArray(called) << status;
            QTest::newRow((std::string(called) + " alias").c_str())
                << QByteArray(method) << QByteArray(path) << QByteArray(body) << QByteArray(from) << QByteArray(called)
                << status;
        };
        row("POST", "/certificates/challenge", kChallengeBody, "station", "challenge", 200);
        row("POST", "/certificates", kIssueBody, "station", "issue", 200);
        row("GET", "/certificates/requests/000102030405060708090a0b0c0d0e0f", "", "station", "findRequest", 200);
        row("POST", "/certificates/1A:2B/provisioned", kProvisionedBody, "station", "provisioned", 204);
        row("POST", "/certificates/1a2b/rejected", kRejectedBody, "station", "rejected", 200);
        row("POST", "/certificates/renew", kRenewBody, "vehicle", "renew", 200);
        row("POST", "/certificates/broker", kBrokerBody, "broker", "issueBroker", 200);
        row("POST", "/certificates/renew/failure", kFailureBody, "vehicle", "renewFailure", 204);
    }

    void everyRouteReachesItsService()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, called);
        QFETCH(int, status);
        Rig rig;
        auto request = post(target.toStdString(), body.toStdString(), peer(from.constData()));
        request.method = method.toStdString();
        const auto response = rig.send(request);
        QVERIFY2(response.status == status, response.body.c_str());
        QCOMPARE(rig.services.called, called.toStdString());
        QCOMPARE(rig.exchange.problem, std::string());
        QVERIFY(rig.exchange.route.starts_with(method.toStdString() + " /api/certificates"));
        if (method == "POST") {
            QCOMPARE(rig.services.caller.name, from.toStdString() + "-1");
            QCOMPARE(rig.services.caller.certificateDer, peer(from.constData()).certificateDer);
            QCOMPARE(rig.services.caller.traceId, rig.exchange.traceId);
        }
        if (called == "provisioned" || called == "rejected") QCOMPARE(rig.services.serial, std::string("1A:2B"));
    }

    void serialInThePathMayBePercentEncoded()
    {
        Rig rig;
        const auto response =
            rig.send(post("/api/certificates/1A%3A2B/provisioned?x=1", kProvisionedBody, peer("station")));
        QCOMPARE(response.status, 204);
        QCOMPARE(rig.services.serial, std::string("1A:2B"));
        QCOMPARE(rig.exchange.route, std::string("POST /api/certificates/{serial}/provisioned"));
    }

    void revocationByToken_data()
    {
        QTest::addColumn<QByteArray>("authorization");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("problem");
        QTest::newRow("good") << QByteArray("Bearer revoker-token") << 200 << QByteArray();
        QTest::newRow("scheme in lower case") << QByteArray("bearer revoker-token") << 200 << QByteArray();
        QTest::newRow("none") << QByteArray() << 401 << QByteArray("token-missing");
        QTest::newRow("basic") << QByteArray("Basic cmV2b2tlcg==") << 401 << QByteArray("token-missing");
        QTest::newRow("only the scheme") << QByteArray("Bearer ") << 401 << QByteArray("token-missing");
        QTest::newRow("unknown") << QByteArray("Bearer guess") << 401 << QByteArray("token-unknown");
        QTest::newRow("blank behind") << QByteArray("Bearer revoker-token ") << 401 << QByteArray("token-unknown");
        QTest::newRow("two joined") << QByteArray("Bearer revoker-token, Bearer revoker-token") << 401
                                    << QByteArray("token-unknown");
        QTest::newRow("huge") << "Bearer " + QByteArray(5000, 'x') << 401 << QByteArray("token-unknown");
        QTest::newRow("other scopes") << QByteArray("Bearer other-token") << 403 << QByteArray("scope");
    }

    void revocationByToken()
    {
        QFETCH(QByteArray, authorization);
        QFETCH(int, status);
        QFETCH(QByteArray, problem);
        Rig rig;
        const auto response =
            rig.send(revoke(authorization.isEmpty() ? std::optional<std::string>() : authorization.toStdString()));
        QCOMPARE(response.status, status);
        QCOMPARE(rig.exchange.problem, problem.toStdString());
        if (status == 200) {
            QCOMPARE(rig.services.called, std::string("revoke"));
            QCOMPARE(rig.services.caller.kind, Caller::Kind::Token);
            QCOMPARE(rig.services.caller.name, std::string("security-desk"));
        } else {
            QCOMPARE(rig.services.called, std::string());
            QCOMPARE(problemOf(response), problem.toStdString());
        }
        if (status == 401) QVERIFY(headerOf(response, "WWW-Authenticate")->starts_with("Bearer"));
        QVERIFY(response.body.find("revoker-token") == std::string::npos);
    }

    void stationsAndVehiclesCannotRevoke()
    {
        Rig rig;
        QCOMPARE(rig.send(post("/api/certificates/revoke", kRevokeBody, peer("station"))).status, 403);
        QCOMPARE(rig.services.called, std::string());
    }

    void clientCertificates_data()
    {
        QTest::addColumn<QByteArray>("route");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("standing"); // "" unregistered
        QTest::addColumn<int>("hoursLeft");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("problem");
        const auto row = [](const char* name, const char* route, const char* type, const char* standing, int hours,
                            int status, const char* problem) {
            QTest::newRow(name) << QByteArray(route) << QByteArray(type) << QByteArray(standing) << hours << status
                                << QByteArray(problem);
        };
        row("none on issue", "issue", "", "", 0, 401, "client-certificate-missing");
        row("none on renew", "renew", "", "", 0, 401, "client-certificate-missing");
        row("vehicle on issue", "issue", "vehicle", "ACTIVE", 1, 403, "role");
        row("broker on issue", "issue", "broker", "ACTIVE", 1, 403, "role");
        row("OCSP signer on issue", "issue", "ocsp-signer", "ACTIVE", 1, 403, "role");
        row("station on renew", "renew", "station", "ACTIVE", 1, 403, "role");
        row("unregistered station", "issue", "station", "", 1, 403, "client-certificate-unknown");
        row("revoked station", "issue", "station", "REVOKED", 1, 403, "client-certificate-revoked");
        row("revoked vehicle", "renew", "vehicle", "REVOKED", 1, 403, "client-certificate-revoked");
        row("superseded vehicle", "renew", "vehicle", "SUPERSEDED", 1, 403, "client-certificate-revoked");
        row("expired station", "issue", "station", "ACTIVE", -1, 401, "client-certificate-expired");
        row("expired vehicle renews", "renew", "vehicle", "ACTIVE", -1, 200, "");
        row("expired vehicle, last hour", "renew", "vehicle", "ACTIVE", -7 * 24 + 1, 200, "");
        row("expired vehicle, too late", "renew", "vehicle", "ACTIVE", -7 * 24 - 1, 401, "client-certificate-expired");
        row("expired vehicle does nothing else", "failure", "vehicle", "ACTIVE", -1, 401, "client-certificate-expired");
        row("revoked and expired vehicle", "renew", "vehicle", "REVOKED", -1, 403, "client-certificate-revoked");
    }

    void clientCertificates()
    {
        QFETCH(QByteArray, route);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, standing);
        QFETCH(int, hoursLeft);
        QFETCH(int, status);
        QFETCH(QByteArray, problem);
        Rig rig;
        std::optional<Peer> from;
        if (!type.isEmpty()) {
            from = peer(type.constData(), kNow + std::chrono::hours(hoursLeft));
            if (standing.isEmpty())
                rig.directory.certificates.clear();
            else
                rig.directory.certificates[from->certificateDer].status = standing.toStdString();
        }
        const auto request = route == "issue"   ? post("/api/certificates", kIssueBody, from)
                             : route == "renew" ? post("/api/certificates/renew", kRenewBody, from)
                                                : post("/api/certificates/renew/failure", kFailureBody, from);
        const auto response = rig.send(request);
        QVERIFY2(response.status == status, response.body.c_str());
        QCOMPARE(rig.exchange.problem, problem.toStdString());
        QCOMPARE(rig.services.called.empty(), status != 200);
        if (status == 401) QVERIFY(headerOf(response, "WWW-Authenticate").has_value());
    }

    // Who may do what, once more and by hand: a slip in the table of routes must not pass as its own expectation.
    void everyRouteAdmitsItsRolesAndScopesOnly()
    {
        struct Row
        {
            const char* method;
            const char* target;
            const char* body;
            std::set<std::string> admitted;
        };
        const std::vector<Row> rows{
            {"POST", "/api/certificates/challenge", kChallengeBody, {"station"}},
            {"POST", "/api/certificates", kIssueBody, {"station"}},
            {"GET", "/api/certificates", "", {"station", "technician", "administrator", "scope:list"}},
            {"GET", "/api/certificates/1A:2B", "", {"station", "technician", "administrator", "scope:list"}},
            {"GET", "/api/certificates/requests/000102030405060708090a0b0c0d0e0f", "", {"station"}},
            {"POST", "/api/certificates/broker", kBrokerBody, {"broker", "scope:create"}},
            {"POST", "/api/certificates/renew", kRenewBody, {"vehicle"}},
            {"POST", "/api/certificates/renew/failure", kFailureBody, {"vehicle"}},
            {"POST", "/api/certificates/revoke", kRevokeBody, {"administrator", "scope:revoke"}},
            {"POST", "/api/certificates/1A:2B/provisioned", kProvisionedBody, {"station"}},
            {"POST", "/api/certificates/1A:2B/rejected", kRejectedBody, {"station"}},
            {"GET", "/api/audit/export", "", {"administrator", "scope:audit"}},
        };
        std::size_t routes = 0;
        for (const auto& route : Router::routes())
            routes += route.isAlias || route.access.isOpen() ? 0 : 1;
        QCOMPARE(rows.size(), routes);
        for (const auto& row : rows) {
            const auto check = [&](const std::string& credential, std::optional<Peer> from, bool hasToken) {
                Rig rig;
                auto request = post(row.target, row.body, std::move(from));
                request.method = row.method;
                if (hasToken) {
                    if (credential.starts_with("scope:"))
                        rig.directory.tokens[kToken] = {"script", {credential.substr(6)}};
                    request.headers.emplace_back("authorization", "Bearer " + kToken);
                }
                const auto response = rig.send(request);
                const auto text = std::string(row.method) + ' ' + row.target + " by " + credential + ": " +
                                  std::to_string(response.status) + ' ' + rig.exchange.problem;
                if (row.admitted.contains(credential)) {
                    QVERIFY2(response.status < 300, text.c_str());
                    return;
                }
                QVERIFY2(response.status == (credential == "nobody" || hasToken ? response.status : 403), text.c_str());
                QVERIFY2(response.status == 401 || response.status == 403, text.c_str());
                QVERIFY2(rig.services.called.empty(), text.c_str());
            };
            check("nobody", std::nullopt, false);
            for (const char* type :
                 {"station", "technician", "administrator", "vehicle", "broker", "gateway", "ocsp-signer", "root-ca"})
                check(type, peer(type), false);
            for (const auto scope : kTokenScopes)
                check("scope:" + std::string(scope), std::nullopt, true);
            check("scope:", std::nullopt, true);
        }
    }

    // A token counts where one is taken, whatever certificate is there too: the caller has said on whose behalf.
    void aTokenWinsOverTheCertificate()
    {
        Rig rig;
        auto request = get("/api/certificates", peer("station"));
        request.headers.emplace_back("authorization", "Bearer guess");
        QCOMPARE(rig.send(request).status, 401);
        request.headers.back().second = "Bearer other-token";
        QCOMPARE(rig.send(request).status, 200);
        QCOMPARE(rig.exchange.caller, std::string("security-desk"));
    }

    void searchAnswersPages()
    {
        Rig rig;
        const auto first = rig.send(get("/api/certificates?status=ACTIVE&limit=1", peer("administrator")));
        QVERIFY2(first.status == 200, first.body.c_str());
        QCOMPARE(rig.services.query.limit, 1);
        const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(first.body)).object();
        QCOMPARE(body[u"certificates"].toArray().size(), 1);
        QVERIFY(first.body.find("BEGIN CERTIFICATE") == std::string::npos);
        const auto cursor = body[u"next_cursor"].toString().toStdString();
        QVERIFY(!cursor.empty());
        const auto second =
            rig.send(get("/api/certificates?status=ACTIVE&limit=7&cursor=" + cursor, peer("administrator")));
        QVERIFY2(second.status == 200, second.body.c_str());
        QVERIFY(rig.services.query.after.has_value());
        QVERIFY(second.body.find("next_cursor") == std::string::npos);
        const auto other = rig.send(get("/api/certificates?status=REVOKED&cursor=" + cursor, peer("administrator")));
        QCOMPARE(other.status, 400);
        QCOMPARE(problemOf(other), std::string("cursor"));
    }

    void oneCertificateInThreeForms()
    {
        Rig rig;
        auto request = get("/api/certificates/1A%3A2B?issuer=CN%3DCA", peer("station"));
        auto response = rig.send(request);
        QVERIFY2(response.status == 200, response.body.c_str());
        QCOMPARE(response.contentType, std::string("application/json"));
        QVERIFY(response.body.find("BEGIN CERTIFICATE") != std::string::npos);
        QCOMPARE(rig.services.serial, std::string("1A:2B"));
        request.headers = {{"accept", "application/pkix-cert"}};
        response = rig.send(request);
        QCOMPARE(response.contentType, std::string("application/pkix-cert"));
        QCOMPARE(response.body, std::string(100, '0'));
        request.headers = {{"accept", "application/pem-certificate-chain"}};
        response = rig.send(request);
        QVERIFY(response.body.starts_with("-----BEGIN CERTIFICATE-----"));
        rig.services.error = Error{ErrorCode::NotFound, "serial-unknown", "none"};
        QCOMPARE(rig.send(request).status, 404);
    }

    void auditExportIsATar()
    {
        Rig rig;
        rig.grant("auditor-token", {"audit"});
        auto request = get("/api/audit/export?from=2026-01-01&to=2026-02-01T00:00:00Z&previous=17");
        request.headers.emplace_back("authorization", "Bearer auditor-token");
        const auto response = rig.send(request);
        QVERIFY2(response.status == 200, response.body.c_str());
        QCOMPARE(response.contentType, std::string("application/x-tar"));
        QCOMPARE(response.body, std::string("tar"));
        QCOMPARE(headerOf(response, "Content-Disposition"), std::string("attachment; filename=\"v2c-audit-0-9.tar\""));
        QVERIFY(rig.services.exportQuery.from == *api::parseRfc3339("2026-01-01T00:00:00Z"));
        QVERIFY(rig.services.exportQuery.to == *api::parseRfc3339("2026-02-01T00:00:00Z"));
        QCOMPARE(rig.services.exportQuery.previous, std::uint64_t{17});
        request.headers.back().second = "Bearer other-token";
        QCOMPARE(rig.send(request).status, 403);
        QCOMPARE(rig.send(get("/api/audit/export", peer("station"))).status, 403);
    }

    void auditExportQueriesAreRefusedByName_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("problem");
        QTest::newRow("unknown") << QByteArray("format=pdf") << QByteArray("parameter-unknown");
        QTest::newRow("twice") << QByteArray("from=2026-01-01&from=2026-01-02") << QByteArray("parameter-repeated");
        QTest::newRow("no date") << QByteArray("from=yesterday") << QByteArray("parameter-value");
        QTest::newRow("no such day") << QByteArray("to=2026-02-30") << QByteArray("parameter-value");
        QTest::newRow("backwards") << QByteArray("from=2026-02-01&to=2026-01-01") << QByteArray("parameter-value");
        QTest::newRow("empty range") << QByteArray("from=2026-02-01&to=2026-02-01") << QByteArray("parameter-value");
        QTest::newRow("no number") << QByteArray("previous=x") << QByteArray("parameter-value");
        QTest::newRow("zero") << QByteArray("previous=0") << QByteArray("parameter-value");
        QTest::newRow("negative") << QByteArray("previous=-1") << QByteArray("parameter-value");
        QTest::newRow("too large") << QByteArray("previous=18446744073709551616") << QByteArray("parameter-value");
        QTest::newRow("with a rest") << QByteArray("previous=1;DROP") << QByteArray("parameter-value");
        QTest::newRow("malformed") << QByteArray("from=%zz") << QByteArray("query-malformed");
    }

    void auditExportQueriesAreRefusedByName()
    {
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, problem);
        Rig rig;
        const auto response = rig.send(get("/api/audit/export?" + query.toStdString(), peer("administrator")));
        QCOMPARE(response.status, 400);
        QCOMPARE(problemOf(response), problem.toStdString());
        QCOMPARE(rig.services.called, std::string());
    }

    void bearerCertificateOnRenew_data()
    {
        QTest::addColumn<QByteArray>("authorization");
        QTest::addColumn<int>("status");
        const auto der = peer("vehicle").certificateDer;
        auto pem = QByteArray::fromStdString(api::toPem("CERTIFICATE", der));
        pem.replace("\n", "");
        QTest::newRow("base64 DER") << "Bearer " + QByteArray::fromStdString(toBase64(der)) << 200;
        QTest::newRow("PEM on one line") << "Bearer " + pem << 200;
        QTest::newRow("another certificate")
            << "Bearer " + QByteArray::fromStdString(toBase64(peer("station").certificateDer)) << 401;
        QTest::newRow("a token") << QByteArray("Bearer revoker-token") << 401;
        QTest::newRow("no scheme") << pem << 401;
        QTest::newRow("empty") << QByteArray("Bearer ") << 401;
    }

    void bearerCertificateOnRenew()
    {
        QFETCH(QByteArray, authorization);
        QFETCH(int, status);
        Rig rig;
        auto request = post("/api/certificates/renew", kRenewBody, peer("vehicle"));
        request.headers.emplace_back("authorization", authorization.toStdString());
        const auto response = rig.send(request);
        QCOMPARE(response.status, status);
        QCOMPARE(rig.services.called.empty(), status != 200);
        if (status == 401) QCOMPARE(problemOf(response), std::string("bearer-certificate-differs"));
    }

    void unknownPathsAndMethods_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("allow");
        const auto row = [](const char* method, const char* target, int status, const char* allow) {
            QTest::newRow((std::string(method) + ' ' + target).c_str())
                << QByteArray(method) << QByteArray(target) << status << QByteArray(allow);
        };
        row("GET", "/", 404, "");
        row("GET", "", 404, "");
        row("POST", "/api", 404, "");
        row("POST", "/api/api/certificates", 404, "");
        row("POST", "/api/certificates/", 404, "");
        row("POST", "/api/certificates//provisioned", 404, "");
        row("POST", "/api/certificates/%/provisioned", 404, "");
        row("POST", "/api/certificates/1A/provisioned/x", 404, "");
        row("POST", "/api/health", 404, "");
        row("GET", "/metrics", 404, "");
        row("PUT", "/api/certificates", 405, "POST, GET, HEAD");
        row("POST", "/api/certificates/1A:2B", 405, "GET, HEAD");
        row("GET", "/api/certificates/renew", 405, "POST");
        row("DELETE", "/api/certificates/revoke", 405, "POST");
        row("post", "/api/certificates", 405, "POST, GET, HEAD");
        row("POST", "/health", 405, "GET, HEAD");
        row("PUT", "/certificates/requests/00", 405, "GET, HEAD");
    }

    void unknownPathsAndMethods()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        QFETCH(QByteArray, allow);
        Rig rig;
        auto request = post(target.toStdString(), kIssueBody, peer("station"));
        request.method = method.toStdString();
        const auto response = rig.send(request);
        QCOMPARE(response.status, status);
        QCOMPARE(rig.exchange.route, std::string("unknown"));
        QCOMPARE(headerOf(response, "Allow").value_or(""), allow.toStdString());
        QCOMPARE(rig.services.called, std::string());
    }

    void contentTypes_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<int>("status");
        QTest::newRow("with charset") << QByteArray("/api/certificates")
                                      << QByteArray("Application/JSON; charset=utf-8") << 200;
        QTest::newRow("text") << QByteArray("/api/certificates") << QByteArray("text/plain") << 415;
        QTest::newRow("form") << QByteArray("/api/certificates") << QByteArray("application/x-www-form-urlencoded")
                              << 415;
        QTest::newRow("prefix") << QByteArray("/api/certificates") << QByteArray("application/jsonx") << 415;
        QTest::newRow("none") << QByteArray("/api/certificates") << QByteArray() << 415;
        QTest::newRow("revoke as curl -d sends it")
            << QByteArray("/certificates/revoke") << QByteArray("application/x-www-form-urlencoded") << 200;
        QTest::newRow("revoke as text") << QByteArray("/certificates/revoke") << QByteArray("text/plain") << 415;
    }

    void contentTypes()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, type);
        QFETCH(int, status);
        Rig rig;
        const bool isRevoke = target.endsWith("revoke");
        auto request = post(target.toStdString(), isRevoke ? kRevokeBody : kIssueBody, peer("station"));
        request.headers = {{"idempotency-key", kKey}, {"authorization", "Bearer " + kToken}};
        if (!type.isEmpty()) request.headers.emplace_back("content-type", type.toStdString());
        const auto response = rig.send(request);
        QVERIFY2(response.status == status, response.body.c_str());
    }

    void idempotencyKeyIsDemanded_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("problem");
        QTest::newRow("none") << QByteArray() << QByteArray("idempotency-key-missing");
        QTest::newRow("short") << QByteArray("0001") << QByteArray("idempotency-key");
        QTest::newRow("no hex") << QByteArray(32, 'g') << QByteArray("idempotency-key");
        QTest::newRow("two") << QByteArray("000102030405060708090a0b0c0d0e0f, 000102030405060708090a0b0c0d0e0f")
                             << QByteArray("idempotency-key");
    }

    void idempotencyKeyIsDemanded()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, problem);
        for (const bool isRenewal : {false, true}) {
            Rig rig;
            auto request = isRenewal ? post("/api/certificates/renew", kRenewBody, peer("vehicle"))
                                     : post("/api/certificates", kIssueBody, peer("station"));
            request.headers = {{"content-type", "application/json"}};
            if (!key.isEmpty()) request.headers.emplace_back("idempotency-key", key.toStdString());
            const auto response = rig.send(request);
            QCOMPARE(response.status, 400);
            QCOMPARE(problemOf(response), problem.toStdString());
            QCOMPARE(rig.services.called, std::string());
        }
    }

    void bodyFaultsAreNamed()
    {
        Rig rig;
        const auto response = rig.send(post("/api/certificates", R"({"csr":"MAMBAgM=","vin":5})", peer("station")));
        QCOMPARE(response.status, 400);
        QCOMPARE(problemOf(response), std::string("field-type"));
        QVERIFY(response.body.find("vin") != std::string::npos);
        QCOMPARE(rig.services.called, std::string());
    }

    void pathFaultsAreNamed()
    {
        Rig rig;
        QCOMPARE(rig.send(post("/api/certificates/xyz/rejected", kRejectedBody, peer("station"))).status, 400);
        QCOMPARE(rig.send(get("/api/certificates/requests/xyz", peer("station"))).status, 400);
        QCOMPARE(rig.services.called, std::string());
    }

    void errorsOfTheServicesBecomeProblems()
    {
        Rig rig;
        rig.services.error = Error{ErrorCode::RateLimited, "rate-limit-tcu", "one per day", std::chrono::seconds(3600)};
        const auto response = rig.send(post("/api/certificates", kIssueBody, peer("station")));
        QCOMPARE(response.status, 429);
        QCOMPARE(response.contentType, std::string("application/problem+json"));
        QCOMPARE(headerOf(response, "Retry-After").value_or(""), std::string("3600"));
        QCOMPARE(problemOf(response), std::string("rate-limit-tcu"));
        QVERIFY(response.body.find(rig.exchange.traceId) != std::string::npos);
        QVERIFY(rig.metrics.text().find("v2c_certificates_issued_total{operation=\"issue\"} 0") != std::string::npos);
    }

    void aDeadDatabaseIsNoRefusalOfTheCaller()
    {
        Rig rig;
        rig.directory.error = Error{ErrorCode::StoreUnavailable, "store-unreachable", "no connection"};
        QCOMPARE(rig.send(post("/api/certificates", kIssueBody, peer("station"))).status, 503);
        QCOMPARE(rig.send(revoke("Bearer " + kToken)).status, 503);
    }

    void healthTellsWhatIsDown()
    {
        Rig rig;
        QCOMPARE(rig.send(get("/health")).status, 200);
        rig.services.health[1].fault = Error{ErrorCode::HsmUnavailable, "signer-unreachable", "secret detail"};
        const auto response = rig.send(get("/health"));
        QCOMPARE(response.status, 503);
        const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
        QCOMPARE(body[u"status"].toString(), QStringLiteral("unavailable"));
        QCOMPARE(body[u"parts"].toObject()[u"database"].toString(), QStringLiteral("ok"));
        QCOMPARE(body[u"parts"].toObject()[u"signer"].toString(), QStringLiteral("signer-unreachable"));
        QVERIFY(rig.metrics.text().find("v2c_signer_up 0") != std::string::npos);
        QVERIFY(rig.metrics.text().find("v2c_database_up 1") != std::string::npos);
    }

    void healthTellsWhichIssuingCaSigns()
    {
        Rig rig;
        rig.services.health.push_back(
            {"device-issuing-ca", Error{ErrorCode::HsmUnavailable, "signer-timeout", ""}, false});
        rig.services.health.push_back({"device-issuing-ca-backup", std::nullopt, true});
        const auto response = rig.send(get("/health"));
        QCOMPARE(response.status, 200);
        const auto body = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
        QCOMPARE(body[u"status"].toString(), QStringLiteral("degraded"));
        QCOMPARE(body[u"parts"].toObject()[u"device-issuing-ca"].toString(), QStringLiteral("signer-timeout"));
        QCOMPARE(body[u"parts"].toObject()[u"device-issuing-ca-backup"].toString(), QStringLiteral("in use"));
        const auto text = rig.metrics.text();
        QVERIFY(text.find("v2c_issuing_ca_up{ca=\"device-issuing-ca\"} 0") != std::string::npos);
        QVERIFY(text.find("v2c_issuing_ca_in_use{ca=\"device-issuing-ca-backup\"} 1") != std::string::npos);
    }

    void issuedAreCounted()
    {
        Rig rig;
        QCOMPARE(rig.send(post("/api/certificates", kIssueBody, peer("station"))).status, 200);
        QCOMPARE(rig.send(post("/api/certificates", kIssueBody, peer("station"))).status, 200);
        QCOMPARE(rig.send(post("/api/certificates/renew", kRenewBody, peer("vehicle"))).status, 200);
        const auto text = rig.metrics.text();
        QVERIFY(text.find("v2c_certificates_issued_total{operation=\"issue\"} 2") != std::string::npos);
        QVERIFY(text.find("v2c_certificates_issued_total{operation=\"renew\"} 1") != std::string::npos);
    }

    // docs/access.md has a row for each route, as the table says it.
    void accessPageShowsTheTable()
    {
        QFile file(QStringLiteral(V2C_SOURCE_DIR "/docs/access.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto page = QString::fromUtf8(file.readAll());
        int rows = 0;
        for (const auto& route : Router::routes()) {
            if (route.isAlias) continue;
            QString row = QStringLiteral("| `%1 %2` |")
                              .arg(QString::fromStdString(route.method), QString::fromStdString(route.pattern));
            for (const auto role : kRoles)
                row += route.access.roles.contains(role) ? QStringLiteral(" yes |") : QStringLiteral("  |");
            const auto scope = QString::fromUtf8(route.access.scope.data(), qsizetype(route.access.scope.size()));
            row += route.access.isOpen() ? QStringLiteral(" open |") : QStringLiteral(" %1 |").arg(scope);
            QVERIFY2(page.contains(row), qPrintable(row));
            ++rows;
        }
        QCOMPARE(page.count(QStringLiteral("| `POST /")) + page.count(QStringLiteral("| `GET /")), rows);
    }

    // The document lists the same routes, no more and no fewer, with the same access and key rules. Reads the few YAML
    // shapes the document uses: paths at two blanks, methods at four, keys of an operation at six.
    void openapiDescribesTheseRoutes()
    {
        QFile file(QStringLiteral(V2C_SOURCE_DIR "/docs/api/openapi.yaml"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QRegularExpression path(QStringLiteral("^  (/\\S*):$"));
        const QRegularExpression method(QStringLiteral("^    (get|post|put|delete):$"));
        const QRegularExpression access(QStringLiteral("^      x-access: (.+)$"));
        std::map<std::string, QStringList> documented;
        QString currentPath;
        std::string current;
        bool isInPaths = false;
        for (const auto& bytes : file.readAll().split('\n')) {
            const auto line = QString::fromUtf8(bytes);
            if (!line.isEmpty() && !line.startsWith(u' ') && !line.startsWith(u'#'))
                isInPaths = line == QStringLiteral("paths:");
            if (!isInPaths) continue;
            if (const auto match = path.match(line); match.hasMatch()) currentPath = match.captured(1);
            if (const auto match = method.match(line); match.hasMatch()) {
                current = (match.captured(1).toUpper() + u' ' + currentPath).toStdString();
                documented[current];
            }
            if (const auto match = access.match(line); match.hasMatch()) documented[current] << match.captured(1);
            if (line.contains(QStringLiteral("parameters/IdempotencyKey")))
                documented[current] << QStringLiteral("key");
            if (line.trimmed() == QStringLiteral("application/json:") &&
                line.startsWith(QStringLiteral("          app")))
                documented[current] << QStringLiteral("application/json");
        }
        std::map<std::string, QStringList> served;
        for (const auto& route : Router::routes()) {
            if (route.isAlias) continue;
            auto& facts = served[route.method + ' ' + route.pattern];
            facts << QString::fromStdString(describe(route.access));
            if (route.needsKey) facts << QStringLiteral("key");
            if (!route.requestType.empty()) facts << QString::fromStdString(route.requestType);
        }
        for (const auto& [name, facts] : served) {
            QVERIFY2(documented.contains(name), name.c_str());
            QCOMPARE(documented[name], facts);
        }
        for (const auto& [name, facts] : documented)
            QVERIFY2(served.contains(name), name.c_str());
    }
};

QTEST_GUILESS_MAIN(RouterTest)
#include "router_test.moc"
