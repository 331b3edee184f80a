#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <random>
#include <thread>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>

#include "can/virtual_bus.h"
#include "fake_unit.h"
#include "provisioning/provisioning_client.h"
#include "provisioning/provisioning_server.h"

using namespace tcu;
using namespace std::chrono_literals;

namespace {

/// Runs things in the event loop of a thread of its own.
class LoopThread
{
public:
    LoopThread() : m_context(new QObject)
    {
        m_context->moveToThread(&m_thread);
        m_thread.start();
    }
    ~LoopThread()
    {
        m_context->deleteLater();
        m_thread.quit();
        m_thread.wait();
    }
    template <typename Work>
    void run(Work work)
    {
        QMetaObject::invokeMethod(m_context, std::move(work), Qt::BlockingQueuedConnection);
    }
    template <typename Work>
    void post(Work work)
    {
        QMetaObject::invokeMethod(m_context, std::move(work), Qt::QueuedConnection);
    }

private:
    QThread m_thread;
    QObject* m_context;
};

class BusProcess
{
public:
    BusProcess() { start(0); }
    ~BusProcess() { stop(); }
    void stop()
    {
        m_thread.run([this] { m_bus.reset(); });
    }
    void restart()
    {
        stop();
        start(m_port);
    }
    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] std::string device() const
    {
        return "virtualcan:tcp://127.0.0.1:" + std::to_string(m_port) + "/can0";
    }
    std::uint64_t offenders()
    {
        std::uint64_t count = 0;
        m_thread.run([&] { count = m_bus->offenders(); });
        return count;
    }

private:
    void start(std::uint16_t port)
    {
        m_thread.run([this, port] {
            m_bus = std::make_unique<VirtualBus>();
            m_port = m_bus->listen(QHostAddress(QHostAddress::LocalHost), port).value_or(std::uint16_t(0));
        });
    }

    LoopThread m_thread;
    std::unique_ptr<VirtualBus> m_bus;
    std::uint16_t m_port = 0;
};

/// The unit's process: a server over a fake unit whose disk stays when it is started again.
class UnitProcess
{
public:
    explicit UnitProcess(ServerSettings settings) : m_settings(std::move(settings)), m_unit(disk)
    {
        m_thread.run([this] { start(); });
        waitForBus();
    }
    ~UnitProcess()
    {
        m_thread.run([this] { m_server.reset(); });
    }
    void stop()
    {
        m_thread.run([this] { m_server.reset(); });
    }
    /// Also from the worker thread of the server that is to go.
    void postRestart()
    {
        m_thread.post([this] {
            m_server.reset();
            start();
        });
    }
    bool isOnBus()
    {
        bool is = false;
        m_thread.run([&] { is = m_server && m_server->isOnBus(); });
        return is;
    }
    void waitForBus() { QTRY_VERIFY_WITH_TIMEOUT(isOnBus(), 10000); }
    FakeUnit& unit() { return m_unit; }

    UnitDisk disk;

private:
    void start()
    {
        m_server = std::make_unique<ProvisioningServer>(m_settings, m_unit);
        if (!m_server->start()) qFatal("the unit's settings are wrong");
    }

    LoopThread m_thread;
    ServerSettings m_settings;
    FakeUnit m_unit;
    std::unique_ptr<ProvisioningServer> m_server;
};

/// Listens to the raw lines of the bus in a thread of its own.
class Sniffer
{
public:
    explicit Sniffer(std::uint16_t port)
    {
        m_thread.run([&] {
            m_socket = std::make_unique<QTcpSocket>();
            m_socket->connectToHost(QHostAddress(QHostAddress::LocalHost), port);
            if (!m_socket->waitForConnected(5000)) qFatal("no bus to listen to");
            m_socket->write("connect:can0\n");
            m_socket->waitForBytesWritten(1000);
            QObject::connect(m_socket.get(), &QTcpSocket::readyRead, m_socket.get(), [this] {
                while (m_socket->canReadLine()) {
                    const QByteArray line = m_socket->readLine().trimmed();
                    const std::lock_guard lock(m_mutex);
                    m_lines.push_back(line);
                    m_changed.notify_all();
                }
            });
        });
    }
    ~Sniffer()
    {
        m_thread.run([this] { m_socket.reset(); });
    }
    void send(const QByteArray& lines)
    {
        m_thread.run([&] { m_socket->write(lines); });
    }
    int count(const QByteArray& part)
    {
        const std::lock_guard lock(m_mutex);
        return countLocked(part);
    }
    /// Blocks until so many lines with that part were seen.
    bool waitFor(const QByteArray& part, int times)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, 10s, [&] { return countLocked(part) >= times; });
    }

