#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace gateway::http {

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

} // namespace gateway::http
