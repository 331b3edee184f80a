#include "reference-tcu/broker_connection.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <mosquitto.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace tcu {

namespace {

constexpr int kLoopMilliseconds = 100;

struct LibraryUse
{
    LibraryUse() { mosquitto_lib_init(); }
    ~LibraryUse() { mosquitto_lib_cleanup(); }
    LibraryUse(const LibraryUse&) = delete;
    LibraryUse& operator=(const LibraryUse&) = delete;
};

struct FreeContext
{
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeClient
{
    void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};

using Context = std::unique_ptr<SSL_CTX, FreeContext>;

bool isAddress(const std::string& host)
{
    unsigned char buffer[sizeof(in6_addr)];
    return inet_pton(AF_INET, host.c_str(), buffer) == 1 || inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

tl::expected<Context, std::string> makeContext(const BrokerSettings& settings, const Credential& credential)
{
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context) return tl::unexpected<std::string>("no TLS context");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_file(context.get(), settings.root.c_str()) != 1)
        return tl::unexpected("expected PEM root certificates in " + settings.root.string());
    auto* parameters = SSL_CTX_get0_param(context.get());
    const auto& host = settings.broker.host;
    const int named = isAddress(host) ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                                      : X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0);
    if (named != 1) return tl::unexpected("not a host name or address: '" + host + "'");
    if (credential.chain.empty() || SSL_CTX_use_certificate(context.get(), credential.chain.front().get()) != 1)
        return tl::unexpected<std::string>("the unit's certificate cannot be used for TLS");
    for (std::size_t i = 1; i < credential.chain.size(); ++i)
        if (SSL_CTX_add1_chain_cert(context.get(), credential.chain[i].get()) != 1)
            return tl::unexpected<std::string>("the unit's chain cannot be used for TLS");
    if (SSL_CTX_use_PrivateKey(context.get(), credential.key.evp()) != 1)
        return tl::unexpected<std::string>("the unit's key cannot be used for TLS");
    return context;
}

/// What the callbacks have seen; they run inside mosquitto_loop().
struct Seen
{
    std::optional<int> connack;
    bool isConnected = false;
    bool isGone = false;
    std::string lastError; ///< what libmosquitto logged, as OpenSSL's reason
};

bool isHost(const std::string& text)
{
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
    });
}

} // namespace

tl::expected<BrokerAddress, std::string> parseBrokerAddress(const std::string& text)
{
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    const bool isBracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (isBracketed) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const auto digits = colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool isPort = problem == std::errc{} && end == digits.data() + digits.size() && port != 0;
    if (!isPort || (isBracketed ? !isAddress(host) || host.find(':') == std::string::npos : !isHost(host)))
        return tl::unexpected("expected host:port as in mqtt.example.com:8883 or [2001:db8::1]:8883, got '" + text +
                              "'");
    return BrokerAddress{std::move(host), port};
}

BrokerConnection::BrokerConnection(BrokerSettings settings, const Credential& credential, std::string deviceId)
    : m_settings(std::move(settings)), m_credential(credential), m_deviceId(std::move(deviceId))
{
}

tl::expected<BrokerConnection::Event, std::string>
BrokerConnection::run(const std::function<bool()>& stop, bool once, const std::function<void(const Event&)>& onEvent)
{
    const LibraryUse library;
    const auto context = makeContext(m_settings, m_credential);
    if (!context) return tl::unexpected(context.error());

    const auto topic = "v2c/vehicles/" + m_deviceId + "/status";
    Event last{.kind = Event::Kind::Disconnected, .detail = "not connected yet"};
    while (!stop()) {
        Seen seen;
        const std::unique_ptr<mosquitto, FreeClient> client(mosquitto_new(m_deviceId.c_str(), true, &seen));
        if (!client) return tl::unexpected<std::string>("no MQTT client");
        mosquitto_int_option(client.get(), MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0); // all of it is ours
        mosquitto_void_option(client.get(), MOSQ_OPT_SSL_CTX, context->get());
        mosquitto_will_set(client.get(), topic.c_str(), 7, "offline", 1, true);
        mosquitto_connect_callback_set(client.get(), [](mosquitto*, void* data, int code) {
            static_cast<Seen*>(data)->connack = code;
            static_cast<Seen*>(data)->isConnected = code == 0;
        });
        mosquitto_disconnect_callback_set(client.get(),
                                          [](mosquitto*, void* data, int) { static_cast<Seen*>(data)->isGone = true; });
        mosquitto_log_callback_set(client.get(), [](mosquitto*, void* data, int level, const char* line) {
            if (level == MOSQ_LOG_ERR) static_cast<Seen*>(data)->lastError = line;
        });

        int code = mosquitto_connect(client.get(), m_settings.broker.host.c_str(), m_settings.broker.port,
                                     static_cast<int>(m_settings.keepAlive.count()));
        const bool isUnreachable = code == MOSQ_ERR_ERRNO || code == MOSQ_ERR_EAI;
        const auto reason = [&] {
            const std::string text = code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code);
            return seen.lastError.empty() ? text : text + ' ' + seen.lastError;
        };
        bool wasConnected = false;
        while (code == MOSQ_ERR_SUCCESS && !seen.isGone && !stop()) {
            code = mosquitto_loop(client.get(), kLoopMilliseconds, 1);
            if (seen.isConnected && !wasConnected) {
                wasConnected = true;
                last = {.kind = Event::Kind::Connected, .detail = m_settings.broker.host};
                onEvent(last);
                mosquitto_publish(client.get(), nullptr, topic.c_str(), 6, "online", 1, true);
            }
        }
        if (stop() && wasConnected && !seen.isGone) {
            mosquitto_publish(client.get(), nullptr, topic.c_str(), 7, "offline", 0, true);
            mosquitto_disconnect(client.get());
            (void)mosquitto_loop(client.get(), kLoopMilliseconds, 1);
            break;
        }
        if (wasConnected)
            last = {.kind = Event::Kind::Disconnected, .detail = reason()};
        else
            last = {.kind = isUnreachable ? Event::Kind::Unreachable : Event::Kind::Refused,
                    .detail = seen.connack ? mosquitto_connack_string(*seen.connack) : reason()};
        onEvent(last);
        if (once) break;
        const auto until = std::chrono::steady_clock::now() + m_settings.reconnectPause;
        while (!stop() && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return last;
}

} // namespace tcu
