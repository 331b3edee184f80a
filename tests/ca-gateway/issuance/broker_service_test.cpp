#include <thread>

#include <QTest>

#include <openssl/x509v3.h>

#include "gateway_fixture.h"
#include "issuance/broker_service.h"
#include "store/postgres_broker_store.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;

namespace {

const char* const kName = "mqtt-broker-eu.v2c.example.com";

/// A CSR as `openssl req` makes it.
Bytes csr(const SoftwareKey& key, const std::string& commonName = kName, const char* altNames = nullptr)
{
    X509_REQ* request = X509_REQ_new();
    X509_NAME* name = X509_REQ_get_subject_name(request);
    const std::pair<const char*, std::string> attributes[] = {
        {"CN", commonName}, {"O", "Automotive OEM"}, {"OU", "Cloud Platform"}, {"C", "US"}};
    for (const auto& [type, value] : attributes)
        X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.c_str()), -1,
                                   -1, 0);
    X509_REQ_set_pubkey(request, key.get());
    if (altNames != nullptr) {
        auto* extensions = sk_X509_EXTENSION_new_null();
        sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, altNames));
        X509_REQ_add_extensions(request, extensions);
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    }
    X509_REQ_sign(request, key.get(), EVP_sha256());
    unsigned char* der = nullptr;
    const int length = i2d_X509_REQ(request, &der);
    const Bytes bytes(der, der + length);
    OPENSSL_free(der);
    X509_REQ_free(request);
    return bytes;
}

struct Brokers : GatewayFixture
{
    explicit Brokers(int perHour = 1000)
        : service(brokerStore, signer, signer.issuer(), signer.profile("mqtt-broker"),
                  {{"eu", {"broker.internal.v2c.example.com", "10.1.2.3"}}, {"us", {}}}, perHour, clock())
    {
    }
    static BrokerRequest request(Bytes der, std::string region = "eu")
    {
        return {support::newTransaction(), std::move(region), std::move(der)};
    }

    store::PostgresBrokerStore brokerStore{connection};
    BrokerService service;
};

} // namespace

class BrokerServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }
    void cleanupTestCase() { support::postgres().stop(); }

    // The names are the configuration's, whatever the CSR repeats of them.
    void certificateNamesWhatTheConfigurationSays()
    {
        Brokers fixture;
        const auto request = Brokers::request(csr(m_key, kName, "DNS:mqtt-broker-eu-1a.v2c.example.com,IP:10.1.2.3"));
        const auto issued = support::valueOf(fixture.service.issue(request, fixture.admin));
        const auto* at = issued.certificateDer.data();
        X509* certificate = d2i_X509(nullptr, &at, long(issued.certificateDer.size()));
        QVERIFY(certificate != nullptr);
        for (const char* host : {kName, "mqtt-broker-eu-1a.v2c.example.com", "mqtt-broker-eu-1b.v2c.example.com",
                                 "broker.internal.v2c.example.com"})
            QVERIFY2(X509_check_host(certificate, host, 0, 0, nullptr) == 1, host);
        QCOMPARE(X509_check_ip_asc(certificate, "10.1.2.3", 0), 1);
        QCOMPARE(X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0), 1);
        X509_free(certificate);
        QVERIFY(!issued.chainDer.empty());
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued"));
        QCOMPARE(
            fixture.count("certificates WHERE type = 'broker' AND request_key = '" + request.transaction.text() + "'"),
            1);
    }

    void repeatGivesTheSameCertificate()
    {
        Brokers fixture;
        auto request = Brokers::request(csr(m_key));
        const auto first = support::valueOf(fixture.service.issue(request, fixture.admin));
        const auto again = support::valueOf(fixture.service.issue(request, fixture.admin));
        QCOMPARE(again.certificateDer, first.certificateDer);
        QCOMPARE(fixture.signer.calls(), 1);
        request.csrDer = csr(SoftwareKey(SoftwareKey::Kind::Rsa2048));
        QCOMPARE(errorType(fixture.service.issue(request, fixture.admin)), std::string("idempotency-conflict"));
        QCOMPARE(errorType(fixture.service.issue(Brokers::request(csr(m_key)), fixture.admin)),
                 std::string("duplicate-key"));
    }

    void signerThatFailsLeavesTheIntent()
    {
        Brokers fixture;
        const auto request = Brokers::request(csr(m_key));
        fixture.signer.setFault([](int number) -> Result<void> {
            if (number == 1) return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer");
            return {};
        });
        const auto failed = fixture.service.issue(request, fixture.admin);
        QCOMPARE(errorType(failed), std::string("signer-unreachable"));
        QVERIFY(failed.error().retryAfter.has_value());
        const auto serial = fixture.sql("SELECT serial FROM broker_requests");
        const auto issued = support::valueOf(fixture.service.issue(request, fixture.admin));
        QCOMPARE(issued.serial.text(), serial);
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued"));
    }

    void manyAtOnceGetOneCertificate()
    {
        Brokers fixture;
        const auto request = Brokers::request(csr(m_key));
        std::mutex mutex;
        std::set<Bytes> certificates;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                const auto issued = fixture.service.issue(request, fixture.admin);
                const std::lock_guard lock(mutex);
                certificates.insert(issued ? issued->certificateDer : Bytes());
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(certificates.size(), std::size_t(1));
        QCOMPARE(certificates.count(Bytes()), std::size_t(0));
        QCOMPARE(fixture.count("certificates"), 1);
        QCOMPARE(fixture.events(), std::string("certificate_intent certificate_issued"));
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QByteArray>("slug");
        for (const auto& [what, slug] :
             {std::pair("P-256 key", "csr-key-not-allowed"), std::pair("another name", "csr-subject"),
              std::pair("another region's name", "csr-subject"), std::pair("foreign DNS name", "csr-extension"),
              std::pair("foreign address", "csr-extension"), std::pair("URI", "csr-extension"),
              std::pair("garbage", "csr-malformed"), std::pair("broken signature", "csr-signature"),
              std::pair("unknown region", "broker-region-unknown"),
              std::pair("broker of another region", "broker-region")})
            QTest::newRow(what) << QString::fromUtf8(what) << QByteArray(slug);
    }

    void refusals()
    {
        QFETCH(const QString, what);
        QFETCH(const QByteArray, slug);
        Brokers fixture;
        auto request = Brokers::request(csr(m_key));
        auto caller = fixture.admin;
        if (what == QStringLiteral("P-256 key")) request.csrDer = csr(SoftwareKey());
        if (what == QStringLiteral("another name")) request.csrDer = csr(m_key, "bank.example.com");
        if (what == QStringLiteral("another region's name")) request.region = "us";
        if (what == QStringLiteral("foreign DNS name")) request.csrDer = csr(m_key, kName, "DNS:bank.example.com");
        if (what == QStringLiteral("foreign address")) request.csrDer = csr(m_key, kName, "IP:10.1.2.4");
        if (what == QStringLiteral("URI")) request.csrDer = csr(m_key, kName, "URI:urn:v2c:x");
        if (what == QStringLiteral("garbage")) request.csrDer = Bytes(100, 0x30);
        if (what == QStringLiteral("broken signature")) request.csrDer.back() ^= 1U;
        if (what == QStringLiteral("unknown region")) request.region = "mars";
        if (what == QStringLiteral("broker of another region"))
            caller = {Caller::Kind::Broker, "mqtt-broker-us.v2c.example.com", Bytes{1}, support::kTraceId};
        QCOMPARE(errorType(fixture.service.issue(request, caller)), slug.toStdString());
        QCOMPARE(fixture.count("broker_requests"), 0);
        QCOMPARE(fixture.signer.calls(), 0);
        QCOMPARE(fixture.events(), std::string("certificate_refused"));
    }

    void brokerRenewsItsOwnRegion()
    {
        Brokers fixture;
        const Caller broker{Caller::Kind::Broker, kName, Bytes{1}, support::kTraceId};
        QCOMPARE(errorType(fixture.service.issue(Brokers::request(csr(m_key)), broker)), std::string("(none)"));
    }

    void limitPerHour()
    {
        Brokers fixture(1);
        QVERIFY(fixture.service.issue(Brokers::request(csr(m_key)), fixture.admin).has_value());
        const auto next = Brokers::request(csr(SoftwareKey(SoftwareKey::Kind::Rsa2048)));
        QCOMPARE(errorType(fixture.service.issue(next, fixture.admin)), std::string("rate-limit-issuer"));
        fixture.advance(std::chrono::hours(1) + std::chrono::seconds(1));
        QVERIFY(fixture.service.issue(next, fixture.admin).has_value());
    }

private:
    SoftwareKey m_key{SoftwareKey::Kind::Rsa2048};
};

QTEST_GUILESS_MAIN(BrokerServiceTest)
#include "broker_service_test.moc"
