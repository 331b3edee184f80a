#include <thread>

#include <QTemporaryDir>
#include <QTest>

#include "http/server.h"
#include "test_pki.h"
#include "tls_socket.h"

using namespace gateway;
using namespace gateway::http;
using namespace std::chrono_literals;

namespace {

/// Each octet tells where it belongs, so that a lost or doubled piece shows.
std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>((i * 2654435761U) >> 13);
    return text;
}

} // namespace

/// Answers of some megabytes over TLS, as an audit batch is one.
class LargeAnswerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const testpki::Hierarchy pki;
        const auto folder = m_folder.path().toStdString();
        testpki::write(folder + "/chain.pem", pki.server.pem() + pki.intermediate.pem());
        testpki::write(folder + "/key.pem", pki.server.keyPem());
        testpki::write(folder + "/root.pem", pki.root.pem());
        ServerSettings settings;
        settings.name = "test";
        settings.tls = TlsFiles{folder + "/chain.pem", folder + "/key.pem", folder + "/root.pem"};
        settings.limits.writeDeadline = 1s;
        auto server = Server::start(settings, [this](const Request&) {
            return Response{200, "application/octet-stream", m_body, {}};
        });
        QVERIFY2(server.has_value(), server ? "" : server.error().detail.c_str());
        m_server = std::move(*server);
    }

    void arrivesWhole_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<bool>("isSlow");
        QTest::addColumn<bool>("isKept");
        for (const int size : {0, 1, 15999, 16000, 16001, 32000, 65536, 1 << 20, (8 << 20) + 12345})
            for (const bool isKept : {false, true})
                QTest::addRow("%d octets, %s", size, isKept ? "kept" : "closed") << size << false << isKept;
        // Slower than the write deadline as a whole, never in one piece.
        QTest::newRow("slow reader, closed") << (8 << 20) << true << false;
        QTest::newRow("slow reader, kept") << (8 << 20) << true << true;
    }

    void arrivesWhole()
    {
        QFETCH(int, size);
        QFETCH(bool, isSlow);
        QFETCH(bool, isKept);
        m_body = pattern(std::size_t(size));
        TlsSocket socket(m_server->port());
        QVERIFY(socket.isConnected());
        QVERIFY(socket.send(std::string("GET / HTTP/1.1\r\nHost: x\r\n") + (isKept ? "" : "Connection: close\r\n") +
                            "\r\n"));
        std::string answer;
        std::size_t expected = std::string::npos;
        while (answer.size() < expected) {
            const auto part = socket.readSome(isSlow ? 4096 : 16384);
            if (part.empty()) break;
            answer += part;
            if (isSlow) std::this_thread::sleep_for(1ms);
            const auto end = answer.find("\r\n\r\n");
            if (expected == std::string::npos && end != std::string::npos) expected = end + 4 + m_body.size();
        }
        QCOMPARE(answer.size(), expected);
        QVERIFY(answer.ends_with(m_body));
        if (isKept) return;
        QVERIFY(socket.readSome(1).empty());
        QVERIFY(socket.isClosedProperly());
    }

private:
    QTemporaryDir m_folder;
    std::string m_body;
    std::unique_ptr<Server> m_server;
};

QTEST_GUILESS_MAIN(LargeAnswerTest)
#include "large_answer_test.moc"
