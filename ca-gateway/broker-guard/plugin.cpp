// The border to mosquitto 2.0: options in, callbacks registered, every mosquitto function called from the broker's own
// thread.
#include <deque>
#include <exception>
#include <fstream>

#include <openssl/x509.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "broker-guard/broker_config.h"
#include "pki/certificate.h"

// mosquitto's headers need each other in this order.
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

using namespace gateway;

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kMetricsInterval{10};

/// Keeps what other threads have to say until the broker's thread can log it.
class WaitingLog final : public spdlog::sinks::base_sink<std::mutex>
{
public:
    struct Line
    {
        spdlog::level::level_enum level;
        std::string text;
    };

    std::deque<Line> take()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(m_lines, {});
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        if (m_lines.size() < 1000) m_lines.push_back({message.level, {message.payload.data(), message.payload.size()}});
    }
    void flush_() override {}

private:
    std::deque<Line> m_lines; ///< guarded by mutex_
};

struct X509Free
{
    void operator()(X509* certificate) const { X509_free(certificate); }
};

Time systemTime()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

class Plugin final
{
public:
    Plugin(const GuardConfig& config, mosquitto_plugin_id_t* identifier)
        : m_identifier(identifier),
          m_config(config),
          m_waiting(std::make_shared<WaitingLog>()),
          m_guard(
              config.guard, [this] { return m_feed.state(); }, Steady::now()),
          m_feed({.url = config.databaseUrl, .consumer = config.consumer}, m_guard, systemTime,
                 std::make_shared<spdlog::logger>("feed", m_waiting))
    {
    }

    ~Plugin()
    {
        m_feed.stop();
        for (const auto event : {MOSQ_EVT_BASIC_AUTH, MOSQ_EVT_DISCONNECT, MOSQ_EVT_TICK})
            mosquitto_callback_unregister(m_identifier, event, callbackOf(event), nullptr);
    }
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    int start()
    {
        m_feed.start();
        // The listeners open after this: with a snapshot in hand nobody revoked gets in, and nobody else is refused.
        const auto deadline = Steady::now() + m_config.startTimeout;
        while (!m_feed.state().isReady && Steady::now() < deadline)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        logWaiting();
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "broker-guard: %zu revoked certificates%s", m_guard.figures().revoked,
                             m_feed.state().isReady ? "" : ", the database has not answered yet");
        for (const auto event : {MOSQ_EVT_BASIC_AUTH, MOSQ_EVT_DISCONNECT, MOSQ_EVT_TICK})
            if (const int failed = mosquitto_callback_register(m_identifier, event, callbackOf(event), nullptr, this);
                failed != MOSQ_ERR_SUCCESS)
                return failed;
        return MOSQ_ERR_SUCCESS;
    }

