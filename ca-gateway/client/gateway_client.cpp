#include "client/gateway_client.h"

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "api/codecs.h"
#include "api/problem.h"
#include "api/rfc3339.h"
#include "client/client_context.h"
#include "http/beast.h"

namespace gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxHeaderOctets = 8192;
constexpr std::size_t kMaxBodyOctets = std::size_t(256) * 1024;
constexpr std::size_t kMaxArchiveOctets = std::size_t(256) * 1024 * 1024; // 50,000 rows, twice over
constexpr std::string_view kScheme = "https://";

struct Authority
{
    std::string host; ///< without the brackets of an IPv6 address
    std::string port;
    std::string text; ///< as in the URL: the Host header
};

Result<GatewayHealth> parseHealth(std::string_view body)
{
    const auto json = nlohmann::ordered_json::parse(body, nullptr, false);
    const bool fits = json.is_object() && json.contains("status") && json["status"].is_string() &&
                      json.contains("parts") && json["parts"].is_object();
    if (!fits) return fail(ErrorCode::Internal, "health-malformed", "expected an object with status and parts");
    GatewayHealth health{json["status"].get<std::string>(), {}};
    for (const auto& [name, state] : json["parts"].items())
        if (state.is_string()) health.parts.emplace_back(name, state.get<std::string>());
    return health;
}

Result<Authority> parseUrl(const std::string& url)
{
    const auto bad = [&] {
        return fail(ErrorCode::InvalidRequest, "client-url", "expected https://host:port, got \"" + url + '"');
    };
    if (!url.starts_with(kScheme)) return bad();
    Authority authority;
    authority.text = url.substr(kScheme.size());
    if (authority.text.ends_with('/')) authority.text.pop_back();
    const auto colon = authority.text.rfind(':');
    if (colon == std::string::npos) return bad();
    authority.host = authority.text.substr(0, colon);
    authority.port = authority.text.substr(colon + 1);
    if (authority.host.starts_with('[') && authority.host.ends_with(']'))
        authority.host = authority.host.substr(1, authority.host.size() - 2);
    const bool isPort = !authority.port.empty() && authority.port.size() <= 5 &&
                        authority.port.find_first_not_of("0123456789") == std::string::npos &&
                        std::stoi(authority.port) >= 1 && std::stoi(authority.port) <= 65535;
    if (!isPort || authority.host.empty() || authority.host.find_first_of("/@?# []") != std::string::npos) return bad();
    return authority;
}

/// A certificate verification failure says no more than "certificate verify failed" in the error code itself.
std::string explained(const error_code& error, SSL* connection)
{
    const long verified = SSL_get_verify_result(connection);
    if (error.category() == asio::error::get_ssl_category() && verified != X509_V_OK)
        return error.message() + ": " + X509_verify_cert_error_string(verified);
    return error.message();
}

/// The server ended the TLS session with a fatal alert: in TLS 1.3 a refused client certificate comes only after the
/// handshake, as the answer to the first read.
bool isAlert(const error_code& error)
{
    return error.category() == asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(error.value())) >= SSL_AD_REASON_OFFSET;
}

struct Reply
{
    int status = 0;
    std::string body;
};

class TlsGatewayClient final : public GatewayClient
{
public:
    TlsGatewayClient(ClientSettings settings, Authority authority, std::shared_ptr<ssl::context> context)
        : m_settings(std::move(settings)), m_authority(std::move(authority)), m_context(std::move(context))
    {
    }

    ~TlsGatewayClient() override { disconnect(); }

    Result<EvidenceChallenge> challenge(const ChallengeRequest& request) override
    {
        return decoded<EvidenceChallenge>(
            exchange("POST", "/api/certificates/challenge", api::toJson(request), request.transaction, true),
            api::parseEvidenceChallenge);
    }

    Result<IssuedCertificate> issue(const IssueRequest& request) override
    {
        return decoded<IssuedCertificate>(
            exchange("POST", "/api/certificates", api::toJson(request), request.transaction, true),
            api::parseIssuedCertificate);
    }

    Result<RequestStatus> findRequest(const TransactionId& transaction) override
    {
        return decoded<RequestStatus>(
            exchange("GET", "/api/certificates/requests/" + transaction.text(), {}, transaction, false),
            api::parseRequestStatus);
    }

    Result<void> reportProvisioned(const ProvisionedReport& report) override
    {
        return accepted(exchange("POST", "/api/certificates/" + report.serial.text() + "/provisioned",
                                 api::toJson(report), report.transaction, false));
    }

    Result<Revocation> reportRejected(const RejectedReport& report) override
    {
        return decoded<Revocation>(exchange("POST", "/api/certificates/" + report.serial.text() + "/rejected",
                                            api::toJson(report), report.transaction, false),
                                   api::parseRevocation);
    }

