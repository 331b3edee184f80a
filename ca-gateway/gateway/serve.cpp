#include "gateway/serve.h"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include <spdlog/spdlog.h>

#include "gateway/access_audit.h"
#include "gateway/json_log.h"
#include "gateway/service_set.h"
#include "http/plain_endpoints.h"
#include "http/router.h"

namespace gateway {
namespace {

constexpr std::size_t kOcspBodyOctets = 10 * 1024;
constexpr std::chrono::milliseconds kProbeInterval{500};
constexpr std::chrono::milliseconds kCrlInterval{500};
constexpr std::chrono::milliseconds kOcspInterval{60000};
constexpr std::chrono::milliseconds kAccessInterval{1000};
constexpr std::chrono::milliseconds kSealInterval{1000};
constexpr std::chrono::milliseconds kBundleInterval{10000};
constexpr std::chrono::milliseconds kSupersedeInterval{10000};
constexpr std::chrono::milliseconds kRetentionInterval{3600000};
constexpr std::chrono::milliseconds kRetryInterval{1000};

/// Calls a job again and again on a thread of its own until destroyed. What fails is logged when it begins to fail and
/// when it works again, not each time.
class Repeated final
{
public:
    using Job = std::function<Result<bool>()>;

    Repeated(std::string name, std::chrono::milliseconds interval, Job job, std::shared_ptr<spdlog::logger> log)
        : m_thread([this, name = std::move(name), interval, job = std::move(job), log = std::move(log)] {
              run(name, interval, job, *log);
          })
    {
    }
    ~Repeated()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isStopping = true;
        }
        m_changed.notify_all();
        m_thread.join();
    }
    Repeated(const Repeated&) = delete;
    Repeated& operator=(const Repeated&) = delete;

private:
    void run(const std::string& name, std::chrono::milliseconds interval, const Job& job, spdlog::logger& log)
    {
        std::string failing;
        std::unique_lock lock(m_mutex);
        while (!m_isStopping) {
            lock.unlock();
            const auto done = job();
            if (!done && failing != done.error().type)
                log.warn("{}: {}: {}", name, done.error().type, done.error().detail);
            if (done && !failing.empty()) log.info("{}: works again", name);
            if (done && *done) log.info("{}: renewed", name);
            failing = done ? "" : done.error().type;
            lock.lock();
            m_changed.wait_for(lock, done ? interval : kRetryInterval, [this] { return m_isStopping; });
        }
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_isStopping = false;
    std::thread m_thread; ///< last: it uses the others
};

/// Puts the days left into the metrics and says when something ends.
Result<bool> watchBundle(const evidence::EvidenceService& service, http::Metrics& metrics)
{
    const auto state = service.checkBundle();
    const auto now = systemNow();
    std::map<std::pair<std::string, std::string>, double> daysLeft;
    const evidence::TrustExpiry* first = nullptr;
    for (const auto& expiry : state.expiries) {
        const auto days = std::chrono::duration<double, std::chrono::days::period>(expiry.at - now).count();
        const auto [entry, isNew] = daysLeft.try_emplace({expiry.kind, expiry.name}, days);
        if (!isNew) entry->second = std::min(entry->second, days);
        if (first == nullptr || expiry.at < first->at) first = &expiry;
    }
    metrics.setBundleExpiries(daysLeft);
    if (state.fault) return tl::unexpected(*state.fault);
    if (state.isExpiring)
        return fail(ErrorCode::StoreUnavailable, "evidence-bundle-expiring",
                    "the evidence bundle's " + first->kind + " ends soon: " + first->name);
    return false;
}

/// The same of the lists that come from ceremonies.
Result<bool> watchCaLists(const ServiceSet& set, http::Metrics& metrics)
{
    const auto now = systemNow();
    std::map<std::string, double> daysLeft;
    Result<bool> result = false;
    for (const auto& list : set.caLists()) {
        if (list.nextUpdate)
            daysLeft[list.name] =
                std::chrono::duration<double, std::chrono::days::period>(*list.nextUpdate - now).count();
        if (list.fault)
            result = tl::unexpected(*list.fault);
        else if (list.isExpiring && result)
            result = fail(ErrorCode::StoreUnavailable, "crl-expiring",
                          list.name + ".crl ends soon; renew it by 'ceremony crl'");
    }
    metrics.setCaListExpiries(daysLeft);
    return result;
}

/// The listeners that have started, in the order to stop them.
class Listeners final
{
public:
    Listeners(const http::ServerLimits& limits, std::set<std::string> proxies, http::Metrics& metrics,
              std::shared_ptr<spdlog::logger> log, std::ostream& out)
        : m_limits(limits), m_proxies(std::move(proxies)), m_metrics(metrics), m_log(std::move(log)), m_out(out)
    {
    }

