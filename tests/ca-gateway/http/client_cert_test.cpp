#include <QTest>

#include <openssl/sha.h>

#include "http/client_cert.h"
#include "test_pki.h"

using namespace gateway;
using namespace gateway::http;

namespace {

Bytes sha256(const Bytes& der)
{
    Bytes digest(SHA256_DIGEST_LENGTH);
    SHA256(der.data(), der.size(), digest.data());
    return digest;
}

std::string asField(const Bytes& der)
{
    return ':' + toBase64(der) + ':';
}

} // namespace

/// RFC 9440 behind a reverse proxy.
class ClientCertTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyAProxyMaySayWhoTheClientIs_data()
    {
        QTest::addColumn<QString>("from"); // address, or "cert" for the proxy's own certificate
        QTest::addColumn<bool>("isTrusted");
        QTest::newRow("its address") << QStringLiteral("10.0.0.5") << true;
        QTest::newRow("its certificate") << QStringLiteral("cert") << true;
        QTest::newRow("another address") << QStringLiteral("10.0.0.6") << false;
        QTest::newRow("another certificate") << QStringLiteral("other") << false;
    }

    void onlyAProxyMaySayWhoTheClientIs()
    {
        QFETCH(const QString, from);
        QFETCH(const bool, isTrusted);
        auto request = make(from);
        request.headers.emplace_back("client-cert", asField(m_vehicle.der()));
        const auto taken = takeProxiedPeer(request, m_trust);
        if (!isTrusted) {
            QVERIFY(!taken.has_value());
            QCOMPARE(taken.error().type, std::string("client-cert-untrusted"));
            return;
        }
        QVERIFY(taken.has_value() && taken->has_value());
        QCOMPARE((*taken)->peer->certificateDer, m_vehicle.der());
        QCOMPARE((*taken)->peer->commonName, std::string("vehicle"));
    }

    // The proxy's own right must not pass to a client that showed nothing.
    void withoutTheFieldTheProxySpeaksForNobody()
    {
        for (const auto& from : {QStringLiteral("10.0.0.5"), QStringLiteral("cert")}) {
            auto request = make(from);
            if (!request.peer) request.peer = *parsePeer(m_proxy.der());
            const auto taken = takeProxiedPeer(request, m_trust);
            QVERIFY(taken.has_value() && taken->has_value());
            QVERIFY(!(*taken)->peer.has_value());
        }
    }

    void othersAreLeftAsTheyAre()
    {
        const auto taken = takeProxiedPeer(make(QStringLiteral("other")), m_trust);
        QVERIFY(taken.has_value() && !taken->has_value());
        QVERIFY(!takeProxiedPeer(make(QStringLiteral("10.0.0.6")), {})->has_value());
        auto request = make(QStringLiteral("10.0.0.6"));
        request.headers.emplace_back("client-cert-chain", asField(m_vehicle.der()));
        QCOMPARE(takeProxiedPeer(request, m_trust).error().type, std::string("client-cert-untrusted"));
    }

    void badFieldsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("field");
        const auto good = QByteArray::fromStdString(asField(m_vehicle.der()));
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("colons") << QByteArray("::");
        QTest::newRow("one colon") << QByteArray(":");
        QTest::newRow("no colons") << good.mid(1, good.size() - 2);
        QTest::newRow("two, joined") << good + ", " + good;
        QTest::newRow("PEM") << QByteArray::fromStdString(m_vehicle.pem()).replace("\n", "");
        QTest::newRow("cut") << ":" + good.mid(1, 100) + ":";
        QTest::newRow("not base64") << QByteArray(":%%%%:");
        QTest::newRow("bytes behind") << ":" + QByteArray::fromStdString(toBase64([this] {
                                             auto der = m_vehicle.der();
                                             der.push_back(0);
                                             return der;
                                         }())) +
                                             ":";
        QTest::newRow("huge") << ":" + QByteArray(20000, 'A') + ":";
    }

    void badFieldsAreRefused()
    {
        QFETCH(const QByteArray, field);
        auto request = make(QStringLiteral("10.0.0.5"));
        request.headers.emplace_back("client-cert", field.toStdString());
        const auto taken = takeProxiedPeer(request, m_trust);
        QVERIFY(!taken.has_value());
        QCOMPARE(taken.error().type, std::string("client-cert-header"));
        QCOMPARE(taken.error().code, ErrorCode::InvalidRequest);
    }

private:
    Request make(const QString& from) const
    {
        Request request{"GET", "/", {}, {}, "10.0.0.9", std::nullopt};
        if (from == QStringLiteral("cert"))
            request.peer = *parsePeer(m_proxy.der());
        else if (from == QStringLiteral("other"))
            request.peer = *parsePeer(m_vehicle.der());
        else
            request.remoteAddress = from.toStdString();
        return request;
    }

    testpki::Identity m_proxy = testpki::make({.commonName = "proxy"});
    testpki::Identity m_vehicle = testpki::make({.commonName = "vehicle"});
    ProxyTrust m_trust{{"10.0.0.5"}, {sha256(m_proxy.der())}};
};

QTEST_GUILESS_MAIN(ClientCertTest)
#include "client_cert_test.moc"