    Result<IssuedCertificate> renew(const RenewRequest& request) override
    {
        return decoded<IssuedCertificate>(
            exchange("POST", "/api/certificates/renew", api::toJson(request), request.transaction, true),
            api::parseIssuedCertificate);
    }

    Result<void> reportRenewFailure(const RenewFailureReport& report) override
    {
        return accepted(exchange("POST", "/api/certificates/renew/failure", api::toJson(report), std::nullopt, false));
    }

    Result<GatewayHealth> checkHealth() override
    {
        return decoded<GatewayHealth>(exchange("GET", "/health", {}, std::nullopt, false), parseHealth);
    }

    Result<std::string> exportAudit(const AuditExportQuery& query, const std::string& token) override
    {
        std::string path = "/api/audit/export";
        const auto add = [&](const char* name, const std::string& value) {
            path += (path.find('?') == std::string::npos ? "?" : "&") + std::string(name) + "=" + value;
        };
        if (query.from) add("from", api::toRfc3339(*query.from));
        if (query.to) add("to", api::toRfc3339(*query.to));
        if (query.previous) add("previous", std::to_string(*query.previous));
        auto reply = exchange("GET", path, {}, std::nullopt, false, Special{token, kMaxArchiveOctets});
        if (!reply) return tl::unexpected(reply.error());
        if (reply->status != 200) return tl::unexpected(api::parseProblem(reply->body, reply->status));
        return std::move(reply->body);
    }

private:
    /// What only some requests have.
    struct Special
    {
        std::string token; ///< of the Authorization header; empty: none
        std::size_t mostOctets = kMaxBodyOctets;
    };

    using Stream = ssl::stream<tcp::socket>;

    template <typename T, typename Parse>
    static Result<T> decoded(const Result<Reply>& reply, Parse&& parse)
    {
        if (!reply) return tl::unexpected(reply.error());
        if (reply->status != 200) return tl::unexpected(api::parseProblem(reply->body, reply->status));
        auto value = parse(reply->body);
        // The gateway did it; only what it said about it cannot be read.
        if (!value)
            return fail(ErrorCode::OutcomeUnknown, "gateway-answer-unreadable",
                        "the gateway's answer cannot be read: " + value.error().detail);
        return value;
    }

    static Result<void> accepted(const Result<Reply>& reply)
    {
        if (!reply) return tl::unexpected(reply.error());
        if (reply->status != 200 && reply->status != 204)
            return tl::unexpected(api::parseProblem(reply->body, reply->status));
        return {};
    }

    Result<Reply> exchange(const char* method, const std::string& path, std::string body,
                           const std::optional<TransactionId>& transaction, bool isKeyed)
    {
        return exchange(method, path, std::move(body), transaction, isKeyed, Special());
    }

    /// Every request here is safe to repeat: by its key, or because it states a fact. So one that a kept-alive
    /// connection swallowed without a byte of answer is sent once more on a fresh one.
    Result<Reply> exchange(const char* method, const std::string& path, std::string body,
                           const std::optional<TransactionId>& transaction, bool isKeyed, const Special& special)
    {
        beast::http::request<beast::http::string_body> request(beast::http::string_to_verb(method), path, 11);
        request.set(beast::http::field::host, m_authority.text);
        request.set(beast::http::field::user_agent, "v2c-client");
        request.set(beast::http::field::accept, "application/json, application/problem+json");
        if (!body.empty()) request.set(beast::http::field::content_type, "application/json");
        if (transaction) request.set("X-Request-Id", transaction->text());
        if (!special.token.empty()) request.set(beast::http::field::authorization, "Bearer " + special.token);
        if (isKeyed) request.set("Idempotency-Key", transaction->text());
        request.body() = std::move(body);
        request.prepare_payload();

        while (true) {
            const bool isReused = m_stream != nullptr;
            if (!isReused)
                if (const auto connected = connect(); !connected) return tl::unexpected(connected.error());
            bool isStale = false;
            auto reply = roundTrip(request, special.mostOctets, isStale);
            if (reply) return reply;
            disconnect();
            if (!isReused || !isStale) return reply;
        }
    }

    Result<void> connect()
    {
        const auto deadline = Clock::now() + m_settings.connectTimeout;
        m_stream = std::make_unique<Stream>(m_io, *m_context);
        m_buffer.clear();
        SSL* native = m_stream->native_handle();
        error_code error;
        asio::ip::make_address(m_authority.host, error);
        const bool isAddress = !error;
        if (isAddress)
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(native), m_authority.host.c_str());
        else {
            SSL_set1_host(native, m_authority.host.c_str());
            SSL_set_tlsext_host_name(native, m_authority.host.c_str());
        }
        SSL_set_hostflags(native, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);

