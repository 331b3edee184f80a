#include "http/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <tuple>
#include <unordered_map>

#include <spdlog/spdlog.h>

#include "http/beast.h"
#include "http/exchange.h"
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
constexpr std::chrono::milliseconds kAcceptPause{100};
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

/// One open connection, as stop() and a full house see it.
struct Connection
{
    beast::tcp_stream* stream = nullptr; ///< touched on the connection's strand only
    bool isIdle = true;                  ///< touched on the connection's strand only
    std::string address;                 ///< what maxPerAddress counts by; constant
    std::atomic<bool> isExpendable{true};
};

/// The address itself, or an IPv6 network of 64 bits: what one customer gets.
std::string addressGroup(const asio::ip::address& address)
{
    if (!address.is_v6() || address.to_v6().is_v4_mapped()) return address.to_string();
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t(0));
    return asio::ip::address_v6(bytes).to_string();
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

/// What Beast lets through and two readers may understand differently: a field that may come once only, twice, and
/// a Transfer-Encoding that is not plain "chunked" (RFC 9112 6.1, 6.3).
std::optional<Error> checkFields(const beast::http::request_header<>& header)
{
    constexpr std::array<std::string_view, 8> kSingle{"host",          "content-length",  "transfer-encoding",
                                                      "authorization", "idempotency-key", "content-type",
                                                      "expect",        "client-cert"};
    for (const auto name : kSingle)
        if (std::distance(header.equal_range(name).first, header.equal_range(name).second) > 1)
            return Error{ErrorCode::InvalidRequest, "header-repeated",
                         "expected at most one field " + std::string(name) + ", got several"};
    const auto encoding = header.find(beast::http::field::transfer_encoding);
    if (encoding != header.end() && (lower(encoding->value()) != "chunked" || header.version() < 11))
        return Error{ErrorCode::InvalidRequest, "http-malformed",
                     "expected no Transfer-Encoding but chunked, in HTTP/1.1, got another"};
    return std::nullopt;
}

/// A value that breaks the line would be read as a field of its own.
void appendField(std::string& head, std::string_view name, std::string_view value)
{
    head.append(name).append(": ");
    for (const char c : value)
        head.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
    head.append("\r\n");
}

/// RFC 9110 6.6.1
const std::string& currentDate()
{
    thread_local Time second{};
    thread_local std::string text;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now != second) {
        second = now;
        text = toHttpDate(now);
    }
    return text;
}

/// Lets a message through once a second and counts the others, so that a flood does not fill the log.
class Throttle final
{
public:
    /// @return how many were held back since the last one that was let through; nothing for one to hold back
    std::optional<std::size_t> pass()
    {
        const std::lock_guard lock(m_mutex);
        const auto now = std::chrono::steady_clock::now();
        if (now < m_next) {
            ++m_held;
            return std::nullopt;
        }
        m_next = now + std::chrono::seconds(1);
        return std::exchange(m_held, 0);
    }

private:
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_next;
    std::size_t m_held = 0;
};

struct RequestFault
{
    Error error;
    int status;
};

RequestFault faultOf(const error_code& error, const ServerLimits& limits)
{
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
        return {{ErrorCode::InvalidRequest, "header-size",
                 "expected at most " + std::to_string(limits.headerOctets) + " bytes of header, got more"},
                431};
    if (error == beast::http::error::body_limit)
        return {{ErrorCode::InvalidRequest, "body-size",
                 "expected at most " + std::to_string(limits.bodyOctets) + " bytes of body, got more"},
                413};
    return {{ErrorCode::InvalidRequest, "http-malformed", "expected an HTTP/1.1 request, got: " + error.message()},
            400};
}

bool isHttpError(const error_code& error)
{
    return error.category() == beast::http::make_error_code(beast::http::error::bad_version).category() &&
           error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
}

Request toRequest(beast::http::request<beast::http::string_body>&& message)
{
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
        request.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    return request;
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
          m_workers(std::size_t(std::max(1, m_settings.limits.workers)))
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
        if (!error) m_acceptor.bind(endpoint, error);
        if (!error) m_acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error)
            return fail(ErrorCode::Internal, "listen",
                        "cannot listen on " + m_settings.address + " port " + std::to_string(m_settings.port) + ": " +
                            error.message());
        m_port = m_acceptor.local_endpoint().port();

        asio::co_spawn(m_acceptor.get_executor(), acceptLoop(), asio::detached);
        if (m_settings.tls) asio::co_spawn(m_acceptor.get_executor(), watchLoop(), asio::detached);
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
        std::unique_lock lock(m_mutex);
        if (m_isStopping) return;
        m_isStopping = true;
        asio::post(m_acceptor.get_executor(), [this] {
            error_code ignored;
            m_acceptor.close(ignored);
            m_timer.cancel();
        });
        for (const auto& [strand, connection] : m_connections)
            asio::post(strand, [connection = connection] {
                if (connection->isIdle && connection->stream != nullptr) connection->stream->cancel();
            });
        m_changed.wait_for(lock, m_settings.limits.stopDeadline, [this] { return m_connections.empty(); });
        lock.unlock();
        // A handler that outlasts the deadline still ends before its thread does; its answer goes nowhere.
        m_workers.join();
        m_io.stop();
        for (auto& thread : m_threads)
            thread.join();
        m_threads.clear();
    }

