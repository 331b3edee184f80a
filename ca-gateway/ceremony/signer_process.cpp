#include "ceremony/signer_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gateway::ceremony {

namespace {

// An RSA 4096 key takes SoftHSM a few seconds, a slow module minutes.
constexpr std::chrono::minutes kRequestTime{5};

SecretBytes copy(const SecretBytes& secret)
{
    return SecretBytes(secret.revealText());
}

tl::unexpected<Error> unexpectedAnswer()
{
    return fail(ErrorCode::HsmUnavailable, "signer-protocol", "the signer gave an answer of another kind");
}

Result<Bytes> publicKeyIn(Result<signer::Response> response)
{
    if (!response) return tl::unexpected(response.error());
    auto* list = std::get_if<signer::KeyList>(&*response);
    if (!list || list->keys.size() != 1) return unexpectedAnswer();
    return std::move(list->keys.front().publicKeyDer);
}

Result<Bytes> signatureIn(Result<signer::Response> response)
{
    if (!response) return tl::unexpected(response.error());
    auto* signature = std::get_if<signer::Signature>(&*response);
    if (!signature) return unexpectedAnswer();
    return std::move(signature->value);
}

} // namespace

Result<SignerProcess> SignerProcess::start(const std::filesystem::path& program, const std::filesystem::path& config)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ErrorCode::Internal, "signer-start", std::strerror(errno));
    signer::FileDescriptor own(ends[0]);
    signer::FileDescriptor other(ends[1]);

    // Prepared before the fork, so that the child allocates nothing.
    auto programText = program.string();
    auto configText = config.string();
    std::string ceremony = "--ceremony";
    std::string configOption = "--config";
    const std::array<char*, 5> argv = {programText.data(), ceremony.data(), configOption.data(), configText.data(),
                                       nullptr};
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return fail(ErrorCode::Internal, "signer-start", std::strerror(errno));
    if (child == 0) {
        // A ceremony that is killed takes its signer along: nothing goes on that the next one does not know of.
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(127);
        ::dup2(other.get(), STDIN_FILENO);
        ::execv(programText.c_str(), argv.data());
        constexpr std::string_view kMessage = "cannot start v2c-signer\n";
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
        ::_exit(127);
    }
    other.reset(); // only the child keeps it, so that its end is seen here
    SignerProcess process(child, signer::Connection::adopt(std::move(own)));
    auto alive = process.ask(signer::HealthRequest{});
    if (!alive)
        return fail(ErrorCode::HsmUnavailable, "signer-start",
                    program.string() + " does not answer: " + alive.error().detail);
    return process;
}

SignerProcess::SignerProcess(SignerProcess&& other) noexcept
    : m_process(std::exchange(other.m_process, -1)), m_connection(std::move(other.m_connection))
{
}

SignerProcess::~SignerProcess()
{
    if (m_process <= 0) return;
    { // Closing the connection tells it to end.
        const auto closing = std::move(m_connection);
    }
    while (::waitpid(m_process, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<signer::Response> SignerProcess::ask(signer::Request request)
{
    auto response = m_connection.ask(std::move(request), std::chrono::steady_clock::now() + kRequestTime);
    if (!response) return response;
    if (const auto* refusal = std::get_if<signer::Refusal>(&*response))
        return fail(refusal->type == "hsm-failure" ? ErrorCode::HsmUnavailable : ErrorCode::PolicyViolation,
                    refusal->type, refusal->detail);
    return response;
}

Result<std::vector<std::string>> SignerProcess::tokens()
{
    auto response = ask(signer::ListTokensCommand{});
    if (!response) return tl::unexpected(response.error());
    auto* list = std::get_if<signer::TokenList>(&*response);
    if (!list) return unexpectedAnswer();
    return std::move(list->labels);
}

Result<void> SignerProcess::initToken(const std::string& label, const SecretBytes& officerPin,
                                      const SecretBytes& userPin)
{
    const auto response = ask(signer::InitTokenCommand{label, copy(officerPin), copy(userPin)});
    if (!response) return tl::unexpected(response.error());
    return {};
}

Result<Bytes> SignerProcess::generateKey(const std::string& token, const SecretBytes& userPin,
                                         const std::string& keyLabel, const std::string& algorithm)
{
    return publicKeyIn(ask(signer::GenerateKeyCommand{token, copy(userPin), keyLabel, algorithm, SecretBytes()}));
}

Result<SignerProcess::BackedUpKey>
SignerProcess::generateBackedUpKey(const std::string& token, const SecretBytes& userPin, const std::string& keyLabel,
                                   const std::string& algorithm, const SecretBytes& wrappingKey)
{
    auto response = ask(signer::GenerateKeyCommand{token, copy(userPin), keyLabel, algorithm, copy(wrappingKey)});
    if (!response) return tl::unexpected(response.error());
    auto* made = std::get_if<signer::BackedUpKey>(&*response);
    if (!made) return unexpectedAnswer();
    return BackedUpKey{std::move(made->publicKeyDer), std::move(made->wrapped)};
}

Result<void> SignerProcess::restoreKey(const std::string& token, const SecretBytes& userPin,
                                       const std::string& keyLabel, const BackedUpKey& backup,
                                       const SecretBytes& wrappingKey)
{
    const auto restored = ask(signer::RestoreKeyCommand{token, copy(userPin), keyLabel, backup.publicKeyDer,
                                                        copy(wrappingKey), backup.wrapped});
    if (!restored) return tl::unexpected(restored.error());
    return {};
}

Result<Bytes> SignerProcess::findKey(const std::string& token, const SecretBytes& userPin, const std::string& keyLabel)
{
    return publicKeyIn(ask(signer::FindKeyCommand{token, copy(userPin), keyLabel}));
}

Result<Bytes> SignerProcess::signTranscript(const std::string& token, const SecretBytes& userPin,
                                            const std::string& keyLabel, std::string_view text)
{
    return signatureIn(
        ask(signer::SignTranscriptCommand{token, copy(userPin), keyLabel, Bytes(text.begin(), text.end())}));
}

Result<void> SignerProcess::generateSecretKey(const std::string& token, const SecretBytes& userPin,
                                              const std::string& keyLabel)
{
    const auto response = ask(signer::GenerateSecretKeyCommand{token, copy(userPin), keyLabel});
    if (!response) return tl::unexpected(response.error());
    return {};
}

Result<Bytes> SignerProcess::sign(const SignOrder& order)
{
    signer::CeremonySignCommand command{order.token,
                                        copy(order.userPin),
                                        order.keyLabel,
                                        order.profile.name,
                                        Bytes(order.tbsDer.begin(), order.tbsDer.end()),
                                        order.issuerDer,
                                        {},
                                        {},
                                        order.profile.crlUrls};
    if (order.profile.nameConstraints) {
        command.permittedDns = order.profile.nameConstraints->permittedDns;
        command.permittedIp = order.profile.nameConstraints->permittedIp;
    }
    return signatureIn(ask(std::move(command)));
}

Result<Bytes> SignerProcess::signCrl(const std::string& token, const SecretBytes& userPin, const std::string& keyLabel,
                                     ByteView tbsDer, const Bytes& issuerDer)
{
    return signatureIn(ask(signer::CeremonySignCrlCommand{token, copy(userPin), keyLabel,
                                                          Bytes(tbsDer.begin(), tbsDer.end()), issuerDer}));
}

} // namespace gateway::ceremony
