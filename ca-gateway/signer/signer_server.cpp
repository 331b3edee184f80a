#include "signer/signer_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace gateway::signer {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxPeers = 256;
constexpr std::chrono::seconds kFrameTime{10};
constexpr std::chrono::seconds kAnswerTime{5};
constexpr int kTickMilliseconds = 500;

std::int64_t nowMilliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// Sends an answer; a peer that does not read loses its connection.
bool sendAnswer(int socket, const Numbered<Response>& response)
{
    auto body = encode(response);
    // Both may hold a data key of the vault.
    const SecretBytes framed(frame(body));
    explicit_bzero(body.data(), body.size());
    ByteView bytes = framed.reveal();
    const auto deadline = steady_clock::now() + kAnswerTime;
    while (!bytes.empty()) {
        const auto written = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            continue;
        }
        if (written < 0 && errno == EINTR) continue;
        if (written == 0 || (errno != EAGAIN && errno != EWOULDBLOCK) || steady_clock::now() >= deadline) return false;
        pollfd poller{socket, POLLOUT, 0};
        ::poll(&poller, 1, 100);
    }
    return true;
}

/// @param passed  becomes the descriptor that came along, if one did
ssize_t receiveSome(int socket, std::span<std::uint8_t> buffer, FileDescriptor& passed)
{
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    // Room for one: the kernel closes what does not fit.
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count <= 0) return count;
    const auto* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int))) {
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
        passed = FileDescriptor(descriptor);
    }
    return count;
}

sockaddr_un makeAddress(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

} // namespace

SignerServer::SignerServer(Options options, RequestHandler& handler, std::function<void(const HsmFailure&)> onFailure)
    : m_options(std::move(options)),
      m_handler(handler),
      m_onFailure(std::move(onFailure)),
      m_wakeUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
}

SignerServer::~SignerServer()
{
    stopWorkers();
    if (m_listener.isOpen()) ::unlink(m_options.socket.c_str());
}

Result<void> SignerServer::listen()
{
    const auto failed = [&](const std::string& call) {
        return fail(ErrorCode::HsmUnavailable, "socket-failure",
                    call + " " + m_options.socket.string() + ": " + std::strerror(errno));
    };
    const auto path = m_options.socket.string();
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return fail(ErrorCode::HsmUnavailable, "socket-failure", "a socket path has at most 107 bytes: " + path);
    if (Connection::open(m_options.socket))
        return fail(ErrorCode::HsmUnavailable, "socket-in-use", "another process listens on " + path);
    ::unlink(path.c_str()); // what a killed worker left behind

    FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener.isOpen()) return failed("socket");
    const auto address = makeAddress(path);
    const auto previous = ::umask(0177);
    const int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(previous);
    if (bound != 0) return failed("bind");
    if (::chmod(path.c_str(), m_options.socketMode) != 0) return failed("chmod");
    if (::listen(listener.get(), 128) != 0) return failed("listen");
    m_listener = std::move(listener);
    return {};
}

void SignerServer::run(int stopDescriptor)
{
    for (unsigned i = 0; i < m_options.threads; ++i) {
        auto& worker = m_workers.emplace_back();
        worker.thread = std::thread([this, &worker] { work(worker); });
    }
    for (;;) {
        std::vector<pollfd> pollers = {
            {stopDescriptor, POLLIN, 0}, {m_wakeUp.get(), POLLIN, 0}, {m_listener.get(), POLLIN, 0}};
        std::vector<std::uint64_t> ids;
        for (const auto& [id, peer] : m_peers) {
            if (peer.busy) continue;
            pollers.push_back({peer.socket.get(), POLLIN, 0});
            ids.push_back(id);
        }
        if (::poll(pollers.data(), pollers.size(), kTickMilliseconds) < 0 && errno != EINTR) break;
        if (pollers[0].revents != 0) break;
        if (pollers[1].revents != 0) finishJobs();
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (pollers[i + 3].revents == 0) continue;
            if (!readFrom(ids[i], m_peers.at(ids[i]))) m_peers.erase(ids[i]);
        }
        if (pollers[2].revents != 0) acceptPeers();
        closeLatePeers();
        checkWorkers();
    }
    stopWorkers();
    m_peers.clear();
}