private:
    [[nodiscard]] int countLocked(const QByteArray& part) const
    {
        return static_cast<int>(
            std::count_if(m_lines.begin(), m_lines.end(), [&](const QByteArray& line) { return line.contains(part); }));
    }

    LoopThread m_thread;
    std::unique_ptr<QTcpSocket> m_socket;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<QByteArray> m_lines;
};

ServerSettings serverOn(const BusProcess& bus)
{
    ServerSettings settings;
    settings.bus = bus.device();
    return settings;
}

LinkSettings clientOn(const BusProcess& bus)
{
    LinkSettings settings;
    settings.bus = bus.device();
    return settings;
}

KeyRequest keyRequest(std::uint8_t seed = 0x11)
{
    KeyRequest request;
    request.transaction.fill(seed);
    request.deviceId = "0123456789ABCDEF0123456789ABCDEF";
    request.vinHash = std::string(64, 'a');
    return request;
}

/// A leaf and two issuers, 4100 bytes together.
std::vector<Bytes> chain(std::uint8_t seed = 1)
{
    std::mt19937 random(seed);
    std::vector<Bytes> certificates{Bytes(FakeUnit::kLeafBytes), Bytes(1400), Bytes(1600)};
    for (auto& certificate : certificates) {
        for (auto& byte : certificate)
            byte = static_cast<std::uint8_t>(random());
    }
    return certificates;
}

Bytes text(const char* characters)
{
    return {characters, characters + std::strlen(characters)};
}

} // namespace

class LinkTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theWholeDialogue()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        unit.disk.identification[did::kVin] = text("WVWZZZ1JZXW000001");
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());

        const auto vin = client->readIdentification(did::kVin);
        QVERIFY(vin.has_value());
        QVERIFY(*vin == text("WVWZZZ1JZXW000001"));
        const auto absent = client->readIdentification(did::kEcuSerialNumber);
        QVERIFY(!absent);
        QVERIFY(absent.error().nrc == std::uint8_t(0x31));

        auto state = client->readState();
        QVERIFY(state.has_value());
        QVERIFY(state->state == UnitState::Empty);

        const auto csr = client->generateKeyAndCsr(keyRequest());
        QVERIFY(csr.has_value());
        QCOMPARE(csr->size(), std::size_t(310));
        QCOMPARE(unit.disk.request.deviceId, keyRequest().deviceId);
        const auto again = client->generateKeyAndCsr(keyRequest());
        QVERIFY(again.has_value());
        QVERIFY(*again == *csr);
        QCOMPARE(unit.disk.keys, 1);

        const auto leafHash = client->installCertificate(keyRequest().transaction, chain());
        QVERIFY2(leafHash.has_value(), leafHash ? "" : leafHash.error().detail.c_str());
        QVERIFY(*leafHash == sha256Of(chain()[0]));
        QCOMPARE(unit.disk.stagedBytes, std::size_t(4100));
        QVERIFY(unit.disk.stagingOffsets == std::vector<std::uint32_t>{0});

        const auto leaf = client->readActiveLeaf();
        QVERIFY(leaf.has_value());
        QVERIFY(*leaf == chain()[0]);
        Sha256 challenge{};
        challenge[0] = 0x42;
        const auto signature = client->verifyCertificate(challenge);
        QVERIFY(signature.has_value());
        QVERIFY(*signature == Bytes(challenge.rbegin(), challenge.rend()));

        // The same once more costs nothing and changes nothing.
        const auto repeated = client->installCertificate(keyRequest().transaction, chain());
        QVERIFY(repeated.has_value());
        QCOMPARE(unit.disk.stagedBytes, std::size_t(4100));
        state = client->readState();
        QVERIFY(state.has_value());
        QVERIFY(state->state == UnitState::Active);
    }

    void evidenceIsAskedForAndRead()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        const auto none = client->readEvidence();
        QVERIFY(none.has_value());
        QVERIFY(*none == TpmEvidence{});

        unit.disk.evidence.ekCertificate = Bytes(1100, 7);
        unit.disk.evidence.akPublic = Bytes(88, 8);
        CertifyRequest request;
        request.transaction = keyRequest().transaction;
        request.nonce.fill(9);
        request.credentialBlob = Bytes(82, 10);
        request.encryptedSecret = Bytes(258, 11);
        const auto early = client->certifyPendingKey(request);
        QVERIFY(!early);
        QVERIFY(early.error().nrc == std::uint8_t(0x22));
        QVERIFY(early.error().detail.find("31 01 0214") != std::string::npos);
        QVERIFY(early.error().detail.find("the unit: no key") != std::string::npos);
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        auto evidence = client->readEvidence();
        QVERIFY(evidence.has_value());
        QVERIFY(!evidence->certifiesKey());
        QVERIFY(client->certifyPendingKey(request));
        QVERIFY(unit.disk.certified.nonce == request.nonce);
        QVERIFY(unit.disk.certified.credentialBlob == request.credentialBlob);
        QVERIFY(unit.disk.certified.encryptedSecret == request.encryptedSecret);
        evidence = client->readEvidence();
        QVERIFY(evidence.has_value());
        QVERIFY(*evidence == unit.disk.evidence);
        QVERIFY(evidence->certifiesKey());
    }

    void aWrongTransactionIsRefusedByName()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        const auto other = keyRequest(0x99).transaction;
        const auto installed = client->installCertificate(other, chain());
        QVERIFY(!installed);
        QVERIFY(installed.error().fault == LinkFault::NegativeResponse);
        QVERIFY(installed.error().nrc == std::uint8_t(0x31));
        QVERIFY(installed.error().detail.find("requestOutOfRange (0x31)") != std::string::npos);
        QVERIFY(installed.error().detail.find("another transaction") != std::string::npos);
        QCOMPARE(unit.disk.stagedBytes, std::size_t(0));
        const auto discarded = client->discardPendingKey(other);
        QVERIFY(!discarded);
        QVERIFY(discarded.error().nrc == std::uint8_t(0x31));
        QVERIFY(client->discardPendingKey(keyRequest().transaction));
        QVERIFY(unit.disk.state == UnitState::Empty);
    }

    void chainsOfImpossibleLengthAreRefused_data()
    {
        QTest::addColumn<int>("size");
        QTest::newRow("nothing") << 0;
        QTest::newRow("over 64 KiB") << 64 * 1024 + 1;
    }
    void chainsOfImpossibleLengthAreRefused()
    {
        QFETCH(int, size);
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        std::vector<Bytes> certificates;
        if (size > 0) certificates.emplace_back(static_cast<std::size_t>(size));
        const auto installed = client->installCertificate(keyRequest().transaction, certificates);
        QVERIFY(!installed);
        QVERIFY(installed.error().nrc == std::uint8_t(0x70));
        QVERIFY(unit.disk.stagingOffsets.empty());
    }

    void theLargestChainIsTaken()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        auto settings = clientOn(bus);
        settings.blockSizeBytes = 1'000'000; // the unit's own limit governs
        const auto client = makeProvisioningClient(settings);
        QVERIFY(client->openSession());
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        const std::vector<Bytes> certificates{Bytes(FakeUnit::kLeafBytes, 1),
                                              Bytes(64 * 1024 - FakeUnit::kLeafBytes, 2)};
        QVERIFY(client->installCertificate(keyRequest().transaction, certificates).has_value());
        QCOMPARE(unit.disk.stagedBytes, std::size_t(64 * 1024));
    }

    void aTransferGoesOnWhenTheUnitWasStartedAgain()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        int blocks = 0;
        unit.unit().onCall = [&](const std::string& call) {
            // The third block is on the disk, and its answer never comes.
            if (call == "stage" && ++blocks == 3) unit.postRestart();
        };
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        const auto installed = client->installCertificate(keyRequest().transaction, chain());
        QVERIFY2(installed.has_value(), installed ? "" : installed.error().detail.c_str());
        QVERIFY(*installed == sha256Of(chain()[0]));
        QCOMPARE(unit.disk.stagedBytes, std::size_t(4100)); // no byte twice
        QCOMPARE(unit.disk.stagingOffsets.size(), std::size_t(2));
        QCOMPARE(unit.disk.stagingOffsets[0], 0U);
        QVERIFY(unit.disk.stagingOffsets[1] == 3072U || unit.disk.stagingOffsets[1] == 2048U);
    }

    void aLaterCallGoesOnWhereAnEarlierOneStopped()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        unit.disk.request = keyRequest();
        unit.disk.state = UnitState::KeyPending;
        unit.disk.csr = Bytes(300);
        Bytes whole;
        for (const auto& certificate : chain())
            whole.insert(whole.end(), certificate.begin(), certificate.end());
        unit.disk.staged.assign(whole.begin(), whole.begin() + 1500);
        unit.disk.announced = 4100;
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        QVERIFY(client->installCertificate(keyRequest().transaction, chain()).has_value());
        QCOMPARE(unit.disk.stagedBytes, std::size_t(2600));
        QVERIFY(unit.disk.stagingOffsets == std::vector<std::uint32_t>{1500});
    }

    void aStagedPartOfAnotherChainIsReplaced()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        unit.disk.request = keyRequest();
        unit.disk.state = UnitState::KeyPending;
        unit.disk.staged = Bytes(1500, 0xEE);
        unit.disk.announced = 4100;
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        const auto installed = client->installCertificate(keyRequest().transaction, chain());
        QVERIFY2(installed.has_value(), installed ? "" : installed.error().detail.c_str());
        QVERIFY(unit.disk.leaf == chain()[0]);
        QVERIFY((unit.disk.stagingOffsets == std::vector<std::uint32_t>{1500, 0}));
    }

    void bothEndsSurviveANewBusProcess()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        unit.disk.identification[did::kVin] = text("WVWZZZ1JZXW000001");
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        bus.restart();
        const auto lost = client->readIdentification(did::kVin);
        QVERIFY(!lost);
        QVERIFY(lost.error().fault == LinkFault::BusUnavailable);
        unit.waitForBus();
        QTRY_VERIFY_WITH_TIMEOUT(client->openSession().has_value(), 15000);
        QVERIFY(client->readIdentification(did::kVin).has_value());

        bus.stop();
        const auto absent = client->openSession();
        QVERIFY(!absent);
        QVERIFY(absent.error().fault == LinkFault::BusUnavailable);
        QVERIFY(!client->readState());
        bus.restart(); // the port is free: neither end has become the bus
        QVERIFY(bus.port() != 0);
        unit.waitForBus();
        QTRY_VERIFY_WITH_TIMEOUT(client->openSession().has_value(), 15000);
        QVERIFY(client->readState().has_value());
    }

    void theBusGoesInTheMiddleOfATransfer()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        std::atomic<int> blocks = 0;
        unit.unit().onCall = [&](const std::string& call) {
            if (call == "stage" && ++blocks == 2) bus.restart();
        };
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        const auto lost = client->installCertificate(keyRequest().transaction, chain());
        QVERIFY(!lost);
        QVERIFY(lost.error().fault == LinkFault::BusUnavailable);
        unit.waitForBus();
        QTRY_VERIFY_WITH_TIMEOUT(client->openSession().has_value(), 15000);
        QVERIFY(client->installCertificate(keyRequest().transaction, chain()).has_value());
        QCOMPARE(unit.disk.stagedBytes, std::size_t(4100));
    }

    void theUnitIsStartedAgainBetweenTwoCalls()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        unit.postRestart();
        unit.waitForBus();
        // The unit is in its default session now: 0x7F, the session again, and the routine.
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QCOMPARE(unit.disk.keys, 1);
    }

    void aSessionThatRanOutIsEnteredAgain()
    {
        BusProcess bus;
        auto settings = serverOn(bus);
        settings.s3 = 20ms;
        UnitProcess unit(settings);
        Sniffer sniffer(bus.port());
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        QTest::qWait(60); // S3 runs out; the time itself is what is tested
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QVERIFY(sniffer.waitFor("037f317f", 1));
    }

    void anIdleSessionIsKeptAlive()
    {
        BusProcess bus;
        auto settings = serverOn(bus);
        settings.s3 = 1s;
        UnitProcess unit(settings);
        Sniffer sniffer(bus.port());
        auto clientSettings = clientOn(bus);
        clientSettings.testerPresent = 100ms;
        const auto client = makeProvisioningClient(clientSettings);
        QVERIFY(client->openSession());
        QVERIFY(sniffer.waitFor("#023e80", 14)); // longer than S3, and the caller does nothing
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QVERIFY(client->readActiveLeaf().error().nrc == std::uint8_t(0x22));
        QCOMPARE(sniffer.count("037f317f"), 0);
        QCOMPARE(sniffer.count("#021040"), 1);
        // Again after the calls, and in between none is taken for a request's own end.
        const int sent = sniffer.count("#023e80");
        QVERIFY(sniffer.waitFor("#023e80", sent + 2));
        QVERIFY(client->readState().has_value());
    }

    void withoutTesterPresentNothingIsSent()
    {
        BusProcess bus;
        auto settings = serverOn(bus);
        settings.s3 = 20ms;
        UnitProcess unit(settings);
        Sniffer sniffer(bus.port());
        auto clientSettings = clientOn(bus);
        clientSettings.testerPresent = 0ms;
        const auto client = makeProvisioningClient(clientSettings);
        QVERIFY(client->openSession());
        QTest::qWait(60); // S3 runs out; the time itself is what is tested
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QCOMPARE(sniffer.count("#023e80"), 0);
    }

    void theKeptSessionEndsWithItsBus()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        Sniffer sniffer(bus.port());
        auto clientSettings = clientOn(bus);
        clientSettings.testerPresent = 20ms;
        const auto client = makeProvisioningClient(clientSettings);
        QVERIFY(client->openSession());
        QVERIFY(sniffer.waitFor("#023e80", 2));
        bus.stop();
        QTRY_VERIFY(client->readState().error().fault == LinkFault::BusUnavailable);
        bus.restart();
        unit.waitForBus();
        QVERIFY(client->openSession());
        QVERIFY(client->readState().has_value());
    }

    void aSlowUnitKeepsTheStationWaiting()
    {
        BusProcess bus;
        auto settings = serverOn(bus);
        settings.p2StarServer = 200ms;
        UnitProcess unit(settings);
        Sniffer sniffer(bus.port());
        unit.unit().onCall = [&](const std::string& call) {
            if (call == "generateKeyAndCsr") sniffer.waitFor("037f3178", 5);
        };
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        const auto csr = client->generateKeyAndCsr(keyRequest());
        QVERIFY2(csr.has_value(), csr ? "" : csr.error().detail.c_str());
        QVERIFY(sniffer.count("037f3178") >= 5);
    }

    void aUnitThatIsPendingForEverIsGivenUp()
    {
        BusProcess bus;
        auto settings = serverOn(bus);
        settings.p2StarServer = 200ms;
        UnitProcess unit(settings);
        std::promise<void> release;
        auto released = release.get_future().share();
        unit.unit().onCall = [&](const std::string& call) {
            if (call == "generateKeyAndCsr") released.wait();
        };
        auto clientSettings = clientOn(bus);
        clientSettings.pendingLimit = 700ms;
        const auto client = makeProvisioningClient(clientSettings);
        QVERIFY(client->openSession());
        QElapsedTimer elapsed;
        elapsed.start();
        const auto csr = client->generateKeyAndCsr(keyRequest());
        QVERIFY(!csr);
        QVERIFY(csr.error().fault == LinkFault::ResponseTimeout);
        QVERIFY(elapsed.elapsed() < 5000);
        release.set_value();
        // The unit has done it meanwhile, and the late answer went nowhere.
        QVERIFY(client->openSession());
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QCOMPARE(unit.disk.keys, 1);
    }

    void aSilentUnitIsReportedInBoundedTime()
    {
        BusProcess bus;
        auto settings = clientOn(bus);
        settings.p2 = 300ms;
        const auto client = makeProvisioningClient(settings);
        QElapsedTimer elapsed;
        elapsed.start();
        const auto opened = client->openSession();
        QVERIFY(!opened);
        QVERIFY(opened.error().fault == LinkFault::ResponseTimeout);
        QVERIFY(elapsed.elapsed() >= 300 && elapsed.elapsed() < 3000);

        UnitProcess unit(serverOn(bus));
        QVERIFY(client->openSession());
        unit.stop();
        elapsed.restart();
        const auto csr = client->generateKeyAndCsr(keyRequest()); // several frames: no flow control comes
        QVERIFY(!csr);
        QVERIFY(csr.error().fault == LinkFault::FlowControlTimeout);
        QVERIFY(csr.error().detail.find("N_TIMEOUT_Bs") != std::string::npos);
        QVERIFY(elapsed.elapsed() >= 1000 && elapsed.elapsed() < 4000);
    }

    void wrongSettingsAreReported_data()
    {
        QTest::addColumn<QString>("bus");
        QTest::newRow("empty") << "";
        QTest::newRow("no plugin") << "nonesuch:can0";
        QTest::newRow("no such channel") << "virtualcan:can7";
        QTest::newRow("no such interface") << "socketcan:nonesuch0";
    }
    void wrongSettingsAreReported()
    {
        QFETCH(QString, bus);
        LinkSettings settings;
        settings.bus = bus.toStdString();
        const auto client = makeProvisioningClient(settings);
        QVERIFY(!client->readState()); // no session yet
        const auto opened = client->openSession();
        QVERIFY(!opened);
        QVERIFY(opened.error().fault == LinkFault::BusUnavailable);
        QVERIFY(!opened.error().detail.empty());
    }

    void aServerWithWrongSettingsDoesNotStart()
    {
        UnitDisk disk;
        FakeUnit unit(disk);
        ServerSettings settings;
        settings.bus = "virtualcan:can7";
        QVERIFY(!ProvisioningServer(settings, unit).start());
        settings.bus = "virtualcan:can0";
        settings.requestId = 0x800;
        QVERIFY(!ProvisioningServer(settings, unit).start());
    }

    void hostileFramesDoNotDisturbTheDialogue()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        unit.disk.identification[did::kVin] = text("WVWZZZ1JZXW000001");
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        {
            Sniffer attacker(bus.port());
            std::mt19937 random(5);
            for (int round = 0; round < 20; ++round) {
                QByteArray lines;
                for (int i = 0; i < 100; ++i) {
                    const int id = random() % 2 ? 0x7E0 : 0x7E8;
                    QByteArray payload;
                    for (unsigned n = random() % 9; n > 0; --n)
                        payload.append(static_cast<char>(random()));
                    lines += "can0:" + QByteArray::number(id) + "##" + payload.toHex() + '\n';
                }
                attacker.send(lines);
            }
            // The unit has seen all of it once it answers this.
            attacker.send("can0:2016##023e00\n");
            QVERIFY(attacker.waitFor("2024##027e00", 1));
        }
        QCOMPARE(bus.offenders(), std::uint64_t(0));
        QVERIFY(client->openSession());
        const auto vin = client->readIdentification(did::kVin);
        QVERIFY(vin.has_value());
        QVERIFY(*vin == text("WVWZZZ1JZXW000001"));
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QVERIFY(client->installCertificate(keyRequest().transaction, chain()).has_value());
    }

    void malformedLinesToTheBusDisturbNobody()
    {
        BusProcess bus;
        UnitProcess unit(serverOn(bus));
        const auto client = makeProvisioningClient(clientOn(bus));
        QVERIFY(client->openSession());
        const std::array<QByteArray, 5> lines{"nonsense\n", "can0:2024#\n", "can0:2024##0g\n", "can0:2024#\x01#00\n",
                                              QByteArray(100000, 'x')};
        std::vector<std::unique_ptr<Sniffer>> offenders;
        for (const auto& line : lines) {
            offenders.push_back(std::make_unique<Sniffer>(bus.port()));
            offenders.back()->send(line);
        }
        QTRY_COMPARE(bus.offenders(), std::uint64_t(lines.size()));
        QVERIFY(client->generateKeyAndCsr(keyRequest()).has_value());
        QVERIFY(unit.isOnBus());
    }
};

QTEST_GUILESS_MAIN(LinkTest)
#include "link_test.moc"
