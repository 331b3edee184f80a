#include "provisioning/precise_timer.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/timerfd.h>
#include <unistd.h>

#include <QSocketNotifier>

namespace tcu {

PreciseTimer::PreciseTimer(std::function<void()> onTime)
    : m_onTime(std::move(onTime)), m_descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
{
    if (m_descriptor < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
    m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(), [this] {
        std::uint64_t expirations = 0;
        // Nothing to read: the timer was set anew after the event loop had seen it expire.
        if (::read(m_descriptor, &expirations, sizeof expirations) != sizeof expirations) return;
        m_onTime();
    });
}

PreciseTimer::~PreciseTimer()
{
    m_notifier.reset();
    ::close(m_descriptor);
}

void PreciseTimer::start(TimePoint time)
{
    // std::chrono::steady_clock is CLOCK_MONOTONIC on Linux. A time of zero would stop the timer.
    const auto nanoseconds = std::max<std::chrono::nanoseconds>(time.time_since_epoch(), std::chrono::nanoseconds(1));
    constexpr std::int64_t kPerSecond = 1'000'000'000;
    itimerspec spec{};
    spec.it_value.tv_sec = nanoseconds.count() / kPerSecond;
    spec.it_value.tv_nsec = nanoseconds.count() % kPerSecond;
    ::timerfd_settime(m_descriptor, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void PreciseTimer::stop()
{
    const itimerspec spec{};
    ::timerfd_settime(m_descriptor, 0, &spec, nullptr);
}

} // namespace tcu
