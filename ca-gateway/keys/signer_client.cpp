#include "keys/signer_client.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

#include "signer/connection.h"

namespace gateway {

namespace {

using signer::Connection;
using signer::Refusal;
using signer::Request;
using signer::Response;
using signer::SteadyTime;
using std::chrono::steady_clock;

/// Between two rounds over all endpoints; a supervised worker is back after some 150 ms.
constexpr std::chrono::milliseconds kRoundPause{20};
/// An endpoint that let a request wait in vain is asked last for this long.
constexpr std::chrono::seconds kSuspicionTime{5};

} // namespace

/// One socket and the connections to it that nobody uses at the moment.
class SignerClient::Endpoint
{
public:
    Endpoint(std::filesystem::path socket, std::size_t maxIdle) : m_socket(std::move(socket)), m_maxIdle(maxIdle) {}

    Result<Response> ask(Request request, SteadyTime deadline)
    {
        auto connection = take();
        if (!connection) return tl::unexpected(connection.error());
        auto response = connection->ask(std::move(request), deadline);
        if (response)
            giveBack(std::move(*connection));
        else if (response.error().type == "signer-timeout")
            suspect();
        return response;
    }

    [[nodiscard]] bool isSuspect()
    {
        const std::lock_guard lock(m_mutex);
        return steady_clock::now() < m_suspectUntil;
    }

private:
    Result<Connection> take()
    {
        for (;;) {
            std::optional<Connection> connection;
            {
                const std::lock_guard lock(m_mutex);
                if (m_idle.empty()) break;
                connection.emplace(std::move(m_idle.back()));
                m_idle.pop_back();
            }
            if (!connection->isStale()) return std::move(*connection);
        }
        return Connection::open(m_socket);
    }

    void giveBack(Connection connection)
    {
        const std::lock_guard lock(m_mutex);
        m_suspectUntil = {};
        if (m_idle.size() < m_maxIdle) m_idle.push_back(std::move(connection));
    }

    void suspect()
    {
        const std::lock_guard lock(m_mutex);
        m_suspectUntil = steady_clock::now() + kSuspicionTime;
    }

