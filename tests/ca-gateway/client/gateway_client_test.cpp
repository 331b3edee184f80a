#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>

#include <QTemporaryDir>
#include <QTest>

#include <openssl/ssl.h>

#include "ca-gateway/http/fakes.h"
#include "ca-gateway/http/plain_socket.h"
#include "ca-gateway/http/test_pki.h"
#include "client/gateway_client.h"
#include "http/router.h"

using namespace gateway;
using namespace std::chrono_literals;

namespace {

constexpr long kDay = 86400;

TransactionId transaction(std::uint8_t number)
{
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = number;
    return TransactionId::fromBytes(bytes);
}

IssueRequest issueRequest(std::uint8_t number = 1)
{
    return {transaction(number), *Vin::parse("5VXTC2E41SA000017"), Bytes{0x30, 0x00}, "TCU-1"};
}

/// The gateway's real server and router with fake services, its files in a folder of its own.
class Gateway
{
public:
    explicit Gateway(const testpki::Hierarchy& hierarchy) : pki(hierarchy)
    {
        testpki::write(file("root.pem"), pki.root.pem());
        writeServer(pki.server);
        settings.name = "api";
        settings.tls = http::TlsFiles{file("server.pem"), file("server.key"), file("root.pem")};
        settings.certificateCheck = 50ms;
        handler = [this](const http::Request& request) {
            ++requests;
            return http::observe(
                "api",
                [this](const http::Request& seen, http::Exchange& exchange) { return router.handle(seen, exchange); },
                metrics, nullptr)(request);
        };
    }

    void start()
    {
        auto started = http::Server::start(settings, handler);
        if (!started) qFatal("%s", started.error().detail.c_str());
        server = std::move(*started);
        settings.port = server->port();
    }

    void writeServer(const testpki::Identity& identity) const
    {
        testpki::write(file("server.pem"), identity.pem() + pki.intermediate.pem());
        testpki::write(file("server.key"), identity.keyPem());
    }

    std::string file(const std::string& name) const { return folder.path().toStdString() + '/' + name; }

    /// Registers the identity as of this type.
    void know(const testpki::Identity& identity, const std::string& type)
    {
        directory.certificates[identity.der()] = {type, "ACTIVE"};
    }

    ClientSettings clientSettings(const std::string& host = "127.0.0.1") const
    {
        return {"https://" + host + ':' + std::to_string(settings.port), file("root.pem"), 3000ms, 10000ms};
    }

    std::unique_ptr<GatewayClient> client(const testpki::Identity& identity, const ClientSettings& with) const
    {
        auto made = makeGatewayClient(with, KeyCredential{identity.pem() + pki.intermediate.pem(), identity.key.get()});
        if (!made) qFatal("%s", made.error().detail.c_str());
        return std::move(*made);
    }
    std::unique_ptr<GatewayClient> client(const testpki::Identity& identity) const
    {
        return client(identity, clientSettings());
    }

    const testpki::Hierarchy& pki;
    QTemporaryDir folder;
    http::FakeServices services;
    http::FakeDirectory directory;
    http::Metrics metrics;
    http::Router router{services, directory, metrics,
                        [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }};
    std::atomic<int> requests = 0;
    http::ServerSettings settings;
    http::Handler handler;
    std::unique_ptr<http::Server> server;
};

/// A TLS client without the gateway client's manners.
class RawTls
{
public:
    explicit RawTls(std::uint16_t port, SSL_SESSION* session = nullptr) : m_socket(port)
    {
        m_context.reset(SSL_CTX_new(TLS_client_method()));
        m_connection.reset(SSL_new(m_context.get()));
        if (session != nullptr) SSL_set_session(m_connection.get(), session);
        SSL_set_fd(m_connection.get(), m_socket.descriptor());
    }

    void use(const testpki::Identity& identity, const testpki::Identity* issuer)
    {
        SSL_use_certificate(m_connection.get(), identity.certificate.get());
        SSL_use_PrivateKey(m_connection.get(), identity.key.get());
        if (issuer != nullptr) SSL_add1_chain_cert(m_connection.get(), issuer->certificate.get());
    }

    /// The whole answer, or nothing when the server would not talk.
    std::string ask(const std::string& request)
    {
        if (SSL_connect(m_connection.get()) != 1) return {};
        if (SSL_write(m_connection.get(), request.data(), int(request.size())) <= 0) return {};
        std::string answer;
        std::array<char, 4096> bytes{};
        for (int count = 0; (count = SSL_read(m_connection.get(), bytes.data(), int(bytes.size()))) > 0;)
            answer.append(bytes.data(), std::size_t(count));
        return answer;
    }

