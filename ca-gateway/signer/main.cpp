#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signer/ceremony_service.h"
#include "signer/signer_server.h"
#include "signer/signer_service.h"
#include "signer/supervisor.h"

namespace {

using namespace gateway::signer;

/// Leaves at once: a module in an unknown state is not asked to clean up after itself.
[[noreturn]] void leave(ExitCode code, const std::string& detail = {})
{
    if (!detail.empty()) spdlog::error("{}", detail);
    spdlog::shutdown();
    ::_exit(static_cast<int>(code));
}

/// A descriptor that becomes readable when somebody asks this process to stop.
int makeStopDescriptor()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

ExitCode runOnline(const std::string& file)
{
    const auto config = loadSignerConfig(file);
    if (!config) leave(ExitCode::Configuration, file + ": " + config.error().detail);
    const FileDescriptor stop(makeStopDescriptor());
    auto service = SignerService::open(*config);
    if (!service) leave(service.error().code, service.error().detail);

    {
        SignerServer server(
            {config->socket, config->socketMode, config->allowedUids, config->threads, config->hsmTimeout}, **service,
            [](const HsmFailure& failure) { leave(failure.code, failure.detail); });
        if (const auto listening = server.listen(); !listening)
            leave(ExitCode::SocketFailure, listening.error().detail);
        std::puts("ready");
        std::fflush(stdout);
        spdlog::info("listening on {}, {} keys, {} threads", config->socket.string(), config->keys.size(),
                     config->threads);
        server.run(stop.get());
    }
    return ExitCode::Stopped;
}

ExitCode runCeremony(const std::string& file)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.uid != ::geteuid())
        leave(ExitCode::Usage, "--ceremony is started by a ceremony, with a socket as its standard input");
    const auto config = loadCeremonyConfig(file);
    if (!config) leave(ExitCode::Configuration, file + ": " + config.error().detail);
    auto service = CeremonyService::open(*config);
    if (!service) leave(service.error().code, service.error().detail);
    if (const auto served = serveCeremony(*service, STDIN_FILENO); !served)
        leave(served.error().code, served.error().detail);
    return ExitCode::Stopped;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app{"Signs certificates and CRLs with the keys of one HSM token"};
    std::string config;
    bool supervised = false;
    bool ceremony = false;
    app.add_option("--config", config, "configuration file")->required();
    auto* superviseFlag = app.add_flag("--supervise", supervised, "start a worker, and again whenever it ends");
    app.add_flag("--ceremony", ceremony, "serve a key ceremony on standard input")->excludes(superviseFlag);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int status = app.exit(error);
        return status == 0 ? 0 : static_cast<int>(ExitCode::Usage);
    }
    ::signal(SIGPIPE, SIG_IGN);
    spdlog::set_default_logger(spdlog::stderr_color_mt("gateway.signer"));

    if (supervised) return static_cast<int>(supervise({"--config", config}));
    leave(ceremony ? runCeremony(config) : runOnline(config));
}
