#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>

#include <QTest>

#include "http/server.h"
#include "plain_socket.h"

using namespace gateway;
using namespace gateway::http;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 10s;

Response echo(const Request& request)
{
    return {200, "text/plain", request.method + ' ' + request.target + ' ' + request.body, {}};
}

std::unique_ptr<Server> start(ServerLimits limits = {}, Handler handler = echo, Metrics* metrics = nullptr)
{
    ServerSettings settings;
    settings.metrics = metrics;
    settings.name = "test";
    settings.limits = limits;
    auto server = Server::start(settings, std::move(handler));
    return server ? std::move(*server) : nullptr;
}

/// Answers /plain and /large without the handler.
std::unique_ptr<Server> startPlain(ServerLimits limits)
{
    ServerSettings settings;
    settings.name = "test";
    settings.limits = limits;
    settings.plain = [](const PlainRequest& request, std::string& response) {
        if (request.method != "GET" || (request.target != "/plain" && request.target != "/large")) return false;
        const auto body = request.target == "/plain" ? std::string("plain") : std::string(100'000, 'x');
        response += "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        return true;
    };
    auto server = Server::start(settings, echo);
    return server ? std::move(*server) : nullptr;
}

std::string get(const std::string& target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

bool hasStatus(const std::string& response, int status)
{
    return response.starts_with("HTTP/1.1 " + std::to_string(status) + ' ');
}

} // namespace

class ServerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestReachesTheHandlerAsSent()
    {
        Request seen;
        const auto server = start({}, [&](const Request& request) {
            seen = request;
            return Response{201, "text/plain", "made", {{"X-Extra", "1"}}};
        });
        PlainSocket socket(server->port());
        QVERIFY(
            socket.send("POST /a?b=%20 HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nx-ONE: 2\r\nContent-Length: 3\r\n\r\nabc"));
        const auto response = socket.readResponse();
        QVERIFY2(response.starts_with("HTTP/1.1 201 Created\r\n"), response.c_str());
        QVERIFY(response.find("X-Extra: 1\r\n") != std::string::npos);
        QVERIFY(response.ends_with("\r\n\r\nmade"));
        QCOMPARE(seen.method, std::string("POST"));
        QCOMPARE(seen.target, std::string("/a?b=%20"));
        QCOMPARE(std::string(seen.path()), std::string("/a"));
        QCOMPARE(seen.body, std::string("abc"));
        QCOMPARE(seen.header("x-one").value_or(""), std::string("1, 2"));
        QCOMPARE(seen.remoteAddress, std::string("127.0.0.1"));
        QVERIFY(!seen.peer.has_value());
    }

    void connectionIsKept()
    {
        const auto server = start();
        PlainSocket socket(server->port());
        for (int i = 0; i < 3; ++i) {
            QVERIFY(socket.send(get("/" + std::to_string(i))));
            QVERIFY(socket.readResponse().ends_with("GET /" + std::to_string(i) + ' '));
        }
    }

    void pipelinedRequestsAreAnsweredInOrder()
    {
        const auto server = start();
        PlainSocket socket(server->port());
        QVERIFY(socket.send(get("/1") + "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + get("/3")));
        QVERIFY(socket.readResponse().ends_with("GET /1 "));
        QVERIFY(socket.readResponse().ends_with("POST /2 hi"));
        QVERIFY(socket.readResponse().ends_with("GET /3 "));
    }

    void clientMayAskToClose_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("Connection: close") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        QTest::newRow("HTTP/1.0") << QByteArray("GET / HTTP/1.0\r\n\r\n");
    }

    void clientMayAskToClose()
    {
        QFETCH(QByteArray, request);
        const auto server = start();
        PlainSocket socket(server->port());
        QVERIFY(socket.send(request.toStdString()));
        QVERIFY(socket.readToEnd().ends_with("GET / "));
    }

    void headHasNoBody()
    {
        const auto server = start();
        PlainSocket socket(server->port());
        QVERIFY(socket.send("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        const auto response = socket.readToEnd();
        QVERIFY(hasStatus(response, 200));
        QVERIFY(response.find("Content-Length: 8\r\n") != std::string::npos);
        QVERIFY(response.ends_with("\r\n\r\n"));
    }

    void expectContinueIsAnswered()
    {
        const auto server = start();
        PlainSocket socket(server->port());
        QVERIFY(socket.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
        QVERIFY(hasStatus(socket.readResponse(), 100));
        QVERIFY(socket.send("ok"));
        QVERIFY(socket.readResponse().ends_with("POST / ok"));
    }

    void tooMuchIsRefusedAndClosed_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        const QByteArray head = "POST / HTTP/1.1\r\nHost: x\r\n";
        QTest::newRow("one header") << head + "X: " + QByteArray(9000, 'x') + "\r\n\r\n" << 431;
        QTest::newRow("many headers") << head + QByteArray("A: 1\r\n").repeated(2000) + "\r\n" << 431;
        QTest::newRow("header without end") << head + "X: " + QByteArray(100000, 'x') << 431;
        QTest::newRow("target") << "GET /" + QByteArray(9000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n" << 431;
        QTest::newRow("announced body") << head + "Content-Length: 65537\r\n\r\n" << 413;
        QTest::newRow("sent body") << head + "Content-Length: 200000\r\n\r\n" + QByteArray(200000, 'x') << 413;
        QTest::newRow("chunks") << head + "Transfer-Encoding: chunked\r\n\r\n" +
                                       ("4000\r\n" + QByteArray(0x4000, 'x') + "\r\n").repeated(5) + "0\r\n\r\n"
                                << 413;
    }

    void tooMuchIsRefusedAndClosed()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        std::atomic<int> handled = 0;
        const auto server = start({}, [&](const Request& seen) {
            ++handled;
            return echo(seen);
        });
        PlainSocket socket(server->port());
        socket.send(request.toStdString());
        const auto response = socket.readToEnd();
        QVERIFY2(hasStatus(response, status), response.substr(0, 200).c_str());
        QVERIFY(response.find("application/problem+json") != std::string::npos);
        QVERIFY(response.find("Connection: close") != std::string::npos);
        QCOMPARE(handled.load(), 0);
    }

    void limitsAreNotLowerThanSaid()
    {
        const auto server = start();
        PlainSocket socket(server->port());
        QVERIFY(socket.send("POST / HTTP/1.1\r\nHost: x\r\nX: " + std::string(8000, 'x') +
                            "\r\nContent-Length: 65536\r\n\r\n" + std::string(65536, 'y')));
        QVERIFY(hasStatus(socket.readResponse(), 200));
    }

    void garbageIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("words") << QByteArray("hello gateway\r\n\r\n");
        QTest::newRow("TLS hello") << QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) +
                                          QByteArray(500, '\1');
        QTest::newRow("NUL") << QByteArray(100, '\0');
        QTest::newRow("version") << QByteArray("GET / HTTP/9.9\r\nHost: x\r\n\r\n");
        QTest::newRow("header without colon") << QByteArray("GET / HTTP/1.1\r\nHost x\r\n\r\n");
        QTest::newRow("blank in name") << QByteArray("GET / HTTP/1.1\r\nHost : x\r\n\r\n");
        QTest::newRow("no Host") << QByteArray("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
        QTest::newRow("negative length") << QByteArray("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n");
        QTest::newRow("two lengths") << QByteArray(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
        QTest::newRow("length and chunks") << QByteArray(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        const QByteArray post = "POST / HTTP/1.1\r\nHost: x\r\n";
        QTest::newRow("chunks and length") << post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n";
        QTest::newRow("length twice") << post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na";
        QTest::newRow("length with sign") << post + "Content-Length: +1\r\n\r\na";
        QTest::newRow("encoding gzip") << post + "Transfer-Encoding: gzip\r\n\r\n";
        QTest::newRow("encoding identity") << post + "Transfer-Encoding: identity\r\n\r\n";
        QTest::newRow("encoding gzip, chunked") << post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
        QTest::newRow("encoding xchunked") << post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n";
        QTest::newRow("encoding twice")
            << post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        QTest::newRow("chunks in HTTP/1.0")
            << QByteArray("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        QTest::newRow("two hosts") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
        QTest::newRow("two credentials") << QByteArray(
            "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nauthorization: b\r\n\r\n");
        QTest::newRow("NUL in the target") << QByteArray("GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n", 30);
        QTest::newRow("NUL in a header") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 35);
        QTest::newRow("bare line feed in a header") << QByteArray("GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n");
        QTest::newRow("bad chunk") << QByteArray(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n");
    }

    void garbageIsRefused()
    {
        QFETCH(QByteArray, bytes);
        std::atomic<int> handled = 0;
        const auto server = start({}, [&](const Request& seen) {
            ++handled;
            return echo(seen);
        });
        PlainSocket socket(server->port());
        socket.send(bytes.toStdString());
        const auto response = socket.readToEnd();
        QVERIFY2(hasStatus(response, 400), response.substr(0, 200).c_str());
        QCOMPARE(handled.load(), 0);
        PlainSocket next(server->port());
        QVERIFY(next.send(get("/still-there")));
        QVERIFY(hasStatus(next.readResponse(), 200));
    }

    void slowSenderIsCutOff_data()
    {
        QTest::addColumn<QByteArray>("prefix");
        QTest::newRow("in the header") << QByteArray("GET / HTTP/1.1\r\nX: ");
        QTest::newRow("in the body") << QByteArray("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
    }

    // One byte in each 20 ms keeps every single read short of any deadline; only one for the whole request ends it.
    void slowSenderIsCutOff()
    {
        QFETCH(QByteArray, prefix);
        ServerLimits limits;
        limits.requestDeadline = 300ms;
        const auto server = start(limits);
        PlainSocket socket(server->port());
        QVERIFY(socket.send(prefix.toStdString()));
        const auto begin = std::chrono::steady_clock::now();
        while (socket.send("x") && std::chrono::steady_clock::now() - begin < kPatience)
            std::this_thread::sleep_for(20ms);
        QVERIFY(std::chrono::steady_clock::now() - begin < kPatience);
    }

    void idleConnectionIsClosed()
    {
        ServerLimits limits;
        limits.idleDeadline = 200ms;
        const auto server = start(limits);
        PlainSocket silent(server->port());
        QCOMPARE(silent.readToEnd(), std::string());
        PlainSocket once(server->port());
        QVERIFY(once.send(get("/")));
        QVERIFY(hasStatus(once.readToEnd(), 200));
    }

    // A full house lets the oldest idle connection go.
    void fullHouseMakesRoom()
    {
        ServerLimits limits;
        limits.maxConnections = 2;
        Metrics metrics;
        const auto server = start(limits, echo, &metrics);
        PlainSocket first(server->port());
        PlainSocket second(server->port());
        QVERIFY(first.send(get("/")) && hasStatus(first.readResponse(), 200));
        QVERIFY(second.send(get("/")) && hasStatus(second.readResponse(), 200));
        PlainSocket third(server->port());
        QVERIFY(third.send(get("/")) && hasStatus(third.readResponse(), 200));
        QCOMPARE(first.readToEnd(), std::string());
        QVERIFY(second.send(get("/")) && hasStatus(second.readResponse(), 200));
        QVERIFY(metrics.text().find("v2c_http_refused_total{cause=\"evicted\",listener=\"test\"} 1") !=
                std::string::npos);
    }

    // One with a request in work stays, whatever comes; the new one is told to come back.
    void workIsNotInterrupted()
    {
        ServerLimits limits;
        limits.maxConnections = 1;
        std::latch entered(1);
        std::latch release(1);
        const auto server = start(limits, [&](const Request& request) {
            entered.count_down();
            release.wait();
            return echo(request);
        });
        PlainSocket busy(server->port());
        QVERIFY(busy.send(get("/work")));
        entered.wait();
        PlainSocket late(server->port());
        const auto answer = late.readToEnd();
        QVERIFY2(hasStatus(answer, 503), answer.c_str());
        QVERIFY(answer.find("Retry-After: 1") != std::string::npos);
        release.count_down();
        QVERIFY(busy.readResponse().ends_with("GET /work "));
    }

    void oneAddressIsCapped()
    {
        ServerLimits limits;
        limits.maxPerAddress = 2;
        const auto server = start(limits);
        PlainSocket first(server->port());
        auto second = std::make_unique<PlainSocket>(server->port());
        QVERIFY(first.send(get("/")) && hasStatus(first.readResponse(), 200));
        QVERIFY(second->send(get("/")) && hasStatus(second->readResponse(), 200));
        PlainSocket third(server->port());
        QVERIFY(hasStatus(third.readToEnd(), 503));
        PlainSocket elsewhere(server->port(), "127.0.0.2");
        QVERIFY(elsewhere.send(get("/")) && hasStatus(elsewhere.readResponse(), 200));
        QVERIFY(first.send(get("/")) && hasStatus(first.readResponse(), 200));
        second.reset();
        bool isServed = false;
        const auto begin = std::chrono::steady_clock::now();
        while (!isServed && std::chrono::steady_clock::now() - begin < kPatience) {
            PlainSocket again(server->port());
            isServed = again.send(get("/")) && hasStatus(again.readResponse(), 200);
        }
        QVERIFY(isServed);
    }

    // More requests than may wait get 503 with Retry-After at once; those in work are answered.
    void tooManyRequestsAreShed()
    {
        ServerLimits limits;
        limits.workers = 1;
        limits.maxRequests = 2;
        std::latch release(1);
        const auto server = start(limits, [&](const Request& request) {
            release.wait();
            return echo(request);
        });
        std::vector<std::unique_ptr<PlainSocket>> sockets;
        for (int i = 0; i < 5; ++i) {
            sockets.push_back(std::make_unique<PlainSocket>(server->port()));
            QVERIFY(sockets.back()->send(get("/" + std::to_string(i)) + get("/next")));
        }
        // Which two came first is up to the threads; the other three are answered while those wait.
        std::mutex mutex;
        int shed = 0;
        int served = 0;
        std::condition_variable changed;
        std::vector<std::thread> readers;
        for (auto& socket : sockets)
            readers.emplace_back([&, &reading = *socket] {
                const auto response = reading.readResponse();
                const std::lock_guard lock(mutex);
                if (hasStatus(response, 503) && response.find("Retry-After: 1") != std::string::npos &&
                    response.find("overloaded") != std::string::npos)
                    ++shed;
                if (hasStatus(response, 200)) ++served;
                changed.notify_all();
            });
        {
            std::unique_lock lock(mutex);
            changed.wait_for(lock, kPatience, [&] { return shed >= 3; });
        }
        release.count_down();
        for (auto& reader : readers)
            reader.join();
        QCOMPARE(shed, 3);
        QCOMPARE(served, 2);
    }

    // What can be answered without waiting is answered while the workers hang and the queue is full.
    void plainAnswersPassTheQueue()
    {
        ServerSettings settings;
        settings.name = "test";
        settings.limits.workers = 1;
        settings.limits.maxRequests = 1;
        settings.plain = [](const PlainRequest& request, std::string& response) {
            if (request.target != "/quick") return false;
            response += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            return true;
        };
        std::latch inWork(1);
        std::latch release(1);
        const auto server = Server::start(settings, [&](const Request& request) {
            inWork.count_down();
            release.wait();
            return echo(request);
        });
        QVERIFY(server.has_value());
        PlainSocket slow((*server)->port());
        QVERIFY(slow.send(get("/slow")));
        inWork.wait();
        PlainSocket other((*server)->port());
        QVERIFY(other.send(get("/slow")));
        QVERIFY(hasStatus(other.readResponse(), 503));
        QVERIFY(other.send(get("/quick")));
        QVERIFY(hasStatus(other.readResponse(), 200));
        release.count_down();
        QVERIFY(hasStatus(slow.readResponse(), 200));
    }

    void plainAndOtherRequestsShareAConnection()
    {
        const auto server = startPlain({});
        PlainSocket socket(server->port());
        // Pipelined, and the last one cut in two.
        QVERIFY(socket.send(get("/plain") + "GET /other HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\r\n" + get("/plain") +
                            "POST /plain HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh"));
        QVERIFY(socket.readResponse().ends_with("\r\n\r\nplain"));
        QVERIFY(socket.readResponse().ends_with("GET /other "));
        QVERIFY(socket.readResponse().ends_with("\r\n\r\nplain"));
        QVERIFY(socket.send("i" + get("/plain")));
        QVERIFY(socket.readResponse().ends_with("POST /plain hi"));
        QVERIFY(socket.readResponse().ends_with("\r\n\r\nplain"));
    }

    void idlePlainConnectionIsClosed()
    {
        ServerLimits limits;
        limits.idleDeadline = 200ms;
        const auto server = startPlain(limits);
        PlainSocket silent(server->port());
        QCOMPARE(silent.readToEnd(), std::string());
        PlainSocket once(server->port());
        QVERIFY(once.send(get("/plain")));
        QVERIFY(once.readToEnd().ends_with("plain"));
    }

    void plainReaderThatStopsIsCutOff()
    {
        ServerLimits limits;
        limits.writeDeadline = 200ms;
        const auto server = startPlain(limits);
        PlainSocket socket(server->port());
        std::string many;
        for (int i = 0; i < 100; ++i)
            many += get("/large");
        // Takes no answer, so that the server must stop taking questions, and end.
        const auto begin = std::chrono::steady_clock::now();
        while (socket.send(many) && std::chrono::steady_clock::now() - begin < kPatience) {
        }
        QVERIFY(std::chrono::steady_clock::now() - begin < kPatience);
    }

    void stopEndsIdlePlainConnections()
    {
        const auto server = startPlain({});
        PlainSocket socket(server->port());
        QVERIFY(socket.send(get("/plain")));
        QVERIFY(socket.readResponse().ends_with("plain"));
        const auto begin = std::chrono::steady_clock::now();
        server->stop();
        QVERIFY(std::chrono::steady_clock::now() - begin < kPatience / 2);
        QCOMPARE(socket.readToEnd(), std::string());
    }

    void twoHundredConnectionsAtOnce()
    {
        ServerLimits limits;
        limits.ioThreads = 2;
        limits.maxPerAddress = 200;
        const auto server = start(limits);
        std::vector<std::unique_ptr<PlainSocket>> sockets;
        for (int i = 0; i < 200; ++i)
            sockets.push_back(std::make_unique<PlainSocket>(server->port()));
        for (int round = 0; round < 3; ++round) {
            for (std::size_t i = 0; i < sockets.size(); ++i)
                QVERIFY(sockets[i]->send(get("/" + std::to_string(i))));
            for (std::size_t i = 0; i < sockets.size(); ++i)
                QVERIFY(sockets[i]->readResponse().ends_with("GET /" + std::to_string(i) + ' '));
        }
    }

    void blockedHandlersDoNotBlockTheListener()
    {
        ServerLimits limits;
        limits.workers = 2;
        std::latch release(1);
        const auto server = start(limits, [&](const Request& request) {
            if (request.target == "/slow") release.wait();
            return echo(request);
        });
        PlainSocket slow(server->port());
        QVERIFY(slow.send(get("/slow")));
        PlainSocket quick(server->port());
        QVERIFY(quick.send(get("/quick")));
        QVERIFY(hasStatus(quick.readResponse(), 200));
        release.count_down();
        QVERIFY(hasStatus(slow.readResponse(), 200));
    }

    void throwingHandlerIsAnInternalError()
    {
        const auto server =
            start({}, [](const Request&) -> Response { throw std::runtime_error("5VXTC2E41SA000017"); });
        PlainSocket socket(server->port());
        QVERIFY(socket.send(get("/")));
        const auto response = socket.readResponse();
        QVERIFY(hasStatus(response, 500));
        QVERIFY(response.find("5VXTC2E41SA000017") == std::string::npos);
    }

    void stopFinishesWhatIsInWork()
    {
        std::latch entered(1);
        std::latch release(1);
        auto server = start({}, [&](const Request& request) {
            entered.count_down();
            release.wait();
            return echo(request);
        });
        PlainSocket busy(server->port());
        PlainSocket idle(server->port());
        QVERIFY(busy.send(get("/work")));
        entered.wait();
        auto stopped = std::async(std::launch::async, [&] { server->stop(); });
        QCOMPARE(idle.readToEnd(), std::string());
        release.count_down();
        const auto response = busy.readToEnd();
        QVERIFY(hasStatus(response, 200));
        QVERIFY(response.find("Connection: close") != std::string::npos);
        stopped.get();
        PlainSocket late(server->port());
        QVERIFY(!late.isConnected());
    }

    void takenPortIsAnError()
    {
        const auto server = start();
        ServerSettings settings;
        settings.port = server->port();
        const auto second = Server::start(settings, echo);
        QVERIFY(!second.has_value());
        QCOMPARE(second.error().type, std::string("listen"));
        settings.port = 0;
        settings.address = "nowhere";
        QVERIFY(!Server::start(settings, echo).has_value());
    }
};

QTEST_GUILESS_MAIN(ServerTest)
#include "server_test.moc"