    SSL* native() { return m_connection.get(); }

private:
    PlainSocket m_socket;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> m_context{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> m_connection{nullptr, SSL_free};
};

std::string post(const std::string& path, const std::string& headers, const std::string& body)
{
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n" +
           headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool hasStatus(const std::string& answer, int status)
{
    return answer.starts_with("HTTP/1.1 " + std::to_string(status) + ' ');
}

} // namespace

class GatewayClientTest : public QObject
{
    Q_OBJECT

    testpki::Hierarchy m_pki;
    testpki::Identity m_station = m_pki.client("station-1");
    testpki::Identity m_vehicle = m_pki.client("vehicle-1");

private Q_SLOTS:
    void everyCallOverMutualTls()
    {
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        gateway.know(m_vehicle, "vehicle");
        gateway.start();
        const auto station = gateway.client(m_station);
        const auto issued = station->issue(issueRequest());
        QVERIFY2(issued.has_value(), issued ? "" : issued.error().detail.c_str());
        QCOMPARE(issued->certificateDer, http::FakeServices::issued().certificateDer);
        QCOMPARE(gateway.services.transactions.front(), transaction(1).text());
        QCOMPARE(gateway.services.caller.name, std::string("station-1"));
        QCOMPARE(gateway.services.caller.certificateDer, m_station.der());
        // The transaction is the trace, so that station, log and audit meet.
        QCOMPARE(gateway.services.caller.traceId, std::string("00000000-0000-0000-0000-000000000001"));
        const auto found = station->findRequest(transaction(1));
        QVERIFY(found.has_value() && found->certificate.has_value());
        const auto serial = issued->serial;
        QVERIFY(station->reportProvisioned({serial, transaction(1), issued->issuedAt}).has_value());
        QCOMPARE(gateway.services.serial, serial.text());
        const auto rejected = station->reportRejected({serial, transaction(1), "no answer"});
        QVERIFY(rejected.has_value());
        QCOMPARE(rejected->reason, RevocationReason::CessationOfOperation);
        const auto health = station->checkHealth();
        QVERIFY(health.has_value());
        QCOMPARE(health->status, std::string("ok"));

        const auto vehicle = gateway.client(m_vehicle, gateway.clientSettings("localhost"));
        QVERIFY(vehicle->renew({transaction(2), Bytes{0x30, 0x00}}).has_value());
        QVERIFY(vehicle->reportRenewFailure({serial, "alert"}).has_value());
        QCOMPARE(gateway.services.called, std::string("renewFailure"));
    }

    void credentialFromFiles()
    {
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        gateway.start();
        testpki::write(gateway.file("station.pem"), m_station.pem() + m_pki.intermediate.pem());
        testpki::write(gateway.file("station.key"), m_station.keyPem());
        const auto client = makeGatewayClient(gateway.clientSettings(),
                                              FileCredential{gateway.file("station.pem"), gateway.file("station.key")});
        QVERIFY(client.has_value());
        QVERIFY((*client)->issue(issueRequest()).has_value());
    }

    void badCredentials_data()
    {
        QTest::addColumn<QByteArray>("certificate");
        QTest::addColumn<QByteArray>("key");
        const auto pem = QByteArray::fromStdString(m_station.pem());
        const auto key = QByteArray::fromStdString(m_station.keyPem());
        QTest::newRow("no certificate") << QByteArray() << key;
        QTest::newRow("garbage certificate") << QByteArray("hello") << key;
        QTest::newRow("no key") << pem << QByteArray();
        QTest::newRow("another's key") << pem << QByteArray::fromStdString(m_vehicle.keyPem());
        QTest::newRow("key with passphrase") << pem << QByteArray::fromStdString(m_station.keyPem("1234"));
    }

    void badCredentials()
    {
        QFETCH(QByteArray, certificate);
        QFETCH(QByteArray, key);
        Gateway gateway(m_pki);
        testpki::write(gateway.file("c.pem"), certificate.toStdString());
        testpki::write(gateway.file("c.key"), key.toStdString());
        const auto client = makeGatewayClient({"https://127.0.0.1:1", gateway.file("root.pem")},
                                              FileCredential{gateway.file("c.pem"), gateway.file("c.key")});
        QVERIFY(!client.has_value());
        QCOMPARE(client.error().type, std::string("client-credential"));
        QVERIFY(client.error().detail.find("PRIVATE") == std::string::npos);
    }

