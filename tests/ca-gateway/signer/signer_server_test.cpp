#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <future>
#include <thread>

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signer/connection.h"
#include "signer/signer_server.h"

using namespace gateway;
using namespace gateway::signer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// Answers with the to-be-signed bytes; waits at the key "slow" until it is let go, fails at the key "broken".
class FakeHandler final : public RequestHandler
{
public:
    HsmResult<Response> handle(const Request& request) override
    {
        const auto* command = std::get_if<SignCommand>(&request);
        if (!command) return Response(Done{});
        if (command->keyLabel == "broken") return tl::unexpected(HsmFailure{ExitCode::ModuleFailure, "broken"});
        if (command->keyLabel == "slow") {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [&] { return m_released; });
        }
        return Response(Signature{command->tbsDer});
    }

    void release()
    {
        const std::lock_guard lock(m_mutex);
        m_released = true;
        m_changed.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_released = false;
};

} // namespace

/// The server without an HSM: threads, peers, deadlines.
class SignerServerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder.emplace();
        m_socket = m_folder->filePath(QStringLiteral("signer.sock")).toStdString();
        m_handler.emplace();
        m_failure = std::promise<HsmFailure>();
        m_failed = false;
    }

    void cleanup()
    {
        m_handler->release();
        if (m_thread.joinable()) {
            const std::uint64_t one = 1;
            QCOMPARE(::write(m_stop.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
            m_thread.join();
        }
        m_server.reset();
    }

    void socketIsPrivateAndGoesAway()
    {
        start({::geteuid()});
        struct stat status
        {
        };
        QCOMPARE(::stat(m_socket.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0600U);
        cleanup();
        QVERIFY(::stat(m_socket.c_str(), &status) != 0);
    }

    void manyConnectionsGetTheirOwnAnswers()
    {
        start({::geteuid()});
        std::atomic<int> good{0};
        std::vector<std::thread> threads;
        for (std::uint8_t t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                auto connection = Connection::open(m_socket);
                for (std::uint8_t i = 0; connection && i < 100; ++i) {
                    const Bytes message{t, i};
                    const auto answer = connection->ask(SignCommand{SignCommand::Kind::Certificate, "k", "p", message},
                                                        steady_clock::now() + seconds(20));
                    if (answer && std::get<Signature>(*answer).value == message) ++good;
                }
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(good.load(), 800);
    }

    void slowRequestDoesNotHoldUpOthers()
    {
        start({::geteuid()});
        auto slow = Connection::open(m_socket);
        auto quick = Connection::open(m_socket);
        QVERIFY(slow && quick);
        auto pending = std::async(std::launch::async, [&] {
            return slow->ask(SignCommand{SignCommand::Kind::Certificate, "slow", "p", {1}},
                             steady_clock::now() + seconds(20));
        });
        QVERIFY(quick->ask(HealthRequest{}, steady_clock::now() + seconds(20)));
        m_handler->release();
        QVERIFY(pending.get());
    }

    void unansweredRequestEndsAtItsDeadline()
    {
        start({::geteuid()});
        auto connection = Connection::open(m_socket);
        QVERIFY(connection);
        const auto begin = steady_clock::now();
        const auto answer =
            connection->ask(SignCommand{SignCommand::Kind::Certificate, "slow", "p", {1}}, begin + milliseconds(200));
        QVERIFY(!answer);
        QCOMPARE(answer.error().type, std::string("signer-timeout"));
        QVERIFY(steady_clock::now() - begin >= milliseconds(200));
        QVERIFY(steady_clock::now() - begin < seconds(5));
    }

    void failureOfTheHsmIsReported()
    {
        start({::geteuid()});
        auto connection = Connection::open(m_socket);
        QVERIFY(connection);
        const auto answer = connection->ask(SignCommand{SignCommand::Kind::Certificate, "broken", "p", {1}},
                                            steady_clock::now() + milliseconds(100));
        QVERIFY(!answer);
        auto failure = m_failure.get_future();
        QVERIFY(failure.wait_for(seconds(10)) == std::future_status::ready);
        QVERIFY(failure.get().code == ExitCode::ModuleFailure);
    }

    /// A call that does not come back ends the process with a status of its own.
    void hungModuleIsNoticed()
    {
        start({::geteuid()}, milliseconds(100));
        auto connection = Connection::open(m_socket);
        QVERIFY(connection);
        QVERIFY(!connection->ask(SignCommand{SignCommand::Kind::Certificate, "slow", "p", {1}},
                                 steady_clock::now() + milliseconds(50)));
        auto failure = m_failure.get_future();
        QVERIFY(failure.wait_for(seconds(10)) == std::future_status::ready);
        QVERIFY(failure.get().code == ExitCode::HsmTimeout);
    }

    void strangersAreRefused()
    {
        start({::geteuid() + 1});
        auto connection = Connection::open(m_socket);
        QVERIFY(connection);
        const auto answer = connection->ask(HealthRequest{}, steady_clock::now() + seconds(10));
        QVERIFY(!answer);
        QCOMPARE(answer.error().type, std::string("peer-not-allowed"));
    }

    void socketInUseIsNotTaken()
    {
        start({::geteuid()});
        FakeHandler handler;
        SignerServer second({m_socket, 0600, {::geteuid()}, 1, seconds(1)}, handler, [](const HsmFailure&) {});
        const auto listening = second.listen();
        QVERIFY(!listening);
        QCOMPARE(listening.error().type, std::string("socket-in-use"));
        auto connection = Connection::open(m_socket);
        QVERIFY(connection && connection->ask(HealthRequest{}, steady_clock::now() + seconds(10)));
    }

private:
    void start(std::vector<uid_t> uids, milliseconds hsmTimeout = seconds(30))
    {
        m_stop = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
        m_server.emplace(SignerServer::Options{m_socket, 0600, std::move(uids), 3, hsmTimeout}, *m_handler,
                         [this](const HsmFailure& failure) {
                             if (!m_failed.exchange(true)) m_failure.set_value(failure);
                         });
        const auto listening = m_server->listen();
        QVERIFY2(listening, listening ? "" : listening.error().detail.c_str());
        m_thread = std::thread([this] { m_server->run(m_stop.get()); });
    }

    std::optional<QTemporaryDir> m_folder;
    std::string m_socket;
    std::optional<FakeHandler> m_handler;
    std::promise<HsmFailure> m_failure;
    std::atomic<bool> m_failed{false};
    FileDescriptor m_stop;
    std::optional<SignerServer> m_server;
    std::thread m_thread;
};

QTEST_APPLESS_MAIN(SignerServerTest)
#include "signer_server_test.moc"
