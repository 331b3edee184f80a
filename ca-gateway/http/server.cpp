#include "http/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <tuple>

#include <spdlog/spdlog.h>

#include "http/beast.h"
#include "http/connection_registry.h"
#include "http/exchange.h"
#include "http/request_parsing.h"
#include "http/response_head.h"
#include "http/throttle.h"
#include "http/tls_context.h"

namespace gateway::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 4096;
constexpr int kSendBuffer = 256 * 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kOverdueCheck{1000};
constexpr std::chrono::milliseconds kDrainDeadline{1000};
constexpr std::size_t kDrainOctets = std::size_t(1) << 20;

using TlsStream = beast::ssl_stream<beast::tcp_stream>;

beast::tcp_stream& tcpOf(beast::tcp_stream& stream)
{
    return stream;
}

beast::tcp_stream& tcpOf(TlsStream& stream)
{
    return stream.next_layer();
}

/// The chain has been verified in the handshake; on a resumed session it comes from the session.
std::optional<Peer> peerOf(SSL* connection)
{
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(connection), &X509_free);
    if (!certificate) return std::nullopt;
    unsigned char* der = nullptr;
    const int length = i2d_X509(certificate.get(), &der);
    if (length <= 0) return std::nullopt;
    auto peer = parsePeer({der, std::size_t(length)});
    OPENSSL_free(der);
    return peer ? std::optional<Peer>(std::move(*peer)) : std::nullopt;
}

/// Keeps reading what the other side still sends before the socket closes: closing with unread bytes makes TCP reset
/// the connection, and the answer (or the TLS alert) is lost with it.
asio::awaitable<void> drain(beast::tcp_stream& stream)
{
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream.expires_after(kDrainDeadline);
    std::array<char, kReadSize> bytes{};
    for (std::size_t total = 0; total < kDrainOctets;) {
        const auto [error, count] = co_await stream.async_read_some(asio::buffer(bytes), kAsTuple);
        if (error) break;
        total += count;
    }
}

} // namespace

class Server::Impl
{
public:
    Impl(ServerSettings settings, Handler handler, std::shared_ptr<spdlog::logger> log)
        : m_settings(std::move(settings)),
          m_handler(std::move(handler)),
          m_log(std::move(log)),
          m_io(std::max(1, m_settings.limits.ioThreads)),
          m_acceptor(asio::make_strand(m_io)),
          m_timer(m_acceptor.get_executor()),
          m_workers(std::size_t(std::max(1, m_settings.limits.workers))),
          m_connections(
              {m_settings.limits.maxConnections, m_settings.limits.maxPerAddress, m_settings.trustedAddresses},
              [this](const std::string& cause, const std::string& address) { noteRefusal(cause, address); })
    {
    }

    Result<void> start()
    {
        if (m_settings.tls)
            if (const auto loaded = reload(); !loaded) return loaded;
        error_code error;
        const auto address = asio::ip::make_address(m_settings.address, error);
        const tcp::endpoint endpoint(address, m_settings.port);
        if (!error) m_acceptor.open(endpoint.protocol(), error);
        if (!error) m_acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        // Inherited by every connection: the system's own grows to megabytes, and a sender is told to go on only when a
        // third of it is free, which a slow reader would not reach within the write deadline.
        if (!error) m_acceptor.set_option(asio::socket_base::send_buffer_size(kSendBuffer), error);
        if (!error) m_acceptor.bind(endpoint, error);
        if (!error) m_acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error)
            return fail(ErrorCode::Internal, "listen",
                        "cannot listen on " + m_settings.address + " port " + std::to_string(m_settings.port) + ": " +
                            error.message());
        m_port = m_acceptor.local_endpoint().port();