    void badUrls_data()
    {
        QTest::addColumn<QByteArray>("url");
        for (const char* url : {"", "http://127.0.0.1:1", "https://", "https://host", "https://host:", "https://host:0",
                                "https://host:65536", "https://host:99999999999", "https://host:1/path",
                                "https://user@host:1", "https://:1", "https://ho st:1", "HTTPS://host:1x"})
            QTest::newRow(url) << QByteArray(url);
    }

    void badUrls()
    {
        QFETCH(QByteArray, url);
        Gateway gateway(m_pki);
        const auto client = makeGatewayClient({url.toStdString(), gateway.file("root.pem")},
                                              KeyCredential{m_station.pem(), m_station.key.get()});
        QVERIFY(!client.has_value());
        QCOMPARE(client.error().type, std::string("client-url"));
    }

    void problemsComeThrough()
    {
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        gateway.services.error = Error{ErrorCode::RateLimited, "rate-limit-tcu", "one per day", 3600s};
        gateway.start();
        const auto issued = gateway.client(m_station)->issue(issueRequest());
        QVERIFY(!issued.has_value());
        QCOMPARE(issued.error().code, ErrorCode::RateLimited);
        QCOMPARE(issued.error().type, std::string("rate-limit-tcu"));
        QCOMPARE(issued.error().detail, std::string("one per day"));
        QVERIFY(issued.error().retryAfter == 3600s);
    }

    void unregisteredAndRevokedAreForbidden()
    {
        Gateway gateway(m_pki);
        gateway.start();
        auto client = gateway.client(m_station);
        QCOMPARE(client->issue(issueRequest()).error().type, std::string("client-certificate-unknown"));
        gateway.directory.certificates[m_station.der()] = {"station", "REVOKED"};
        QCOMPARE(client->issue(issueRequest()).error().type, std::string("client-certificate-revoked"));
        QCOMPARE(gateway.services.called, std::string());
    }

    void serverThatIsNotTheGateway_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("foreign root") << 0;
        QTest::newRow("another name") << 1;
        QTest::newRow("expired") << 2;
        QTest::newRow("client certificate as server") << 3;
    }

    void serverThatIsNotTheGateway()
    {
        QFETCH(int, kind);
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        const testpki::Wish wish{.commonName = "gateway",
                                 .subjectAltName =
                                     kind == 1 ? "DNS:elsewhere.example.com,IP:10.0.0.1" : "DNS:localhost,IP:127.0.0.1",
                                 .extendedKeyUsage = kind == 3 ? "clientAuth" : "serverAuth",
                                 .endsIn = kind == 2 ? -kDay : kDay};
        const testpki::Hierarchy foreign;
        gateway.writeServer(testpki::make(wish, kind == 0 ? &foreign.intermediate : &m_pki.intermediate));
        gateway.start();
        for (const char* host : {"127.0.0.1", "localhost"}) {
            const auto issued = gateway.client(m_station, gateway.clientSettings(host))->issue(issueRequest());
            QVERIFY(!issued.has_value());
            QCOMPARE(issued.error().code, ErrorCode::StoreUnavailable);
            QCOMPARE(issued.error().type, std::string("gateway-unreachable"));
        }
        QCOMPARE(gateway.requests.load(), 0);
    }

    void clientCertificatesThatEndTheHandshake_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("foreign root") << 0;
        QTest::newRow("expired for 8 days") << 1;
        QTest::newRow("server certificate") << 2;
        QTest::newRow("chain without its intermediate") << 3;
        QTest::newRow("not yet valid") << 4;
    }

    void clientCertificatesThatEndTheHandshake()
    {
        QFETCH(int, kind);
        Gateway gateway(m_pki);
        const testpki::Hierarchy foreign;
        const testpki::Wish wish{.commonName = "vehicle-2",
                                 .extendedKeyUsage = kind == 2 ? "serverAuth" : "clientAuth",
                                 .startsIn = kind == 4 ? kDay : -400 * kDay,
                                 .endsIn = kind == 1 ? -8 * kDay : 2 * kDay};
        const auto& issuer = kind == 0 ? foreign.intermediate : m_pki.intermediate;
        const auto identity = testpki::make(wish, &issuer);
        gateway.know(identity, "vehicle");
        gateway.start();
        const auto client =
            makeGatewayClient(gateway.clientSettings(),
                              KeyCredential{identity.pem() + (kind == 3 ? "" : issuer.pem()), identity.key.get()});
        QVERIFY(client.has_value());
        const auto renewed = (*client)->renew({transaction(1), Bytes{0x30, 0x00}});
        QVERIFY(!renewed.has_value());
        QVERIFY2(renewed.error().type == "gateway-refused-credential", renewed.error().detail.c_str());
        QCOMPARE(renewed.error().code, ErrorCode::Unauthorized);
        QCOMPARE(gateway.requests.load(), 0);
    }