    Result<void> add(const std::string& name, const ListenerConfig& listener, http::ExchangeHandler handler,
                     std::optional<http::TlsFiles> tls = std::nullopt, http::AnsweredSink sink = {},
                     http::PlainHandler plain = {})
    {
        http::ServerSettings settings;
        settings.name = name;
        settings.address = listener.address;
        settings.port = listener.port;
        settings.tls = std::move(tls);
        settings.limits = m_limits;
        settings.trustedAddresses = m_proxies;
        settings.metrics = &m_metrics;
        settings.plain = std::move(plain);
        if (!settings.tls && !settings.plain) settings.limits.ioThreads = 1;
        if (name == "ocsp") settings.limits.bodyOctets = kOcspBodyOctets;
        auto server = http::Server::start(
            settings, http::observe(name, std::move(handler), m_metrics, m_log, std::move(sink)), m_log);
        if (!server) return tl::unexpected(server.error());
        const bool isIpv6 = listener.address.find(':') != std::string::npos;
        m_out << name << " listening on " << (isIpv6 ? "[" : "") << listener.address << (isIpv6 ? "]:" : ":")
              << (*server)->port() << std::endl;
        m_servers.push_back(std::move(*server));
        return {};
    }

    void stop() { m_servers.clear(); }

    void reloadCertificates()
    {
        for (const auto& server : m_servers) {
            (void)server->reloadCertificates(); // logs and counts what happened
        }
    }

private:
    http::ServerLimits m_limits;
    std::set<std::string> m_proxies;
    http::Metrics& m_metrics;
    std::shared_ptr<spdlog::logger> m_log;
    std::ostream& m_out;
    std::vector<std::unique_ptr<http::Server>> m_servers;
};

} // namespace