        asio::co_spawn(m_acceptor.get_executor(), acceptLoop(), asio::detached);
        if (m_settings.tls) asio::co_spawn(m_acceptor.get_executor(), watchLoop(), asio::detached);
        if (answersPlain()) asio::co_spawn(m_acceptor.get_executor(), overdueLoop(), asio::detached);
        for (int i = 0; i < std::max(1, m_settings.limits.ioThreads); ++i)
            m_threads.emplace_back([this] { m_io.run(); });
        return {};
    }

    std::uint16_t port() const { return m_port; }

    Result<void> reload()
    {
        if (!m_settings.tls) return {};
        const auto stamp = stampOf(*m_settings.tls);
        auto context = makeServerContext(*m_settings.tls);
        const std::lock_guard lock(m_contextMutex);
        const bool isFirst = m_context == nullptr;
        // A gateway whose certificate has run out still starts: it takes a good one up as soon as there is one.
        const auto valid = context ? checkIsValidNow(**context, *m_settings.tls) : Result<void>();
        if (!valid && !isFirst) context = tl::unexpected(valid.error());
        if (!valid && isFirst && m_log) m_log->error("{}: {}", m_settings.name, valid.error().detail);
        if (m_settings.metrics != nullptr) m_settings.metrics->setTlsFilesBad(m_settings.name, !context || !valid);
        m_stamp = stamp;
        if (!context) {
            if (m_log && !isFirst)
                m_log->error("{}: changed certificate files are not taken, the old ones stay in use: {}",
                             m_settings.name, context.error().detail);
            return tl::unexpected(context.error());
        }
        m_context = std::move(*context);
        if (m_log && !isFirst) m_log->info("{}: certificate files reloaded", m_settings.name);
        return {};
    }

    void stop()
    {
        if (!m_connections.beginStop()) return;
        asio::post(m_acceptor.get_executor(), [this] {
            error_code ignored;
            m_acceptor.close(ignored);
            m_timer.cancel();
        });
        m_connections.waitUntilEmpty(m_settings.limits.stopDeadline);
        // A handler that outlasts the deadline still ends before its thread does; its answer goes nowhere.
        m_workers.join();
        m_io.stop();
        for (auto& thread : m_threads)
            thread.join();
        m_threads.clear();
    }

