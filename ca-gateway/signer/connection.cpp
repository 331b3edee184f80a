#include "signer/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gateway::signer {

namespace {

tl::unexpected<Error> unavailable(std::string type, std::string detail)
{
    return fail(ErrorCode::HsmUnavailable, std::move(type), std::move(detail), std::chrono::seconds(1));
}

/// @return false at the deadline
bool waitFor(int descriptor, short events, SteadyTime deadline)
{
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd poller{descriptor, events, 0};
        const int ready = ::poll(&poller, 1, static_cast<int>(std::min<long long>(left, 60'000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return true; // the call that follows tells what is wrong
    }
}

ssize_t sendSome(int socket, ByteView bytes, int descriptor)
{
    iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (descriptor >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept
{
    if (this == &other) return *this;
    reset();
    m_descriptor = std::exchange(other.m_descriptor, -1);
    return *this;
}

void FileDescriptor::reset()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
    m_descriptor = -1;
}

Result<Connection> Connection::open(const std::filesystem::path& socket)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = socket.string();
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return unavailable("signer-unreachable",
                           "a socket path has 1 to 107 bytes, got " + std::to_string(path.size()));
    std::copy(path.begin(), path.end(), address.sun_path);
    FileDescriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!descriptor.isOpen()) return unavailable("signer-unreachable", std::strerror(errno));
    // A unix socket connects at once or not at all (EAGAIN: the listener's queue is full).
    if (::connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return unavailable("signer-unreachable", path + ": " + std::strerror(errno));
    return Connection(std::move(descriptor));
}

Result<Response> Connection::ask(Request request, SteadyTime deadline)
{
    const auto id = ++m_lastId;
    const auto* command = std::get_if<SignCommand>(&request);
    const auto sealed = command != nullptr ? command->sealed : nullptr; // outlives the sending
    auto body = encode(Numbered<Request>{id, std::move(request)});
    if (body.size() > kMaxFrameBytes)
        return fail(ErrorCode::InvalidRequest, "frame-too-long",
                    "expected at most " + std::to_string(kMaxFrameBytes) + " bytes, got " +
                        std::to_string(body.size()));
    auto framed = frame(body);
    const auto sent = send(framed, sealed ? sealed->descriptor() : -1, deadline);
    // Either may hold a PIN.
    explicit_bzero(body.data(), body.size());
    explicit_bzero(framed.data(), framed.size());
    // A signer that refuses the connection as such says so before it closes: read that even when sending failed.
    auto answer = receive(sent ? deadline : std::chrono::steady_clock::now());
    if (!answer) return tl::unexpected(sent ? answer.error() : sent.error());
    auto response = decodeResponse(*answer);
    explicit_bzero(answer->data(), answer->size()); // it may hold a data key
    if (!response) return unavailable("signer-protocol", response.error().detail);
    const auto* refusal = std::get_if<Refusal>(&response->body);
    if (refusal && response->id == 0) return unavailable(refusal->type, refusal->detail);
    if (response->id != id)
        return unavailable("signer-protocol", "expected the answer to request " + std::to_string(id) + ", got " +
                                                  std::to_string(response->id));
    return std::move(response->body);
}

bool Connection::isStale() const
{
    pollfd poller{m_socket.get(), POLLIN, 0};
    return m_reader.isMidFrame() || ::poll(&poller, 1, 0) != 0;
}

Result<void> Connection::send(ByteView bytes, int descriptor, SteadyTime deadline) const
{
    while (!bytes.empty()) {
        const auto written = sendSome(m_socket.get(), bytes, descriptor);
        if (written >= 0) {
            descriptor = -1;
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return unavailable("signer-closed", std::strerror(errno));
        if (!waitFor(m_socket.get(), POLLOUT, deadline))
            return unavailable("signer-timeout", "the request was not taken in time");
    }
    return {};
}

Result<Bytes> Connection::receive(SteadyTime deadline)
{
    std::array<std::uint8_t, 4096> buffer{};
    for (;;) {
        if (auto body = m_reader.take()) return std::move(*body);
        const auto count = ::recv(m_socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count == 0) return unavailable("signer-closed", "the signer closed the connection");
        if (count > 0) {
            const auto fed = m_reader.feed({buffer.data(), static_cast<std::size_t>(count)});
            explicit_bzero(buffer.data(), static_cast<std::size_t>(count));
            if (!fed) return unavailable("signer-protocol", fed.error().detail);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return unavailable("signer-closed", std::strerror(errno));
        if (!waitFor(m_socket.get(), POLLIN, deadline))
            return unavailable("signer-timeout", "the signer gave no answer in time");
    }
}

} // namespace gateway::signer
