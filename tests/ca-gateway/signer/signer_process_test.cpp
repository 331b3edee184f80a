#include <QTest>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit/audit_head.h"
#include "ceremony/output_file.h"
#include "ceremony/software_key.h"
#include "identity/random.h"
#include "pki/crl.h"
#include "pki/prepared_certificate.h"
#include "pki/public_key.h"
#include "signer/connection.h"
#include "signer/exit_code.h"
#include "support/signer_daemon.h"
#include "support/softhsm_token.h"

using namespace gateway;
using namespace gateway::signer;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr seconds kPatience{20};

Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

audit::AuditHead head(std::uint64_t size, const char* lastRow, std::string origin = "test.example.com")
{
    return {.origin = std::move(origin),
            .size = size,
            .root = audit::leafHash(asBytes(lastRow)),
            .sealedAt = Time(seconds(1'790'000'000)),
            .previousSize = 0};
}

Bytes toBytes(const std::string& text)
{
    return {text.begin(), text.end()};
}

} // namespace

/// v2c-signer as a whole: a process, a SoftHSM token, a socket.
class SignerProcessTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_hsm.emplace();
        m_issuer.emplace(m_hsm->makeIssuer("device-issuing-ca", "device-issuing-ca"));
        m_other.emplace(m_hsm->makeIssuer("cloud-service-ca", "cloud-service-ca"));
        m_audit.emplace(m_hsm->makeIssuer("audit-signer", "audit-signer", "EC-P256"));
        m_config = m_hsm->writeSignerConfig({{*m_issuer, {"vehicle-device", "ocsp-signer"}, true},
                                             {*m_other, {"station"}, false},
                                             {*m_audit, {}, false, true}});
    }

    void signsWhatFitsTheProfile()
    {
        const test::SignerDaemon daemon(m_config);
        QVERIFY2(daemon.isReady(), daemon.log().c_str());
        auto prepared = prepare("station", {{"station", "station-7"}}, *m_other);
        QVERIFY(prepared);
        const auto answer = ask(SignCommand{SignCommand::Kind::Certificate, "cloud-service-ca", "station",
                                            Bytes(prepared->tbsDer().begin(), prepared->tbsDer().end())});
        QVERIFY(answer && std::holds_alternative<Signature>(*answer));
        QVERIFY(
            pki::completeCertificate(std::move(*prepared), std::get<Signature>(*answer).value, m_other->certificate));
    }

    void signsCrlOfItsIssuer()
    {
        const test::SignerDaemon daemon(m_config);
        const auto tbs = pki::prepareCrl(*m_issuer, {}, 1, now(), now() + std::chrono::hours(24));
        QVERIFY(tbs);
        const auto answer = ask(SignCommand{SignCommand::Kind::Crl, "device-issuing-ca", "", *tbs});
        QVERIFY(answer && std::holds_alternative<Signature>(*answer));
        QVERIFY(pki::completeCrl(*tbs, std::get<Signature>(*answer).value, m_issuer->certificate));
    }

    /// Eight times what a frame holds; checked entry by entry as a short one.
    void signsALongCrl()
    {
        const test::SignerDaemon daemon(m_config);
        pki::RevokedList list;
        for (unsigned i = 0; i < 150'000; ++i)
            list.add(*CertificateSerial::fromBytes(
                         Bytes{0x40, std::uint8_t(i >> 16), std::uint8_t(i >> 8), std::uint8_t(i)}),
                     now() - std::chrono::seconds(i), RevocationReason::KeyCompromise);
        const auto until = now() + std::chrono::hours(24);
        const auto ask = [&](const pki::RevokedList& entries) {
            const auto size = pki::tbsCrlSize(*m_issuer, entries, 7, now(), until);
            const auto sealed = SealedBytes::make(*size, [&](std::span<std::uint8_t> space) {
                QVERIFY(pki::writeTbsCrl(*m_issuer, entries, 7, now(), until, space));
            });
            auto answer = this->ask(SignCommand{SignCommand::Kind::Crl, "device-issuing-ca", "", {}, true, *sealed});
            if (const auto* signature = answer ? std::get_if<Signature>(&*answer) : nullptr)
                return pki::frameCrl((*sealed)->view(), signature->value, m_issuer->certificate) ? "signed" : "wrong";
            return answer && std::holds_alternative<Refusal>(*answer) ? "refused" : "failed";
        };
        QCOMPARE(ask(list), "signed");
        list.add(*CertificateSerial::fromBytes(Bytes{0x01}), now(), RevocationReason::KeyCompromise); // out of order
        QCOMPARE(ask(list), "refused");
    }

    void listsItsKeys()
    {
        const test::SignerDaemon daemon(m_config);
        const auto answer = ask(KeysRequest{});
        QVERIFY(answer);
        QVERIFY(std::get<KeyList>(*answer).keys ==
                (std::vector<KeyEntry>{{"audit-signer", m_audit->certificate.publicKeyDer()},
                                       {"cloud-service-ca", m_other->certificate.publicKeyDer()},
                                       {"device-issuing-ca", m_issuer->certificate.publicKeyDer()}}));
    }

    void whatDoesNotFitIsRefused()
    {
        const test::SignerDaemon daemon(m_config);
        const auto station = prepare("station", {{"station", "station-7"}}, *m_other);
        QVERIFY(station);
        const Bytes stationTbs(station->tbsDer().begin(), station->tbsDer().end());
        const auto crl = pki::prepareCrl(*m_other, {}, 1, now(), now() + std::chrono::hours(24));
        const auto crlOfOther = pki::prepareCrl(*m_other, {}, 2, now(), now() + std::chrono::hours(24));
        QVERIFY(crl && crlOfOther);
        auto withCa = stationTbs;
        withCa[withCa.size() - 1] ^= 1U;

        const auto kCertificate = SignCommand::Kind::Certificate;
        const std::vector<std::pair<SignCommand, std::string>> cases = {
            {{kCertificate, "root-ca", "root-ca", stationTbs}, "unknown-key"},
            {{kCertificate, "", "station", stationTbs}, "unknown-key"},
            {{kCertificate, "cloud-service-ca", "vehicle-device", stationTbs}, "profile-not-allowed"},
            {{kCertificate, "cloud-service-ca", "", stationTbs}, "profile-not-allowed"},
            {{kCertificate, "cloud-service-ca", "../station", stationTbs}, "profile-not-allowed"},
            {{kCertificate, "device-issuing-ca", "vehicle-device", stationTbs}, "lint"},
            {{kCertificate, "cloud-service-ca", "station", {}}, "lint"},
            {{kCertificate, "cloud-service-ca", "station", {0x30, 0x00}}, "lint"},
            {{kCertificate, "cloud-service-ca", "station", withCa}, "lint"},
            {{kCertificate, "cloud-service-ca", "station", m_other->certificate.der()}, "lint"},
            {{SignCommand::Kind::Crl, "cloud-service-ca", "", *crl}, "crl-not-allowed"},
        };
        for (std::size_t i = 0; i < cases.size(); ++i) {
            const auto answer = ask(cases[i].first);
            QVERIFY(answer);
            const auto* refusal = std::get_if<Refusal>(&*answer);
            QVERIFY2(refusal, QByteArray("signed case " + QByteArray::number(qulonglong(i))).constData());
            QCOMPARE(refusal->type, cases[i].second);
        }
        // a CRL in another issuer's name
        const auto answer = ask(SignCommand{SignCommand::Kind::Crl, "device-issuing-ca", "", *crlOfOther});
        QVERIFY(answer && std::holds_alternative<Refusal>(*answer));
        QVERIFY(ask(HealthRequest{}));
    }

    void signsAuditHeads()
    {
        const test::SignerDaemon daemon(m_config);
        const auto text = audit::encodeHead(head(3, "c"));
        const auto answer = ask(headCommand(text));
        QVERIFY(answer && std::holds_alternative<Signature>(*answer));
        const auto key = pki::PublicKey::parse(m_audit->certificate.publicKeyDer());
        QVERIFY(key && key->verifies(asBytes(text), std::get<Signature>(*answer).value));
    }

    void auditKeySignsNothingButHeads_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("refusal");

        const auto row = [](const char* name, SignCommand::Kind kind, const char* key, const Bytes& bytes,
                            const char* refusal) {
            QTest::newRow(name) << int(kind) << QByteArray(key)
                                << QByteArray(reinterpret_cast<const char*>(bytes.data()), qsizetype(bytes.size()))
                                << QByteArray(refusal);
        };
        const auto kHead = SignCommand::Kind::AuditHead;
        const auto good = audit::encodeHead(head(3, "c"));
        const auto station = prepare("station", {{"station", "station-7"}}, *m_other);
        QVERIFY(station);
        const Bytes tbs(station->tbsDer().begin(), station->tbsDer().end());
        const auto crl = pki::prepareCrl(*m_issuer, {}, 1, now(), now() + std::chrono::hours(24));
        QVERIFY(crl);

        row("head by a CA that issues", kHead, "device-issuing-ca", toBytes(good), "audit-head-not-allowed");
        row("head by a CA without CRLs", kHead, "cloud-service-ca", toBytes(good), "audit-head-not-allowed");
        row("head by an unknown key", kHead, "root-ca", toBytes(good), "unknown-key");
        row("certificate", SignCommand::Kind::Certificate, "audit-signer", tbs, "profile-not-allowed");
        row("CRL", SignCommand::Kind::Crl, "audit-signer", *crl, "crl-not-allowed");
        row("head named a certificate", SignCommand::Kind::Certificate, "audit-signer", toBytes(good),
            "profile-not-allowed");
        row("head named a CRL", SignCommand::Kind::Crl, "audit-signer", toBytes(good), "crl-not-allowed");
        row("certificate named a head", kHead, "audit-signer", tbs, "audit-head");
        row("CRL named a head", kHead, "audit-signer", *crl, "audit-head");
        row("nothing", kHead, "audit-signer", {}, "audit-head");
        row("a digest", kHead, "audit-signer", Bytes(32, 0x5A), "audit-head");
        row("transcript of a ceremony", kHead, "audit-signer", toBytes(std::string(kTranscriptPrefix) + "x"),
            "audit-head");
        row("trailing line feed", kHead, "audit-signer", toBytes(good + '\n'), "audit-head");
        row("trailing NUL", kHead, "audit-signer", toBytes(good + '\0'), "audit-head");
        row("two heads", kHead, "audit-signer", toBytes(good + good), "audit-head");
        row("leading space", kHead, "audit-signer", toBytes(' ' + good), "audit-head");
        row("last line open", kHead, "audit-signer", toBytes(good.substr(0, good.size() - 1)), "audit-head");
        row("no larger than the one before", kHead, "audit-signer",
            toBytes(audit::encodeHead({"test.example.com", 3, head(3, "c").root, {}, 3})), "audit-head");
    }

    void auditKeySignsNothingButHeads()
    {
        QFETCH(const int, kind);
        QFETCH(const QByteArray, key);
        QFETCH(const QByteArray, bytes);
        QFETCH(const QByteArray, refusal);
        if (!m_daemon) m_daemon.emplace(m_config);
        for (const auto* profile : {"", "audit-signer"}) {
            const auto answer = ask(SignCommand{static_cast<SignCommand::Kind>(kind), key.toStdString(), profile,
                                                Bytes(bytes.begin(), bytes.end())});
            QVERIFY(answer);
            QVERIFY2(std::holds_alternative<Refusal>(*answer), "signed");
            QCOMPARE(std::get<Refusal>(*answer).type, refusal.toStdString());
        }
    }

    /// What the signer has signed since its start it does not contradict; it keeps nothing over a restart.
    void auditOnlyGrows()
    {
        m_daemon.reset();
        const auto answered = [&](const audit::AuditHead& asked) -> std::string {
            const auto answer = ask(headCommand(audit::encodeHead(asked)));
            if (!answer) return answer.error().type;
            const auto* refusal = std::get_if<Refusal>(&*answer);
            return refusal ? refusal->type : "signed";
        };
        {
            const test::SignerDaemon daemon(m_config);
            QCOMPARE(answered(head(5, "e")), std::string("signed"));
            QCOMPARE(answered(head(5, "e")), std::string("signed")); // the first one's commit may have failed
            QCOMPARE(answered(head(5, "other")), std::string("audit-head-forks"));
            QCOMPARE(answered(head(4, "d")), std::string("audit-head-shrinks"));
            QCOMPARE(answered(head(4, "d", "elsewhere.example.com")), std::string("signed"));
            QCOMPARE(answered(head(9, "i")), std::string("signed"));
            QCOMPARE(answered(head(5, "e")), std::string("audit-head-shrinks"));
            QCOMPARE(answered(head(10, "j")), std::string("signed"));
        }
        const test::SignerDaemon restarted(m_config);
        QCOMPARE(answered(head(4, "d")), std::string("signed"));
    }

    void ceremonyOperationsAreRefused()
    {
        const test::SignerDaemon daemon(m_config);
        const auto refusedType = [&](Request request) {
            const auto answer = ask(std::move(request));
            return answer && std::holds_alternative<Refusal>(*answer) ? std::get<Refusal>(*answer).type : "";
        };
        const auto pin = [&] { return SecretBytes(m_hsm->pin()); };
        QCOMPARE(refusedType(GenerateKeyCommand{m_hsm->label(), pin(), "new", "EC-P256", SecretBytes()}),
                 std::string("unknown-operation"));
        QCOMPARE(refusedType(InitTokenCommand{m_hsm->label(), pin(), pin()}), std::string("unknown-operation"));
        QCOMPARE(refusedType(ListTokensCommand{}), std::string("unknown-operation"));
    }

    void brokenFramesCloseTheConnection_data()
    {
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<QByteArray>("type");

        const QByteArray malformed("message-malformed");
        QTest::newRow("length 0") << QByteArray::fromHex("00000000") << QByteArray("frame-empty");
        QTest::newRow("1 GB") << QByteArray::fromHex("40000000a0") << QByteArray("frame-too-long");
        QTest::newRow("not CBOR") << QByteArray::fromHex("00000002ffff") << malformed;
        QTest::newRow("HTTP") << QByteArray("GET / HTTP/1.1\r\n\r\n") << QByteArray("frame-too-long");
        QTest::newRow("empty map") << QByteArray::fromHex("00000001a0") << malformed;
        QTest::newRow("a list") << QByteArray::fromHex("0000000180") << malformed;
        // {"id": 1, "op": 5} and {"id": "x", "op": "health"}
        QTest::newRow("operation a number") << QByteArray::fromHex("00000009a262696401626f7005") << malformed;
        QTest::newRow("id a text") << QByteArray::fromHex("00000010a26269646178626f70666865616c7468") << malformed;
    }

    void brokenFramesCloseTheConnection()
    {
        QFETCH(const QByteArray, sent);
        QFETCH(const QByteArray, type);
        const test::SignerDaemon daemon(m_config);
        QVERIFY(daemon.isReady());
        const auto received = exchangeRaw(sent);
        QVERIFY(received.size() > 4);
        const auto refusal = decodeResponse(ByteView(received).subspan(4));
        QVERIFY(refusal);
        QCOMPARE(std::get<Refusal>(refusal->body).type, type.toStdString());
        QVERIFY(ask(HealthRequest{})); // others are served on
    }

    void strangersAreRefused()
    {
        const auto file = changedConfig([](json& config) { config["allowed_uids"] = json::array({::geteuid() + 1}); });
        const test::SignerDaemon daemon(file);
        QVERIFY(daemon.isReady());
        const auto answer = ask(HealthRequest{});
        QVERIFY(!answer);
        QCOMPARE(answer.error().type, std::string("peer-not-allowed"));
    }

    void stopsWhenAsked()
    {
        test::SignerDaemon daemon(m_config);
        QVERIFY(daemon.isReady());
        QCOMPARE(daemon.stop(), std::optional<int>(0));
        QVERIFY(!std::filesystem::exists(m_hsm->socket()));
    }

    /// Asked to stop while its threads are in the module: the answers are given or the connections end, the module is
    /// left in order, and the token and the socket are free for the next one at once.
    void stopsUnderLoad_data()
    {
        QTest::addColumn<bool>("isSupervised");
        QTest::newRow("worker") << false;
        QTest::newRow("supervised") << true;
    }

    void stopsUnderLoad()
    {
        QFETCH(const bool, isSupervised);
        const auto mode = isSupervised ? test::SignerDaemon::Mode::Supervised : test::SignerDaemon::Mode::Worker;
        const auto tbs = pki::prepareCrl(*m_issuer, {}, 1, now(), now() + std::chrono::hours(24));
        QVERIFY(tbs);
        for (int round = 0; round < 3; ++round) {
            test::SignerDaemon daemon(m_config, mode);
            QVERIFY2(daemon.isReady(), daemon.log().c_str());
            std::atomic<int> signedCount{0};
            std::atomic<bool> hasStrange{false};
            std::vector<std::thread> clients;
            for (int i = 0; i < 4; ++i)
                clients.emplace_back([&] {
                    auto connection = Connection::open(m_hsm->socket());
                    while (connection) {
                        const auto answer =
                            connection->ask(SignCommand{SignCommand::Kind::Crl, "device-issuing-ca", "", *tbs},
                                            steady_clock::now() + kPatience);
                        if (!answer) return;
                        if (!std::holds_alternative<Signature>(*answer)) hasStrange = true;
                        ++signedCount;
                    }
                });
            const bool isBusy = QTest::qWaitFor([&] { return signedCount >= 8; }, 10'000);
            const auto status = daemon.stop();
            for (auto& client : clients)
                client.join();
            QVERIFY(isBusy);
            QVERIFY2(status == std::optional<int>(0), daemon.log().c_str());
            QVERIFY2(daemon.log().find("ended by signal") == std::string::npos, daemon.log().c_str());
            QVERIFY(!hasStrange);
            QVERIFY(!std::filesystem::exists(m_hsm->socket()));
        }
    }

    void endsWithTheDocumentedStatus_data()
    {
        QTest::addColumn<QByteArray>("pointer");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<int>("status");

        QTest::newRow("token not found") << QByteArray("/token") << QByteArray("\"elsewhere\"") << 11;
        QTest::newRow("module missing") << QByteArray("/module") << QByteArray("\"/nonexistent.so\"") << 12;
        QTest::newRow("module is no module") << QByteArray("/module") << QByteArray("\"/bin/true\"") << 12;
        QTest::newRow("key missing") << QByteArray("/keys/0/label") << QByteArray("\"nobody\"") << 13;
        QTest::newRow("key of another certificate") << QByteArray("/keys/0/label") << QByteArray("\"root-ca\"") << 15;
        QTest::newRow("no folder for the socket") << QByteArray("/socket") << QByteArray("\"/nonexistent/s\"") << 16;
        QTest::newRow("unknown profile") << QByteArray("/keys/0/profiles/0") << QByteArray("\"nothing\"") << 78;
        QTest::newRow("profile beyond its CA")
            << QByteArray("/keys/0/profiles/0") << QByteArray("\"device-issuing-ca\"") << 78;
        QTest::newRow("no certificate") << QByteArray("/keys/0/certificate") << QByteArray("\"/nonexistent\"") << 78;
        QTest::newRow("no PIN file") << QByteArray("/pin_file") << QByteArray("\"/nonexistent\"") << 78;
        QTest::newRow("unknown field") << QByteArray("/pin") << QByteArray("\"1234\"") << 78;
    }

    void endsWithTheDocumentedStatus()
    {
        QFETCH(const QByteArray, pointer);
        QFETCH(const QByteArray, value);
        QFETCH(const int, status);
        const auto file = changedConfig([&](json& config) {
            config[json::json_pointer(pointer.toStdString())] = json::parse(value.toStdString());
        });
        test::SignerDaemon daemon(file);
        QVERIFY(!daemon.isReady());
        QCOMPARE(daemon.waitForExit(kPatience), std::optional<int>(status));
    }

    void readablePinFileIsRefused()
    {
        const auto pinFile = m_hsm->folder() / "readable-pin";
        QVERIFY(ceremony::writeFile(pinFile, m_hsm->pin(), 0644));
        test::SignerDaemon daemon(changedConfig([&](json& config) { config["pin_file"] = pinFile.string(); }));
        QCOMPARE(daemon.waitForExit(kPatience), std::optional<int>(78));
        QVERIFY(daemon.log().find("0600") != std::string::npos);
    }

    void wrongPinIsNeverTriedAgain()
    {
        const auto pinFile = m_hsm->folder() / "wrong-pin";
        QVERIFY(ceremony::writeFile(pinFile, "not-the-pin\n", 0600));
        const auto file = changedConfig([&](json& config) { config["pin_file"] = pinFile.string(); });
        test::SignerDaemon daemon(file, test::SignerDaemon::Mode::Supervised);
        QCOMPARE(daemon.waitForExit(kPatience), std::optional<int>(10));
        const auto log = daemon.log();
        const auto first = log.find("logging in to token");
        QVERIFY(first != std::string::npos);
        QCOMPARE(log.find("logging in to token", first + 1), std::string::npos);
        QVERIFY(log.find("not-the-pin") == std::string::npos);
    }

    void otherFailuresAreTriedAgain()
    {
        const auto file = changedConfig([](json& config) { config["token"] = "elsewhere"; });
        test::SignerDaemon daemon(file, test::SignerDaemon::Mode::Supervised, test::SignerDaemon::Wait::No);
        QTRY_VERIFY_WITH_TIMEOUT(QByteArray::fromStdString(daemon.log()).count("worker ended with status 11") >= 2,
                                 10'000);
        QCOMPARE(daemon.stop(), std::optional<int>(0));
    }

    void killedWorkerIsBackSoon()
    {
        test::SignerDaemon daemon(m_config, test::SignerDaemon::Mode::Supervised);
        QVERIFY(daemon.isReady());
        const auto first = daemon.worker();
        QVERIFY(first);
        QVERIFY(daemon.signalWorker(SIGKILL));
        QTRY_VERIFY_WITH_TIMEOUT(ask(HealthRequest{}).has_value(), 10'000);
        QVERIFY(daemon.worker() && daemon.worker() != first);
        QCOMPARE(daemon.stop(), std::optional<int>(0));
    }

    void workerDiesWithItsSupervisor()
    {
        test::SignerDaemon daemon(m_config, test::SignerDaemon::Mode::Supervised);
        QVERIFY(daemon.isReady());
        const auto worker = daemon.worker();
        QVERIFY(worker);
        ::kill(daemon.process(), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(!Connection::open(m_hsm->socket()), 10'000);
    }

private:
    static SignCommand headCommand(const std::string& text)
    {
        return {SignCommand::Kind::AuditHead, "audit-signer", "", toBytes(text)};
    }

    Result<pki::PreparedCertificate> prepare(const std::string& profile, const pki::ProfileValues& values,
                                             const pki::Issuer& issuer)
    {
        const auto key = ceremony::generateSoftwareKey("EC-P256");
        const auto serial = CertificateSerial::random(fillFromSystemRandom);
        return pki::prepareCertificate(test::loadProfile(profile), values, key->publicKeyDer, issuer, *serial, now());
    }

    Result<Response> ask(Request request)
    {
        auto connection = Connection::open(m_hsm->socket());
        if (!connection) return tl::unexpected(connection.error());
        return connection->ask(std::move(request), steady_clock::now() + kPatience);
    }

    /// Sends bytes as they are. @return everything up to the end of the connection
    Bytes exchangeRaw(const QByteArray& sent)
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = m_hsm->socket().string();
        std::copy(path.begin(), path.end(), address.sun_path);
        const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const timeval patience{20, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
        if (::send(socket.get(), sent.data(), static_cast<std::size_t>(sent.size()), MSG_NOSIGNAL) < 0) return {};
        Bytes received;
        std::uint8_t buffer[512];
        for (;;) {
            const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
            if (count < 0 && errno != ECONNRESET) return {}; // still open: the connection was not closed
            if (count <= 0) return received;
            received.insert(received.end(), buffer, buffer + count);
        }
    }

    std::filesystem::path changedConfig(const std::function<void(json&)>& change)
    {
        std::ifstream stream(m_config);
        auto config = json::parse(stream);
        change(config);
        const auto file = m_hsm->folder() / "changed.json";
        std::ofstream(file) << config.dump();
        return file;
    }

    std::optional<test::SoftHsmToken> m_hsm;
    std::optional<pki::Issuer> m_issuer;
    std::optional<pki::Issuer> m_other;
    std::optional<pki::Issuer> m_audit;
    std::optional<test::SignerDaemon> m_daemon; ///< of the rows of one table
    std::filesystem::path m_config;
};

QTEST_GUILESS_MAIN(SignerProcessTest)
#include "signer_process_test.moc"