    std::filesystem::path m_socket;
    std::size_t m_maxIdle;
    std::mutex m_mutex;
    std::vector<Connection> m_idle; ///< guarded by m_mutex
    SteadyTime m_suspectUntil{};    ///< guarded by m_mutex
};

SignerClient::SignerClient(Options options) : m_options(std::move(options))
{
    for (const auto& socket : m_options.endpoints)
        m_endpoints.push_back(std::make_unique<Endpoint>(socket, m_options.maxIdleConnections));
}

SignerClient::~SignerClient() = default;

/// Asks the endpoints in order, again and again until the deadline, for an answer that is not a refusal for a missing
/// key.
template <typename MakeRequest>
auto SignerClient::askAny(MakeRequest makeRequest)
{
    const auto deadline = steady_clock::now() + m_options.deadline;
    Result<Response> last = fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer is configured");
    while (!m_endpoints.empty()) {
        auto order = std::vector<Endpoint*>();
        for (const auto& endpoint : m_endpoints)
            order.push_back(endpoint.get());
        std::stable_partition(order.begin(), order.end(), [](Endpoint* endpoint) { return !endpoint->isSuspect(); });

        std::size_t withoutKey = 0;
        for (std::size_t i = 0; i < order.size(); ++i) {
            // One that hangs must leave time for those after it.
            const auto now = steady_clock::now();
            const auto share = (deadline - now) / static_cast<int>(order.size() - i);
            auto response = order[i]->ask(makeRequest(), now + share);
            if (!response && response.error().code == ErrorCode::InvalidRequest) return response;
            const auto* refusal = response ? std::get_if<Refusal>(&*response) : nullptr;
            if (response && (!refusal || refusal->type != "unknown-key")) return response;
            if (refusal) ++withoutKey;
            last = std::move(response);
        }
        if (withoutKey == order.size() || steady_clock::now() + kRoundPause >= deadline) break;
        std::this_thread::sleep_for(kRoundPause);
    }
    return last;
}

namespace {

signer::SignCommand::Kind kindOf(SignRequest::Kind kind)
{
    switch (kind) {
    case SignRequest::Kind::Certificate:
        return signer::SignCommand::Kind::Certificate;
    case SignRequest::Kind::Crl:
        return signer::SignCommand::Kind::Crl;
    case SignRequest::Kind::AuditHead:
        break;
    }
    return signer::SignCommand::Kind::AuditHead;
}

} // namespace

Result<Bytes> SignerClient::sign(const SignRequest& request)
{
    const auto kind = kindOf(request.kind);
    auto response = askAny([&]() -> Request {
        return signer::SignCommand{kind,           request.keyLabel,          request.profile,
                                   request.tbsDer, request.sealed != nullptr, request.sealed};
    });
    if (!response) return tl::unexpected(response.error());
    if (auto* signature = std::get_if<signer::Signature>(&*response)) return std::move(signature->value);
    if (const auto* refusal = std::get_if<Refusal>(&*response))
        return fail(ErrorCode::PolicyViolation, refusal->type, refusal->detail);
    return fail(ErrorCode::HsmUnavailable, "signer-protocol", "expected a signature");
}

namespace {

/// @param plainBytes   expected length of the plain key
/// @param withWrapped  whether a wrapped key is expected
Result<signer::VaultKeyAnswer> takeVaultAnswer(Result<Response> response, std::size_t plainBytes, bool withWrapped)
{
    if (!response) return tl::unexpected(response.error());
    if (const auto* refusal = std::get_if<Refusal>(&*response))
        return fail(ErrorCode::PolicyViolation, refusal->type, refusal->detail);
    auto* answer = std::get_if<signer::VaultKeyAnswer>(&*response);
    if (answer == nullptr || answer->plain.size() != plainBytes || answer->wrapped.empty() == withWrapped)
        return fail(ErrorCode::HsmUnavailable, "signer-protocol", "expected a data key");
    return std::move(*answer);
}

signer::VaultCommand vaultCommand(signer::VaultCommand::Kind kind, const std::string& key, ByteView id,
                                  ByteView wrapped = {}, const std::string& from = {})
{
    return {kind, key, Bytes(id.begin(), id.end()), Bytes(wrapped.begin(), wrapped.end()), from};
}

} // namespace

Result<vault::FreshDataKey> SignerClient::makeDataKey(const std::string& wrappingKey, ByteView id)
{
    auto answer = takeVaultAnswer(
        askAny([&]() -> Request { return vaultCommand(signer::VaultCommand::Kind::Make, wrappingKey, id); }),
        vault::kDataKeyBytes, true);
    if (!answer) return tl::unexpected(answer.error());
    return vault::FreshDataKey{std::move(answer->plain), std::move(answer->wrapped)};
}

Result<SecretBytes> SignerClient::openDataKey(const std::string& wrappingKey, ByteView id, ByteView wrapped)
{
    auto answer = takeVaultAnswer(
        askAny([&]() -> Request { return vaultCommand(signer::VaultCommand::Kind::Open, wrappingKey, id, wrapped); }),
        vault::kDataKeyBytes, false);
    if (!answer) return tl::unexpected(answer.error());
    return std::move(answer->plain);
}

Result<Bytes> SignerClient::rewrapDataKey(const std::string& from, const std::string& to, ByteView id, ByteView wrapped)
{
    auto answer = takeVaultAnswer(
        askAny([&]() -> Request { return vaultCommand(signer::VaultCommand::Kind::Rewrap, to, id, wrapped, from); }), 0,
        true);
    if (!answer) return tl::unexpected(answer.error());
    return std::move(answer->wrapped);
}

Result<void> SignerClient::checkHealth()
{
    const auto response = askAny([]() -> Request { return signer::HealthRequest{}; });
    if (!response) return tl::unexpected(response.error());
    if (std::holds_alternative<signer::Done>(*response)) return {};
    return fail(ErrorCode::HsmUnavailable, "signer-protocol", "expected a sign of life");
}

Result<std::map<std::string, Bytes>> SignerClient::keys()
{
    auto response = askAny([]() -> Request { return signer::KeysRequest{}; });
    if (!response) return tl::unexpected(response.error());
    auto* list = std::get_if<signer::KeyList>(&*response);
    if (!list) return fail(ErrorCode::HsmUnavailable, "signer-protocol", "expected a list of keys");
    std::map<std::string, Bytes> keys;
    for (auto& key : list->keys)
        keys.emplace(std::move(key.label), std::move(key.publicKeyDer));
    return keys;
}

} // namespace gateway