private:
    using Entry = std::pair<asio::any_io_executor, std::shared_ptr<Connection>>;
    /// How many connections may be over maxConnections while those that make room are still closing.
    static constexpr std::size_t kClosing = 64;

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

    bool isStopping()
    {
        const std::lock_guard lock(m_mutex);
        return m_isStopping;
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
            const auto connection = registerConnection(strand, remote);
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

    std::optional<std::list<Entry>::iterator> registerConnection(const asio::any_io_executor& strand,
                                                                 const asio::ip::address& remote)
    {
        const auto group = addressGroup(remote);
        const std::lock_guard lock(m_mutex);
        if (m_isStopping) return std::nullopt;
        const auto count = m_perAddress.find(group);
        if (count != m_perAddress.end() && count->second >= m_settings.limits.maxPerAddress &&
            !m_settings.trustedAddresses.contains(remote.to_string())) {
            noteRefusal("address", group);
            return std::nullopt;
        }
        const auto most = m_settings.limits.maxConnections;
        if (m_connections.size() >= most && (m_connections.size() >= most + kClosing || !makeRoom())) {
            noteRefusal("total", group);
            return std::nullopt;
        }
        auto connection = std::make_shared<Connection>();
        connection->address = group;
        ++m_perAddress[group];
        return m_connections.emplace(m_connections.end(), strand, std::move(connection));
    }

    /// Lets one connection go. Under m_mutex.
    bool makeRoom()
    {
        std::size_t most = 0;
        const Entry* victim = nullptr;
        for (const auto& entry : m_connections) {
            if (!entry.second->isExpendable) continue;
            const auto count = m_perAddress[entry.second->address];
            if (count <= most) continue;
            most = count;
            victim = &entry;
        }
        if (victim == nullptr) return false;
        victim->second->isExpendable = false;
        noteRefusal("evicted", victim->second->address);
        asio::post(victim->first, [connection = victim->second] {
            if (connection->stream != nullptr) connection->stream->close();
        });
        return true;
    }

    asio::awaitable<void> run(tcp::socket socket, std::list<Entry>::iterator entry, std::string remote)
    {
        const auto connection = entry->second;
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
        const std::lock_guard lock(m_mutex);
        if (const auto count = m_perAddress.find(connection->address); --count->second == 0) m_perAddress.erase(count);
        m_connections.erase(entry);
        m_changed.notify_all();
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
            connection->isIdle = true;
            if (isStopping()) co_return;
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
                const auto fault = faultOf(error, limits);
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
            const bool staysOpen = keepAlive && !isStopping();
            if (!co_await write(stream, std::move(response), version, staysOpen, isHead) || !staysOpen) co_return;
        }
    }

    asio::awaitable<Response> handle(Request request, unsigned version)
    {
        if (version >= 11 && !request.header("host"))
            co_return problemResponse({ErrorCode::InvalidRequest, "http-malformed", "expected a Host header, got none"},
                                      makeTraceId());
        if (m_settings.quick)
            if (auto response = m_settings.quick(request)) co_return std::move(*response);
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
        // By hand and in one piece: the library's fields and serialiser cost more than a kept OCSP answer.
        const auto status = static_cast<beast::http::status>(response.status);
        const bool hasLength = response.status != 204 && response.status != 304;
        std::string head;
        head.reserve(512);
        head.append(version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ").append(std::to_string(response.status)).append(" ");
        head.append(beast::http::obsolete_reason(status)).append("\r\nServer: v2c-ca-gateway\r\n");
        appendField(head, "Date", currentDate());
        for (const auto& [name, value] : response.headers)
            appendField(head, name, value);
        if (!response.contentType.empty()) appendField(head, "Content-Type", response.contentType);
        if (hasLength) appendField(head, "Content-Length", std::to_string(response.body.size()));
        if (version >= 11 && !keepAlive) appendField(head, "Connection", "close");
        if (version < 11 && keepAlive) appendField(head, "Connection", "keep-alive");
        head.append("\r\n");
        const bool hasBody = !isHead && hasLength && !response.body.empty();
        // In pieces of a TLS record, the first one together with the head; the deadline counts for each.
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

    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_isStopping = false;
    std::list<Entry> m_connections;                            ///< oldest first
    std::unordered_map<std::string, std::size_t> m_perAddress; ///< by Connection::address
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
