#include <QTest>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "ceremony/output_file.h"
#include "ceremony/software_key.h"
#include "identity/random.h"
#include "keys/signer_client.h"
#include "pki/prepared_certificate.h"
#include "support/signer_daemon.h"
#include "support/softhsm_token.h"

using namespace gateway;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// Keeps asking for signatures from several threads until told to stop.
class Load final
{
public:
    Load(Signer& signer, const SignRequest& request, int threads)
    {
        for (int i = 0; i < threads; ++i)
            m_threads.emplace_back([&] {
                while (!m_stop) {
                    const auto signature = signer.sign(request);
                    ++(signature ? m_signed : m_failed);
                }
            });
    }
    ~Load() { stop(); }
    void stop()
    {
        m_stop = true;
        for (auto& thread : m_threads)
            if (thread.joinable()) thread.join();
    }
    [[nodiscard]] int signedCount() const { return m_signed; }
    [[nodiscard]] int failedCount() const { return m_failed; }

private:
    std::atomic<bool> m_stop{false};
    std::atomic<int> m_signed{0};
    std::atomic<int> m_failed{0};
    std::vector<std::thread> m_threads;
};

} // namespace

/// SignerClient against real signers, also dead and hanging ones.
class SignerClientTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_hsm.emplace();
        m_issuer.emplace(m_hsm->makeIssuer("cloud-service-ca", "cloud-service-ca"));
        m_config = m_hsm->writeSignerConfig({{*m_issuer, {"station"}, true}});
        auto prepared = prepare();
        m_request = {SignRequest::Kind::Certificate, "cloud-service-ca", "station",
                     Bytes(prepared.tbsDer().begin(), prepared.tbsDer().end())};
    }

    void signatureCompletesTheCertificate()
    {
        const test::SignerDaemon daemon(m_config);
        QVERIFY(daemon.isReady());
        SignerClient client({{m_hsm->socket()}});
        auto prepared = prepare();
        const auto signature = client.sign({SignRequest::Kind::Certificate, "cloud-service-ca", "station",
                                            Bytes(prepared.tbsDer().begin(), prepared.tbsDer().end())});
        QVERIFY(signature);
        QVERIFY(pki::completeCertificate(std::move(prepared), *signature, m_issuer->certificate));
        QVERIFY(client.checkHealth());
        const auto keys = client.keys();
        QVERIFY(keys);
        QCOMPARE(keys->at("cloud-service-ca"), m_issuer->certificate.publicKeyDer());
    }

    void refusalsKeepTheirType()
    {
        const test::SignerDaemon daemon(m_config);
        SignerClient client({{m_hsm->socket()}});
        auto request = m_request;
        request.keyLabel = "nobody";
        auto refused = client.sign(request);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::PolicyViolation);
        QCOMPARE(refused.error().type, std::string("unknown-key"));
        request = m_request;
        request.profile = "vehicle-device";
        refused = client.sign(request);
        QVERIFY(!refused);
        QCOMPARE(refused.error().type, std::string("profile-not-allowed"));
    }

    void oversizedRequestIsNotSent()
    {
        const test::SignerDaemon daemon(m_config);
        SignerClient client({{m_hsm->socket()}});
        auto request = m_request;
        request.tbsDer.resize(2U << 20U);
        const auto refused = client.sign(request);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::InvalidRequest);
        QVERIFY(client.sign(m_request));
    }

    void nobodyListeningEndsAtTheDeadline()
    {
        SignerClient client({{m_hsm->folder() / "nobody.sock"}, milliseconds(300)});
        const auto begin = steady_clock::now();
        const auto failed = client.sign(m_request);
        QVERIFY(!failed);
        QVERIFY(failed.error().code == ErrorCode::HsmUnavailable);
        QCOMPARE(failed.error().type, std::string("signer-unreachable"));
        QVERIFY(failed.error().retryAfter);
        QVERIFY(steady_clock::now() - begin < seconds(5));
        QVERIFY(!client.checkHealth());
        SignerClient none({{}, milliseconds(300)});
        QVERIFY(!none.checkHealth());
    }

    /// kill -9 under load costs time, no request.
    void killedWorkerCostsNoRequest()
    {
        const test::SignerDaemon daemon(m_config, test::SignerDaemon::Mode::Supervised);
        QVERIFY(daemon.isReady());
        SignerClient client({{m_hsm->socket()}, seconds(20)});
        Load load(client, m_request, 4);
        std::set<pid_t> killed;
        for (int round = 0; round < 3; ++round) {
            const int before = load.signedCount();
            QTRY_VERIFY_WITH_TIMEOUT(load.signedCount() >= before + 40, 20'000);
            const auto worker = daemon.worker();
            QVERIFY(worker);
            QVERIFY(killed.insert(*worker).second);
            QVERIFY(daemon.signalWorker(SIGKILL));
        }
        const int after = load.signedCount();
        QTRY_VERIFY_WITH_TIMEOUT(load.signedCount() >= after + 40, 20'000);
        load.stop();
        QCOMPARE(load.failedCount(), 0);
    }

    void hangingWorkerEndsAtTheDeadline()
    {
        const test::SignerDaemon daemon(m_config, test::SignerDaemon::Mode::Supervised);
        QVERIFY(daemon.isReady());
        SignerClient client({{m_hsm->socket()}, milliseconds(500)});
        QVERIFY(client.checkHealth());
        QVERIFY(daemon.signalWorker(SIGSTOP));
        const auto begin = steady_clock::now();
        const auto failed = client.sign(m_request);
        const auto took = steady_clock::now() - begin;
        QVERIFY(!failed);
        QVERIFY(failed.error().code == ErrorCode::HsmUnavailable);
        QCOMPARE(failed.error().type, std::string("signer-timeout"));
        QVERIFY(took >= milliseconds(400));
        QVERIFY(took < seconds(5));
        QVERIFY(daemon.signalWorker(SIGCONT));
        QTRY_VERIFY_WITH_TIMEOUT(client.sign(m_request).has_value(), 10'000);
    }

    /// With a second signer even a hanging first one costs no request, and after the first time little delay.
    void nextEndpointTakesOver()
    {
        const test::SignerDaemon first(m_config);
        const auto secondConfig = copyConfig("second");
        const test::SignerDaemon second(secondConfig);
        QVERIFY(first.isReady() && second.isReady());
        SignerClient client({{m_hsm->socket(), m_hsm->folder() / "second.sock"}, seconds(2)});
        QVERIFY(client.sign(m_request));
        QVERIFY(first.signalWorker(SIGSTOP));
        QVERIFY(client.sign(m_request));
        const auto begin = steady_clock::now();
        QVERIFY(client.sign(m_request));
        QVERIFY(steady_clock::now() - begin < milliseconds(900)); // the hanging one is asked last now
        QVERIFY(first.signalWorker(SIGCONT));
    }

private:
    pki::PreparedCertificate prepare()
    {
        const auto key = ceremony::generateSoftwareKey("EC-P256");
        const auto serial = CertificateSerial::random(fillFromSystemRandom);
        auto prepared = pki::prepareCertificate(test::loadProfile("station"), {{"station", "station-7"}},
                                                key->publicKeyDer, *m_issuer, *serial, now());
        return std::move(*prepared);
    }

    /// The same signer on another socket.
    std::filesystem::path copyConfig(const std::string& name)
    {
        auto text = *ceremony::readFile(m_config);
        const auto from = m_hsm->socket().string();
        text.replace(text.find(from), from.size(), (m_hsm->folder() / (name + ".sock")).string());
        const auto folder = m_hsm->folder() / name;
        std::filesystem::create_directory(folder);
        const auto written = ceremony::writeFile(folder / "signer.json", text, 0644);
        return written ? folder / "signer.json" : std::filesystem::path();
    }

    std::optional<test::SoftHsmToken> m_hsm;
    std::optional<pki::Issuer> m_issuer;
    std::filesystem::path m_config;
    SignRequest m_request;
};

QTEST_GUILESS_MAIN(SignerClientTest)
#include "signer_client_test.moc"
