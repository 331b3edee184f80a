#include "support/cut_connection.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace support {

namespace {

constexpr const char* kSocketName = ".s.PGSQL.5432";

sockaddr_un address(const std::filesystem::path& path)
{
    sockaddr_un result{};
    result.sun_family = AF_UNIX;
    const auto text = path.string();
    if (text.size() >= sizeof result.sun_path) std::abort();
    std::memcpy(result.sun_path, text.data(), text.size());
    return result;
}

bool sendAll(int socket, const char* data, std::size_t size)
{
    while (size > 0) {
        const auto sent = ::send(socket, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= std::size_t(sent);
    }
    return true;
}

/// Length of the first message of the client; 0 while it is not there as a whole. The first one of a connection has no
/// type in front (PostgreSQL 15, 55.7).
std::size_t messageSize(const std::string& bytes, bool isStarted)
{
    const std::size_t offset = isStarted ? 1 : 0;
    if (bytes.size() < offset + 4) return 0;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
        length = length << 8U | static_cast<unsigned char>(bytes[offset + i]);
    return bytes.size() < offset + length ? 0 : offset + length;
}

/// Reads up to ReadyForQuery, which ends every round trip.
void swallowAnswer(int server)
{
    std::string answer;
    std::array<char, 4096> buffer{};
    const std::string_view ready("Z\0\0\0\5", 5);
    while (answer.size() < 6 || std::string_view(answer).substr(answer.size() - 6, 5) != ready) {
        const auto count = ::recv(server, buffer.data(), buffer.size(), 0);
        if (count <= 0) return;
        answer.append(buffer.data(), std::size_t(count));
    }
}

} // namespace

CutConnection::CutConnection(const std::string& serverUrl) : m_wakeUp(::eventfd(0, EFD_CLOEXEC))
{
    const std::string parameter = "?host=";
    const auto at = serverUrl.find(parameter);
    if (at == std::string::npos || !m_folder.isValid()) std::abort();
    m_server = std::filesystem::path(serverUrl.substr(at + parameter.size())) / kSocketName;
    m_url = serverUrl.substr(0, at) + parameter + m_folder.path().toStdString();
    m_listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto own = address(std::filesystem::path(m_folder.path().toStdString()) / kSocketName);
    if (::bind(m_listener, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 || ::listen(m_listener, 8) != 0)
        std::abort();
    m_thread = std::thread([this] { run(); });
}

CutConnection::~CutConnection()
{
    const std::uint64_t one = 1;
    if (::write(m_wakeUp, &one, sizeof one) != sizeof one) std::abort();
    m_thread.join();
    ::close(m_listener);
    ::close(m_wakeUp);
}

void CutConnection::cutAt(int roundTrip, Moment moment)
{
    m_moment = moment;
    m_left = roundTrip;
}

void CutConnection::allow()
{
    m_left = -1;
    m_isCut = false;
}

void CutConnection::run()
{
    for (;;) {
        std::array<pollfd, 2> pollers{{{m_wakeUp, POLLIN, 0}, {m_listener, POLLIN, 0}}};
        if (::poll(pollers.data(), pollers.size(), -1) < 0) continue;
        if (pollers[0].revents != 0) return;
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        if (!m_isCut) serve(client);
        ::close(client);
    }
}

void CutConnection::serve(int client)
{
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto there = address(m_server);
    std::string pending;
    bool isStarted = false;
    bool isUp = ::connect(server, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
    std::array<char, 16384> buffer{};
    while (isUp) {
        std::array<pollfd, 3> pollers{{{m_wakeUp, POLLIN, 0}, {client, POLLIN, 0}, {server, POLLIN, 0}}};
        if (::poll(pollers.data(), pollers.size(), -1) < 0) continue;
        if (pollers[0].revents != 0) break;
        if (pollers[2].revents != 0) {
            const auto count = ::recv(server, buffer.data(), buffer.size(), 0);
            isUp = count > 0 && sendAll(client, buffer.data(), std::size_t(count));
        }
        if (isUp && pollers[1].revents != 0) {
            const auto count = ::recv(client, buffer.data(), buffer.size(), 0);
            if (count > 0) pending.append(buffer.data(), std::size_t(count));
            isUp = count > 0 && relay(server, pending, isStarted);
        }
    }
    ::close(server);
}

/// @return false at the cut
bool CutConnection::relay(int server, std::string& pending, bool& isStarted)
{
    while (const auto size = messageSize(pending, isStarted)) {
        // Query and Sync: the server answers, up to ReadyForQuery.
        const bool endsRoundTrip = isStarted && (pending.front() == 'Q' || pending.front() == 'S');
        const bool isTheOne = endsRoundTrip && m_left >= 0 && m_left-- == 0;
        if (isTheOne) m_isCut = true;
        if (isTheOne && m_moment == Moment::BeforeRequest) return false;
        if (!sendAll(server, pending.data(), size)) return false;
        pending.erase(0, size);
        isStarted = true;
        if (isTheOne) {
            swallowAnswer(server);
            return false;
        }
    }
    return true;
}

} // namespace support