private:
    static MOSQ_FUNC_generic_callback callbackOf(int event)
    {
        return event == MOSQ_EVT_BASIC_AUTH ? &onLogin : event == MOSQ_EVT_DISCONNECT ? &onDisconnect : &onTick;
    }

    static int onLogin(int, void* data, void* self)
    {
        auto& plugin = *static_cast<Plugin*>(self);
        auto* client = static_cast<mosquitto_evt_basic_auth*>(data)->client;
        try {
            return plugin.login(client);
        } catch (const std::exception& problem) {
            mosquitto_log_printf(MOSQ_LOG_ERR, "broker-guard: %s", problem.what());
            return MOSQ_ERR_AUTH;
        }
    }

    static int onDisconnect(int, void* data, void* self)
    {
        static_cast<Plugin*>(self)->m_guard.onDisconnect(static_cast<mosquitto_evt_disconnect*>(data)->client);
        return MOSQ_ERR_SUCCESS;
    }

    static int onTick(int, void*, void* self)
    {
        static_cast<Plugin*>(self)->tick();
        return MOSQ_ERR_SUCCESS;
    }

    int login(mosquitto* client)
    {
        const std::unique_ptr<X509, X509Free> x509(static_cast<X509*>(mosquitto_client_certificate(client)));
        if (!x509) return MOSQ_ERR_PLUGIN_DEFER; // a listener without client certificates is not ours to judge
        std::uint8_t* der = nullptr;
        const int length = i2d_X509(x509.get(), &der);
        if (length <= 0) return MOSQ_ERR_AUTH;
        const auto certificate = pki::Certificate::parseDer({der, static_cast<std::size_t>(length)});
        OPENSSL_free(der);
        if (!certificate) {
            mosquitto_log_printf(MOSQ_LOG_WARNING, "broker-guard: refused a certificate: %s",
                                 certificate.error().detail.c_str());
            return MOSQ_ERR_AUTH;
        }
        const char* id = mosquitto_client_id(client);
        const auto serial = certificate->serial().text();
        switch (m_guard.onLogin(client, id == nullptr ? "" : id,
                                RevokedSet::key(certificate->issuerText(), certificate->serial()), Steady::now())) {
        case Guard::Login::Accepted:
            break;
        case Guard::Login::Revoked:
            mosquitto_log_printf(MOSQ_LOG_NOTICE, "broker-guard: refused the revoked certificate %s", serial.c_str());
            return MOSQ_ERR_AUTH;
        case Guard::Login::Blind:
            mosquitto_log_printf(MOSQ_LOG_ERR,
                                 "broker-guard: refused %s: the revocations here are older than the setting allows",
                                 serial.c_str());
            return MOSQ_ERR_AUTH;
        }
        return mosquitto_set_username(client, certificate->subjectCommonName().c_str());
    }

    void tick()
    {
        logWaiting();
        const auto now = Steady::now();
        for (const auto& id : m_guard.onTick(now)) {
            mosquitto_log_printf(MOSQ_LOG_NOTICE, "broker-guard: disconnecting %s: its certificate is revoked",
                                 id.c_str());
            mosquitto_kick_client_by_clientid(id.c_str(), false);
        }
        if (m_config.metricsFile.empty() || now < m_nextMetrics) return;
        m_nextMetrics = now + kMetricsInterval;
        writeMetrics(now);
    }

    void logWaiting()
    {
        for (const auto& line : m_waiting->take())
            mosquitto_log_printf(line.level >= spdlog::level::err ? MOSQ_LOG_ERR : MOSQ_LOG_WARNING, "broker-guard: %s",
                                 line.text.c_str());
    }

    /// For the textfile collector of Prometheus' node exporter.
    void writeMetrics(Steady::time_point now)
    {
        const auto figures = m_guard.figures();
        const auto feed = m_feed.state();
        const auto next = m_config.metricsFile.string() + ".new";
        std::ofstream file(next, std::ios::trunc);
        const auto age = std::chrono::duration<double>(now - feed.lastContact).count();
        file << "v2c_broker_revoked_certificates " << figures.revoked << '\n'
             << "v2c_broker_clients " << figures.connected << '\n'
             << "v2c_broker_disconnected_total " << figures.disconnected << '\n'
             << "v2c_broker_refused_total{cause=\"revoked\"} " << figures.refused << '\n'
             << "v2c_broker_refused_total{cause=\"blind\"} " << figures.refusedBlind << '\n'
             << "v2c_broker_feed_ready " << (feed.isReady ? 1 : 0) << '\n'
             << "v2c_broker_feed_age_seconds " << (feed.isReady ? age : -1) << '\n'
             << "v2c_broker_feed_differences_total " << feed.differences << '\n';
        file.close();
        std::error_code error;
        if (file) std::filesystem::rename(next, m_config.metricsFile, error);
        if (!file || error)
            mosquitto_log_printf(MOSQ_LOG_WARNING, "broker-guard: cannot write %s", m_config.metricsFile.c_str());
    }

    mosquitto_plugin_id_t* m_identifier;
    GuardConfig m_config;
    std::shared_ptr<WaitingLog> m_waiting;
    Guard m_guard;
    RevocationFeed m_feed;
    Steady::time_point m_nextMetrics{};
};

} // namespace

extern "C" {

[[gnu::visibility("default")]] int mosquitto_plugin_version(int count, const int* versions)
{
    for (int i = 0; i < count; ++i)
        if (versions[i] == MOSQ_PLUGIN_VERSION) return MOSQ_PLUGIN_VERSION;
    return -1;
}

[[gnu::visibility("default")]] int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** userdata,
                                                         mosquitto_opt* options, int count)
{
    try {
        std::map<std::string, std::string> named;
        for (int i = 0; i < count; ++i)
            named.insert_or_assign(options[i].key, options[i].value);
        const auto config = parseGuardConfig(named);
        if (!config) {
            mosquitto_log_printf(MOSQ_LOG_ERR, "broker-guard: %s", config.error().detail.c_str());
            return MOSQ_ERR_INVAL;
        }
        auto plugin = std::make_unique<Plugin>(*config, identifier);
        const int failed = plugin->start();
        if (failed == MOSQ_ERR_SUCCESS) *userdata = plugin.release();
        return failed;
    } catch (const std::exception& problem) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "broker-guard: %s", problem.what());
        return MOSQ_ERR_UNKNOWN;
    }
}

[[gnu::visibility("default")]] int mosquitto_plugin_cleanup(void* userdata, mosquitto_opt*, int)
{
    delete static_cast<Plugin*>(userdata);
    return MOSQ_ERR_SUCCESS;
}

} // extern "C"
