#pragma once

#include <chrono>
#include <functional>
#include <memory>

class QSocketNotifier;

namespace tcu {

/// One shot at a steady time, in the event loop of the thread that made it. Qt's timers count whole milliseconds; the
/// separation times F1 to F9 of ISO 15765-2 are hundreds of microseconds.
class PreciseTimer final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit PreciseTimer(std::function<void()> onTime);
    ~PreciseTimer();
    PreciseTimer(const PreciseTimer&) = delete;
    PreciseTimer& operator=(const PreciseTimer&) = delete;

    /// Replaces an earlier time; one that has passed fires at the next turn of the event loop.
    void start(TimePoint time);
    void stop();

private:
    std::function<void()> m_onTime;
    int m_descriptor;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace tcu
