#include <random>

#include <QTest>

#include "http/beast.h"
#include "http/plain_request.h"

using namespace gateway::http;
namespace beast = boost::beast;

namespace {

const QByteArray kGet("GET /a/b%2F= HTTP/1.1\r\nHost: x\r\n\r\n");
const QByteArray
    kPost("POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Length: 3\r\n\r\nabc");

std::optional<PlainRequest> scan(const QByteArray& octets)
{
    return scanPlainRequest({octets.constData(), std::size_t(octets.size())});
}

} // namespace

class PlainRequestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void partsPointIntoTheOctets()
    {
        const auto octets = kPost + kGet;
        const auto post = scan(octets);
        QVERIFY(post);
        QCOMPARE(post->method, std::string_view("POST"));
        QCOMPARE(post->target, std::string_view("/ocsp"));
        QCOMPARE(post->contentType, std::string_view("application/ocsp-request"));
        QCOMPARE(post->body, std::string_view("abc"));
        QCOMPARE(post->octets, std::size_t(kPost.size()));
        const auto get = scan(octets.mid(int(post->octets)));
        QVERIFY(get);
        QCOMPARE(get->method, std::string_view("GET"));
        QCOMPARE(get->target, std::string_view("/a/b%2F="));
        QCOMPARE(get->contentType, std::string_view());
        QCOMPARE(get->body, std::string_view());
        QCOMPARE(get->octets, std::size_t(kGet.size()));
    }

    void fieldsThatChangeNothing()
    {
        QVERIFY(scan(
            "GET / HTTP/1.1\r\nhOST:x\r\nUser-Agent: curl/7.88 (a; b)\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"
            "Accept-Language: de\r\nCache-Control: no-cache\r\nPragma: no-cache\r\nConnection: Keep-Alive\r\n\r\n"));
    }

    void incompleteIsLeft()
    {
        for (const auto& whole : {kGet, kPost})
            for (int size = 0; size < whole.size(); ++size)
                QVERIFY2(!scan(whole.left(size)), whole.left(size).constData());
    }

    void everythingElseIsLeft_data()
    {
        QTest::addColumn<QByteArray>("octets");
        const QByteArray get = "GET / HTTP/1.1\r\n";
        const QByteArray post = "POST / HTTP/1.1\r\nHost: x\r\n";
        QTest::newRow("HEAD") << QByteArray("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("GETS") << QByteArray("GETS / HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("lower case") << QByteArray("get / HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("HTTP/1.0") << QByteArray("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
        QTest::newRow("absolute form") << QByteArray("GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("two blanks") << QByteArray("GET  / HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("line feeds only") << QByteArray("GET / HTTP/1.1\nHost: x\n\n");
        QTest::newRow("octet above ASCII in the target") << QByteArray("GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("NUL in the target") << QByteArray("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28);
        QTest::newRow("no Host") << get + "\r\n";
        QTest::newRow("two Hosts") << get + "Host: x\r\nHost: y\r\n\r\n";
        QTest::newRow("blank before the colon") << get + "Host : x\r\n\r\n";
        QTest::newRow("folded") << get + "Host: x\r\n y\r\n\r\n";
        QTest::newRow("tab") << get + "Host:\tx\r\n\r\n";
        QTest::newRow("line feed in a value") << get + "Host: x\nA: b\r\n\r\n";
        QTest::newRow("carriage return in a value") << get + "Host: x\rA: b\r\n\r\n";
        QTest::newRow("blank behind a value") << get + "Host: x \r\n\r\n";
        QTest::newRow("empty value") << get + "Host: \r\n\r\n";
        QTest::newRow("GET with length") << get + "Host: x\r\nContent-Length: 0\r\n\r\n";
        QTest::newRow("GET with condition") << get + "Host: x\r\nIf-None-Match: \"a\"\r\n\r\n";
        QTest::newRow("Connection: close") << get + "Host: x\r\nConnection: close\r\n\r\n";
        QTest::newRow("upgrade") << get + "Host: x\r\nConnection: Upgrade\r\n\r\n";
        QTest::newRow("unknown field") << get + "Host: x\r\nX-A: b\r\n\r\n";
        QTest::newRow("no length") << post + "\r\n";
        QTest::newRow("two lengths") << post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na";
        QTest::newRow("length with sign") << post + "Content-Length: +1\r\n\r\na";
        QTest::newRow("negative length") << post + "Content-Length: -1\r\n\r\na";
        QTest::newRow("length in hex") << post + "Content-Length: 0x1\r\n\r\na";
        QTest::newRow("list of lengths") << post + "Content-Length: 1, 1\r\n\r\na";
        QTest::newRow("length beyond 64 bits") << post + "Content-Length: 18446744073709551617\r\n\r\na";
        QTest::newRow("chunks") << post + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        QTest::newRow("chunks and length") << post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na";
        QTest::newRow("Expect") << post + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na";
        QTest::newRow("two types") << post + "Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\na";
    }

    void everythingElseIsLeft()
    {
        QFETCH(QByteArray, octets);
        QVERIFY(!scan(octets));
    }

    // What is taken here must be what the library would have read: two readings of one request are an attack.
    void takenAsTheLibraryReadsIt()
    {
        std::mt19937 random(20261124); // the same requests each time
        constexpr std::string_view kOctets = "\r\n :GPx0/1\t\0,;=%\x80";
        int taken = 0;
        for (int round = 0; round < 200'000; ++round) {
            auto octets = round % 2 == 0 ? kGet : kPost;
            for (unsigned changes = random() % 3; changes > 0; --changes) {
                const auto at = int(random() % unsigned(octets.size()));
                const char octet = kOctets[random() % kOctets.size()];
                switch (random() % 3) {
                case 0:
                    octets[at] = octet;
                    break;
                case 1:
                    octets.insert(at, octet);
                    break;
                default:
                    octets.remove(at, 1);
                }
            }
            const auto plain = scan(octets);
            if (!plain) continue;
            ++taken;
            beast::http::request_parser<beast::http::string_body> parser;
            parser.eager(true);
            boost::system::error_code error;
            const auto read = parser.put(boost::asio::buffer(octets.constData(), std::size_t(octets.size())), error);
            QVERIFY2(!error && parser.is_done(), octets.constData());
            const auto& message = parser.get();
            QCOMPARE(read, plain->octets);
            QCOMPARE(std::string(message.method_string()), std::string(plain->method));
            QCOMPARE(std::string(message.target()), std::string(plain->target));
            QCOMPARE(message.body(), std::string(plain->body));
            QCOMPARE(std::string(message[beast::http::field::content_type]), std::string(plain->contentType));
            QVERIFY(message.keep_alive());
        }
        QVERIFY2(taken > 1000, std::to_string(taken).c_str());
    }
};

QTEST_GUILESS_MAIN(PlainRequestTest)
#include "plain_request_test.moc"