Result<void> serve(const GatewayConfig& config, const std::set<std::string>& roles, std::ostream& out)
{
    // Blocked before the first thread starts, so that they arrive at sigwait() and nowhere else.
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    auto log = makeLogger("gateway.http", config.log);
    if (!log) return tl::unexpected(log.error());
    spdlog::set_default_logger((*log)->clone("gateway"));
    auto services = ServiceSet::make(config);
    if (!services) return tl::unexpected(services.error());
    auto& set = **services;

    http::Metrics metrics;
    http::Router router(set, set, metrics, systemNow);
    AuditQueue audit([&set](const std::vector<AuditEvent>& events) { return set.appendAudit(events); }, systemNow);
    OcspTally ocspTally(config.responder, systemNow());
    std::vector<std::unique_ptr<Repeated>> jobs;
    Listeners listeners(config.limits, config.api.proxies.addresses, metrics, *log, out);

    const auto repeat = [&jobs](std::string name, std::chrono::milliseconds interval, Repeated::Job job) {
        jobs.push_back(std::make_unique<Repeated>(std::move(name), interval, std::move(job), spdlog::default_logger()));
    };
    const auto& authorities = set.issuers().authorities();
    for (std::size_t i = 0; i < authorities.size(); ++i) {
        const auto of = " of " + authorities[i].issuer.keyLabel;
        repeat("signer" + of, kProbeInterval, [&set, i] { return set.issuers().probe(i).map([] { return false; }); });
        if (roles.contains("ocsp"))
            repeat("ocsp signer" + of, kOcspInterval, [&set, i] { return set.ocsp()[i]->renewSignerIfDue(); });
        if (roles.contains("crl"))
            repeat("crl" + of, kCrlInterval, [&set, i] { return set.crl()[i]->refreshIfNeeded(); });
    }

    if (roles.contains("crl"))
        repeat("lists of CAs", kBundleInterval, [&set, &metrics] { return watchCaLists(set, metrics); });
    if (roles.contains("api"))
        repeat("evidence bundle", kBundleInterval, [&set, &metrics] { return watchBundle(set.evidence(), metrics); });
    repeat("audit of accesses", kAccessInterval, [&audit] { return audit.flush().map([](bool) { return false; }); });
    const auto tallyOcsp = [&audit, &ocspTally]() -> Result<bool> {
        if (auto event = ocspTally.take(systemNow())) audit.push(std::move(*event));
        return false;
    };
    if (roles.contains("ocsp")) repeat("audit of OCSP", kOcspInterval, tallyOcsp);

    if (roles.contains("worker")) {
        // Not "renewed" in the log each second: what was sealed is in the metrics.
        repeat("audit seal", kSealInterval,
               [&set, &metrics] { return set.sealAudit(metrics).map([](bool) { return false; }); });
        repeat("superseded certificates", kSupersedeInterval, [&set, &config] {
            return set.revocation().supersedeDue(Caller{Caller::Kind::Gateway, config.responder, {}, {}});
        });
        repeat("audit retention", kRetentionInterval, [&set] {
            return set.retention().apply().map([](const auto& done) { return done.made + done.dropped > 0; });
        });
    }

    if (roles.contains("api"))
        if (const auto added = listeners.add(
                "api", config.api.listener,
                [&router, &proxies = config.api.proxies](const http::Request& request, http::Exchange& exchange) {
                    const auto proxied = http::takeProxiedPeer(request, proxies);
                    if (!proxied) return exchange.refuse(proxied.error());
                    return router.handle(*proxied ? **proxied : request, exchange);
                },
                config.api.tls,
                [&audit](const http::AnsweredRequest& request) {
                    // Who watches whether the gateway is there looks at nothing that is anyone's.
                    if (request.route != http::kHealthRoute) audit.push(accessEvent(request, systemNow()));
                });
            !added)
            return added;
    if (roles.contains("ocsp")) {
        set.revocations().start(
            [&metrics](std::chrono::milliseconds time) { metrics.observePropagation("ocsp", time); });
        const auto counted = [&ocspTally](OcspResponder::Answer answer) {
            if (answer) ocspTally.count(*answer);
            return answer;
        };
        if (const auto added = listeners.add(
                "ocsp", config.ocspListener,
                http::makeOcspHandler(
                    [&set, counted](ByteView request) { return counted(set.ocspResponder().answer(request)); },
                    [&set] { return set.checkOcspHealth(); }, metrics, systemNow),
                std::nullopt, {},
                http::makePlainOcspHandler(
                    [&set, counted](ByteView request) { return counted(set.ocspResponder().find(request)); }, metrics,
                    systemNow));
            !added)
            return added;
    }
    if (roles.contains("crl"))
        if (const auto added = listeners.add("crl", config.crlListener,
                                             http::makeCrlHandler(
                                                 config.crl.folder, [&set] { return set.checkCrlHealth(); }, metrics));
            !added)
            return added;
    if (const auto added = listeners.add("metrics", config.metricsListener,
                                         http::makeMetricsHandler([&set] { return set.checkHealth(); }, metrics));
        !added)
        return added;

    while (true) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) break;
        listeners.reloadCertificates();
    }
    spdlog::info("stopping");
    listeners.stop();
    jobs.clear();
    (void)tallyOcsp();
    if (const auto flushed = audit.flush(); !flushed)
        spdlog::error("the last accesses are not in the audit: {}", flushed.error().detail);
    return {};
}

} // namespace gateway
