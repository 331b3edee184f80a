#include "provisioning/provisioning_server.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <QMetaObject>
#include <QObject>
#include <spdlog/spdlog.h>

#include "can/qt_can_port.h"
#include "provisioning/isotp_link.h"
#include "provisioning/precise_timer.h"
#include "provisioning/unit_jobs.h"
#include "uds/server.h"

namespace tcu {

namespace {

constexpr std::uint32_t kMaxStandardId = 0x7FF;

/// Runs the unit's jobs, one at a time, on a thread of its own.
class Worker final
{
public:
    /// @param onDone called on the worker's thread
    Worker(Unit& unit, std::function<void(JobResult)> onDone)
        : m_unit(unit), m_onDone(std::move(onDone)), m_thread([this] { work(); })
    {
    }

    ~Worker()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isStopping = true;
        }
        m_wake.notify_one();
        m_thread.join();
    }

    void run(Job job)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_job = std::move(job);
        }
        m_wake.notify_one();
    }

private:
    void work()
    {
        std::unique_lock lock(m_mutex);
        while (true) {
            m_wake.wait(lock, [this] { return m_isStopping || m_job; });
            if (m_isStopping) return;
            const Job job = std::move(*m_job);
            m_job.reset();
            lock.unlock();
            m_onDone(runJob(m_unit, job));
            lock.lock();
        }
    }

    Unit& m_unit;
    std::function<void(JobResult)> m_onDone;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::optional<Job> m_job;
    bool m_isStopping = false;
    std::thread m_thread;
};

UdsServerSettings coreSettings(const ServerSettings& settings)
{
    UdsServerSettings core;
    core.p2Server = settings.p2Server;
    core.p2StarServer = settings.p2StarServer;
    core.s3 = settings.s3;
    return core;
}

IsoTpLinkSettings linkSettings(const ServerSettings& settings, std::size_t maxRequestBytes)
{
    IsoTpLinkSettings link;
    link.sendId = settings.responseId;
    link.receiveId = settings.requestId;
    link.receiver.maxMessageBytes = maxRequestBytes;
    return link;
}

} // namespace

class ProvisioningServer::Impl final : public IsoTpLink::User
{
public:
    Impl(ServerSettings settings, Unit& unit)
        : m_settings(std::move(settings)),
          m_unit(unit),
          m_core(coreSettings(m_settings)),
          m_timer([this] { perform(m_core.onTime(now())); })
    {
    }

    ~Impl() override
    {
        // The worker posts to m_context until it has ended.
        m_worker.reset();
        m_link.reset();
    }

    LinkResult<void> start()
    {
        auto name = CanDeviceName::parse(m_settings.bus);
        if (!name) {
            return tl::unexpected(
                LinkError{LinkFault::BusUnavailable, std::nullopt, m_settings.bus + ": " + name.error()});
        }
        if (m_settings.requestId > kMaxStandardId || m_settings.responseId > kMaxStandardId) {
            return tl::unexpected(LinkError{LinkFault::BusUnavailable, std::nullopt, "CAN ids have 11 bits"});
        }
        m_worker.emplace(m_unit, [this](JobResult result) {
            QMetaObject::invokeMethod(
                &m_context, [this, result = std::move(result)] { perform(m_core.onJobDone(result, now())); },
                Qt::QueuedConnection);
        });
        m_port.emplace(*name, QtCanPort::Reopen::WithBackOff);
        m_link.emplace(*m_port, linkSettings(m_settings, UdsServerSettings{}.maxBlockLength), *this);
        m_port->open();
        return {};
    }

    [[nodiscard]] bool isOnBus() const { return m_port && m_port->isOpen(); }

private:
    static UdsServer::TimePoint now() { return std::chrono::steady_clock::now(); }

    void perform(UdsServer::Actions actions)
    {
        for (auto& action : actions) {
            if (auto* const respond = std::get_if<UdsServer::Respond>(&action)) {
                m_link->send(std::move(respond->message));
            } else if (auto* const run = std::get_if<UdsServer::Run>(&action)) {
                m_worker->run(std::move(run->job));
            } else if (const auto* const wait = std::get_if<UdsServer::WaitUntil>(&action)) {
                m_timer.start(wait->time);
            }
        }
    }

    void onLinkOpened() override
    {
        spdlog::info("unit: on the bus");
        m_saidOffBus = false;
    }
    void onLinkLost(const std::string& why) override
    {
        // Once, not at every attempt to open it again.
        if (!std::exchange(m_saidOffBus, true)) spdlog::warn("unit: off the bus: {}", why);
        perform(m_core.onResponseEnded(now()));
    }
    void onMessageSent() override { perform(m_core.onResponseEnded(now())); }
    void onSendFailed(const LinkError& error) override
    {
        spdlog::warn("unit: an answer was not sent: {}", error.detail);
        perform(m_core.onResponseEnded(now()));
    }
    void onMessageBegun(ByteView) override { m_core.onRequestBegun(); }
    void onMessage(ByteView message) override { perform(m_core.onRequest(message, now())); }
    void onReceiveFailed(const LinkError&) override { perform(m_core.onRequestFailed(now())); }

    ServerSettings m_settings;
    Unit& m_unit;
    UdsServer m_core;
    PreciseTimer m_timer;
    QObject m_context;
    std::optional<QtCanPort> m_port;
    std::optional<IsoTpLink> m_link;
    std::optional<Worker> m_worker;
    bool m_saidOffBus = false;
};

ProvisioningServer::ProvisioningServer(ServerSettings settings, Unit& unit)
    : m_impl(std::make_unique<Impl>(std::move(settings), unit))
{
}

ProvisioningServer::~ProvisioningServer() = default;

LinkResult<void> ProvisioningServer::start()
{
    return m_impl->start();
}

bool ProvisioningServer::isOnBus() const
{
    return m_impl->isOnBus();
}

} // namespace tcu