    void recentlyExpiredVehicleMayRenewOnly()
    {
        Gateway gateway(m_pki);
        const auto expired = m_pki.client("vehicle-3", -6 * kDay);
        gateway.know(expired, "vehicle");
        gateway.start();
        const auto client = gateway.client(expired);
        QVERIFY(client->renew({transaction(1), Bytes{0x30, 0x00}}).has_value());
        const auto failure = client->reportRenewFailure({*CertificateSerial::parse("1A"), "x"});
        QVERIFY(!failure.has_value());
        QCOMPARE(failure.error().type, std::string("client-certificate-expired"));
    }

    void bearerTokenNeedsNoClientCertificate()
    {
        Gateway gateway(m_pki);
        gateway.directory.tokens["secret"] = {"admin", {"revoke"}};
        gateway.start();
        const std::string body = R"({"serial":"1A","reason":"KEY_COMPROMISE"})";
        const auto revoked =
            RawTls(gateway.server->port()).ask(post("/certificates/revoke", "Authorization: Bearer secret\r\n", body));
        QVERIFY2(hasStatus(revoked, 200), revoked.c_str());
        QVERIFY(revoked.find("\"status\":\"REVOKED\"") != std::string::npos);
        QVERIFY(revoked.find("X-Trace-Id: ") != std::string::npos);
        const auto issued =
            RawTls(gateway.server->port()).ask(post("/certificates", "Authorization: Bearer secret\r\n", "{}"));
        QVERIFY2(hasStatus(issued, 401), issued.c_str());
    }

    void resumedSessionKeepsItsCertificate()
    {
        Gateway gateway(m_pki);
        gateway.know(m_vehicle, "vehicle");
        gateway.start();
        const auto request = post("/api/certificates/renew/failure", "", R"({"serial":"1A","error":"x"})");
        RawTls first(gateway.server->port());
        first.use(m_vehicle, &m_pki.intermediate);
        QVERIFY(hasStatus(first.ask(request), 204));
        SSL_SESSION* session = SSL_get1_session(first.native());
        RawTls second(gateway.server->port(), session);
        QVERIFY(hasStatus(second.ask(request), 204));
        QCOMPARE(SSL_session_reused(second.native()), 1);
        QCOMPARE(gateway.services.caller.certificateDer, m_vehicle.der());
        // A revocation counts for resumed sessions too: the database is asked for each request.
        gateway.directory.certificates[m_vehicle.der()].status = "REVOKED";
        RawTls third(gateway.server->port(), session);
        QVERIFY(hasStatus(third.ask(request), 403));
        SSL_SESSION_free(session);
    }

    void lostKeptConnectionIsOpenedAgain()
    {
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        gateway.start();
        const auto client = gateway.client(m_station);
        QVERIFY(client->issue(issueRequest(1)).has_value());
        gateway.server->stop();
        gateway.start();
        const auto again = client->issue(issueRequest(2));
        QVERIFY2(again.has_value(), again ? "" : again.error().detail.c_str());
        QCOMPARE(gateway.requests.load(), 2);
    }

    void noAnswerIsAnUnknownOutcomeAndNotRepeated()
    {
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        std::latch release(1);
        const auto answer = gateway.handler;
        gateway.handler = [&](const http::Request& request) {
            const auto response = answer(request);
            if (request.path() != "/health") release.wait();
            return response;
        };
        gateway.start();
        auto settings = gateway.clientSettings();
        settings.requestTimeout = 300ms;
        const auto client = gateway.client(m_station, settings);
        QVERIFY(client->checkHealth().has_value());
        const auto issued = client->issue(issueRequest());
        release.count_down();
        QVERIFY(!issued.has_value());
        QCOMPARE(issued.error().code, ErrorCode::OutcomeUnknown);
        QCOMPARE(issued.error().type, std::string("gateway-no-answer"));
        QCOMPARE(gateway.services.transactions.size(), std::size_t(1));
    }

    void nobodyThereIsUnreachable()
    {
        Gateway gateway(m_pki);
        gateway.start();
        const auto client = gateway.client(m_station);
        gateway.server->stop();
        const auto issued = client->issue(issueRequest());
        QVERIFY(!issued.has_value());
        QCOMPARE(issued.error().code, ErrorCode::StoreUnavailable);
        QCOMPARE(issued.error().type, std::string("gateway-unreachable"));
    }

