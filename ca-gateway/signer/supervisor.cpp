#include "signer/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>

#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gateway::signer {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10'000};
constexpr milliseconds kGoodLife{10'000};
constexpr milliseconds kStopTime{5'000};

sigset_t watchedSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    return signals;
}

pid_t startWorker(const std::vector<std::string>& arguments, const sigset_t& signals)
{
    // Prepared before the fork, so that the child allocates nothing.
    std::vector<char*> argv;
    std::string name = "v2c-signer";
    argv.push_back(name.data());
    auto copies = arguments;
    for (auto& argument : copies)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(static_cast<int>(ExitCode::Stopped)); // the parent died before prctl
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(static_cast<int>(ExitCode::Configuration));
}

bool isStopSignal(int signal)
{
    return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

/// Waits for one of the watched signals. @return nothing at the deadline
std::optional<int> waitForSignal(const sigset_t& signals, steady_clock::time_point deadline)
{
    for (;;) {
        const auto left = std::max(std::chrono::ceil<milliseconds>(deadline - steady_clock::now()), milliseconds(0));
        const timespec timeout{left.count() / 1000, (left.count() % 1000) * 1'000'000};
        const int signal = ::sigtimedwait(&signals, nullptr, &timeout);
        if (signal > 0) return signal;
        if (errno == EAGAIN) return std::nullopt;
    }
}

/// Waits until the worker has ended or a stop is asked for. @return the wait status, or nothing for a stop
std::optional<int> waitForWorker(pid_t worker, const sigset_t& signals)
{
    for (;;) {
        int status = 0;
        if (::waitpid(worker, &status, WNOHANG) == worker) return status;
        const auto signal = waitForSignal(signals, steady_clock::now() + std::chrono::hours(1));
        if (signal && isStopSignal(*signal)) return std::nullopt;
    }
}

void tellEnd(int status)
{
    if (WIFEXITED(status))
        spdlog::warn("worker ended with status {}", WEXITSTATUS(status));
    else
        spdlog::warn("worker ended by signal {}", WTERMSIG(status));
}

void stopWorker(pid_t worker, const sigset_t& signals)
{
    ::kill(worker, SIGTERM);
    const auto deadline = steady_clock::now() + kStopTime;
    int status = 0;
    while (::waitpid(worker, &status, WNOHANG) == 0) {
        if (waitForSignal(signals, deadline)) continue;
        ::kill(worker, SIGKILL);
        ::waitpid(worker, &status, 0);
        break;
    }
    if (status != 0) tellEnd(status);
}

/// @return true when a stop is asked for during the pause
bool pause(milliseconds time, const sigset_t& signals)
{
    const auto end = steady_clock::now() + time;
    while (const auto signal = waitForSignal(signals, end))
        if (isStopSignal(*signal)) return true;
    return false;
}

} // namespace

ExitCode supervise(const std::vector<std::string>& workerArguments)
{
    const auto signals = watchedSignals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    auto nextPause = kFirstPause;
    for (;;) {
        const auto started = steady_clock::now();
        const auto worker = startWorker(workerArguments, signals);
        if (worker < 0) {
            spdlog::error("cannot start a worker");
            return ExitCode::ModuleFailure;
        }
        const auto status = waitForWorker(worker, signals);
        if (!status) {
            stopWorker(worker, signals);
            return ExitCode::Stopped;
        }
        tellEnd(*status);
        if (WIFEXITED(*status)) {
            const auto code = static_cast<ExitCode>(WEXITSTATUS(*status));
            if (code == ExitCode::Stopped || isPermanent(code)) return code;
        }
        if (steady_clock::now() - started >= kGoodLife) nextPause = kFirstPause;
        if (pause(nextPause, signals)) return ExitCode::Stopped;
        nextPause = std::min(2 * nextPause, kLongestPause);
    }
}

} // namespace gateway::signer