private:
    struct Stamp
    {
        std::array<std::filesystem::file_time_type, 3> times{};
        bool operator==(const Stamp&) const = default;
    };

    static Stamp stampOf(const TlsFiles& files)
    {
        Stamp stamp;
        std::error_code ignored;
        stamp.times[0] = std::filesystem::last_write_time(files.certificateChain, ignored);
        stamp.times[1] = std::filesystem::last_write_time(files.key, ignored);
        stamp.times[2] = std::filesystem::last_write_time(files.root, ignored);
        return stamp;
    }

    std::shared_ptr<ssl::context> context()
    {
        // A mutex rather than std::atomic<std::shared_ptr>: GCC 12's is one lock bit that TSan cannot follow.
        const std::lock_guard lock(m_contextMutex);
        return m_context;
    }

    asio::awaitable<void> watchLoop()
    {
        while (m_acceptor.is_open()) {
            m_timer.expires_after(m_settings.certificateCheck);
            const auto [error] = co_await m_timer.async_wait(kAsTuple);
            if (error) co_return;
            const auto stamp = stampOf(*m_settings.tls);
            {
                const std::lock_guard lock(m_contextMutex);
                if (stamp == m_stamp) continue;
            }
            (void)reload(); // it has said what happened
        }
    }

    bool answersPlain() const { return m_settings.plain && !m_settings.tls; }

    asio::awaitable<void> overdueLoop()
    {
        const auto pause = std::min<std::chrono::milliseconds>(kOverdueCheck, m_settings.limits.idleDeadline / 4);
        while (m_acceptor.is_open()) {
            m_timer.expires_after(pause);
            const auto [error] = co_await m_timer.async_wait(kAsTuple);
            if (error) co_return;
            m_connections.closeOverdue();
        }
    }

    asio::awaitable<void> acceptLoop()
    {
        while (m_acceptor.is_open()) {
            tcp::socket socket(asio::make_strand(m_io));
            const auto [error] = co_await m_acceptor.async_accept(socket, kAsTuple);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                // Out of descriptors: those in work will free some.
                if (m_log) m_log->warn("{}: accept: {}", m_settings.name, error.message());
                asio::steady_timer pause(m_acceptor.get_executor(), kAcceptPause);
                co_await pause.async_wait(kAsTuple);
                continue;
            }
            error_code ignored;
            const auto remote = socket.remote_endpoint(ignored).address();
            const auto strand = socket.get_executor();
            const auto connection = m_connections.add(strand, remote);
            if (!connection) {
                turnAway(socket);
                continue;
            }
            asio::co_spawn(strand, run(std::move(socket), *connection, remote.to_string()), asio::detached);
        }
    }

    /// Without TLS an answer costs nothing; it is tried once, for nobody is waited for here.
    void turnAway(tcp::socket& socket)
    {
        constexpr std::string_view kAnswer = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                                             "Content-Length: 0\r\nConnection: close\r\n\r\n";
        error_code ignored;
        if (!m_settings.tls) {
            socket.non_blocking(true, ignored);
            if (!ignored) socket.write_some(asio::buffer(kAnswer.data(), kAnswer.size()), ignored);
        }
        socket.close(ignored);
    }

    void noteRefusal(const std::string& cause, const std::string& address)
    {
        if (m_settings.metrics != nullptr) m_settings.metrics->countRefused(m_settings.name, cause);
        if (!m_log) return;
        if (const auto held = m_refusals.pass())
            m_log->warn("{}: shed ({}) {}, {} more since the last such line", m_settings.name, cause, address, *held);
    }

    asio::awaitable<void> run(tcp::socket socket, ConnectionRegistry::Entry entry, std::string remote)
    {
        const auto connection = *entry;
        try {
            error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            if (m_settings.tls)
                co_await runTls(std::move(socket), connection, remote);
            else
                co_await runPlain(std::move(socket), connection, remote);
        } catch (const std::exception& error) {
            if (m_log) m_log->critical("{}: connection ended by {}", m_settings.name, error.what());
        }
        connection->stream = nullptr;
        m_connections.remove(entry);
    }

    asio::awaitable<void> runPlain(tcp::socket socket, std::shared_ptr<Connection> connection, std::string remote)
    {
        beast::tcp_stream stream(std::move(socket));
        connection->stream = &stream;
        co_await serve(stream, connection, remote, std::nullopt);
        connection->stream = nullptr;
        co_await drain(stream);
    }

    asio::awaitable<void> runTls(tcp::socket socket, std::shared_ptr<Connection> connection, std::string remote)
    {
        const auto tls = context();
        TlsStream stream(beast::tcp_stream(std::move(socket)), *tls);
        connection->stream = &stream.next_layer();
        stream.next_layer().expires_after(m_settings.limits.handshakeDeadline);
        const auto [refused] = co_await stream.async_handshake(ssl::stream_base::server, kAsTuple);
        if (refused) {
            if (m_settings.metrics != nullptr) m_settings.metrics->countRefused(m_settings.name, "handshake");
            if (m_log)
                if (const auto held = m_handshakes.pass())
                    m_log->info("{}: handshake with {} failed: {}, {} more since the last such line", m_settings.name,
                                remote, refused.message(), *held);
        } else {
            auto peer = peerOf(stream.native_handle());
            if (peer) connection->isExpendable = false;
            co_await serve(stream, connection, remote, std::move(peer));
            if (stream.next_layer().socket().is_open()) {
                stream.next_layer().expires_after(kDrainDeadline);
                // Says goodbye and returns when the other side does, or at once when it had more to say.
                co_await stream.async_shutdown(kAsTuple);
            }
        }
        connection->stream = nullptr;
        if (stream.next_layer().socket().is_open()) co_await drain(stream.next_layer());
    }

    template <typename Stream>
    asio::awaitable<void> serve(Stream& stream, std::shared_ptr<Connection> connection, std::string remote,
                                std::optional<Peer> peer)
    {
        const auto& limits = m_settings.limits;
        auto& tcp = tcpOf(stream);
        // Holds what a client sent ahead (pipelining); the parser's own limits end a request long before this one.
        beast::flat_buffer buffer(limits.headerOctets + limits.bodyOctets + kReadSize * 32);
        while (true) {
            if constexpr (std::is_same_v<Stream, beast::tcp_stream>)
                if (answersPlain() && !co_await answerPlain(stream, *connection, buffer)) co_return;
            connection->isIdle = true;
            if (m_connections.isStopping()) co_return;
            if (buffer.size() == 0) {
                tcp.expires_after(limits.idleDeadline);
                const auto [error, count] = co_await stream.async_read_some(buffer.prepare(kReadSize), kAsTuple);
                if (error) co_return;
                buffer.commit(count);
            }
            connection->isIdle = false;

            // Once for the whole request: a sender of one byte a second must not hold a connection.
            tcp.expires_after(limits.requestDeadline);
            beast::http::request_parser<beast::http::string_body> parser;
            parser.header_limit(std::uint32_t(limits.headerOctets));
            parser.body_limit(limits.bodyOctets);
            error_code error;
            // The parser's own limit is per field line once lines arrive one by one, so the sum is kept here.
            std::size_t headerOctets = 0;
            parser.eager(false);
            while (!error && !parser.is_header_done()) {
                const auto [readError, count] = co_await beast::http::async_read_some(stream, buffer, parser, kAsTuple);
                headerOctets += count;
                error = readError;
                if (!error && headerOctets > limits.headerOctets) error = beast::http::error::header_limit;
            }
            parser.eager(true);
            if (!error)
                if (const auto fault = checkFields(parser.get())) {
                    co_await write(stream, problemResponse(*fault, makeTraceId()), 11, false, false);
                    co_return;
                }
            if (!error && parser.get()[beast::http::field::expect] == "100-continue" && !parser.is_done()) {
                const beast::http::response<beast::http::empty_body> proceed(beast::http::status::continue_, 11);
                const auto [writeError, written] = co_await beast::http::async_write(stream, proceed, kAsTuple);
                error = writeError;
            }
            // What has arrived already needs no wait.
            while (!error && !parser.is_done() && buffer.size() > 0) {
                const auto parsed = parser.put(buffer.data(), error);
                buffer.consume(parsed);
                if (error == beast::http::error::need_more) {
                    error = {};
                    break;
                }
            }
            if (!error && !parser.is_done()) {
                const auto [bodyError, read] = co_await beast::http::async_read(stream, buffer, parser, kAsTuple);
                error = bodyError;
            }
            if (error) {
                if (!isHttpError(error)) co_return;
                const auto fault = faultOf(error, limits.headerOctets, limits.bodyOctets);
                auto response = problemResponse(fault.error, makeTraceId(), fault.status);
                co_await write(stream, std::move(response), 11, false, false);
                co_return;
            }

            const unsigned version = parser.get().version();
            const bool keepAlive = parser.get().keep_alive();
            auto request = toRequest(parser.release());
            request.remoteAddress = remote;
            request.peer = peer;
            const bool isHead = request.method == "HEAD";
            tcp.expires_never();
            const bool wasExpendable = connection->isExpendable.exchange(false);
            auto response = co_await handle(std::move(request), version);
            connection->isExpendable = wasExpendable;
            const bool staysOpen = keepAlive && !m_connections.isStopping();
            if (!co_await write(stream, std::move(response), version, staysOpen, isHead) || !staysOpen) co_return;
        }
    }

    /// Answers plain requests as they come, each with one wake-up, one read and one write; the library's streams would
    /// set a timer for each of the two.
    /// @return true with something else in the buffer, false when the connection is to end
    asio::awaitable<bool> answerPlain(beast::tcp_stream& stream, Connection& connection, beast::flat_buffer& buffer)
    {
        auto& socket = stream.socket();
        error_code error;
        socket.non_blocking(true, error);
        std::string answers;
        while (true) {
            answers.clear();
            bool isPlain = true;
            while (isPlain && buffer.size() > 0) {
                const std::string_view octets(static_cast<const char*>(buffer.data().data()), buffer.size());
                const auto request = scanPlainRequest(octets);
                isPlain = request && m_settings.plain(*request, answers);
                if (isPlain) buffer.consume(request->octets);
            }
            if (!answers.empty()) {
                std::size_t written = socket.write_some(asio::buffer(answers), error);
                if (error && error != asio::error::would_block) co_return false;
                if (written < answers.size()) {
                    stream.expires_after(m_settings.limits.writeDeadline);
                    const auto [failed, rest] =
                        co_await asio::async_write(stream, asio::buffer(answers) + written, kAsTuple);
                    stream.expires_never();
                    if (failed) co_return false;
                }
            }
            if (!isPlain) co_return true;

            connection.isIdle = true;
            if (m_connections.isStopping()) co_return false;
            connection.overdueAt = std::chrono::steady_clock::now() + m_settings.limits.idleDeadline;
            const auto [ended] = co_await socket.async_wait(tcp::socket::wait_read, kAsTuple);
            connection.overdueAt = std::chrono::steady_clock::time_point::max();
            connection.isIdle = false;
            if (ended) co_return false;
            const auto count = socket.read_some(buffer.prepare(kReadSize), error);
            if (error && error != asio::error::would_block) co_return false;
            buffer.commit(error ? 0 : count);
        }
    }

    asio::awaitable<Response> handle(Request request, unsigned version)
    {
        if (version >= 11 && !request.header("host"))
            co_return problemResponse({ErrorCode::InvalidRequest, "http-malformed", "expected a Host header, got none"},
                                      makeTraceId());
        if (m_requests.fetch_add(1) >= m_settings.limits.maxRequests) {
            --m_requests;
            noteRefusal("overloaded", request.remoteAddress);
            co_return problemResponse({ErrorCode::StoreUnavailable, "overloaded",
                                       "the gateway has " + std::to_string(m_settings.limits.maxRequests) +
                                           " requests in work already; ask again",
                                       std::chrono::seconds(1)},
                                      makeTraceId());
        }
        co_return co_await asio::co_spawn(
            m_workers,
            [this, &request]() -> asio::awaitable<Response> {
                const std::unique_ptr<std::atomic<std::size_t>, void (*)(std::atomic<std::size_t>*)> inWork(
                    &m_requests, [](std::atomic<std::size_t>* count) { --*count; });
                try {
                    co_return m_handler(request);
                } catch (const std::exception& error) {
                    if (m_log) m_log->critical("{}: handler threw {}", m_settings.name, error.what());
                }
                co_return problemResponse({ErrorCode::Internal, "internal", "the gateway failed; see its log"},
                                          makeTraceId());
            },
            asio::use_awaitable);
    }

    template <typename Stream>
    asio::awaitable<bool> write(Stream& stream, Response response, unsigned version, bool keepAlive, bool isHead)
    {
        std::string head = responseHead(response, version, keepAlive);
        const bool hasBody = !isHead && hasLength(response);
        // In pieces of a TLS record, the first one together with the head; the deadline counts for each. One buffer
        // for each write: of two, Boost 1.74's TLS stream takes the first and calls the answer complete.
        constexpr std::size_t kPiece = 16000;
        const std::string_view body = hasBody ? std::string_view(response.body) : std::string_view();
        head.append(body.substr(0, kPiece));
        tcpOf(stream).expires_after(m_settings.limits.writeDeadline);
        auto [error, count] = co_await asio::async_write(stream, asio::buffer(head), kAsTuple);
        for (std::size_t at = kPiece; at < body.size() && !error; at += kPiece) {
            const auto piece = body.substr(at, kPiece);
            tcpOf(stream).expires_after(m_settings.limits.writeDeadline);
            std::tie(error, count) =
                co_await asio::async_write(stream, asio::buffer(piece.data(), piece.size()), kAsTuple);
        }
        co_return !error;
    }

    ServerSettings m_settings;
    Handler m_handler;
    std::shared_ptr<spdlog::logger> m_log;
    asio::io_context m_io;
    tcp::acceptor m_acceptor;
    asio::steady_timer m_timer;
    asio::thread_pool m_workers;
    std::vector<std::thread> m_threads;
    std::uint16_t m_port = 0;

    std::mutex m_contextMutex;
    std::shared_ptr<ssl::context> m_context;
    Stamp m_stamp;

    ConnectionRegistry m_connections;
    std::atomic<std::size_t> m_requests{0};
    Throttle m_refusals;
    Throttle m_handshakes;
};

Result<std::unique_ptr<Server>> Server::start(const ServerSettings& settings, Handler handler,
                                              std::shared_ptr<spdlog::logger> log)
{
    auto impl = std::make_unique<Impl>(settings, std::move(handler), std::move(log));
    if (const auto started = impl->start(); !started) return tl::unexpected(started.error());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Server::~Server()
{
    m_impl->stop();
}

std::uint16_t Server::port() const
{
    return m_impl->port();
}

Result<void> Server::reloadCertificates()
{
    return m_impl->reload();
}

void Server::stop()
{
    m_impl->stop();
}

} // namespace gateway::http