        const auto unreachable = [&](const std::string& reason) {
            disconnect();
            return fail(ErrorCode::StoreUnavailable, "gateway-unreachable",
                        "no connection to " + m_authority.text + ": " + reason);
        };
        // A name that hangs in the resolver ends with the resolver's own time limit, which Asio cannot cut short.
        tcp::resolver resolver(m_io);
        tcp::resolver::results_type endpoints;
        error = waitFor(deadline, [&](auto done) {
            resolver.async_resolve(m_authority.host, m_authority.port,
                                   isAddress ? tcp::resolver::numeric_host : tcp::resolver::flags(),
                                   [&, done](error_code result, tcp::resolver::results_type found) {
                                       endpoints = std::move(found);
                                       done(result);
                                   });
        });
        if (error) return unreachable(error.message());
        error = waitFor(deadline, [&](auto done) {
            asio::async_connect(m_stream->next_layer(), endpoints,
                                [done](error_code result, const tcp::endpoint&) { done(result); });
        });
        if (error) return unreachable(error.message());
        error_code ignored;
        m_stream->next_layer().set_option(tcp::no_delay(true), ignored);
        error = waitFor(deadline, [&](auto done) { m_stream->async_handshake(ssl::stream_base::client, done); });
        if (error) return unreachable("TLS: " + explained(error, native));
        return {};
    }

    Result<Reply> roundTrip(const beast::http::request<beast::http::string_body>& request, std::size_t mostOctets,
                            bool& isStale)
    {
        const auto deadline = Clock::now() + m_settings.requestTimeout;
        beast::http::response_parser<beast::http::string_body> parser;
        parser.header_limit(kMaxHeaderOctets);
        parser.body_limit(mostOctets);
        auto error = waitFor(deadline, [&](auto done) {
            beast::http::async_write(*m_stream, request, [done](error_code result, std::size_t) { done(result); });
        });
        // A gateway that refuses closes early: what it has to say is still there to be read.
        if (!error || error == asio::error::broken_pipe || error == asio::error::connection_reset)
            error = waitFor(deadline, [&](auto done) {
                beast::http::async_read(*m_stream, m_buffer, parser,
                                        [done](error_code result, std::size_t) { done(result); });
            });
        if (error) {
            isStale = error != asio::error::timed_out && !parser.got_some() && m_buffer.size() == 0;
            if (isAlert(error))
                return fail(ErrorCode::Unauthorized, "gateway-refused-credential",
                            "the gateway refused the client certificate: " + error.message());
            return fail(ErrorCode::OutcomeUnknown, "gateway-no-answer",
                        "no answer from " + m_authority.text + ": " + error.message());
        }
        const bool staysOpen = parser.keep_alive();
        Reply reply{int(parser.get().result_int()), std::move(parser.get().body())};
        if (!staysOpen) disconnect();
        return reply;
    }

    /// Runs one operation to its end or to the deadline; then the socket closes, which ends the operation too.
    template <typename Start>
    error_code waitFor(Clock::time_point deadline, Start&& start)
    {
        std::optional<error_code> result;
        start([&result](error_code error) { result = error; });
        m_io.restart();
        m_io.run_until(deadline);
        if (result) return *result;
        error_code ignored;
        m_stream->next_layer().close(ignored);
        m_io.restart();
        m_io.run();
        return asio::error::timed_out;
    }

    void disconnect()
    {
        if (!m_stream) return;
        error_code ignored;
        m_stream->next_layer().close(ignored);
        m_stream.reset();
    }

    ClientSettings m_settings;
    Authority m_authority;
    std::shared_ptr<ssl::context> m_context;
    asio::io_context m_io{1};
    std::unique_ptr<Stream> m_stream;
    beast::flat_buffer m_buffer;
};

template <typename Credential>
Result<std::unique_ptr<GatewayClient>> makeClient(const ClientSettings& settings, const Credential& credential)
{
    auto authority = parseUrl(settings.url);
    if (!authority) return tl::unexpected(authority.error());
    auto context = makeClientContext(settings, credential);
    if (!context) return tl::unexpected(context.error());
    return std::unique_ptr<GatewayClient>(
        std::make_unique<TlsGatewayClient>(settings, std::move(*authority), std::move(*context)));
}

} // namespace

Result<std::unique_ptr<GatewayClient>> makeGatewayClient(const ClientSettings& settings,
                                                         const FileCredential& credential)
{
    return makeClient(settings, credential);
}

Result<std::unique_ptr<GatewayClient>> makeGatewayClient(const ClientSettings& settings,
                                                         const KeyCredential& credential)
{
    return makeClient(settings, credential);
}

} // namespace gateway