void SignerServer::acceptPeers()
{
    for (;;) {
        FileDescriptor socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket.isOpen()) return;
        ucred credentials{};
        socklen_t length = sizeof credentials;
        const bool known = ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
        if (!known || std::find(m_options.allowedUids.begin(), m_options.allowedUids.end(), credentials.uid) ==
                          m_options.allowedUids.end()) {
            spdlog::warn("connection of user {} refused", credentials.uid);
            sendAnswer(socket.get(), {0, Refusal{"peer-not-allowed", "this user may not use the signer"}});
            continue;
        }
        if (m_peers.size() >= kMaxPeers) {
            spdlog::warn("more than {} connections, one refused", kMaxPeers);
            continue;
        }
        m_peers.emplace(++m_lastPeer, Peer{std::move(socket), {}, false, SteadyTime::max(), {}});
    }
}

bool SignerServer::readFrom(std::uint64_t id, Peer& peer)
{
    std::array<std::uint8_t, 16384> buffer{};
    const auto count = receiveSome(peer.socket.get(), buffer, peer.passed);
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (count == 0) return false;
    if (const auto fed = peer.reader.feed({buffer.data(), static_cast<std::size_t>(count)}); !fed) {
        spdlog::warn("frame refused: {}", fed.error().detail);
        sendAnswer(peer.socket.get(), {0, Refusal{fed.error().type, fed.error().detail}});
        return false;
    }
    return startNext(id, peer);
}

bool SignerServer::startNext(std::uint64_t id, Peer& peer)
{
    const auto body = peer.reader.take();
    if (!body) {
        if (!peer.reader.isMidFrame())
            peer.frameDeadline = SteadyTime::max();
        else if (peer.frameDeadline == SteadyTime::max())
            peer.frameDeadline = steady_clock::now() + kFrameTime;
        return true;
    }
    peer.frameDeadline = SteadyTime::max();
    auto request = decodeRequest(*body);
    if (!request) {
        spdlog::warn("message refused: {}", request.error().detail);
        sendAnswer(peer.socket.get(), {0, Refusal{request.error().type, request.error().detail}});
        return false;
    }
    if (auto* command = std::get_if<SignCommand>(&request->body); command != nullptr && command->isSealed) {
        auto sealed = SealedBytes::adopt(peer.passed.release(), kMaxSealedBytes);
        if (!sealed) {
            spdlog::warn("message refused: {}", sealed.error().detail);
            sendAnswer(peer.socket.get(), {0, Refusal{sealed.error().type, sealed.error().detail}});
            return false;
        }
        command->sealed = std::move(*sealed);
    }
    peer.passed.reset();
    peer.busy = true;
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back({id, peer.socket.get(), std::move(*request)});
    }
    m_jobAdded.notify_one();
    return true;
}

void SignerServer::finishJobs()
{
    std::uint64_t count = 0;
    while (::read(m_wakeUp.get(), &count, sizeof count) < 0 && errno == EINTR) {
    }
    std::vector<std::pair<std::uint64_t, bool>> finished;
    {
        const std::lock_guard lock(m_mutex);
        finished.swap(m_finished);
    }
    for (const auto& [id, usable] : finished) {
        auto& peer = m_peers.at(id);
        peer.busy = false;
        if (!usable || !startNext(id, peer)) m_peers.erase(id);
    }
}

void SignerServer::closeLatePeers()
{
    const auto now = steady_clock::now();
    std::erase_if(m_peers, [&](const auto& entry) { return !entry.second.busy && entry.second.frameDeadline < now; });
}

void SignerServer::checkWorkers()
{
    const auto now = nowMilliseconds();
    for (const auto& worker : m_workers) {
        const auto since = worker.busySince.load();
        if (since != 0 && now - since > m_options.hsmTimeout.count())
            m_onFailure({ExitCode::HsmTimeout, "a call into the module took longer than " +
                                                   std::to_string(m_options.hsmTimeout.count()) + " ms"});
    }
}

void SignerServer::work(Worker& worker)
{
    for (;;) {
        std::unique_lock lock(m_mutex);
        m_jobAdded.wait(lock, [&] { return m_stopping || !m_jobs.empty(); });
        if (m_stopping) return;
        auto job = std::move(m_jobs.front());
        m_jobs.pop_front();
        lock.unlock();

        worker.busySince = nowMilliseconds();
        auto response = m_handler.handle(job.request.body);
        worker.busySince = 0;
        if (!response) {
            m_onFailure(response.error());
            return;
        }
        const bool usable = sendAnswer(job.socket, {job.request.id, std::move(*response)});
        lock.lock();
        m_finished.emplace_back(job.peer, usable);
        lock.unlock();
        const std::uint64_t one = 1;
        while (::write(m_wakeUp.get(), &one, sizeof one) < 0 && errno == EINTR) {
        }
    }
}

void SignerServer::stopWorkers()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_jobAdded.notify_all();
    for (auto& worker : m_workers)
        if (worker.thread.joinable()) worker.thread.join();
}

} // namespace gateway::signer