    void serverThatSaysNothingIsGivenUp()
    {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        QCOMPARE(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
        QCOMPARE(::listen(listener, 4), 0);
        QCOMPARE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
        Gateway gateway(m_pki);
        gateway.settings.port = ntohs(address.sin_port);
        auto settings = gateway.clientSettings();
        settings.connectTimeout = 200ms;
        const auto begin = std::chrono::steady_clock::now();
        const auto issued = gateway.client(m_station, settings)->issue(issueRequest());
        ::close(listener);
        QVERIFY(!issued.has_value());
        QCOMPARE(issued.error().type, std::string("gateway-unreachable"));
        QVERIFY(std::chrono::steady_clock::now() - begin < 5s);
    }

    // Bad files change nothing and are told; good ones count for new connections, open ones go on.
    void changedCertificatesAreTakenUp()
    {
        Gateway gateway(m_pki);
        gateway.settings.metrics = &gateway.metrics;
        gateway.settings.certificateCheck = 1h; // by hand, as SIGHUP does
        gateway.start();
        const auto open = gateway.client(m_station);
        QVERIFY(open->checkHealth().has_value());
        const auto isBad = [&](const char* value) {
            return gateway.metrics.text().find(std::string("v2c_tls_files_bad{listener=\"api\"} ") + value) !=
                   std::string::npos;
        };
        QVERIFY(isBad("0"));

        const auto refused = [&] {
            const auto reloaded = gateway.server->reloadCertificates();
            return !reloaded && reloaded.error().type == "tls-files" && isBad("1") &&
                   gateway.client(m_station)->checkHealth().has_value();
        };
        const testpki::Hierarchy next;
        testpki::write(gateway.file("server.key"), "broken");
        QVERIFY(refused());
        testpki::write(gateway.file("server.key"), next.server.keyPem()); // of another certificate
        QVERIFY(refused());
        gateway.writeServer(testpki::make({.commonName = "gateway",
                                           .subjectAltName = "DNS:localhost,IP:127.0.0.1",
                                           .startsIn = -20L * 86400,
                                           .endsIn = -86400},
                                          &m_pki.intermediate));
        QVERIFY(refused()); // expired
        gateway.writeServer(m_pki.server);
        testpki::write(gateway.file("root.pem"), "");
        QVERIFY(!gateway.server->reloadCertificates().has_value() && isBad("1"));

        testpki::write(gateway.file("next-root.pem"), next.root.pem());
        testpki::write(gateway.file("server.pem"), next.server.pem() + next.intermediate.pem());
        testpki::write(gateway.file("server.key"), next.server.keyPem());
        testpki::write(gateway.file("root.pem"), m_pki.root.pem() + next.root.pem());
        QVERIFY(gateway.server->reloadCertificates().has_value());
        QVERIFY(isBad("0"));
        auto settings = gateway.clientSettings();
        settings.rootCertificate = gateway.file("next-root.pem");
        QVERIFY(gateway.client(m_station, settings)->checkHealth().has_value());
        // A new handshake would meet a certificate that this client does not trust.
        QVERIFY(open->checkHealth().has_value());
    }

    void changedFilesAreFoundWithoutASignal()
    {
        Gateway gateway(m_pki);
        gateway.start();
        const testpki::Hierarchy next;
        testpki::write(gateway.file("next-root.pem"), next.root.pem());
        testpki::write(gateway.file("server.pem"), next.server.pem() + next.intermediate.pem());
        testpki::write(gateway.file("server.key"), next.server.keyPem());
        testpki::write(gateway.file("root.pem"), m_pki.root.pem() + next.root.pem());
        auto settings = gateway.clientSettings();
        settings.rootCertificate = gateway.file("next-root.pem");
        QTRY_VERIFY_WITH_TIMEOUT(gateway.client(m_station, settings)->checkHealth().has_value(), 10000);
    }

    void fortyClientsAtOnce()
    {
        Gateway gateway(m_pki);
        gateway.know(m_station, "station");
        gateway.settings.limits.ioThreads = 2;
        gateway.start();
        std::atomic<int> served = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 40; ++i)
            threads.emplace_back([&, i] {
                const auto client = gateway.client(m_station);
                for (int round = 0; round < 3; ++round)
                    if (client->issue(issueRequest(std::uint8_t(i))).has_value()) ++served;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(served.load(), 120);
    }
};

QTEST_GUILESS_MAIN(GatewayClientTest)
#include "gateway_client_test.moc"
