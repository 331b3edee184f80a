#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "issuance/signer.h"
#include "vault/key_wrapper.h"

namespace gateway {

/// Signs through v2c-signer processes. A request goes to the first endpoint that answers; while none does, because a
/// supervisor is starting a worker again, it waits and asks again until its deadline. A request whose answer was lost
/// is repeated: the caller has stored the to-be-signed bytes before, so a second signature over them is harmless.
/// Thread-safe.
class SignerClient final : public Signer, public vault::KeyWrapper
{
public:
    struct Options
    {
        std::vector<std::filesystem::path> endpoints; ///< unix sockets, the preferred one first
        std::chrono::milliseconds deadline{5'000};    ///< for a request, with all its repetitions
        std::size_t maxIdleConnections = 32;          ///< kept open per endpoint
    };

    explicit SignerClient(Options options);
    ~SignerClient() override;
    SignerClient(const SignerClient&) = delete;
    SignerClient& operator=(const SignerClient&) = delete;

    /// An endpoint that does not have the key is passed over.
    /// @return HsmUnavailable "signer-unreachable", "signer-closed", "signer-timeout", "signer-protocol" (the last
    /// attempt's cause); PolicyViolation with the signer's own type: "unknown-key", "profile-not-allowed", "lint", ...
    [[nodiscard]] Result<Bytes> sign(const SignRequest& request) override;
    /// As sign(), about the data keys of the VIN vault. Repeating is harmless: a data key whose answer was lost is not
    /// stored anywhere.
    [[nodiscard]] Result<vault::FreshDataKey> makeDataKey(const std::string& wrappingKey, ByteView id) override;
    [[nodiscard]] Result<SecretBytes> openDataKey(const std::string& wrappingKey, ByteView id,
                                                  ByteView wrapped) override;
    [[nodiscard]] Result<Bytes> rewrapDataKey(const std::string& from, const std::string& to, ByteView id,
                                              ByteView wrapped) override;
    /// At least one endpoint answers.
    [[nodiscard]] Result<void> checkHealth() override;
    /// The public keys (SubjectPublicKeyInfo) of the first endpoint that answers, by label.
    [[nodiscard]] Result<std::map<std::string, Bytes>> keys();

private:
    class Endpoint;
    template <typename MakeRequest>
    auto askAny(MakeRequest makeRequest);

    Options m_options;
    std::vector<std::unique_ptr<Endpoint>> m_endpoints;
};

} // namespace gateway
