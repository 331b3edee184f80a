#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gateway::test {

/// A running v2c-signer. Killed at the end, with its worker.
class SignerDaemon final
{
public:
    enum class Mode { Worker, Supervised };

    enum class Wait { Yes, No };

    /// Starts it and, unless told otherwise, waits until it says "ready" or ends.
    explicit SignerDaemon(const std::filesystem::path& config, Mode mode = Mode::Worker, Wait wait = Wait::Yes);
    ~SignerDaemon();
    SignerDaemon(const SignerDaemon&) = delete;
    SignerDaemon& operator=(const SignerDaemon&) = delete;

    [[nodiscard]] bool isReady() const { return m_ready; }
    [[nodiscard]] pid_t process() const { return m_process; }
    /// The supervised worker at the moment; nothing while it is being started.
    [[nodiscard]] std::optional<pid_t> worker() const;
    /// Sends a signal to the supervised worker, or to the process itself without a supervisor.
    [[nodiscard]] bool signalWorker(int signal) const;
    /// Waits for its end. @return the exit status; nothing when it still runs after the time or was killed by a signal
    [[nodiscard]] std::optional<int> waitForExit(std::chrono::milliseconds time);
    /// Asks it to stop and waits. @return as waitForExit()
    [[nodiscard]] std::optional<int> stop();
    /// What it has written to standard error so far.
    [[nodiscard]] std::string log() const;

private:
    Mode m_mode;
    std::filesystem::path m_logFile;
    pid_t m_process = -1;
    bool m_ready = false;
    int m_output = -1;
};

} // namespace gateway::test
