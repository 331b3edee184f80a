#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "http/message.h"
#include "http/metrics.h"
#include "http/plain_request.h"
#include "http/tls_files.h"

namespace spdlog {
class logger;
}

namespace gateway::http {

struct ServerLimits
{
    std::size_t maxConnections = 512; ///< beyond it an idle or unproved one makes room, or the new one goes
    std::size_t maxPerAddress = 128;  ///< IPv6: per /64; further ones are closed at once
    std::size_t maxRequests = 256;    ///< in work and waiting for a worker; further ones get 503
    std::size_t headerOctets = 8192;  ///< beyond it 431
    std::size_t bodyOctets = 65536;   ///< beyond it 413
    std::chrono::milliseconds handshakeDeadline{10000};
    std::chrono::milliseconds requestDeadline{10000}; ///< from the first byte of a request to its last
    std::chrono::milliseconds idleDeadline{60000};    ///< between two requests
    std::chrono::milliseconds writeDeadline{10000};   ///< of each 16 kB of an answer; takes about 20 kB/s to keep
    std::chrono::milliseconds stopDeadline{10000};    ///< how long stop() waits for requests in work
    int ioThreads = 1;                                ///< TLS handshakes cost CPU here
    int workers = 4;                                  ///< threads that run the handler
};

struct ServerSettings
{
    std::string name; ///< for the log: "api"
    std::string address = "127.0.0.1";
    std::uint16_t port = 0; ///< 0 takes a free one
    std::optional<TlsFiles> tls;
    std::chrono::milliseconds certificateCheck{5000}; ///< how often changed TLS files are looked for
    std::set<std::string> trustedAddresses;           ///< proxies: maxPerAddress is not for them
    Metrics* metrics = nullptr;                       ///< outlives the server
    PlainHandler plain;                               ///< asked first, without TLS only; may be empty
    ServerLimits limits;
};

/// Answers one request. Called on a worker thread, several at a time; may block.
using Handler = std::function<Response(const Request&)>;

/// An HTTP/1.1 listener with or without TLS: keep-alive, pipelining, a deadline on every wait. It parses, limits and
/// writes; what a request means is the handler's business. Every queue in it has an end: what is too much is answered
/// 503 with Retry-After, or closed where an answer would cost a handshake. A full house lets the oldest connection go
/// that has no request in work and no client certificate, of the address that has most, so that a flood displaces
/// itself.
class Server final
{
public:
    /// Binds and begins to serve.
    /// @return Internal "listen" when the address cannot be bound, "tls-files" for unusable files
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(const ServerSettings& settings, Handler handler,
                                                               std::shared_ptr<spdlog::logger> log = nullptr);

    /// Stops as stop() does.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;

    /// Takes up changed TLS files for connections from now on; with an error the old ones stay.
    [[nodiscard]] Result<void> reloadCertificates();

    /// Accepts no more, ends idle connections, lets requests in work finish within stopDeadline. Safe to repeat.
    void stop();

private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::http
