#include "support/signer_daemon.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gateway::test {

SignerDaemon::SignerDaemon(const std::filesystem::path& config, Mode mode, Wait wait)
    : m_mode(mode), m_logFile(config.parent_path() / "signer.log")
{
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::abort();
    const int log = ::open(m_logFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    std::string program = std::string(V2C_BIN_DIR) + "/v2c-signer";
    auto configText = config.string();
    std::string configOption = "--config";
    std::string supervise = "--supervise";
    std::vector<char*> argv = {program.data(), configOption.data(), configText.data()};
    if (mode == Mode::Supervised) argv.push_back(supervise.data());
    argv.push_back(nullptr);
    m_process = ::fork();
    if (m_process == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(pipe[1], STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        ::execv(program.c_str(), argv.data());
        ::_exit(127);
    }
    ::close(pipe[1]);
    ::close(log);
    m_output = pipe[0];
    if (wait == Wait::No) return;
    std::string said;
    std::array<char, 64> buffer{};
    while (said.find("ready\n") == std::string::npos) {
        const auto count = ::read(m_output, buffer.data(), buffer.size());
        if (count <= 0) return; // it ended
        said.append(buffer.data(), static_cast<std::size_t>(count));
    }
    m_ready = true;
}

SignerDaemon::~SignerDaemon()
{
    if (m_process > 0) {
        ::kill(m_process, SIGKILL);
        ::waitpid(m_process, nullptr, 0);
    }
    ::close(m_output);
}

std::optional<pid_t> SignerDaemon::worker() const
{
    const auto task = "/proc/" + std::to_string(m_process) + "/task/" + std::to_string(m_process) + "/children";
    pid_t child = 0;
    if (std::ifstream(task) >> child) return child;
    return std::nullopt;
}

bool SignerDaemon::signalWorker(int signal) const
{
    const auto target = m_mode == Mode::Supervised ? worker() : std::optional(m_process);
    return target && ::kill(*target, signal) == 0;
}

std::optional<int> SignerDaemon::waitForExit(std::chrono::milliseconds time)
{
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, m_process, 0));
    pollfd poller{descriptor, POLLIN, 0};
    const bool ended = ::poll(&poller, 1, static_cast<int>(time.count())) == 1;
    ::close(descriptor);
    if (!ended) return std::nullopt;
    int status = 0;
    ::waitpid(m_process, &status, 0);
    m_process = -1;
    if (!WIFEXITED(status)) return std::nullopt;
    return WEXITSTATUS(status);
}

std::optional<int> SignerDaemon::stop()
{
    ::kill(m_process, SIGTERM);
    return waitForExit(std::chrono::seconds(10));
}

std::string SignerDaemon::log() const
{
    std::ifstream stream(m_logFile);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace gateway::test
