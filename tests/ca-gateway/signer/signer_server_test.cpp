#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <future>
#include <thread>

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "signer/connection.h"
#include "signer/signer_server.h"

using namespace gateway;
using namespace gateway::signer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// Answers with the to-be-signed bytes, of long ones with the last thousand; waits at the key "slow" until it is let
/// go, fails at the key "broken".
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
        const auto tbs = command->tbs().last(std::min<std::size_t>(command->tbs().size(), 1000));
        return Response(Signature{Bytes(tbs.begin(), tbs.end())});
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

    /// Far beyond a frame, and not copied through the socket.
    void aLongListComesAsSealedMemory()
    {
        start({::geteuid()});
        Bytes list(5'000'000);
        for (std::size_t i = 0; i < list.size(); ++i)
            list[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
        const auto sealed = SealedBytes::make(
            list.size(), [&](std::span<std::uint8_t> space) { std::ranges::copy(list, space.begin()); });
        QVERIFY(sealed);
        auto connection = Connection::open(m_socket);
        QVERIFY(connection);
        for (int i = 0; i < 3; ++i) {
            const auto answer = connection->ask(SignCommand{SignCommand::Kind::Crl, "k", {}, {}, true, *sealed},
                                                steady_clock::now() + seconds(20));
            QVERIFY(answer);
            QCOMPARE(std::get<Signature>(*answer).value, Bytes(list.end() - 1000, list.end()));
            const auto plain = connection->ask(SignCommand{SignCommand::Kind::Crl, "k", {}, {1, 2}},
                                               steady_clock::now() + seconds(20));
            QVERIFY(plain);
            QCOMPARE(std::get<Signature>(*plain).value, Bytes({1, 2}));
        }
    }

    void onlySealedMemoryIsTaken_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("none came along") << 0;
        QTest::newRow("memory that can still be written to") << 1;
        QTest::newRow("a file") << 2;
        QTest::newRow("a socket") << 3;
    }

    void onlySealedMemoryIsTaken()
    {
        QFETCH(int, kind);
        start({::geteuid()});
        const FileDescriptor open(kind == 1   ? ::memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING)
                                  : kind == 2 ? ::open(m_folder->filePath(QStringLiteral("file")).toUtf8().constData(),
                                                       O_RDWR | O_CREAT | O_CLOEXEC, 0600)
                                              : ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (kind == 1 || kind == 2) QCOMPARE(::ftruncate(open.get(), 1000), 0);
        // By hand: the client sends nothing else than sealed memory.
        const auto bytes =
            frame(encode(Numbered<Request>{1, SignCommand{SignCommand::Kind::Crl, "k", {}, {}, true, nullptr}}));
        const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(m_socket.begin(), m_socket.end(), address.sun_path);
        QCOMPARE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        if (kind != 0) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            auto* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof(int));
            const int descriptor = open.get();
            std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
        }
        QCOMPARE(::sendmsg(socket.get(), &message, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
        std::array<char, 1000> answer{};
        const auto length = ::recv(socket.get(), answer.data(), answer.size(), 0);
        QVERIFY(length > 0);
        QVERIFY(std::string(answer.data(), static_cast<std::size_t>(length)).find("shared-memory") !=
                std::string::npos);
        QCOMPARE(::recv(socket.get(), answer.data(), answer.size(), 0), ssize_t{0});
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
