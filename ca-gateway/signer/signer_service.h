#pragma once

#include <map>
#include <memory>
#include <optional>

#include "pki/certificate.h"
#include "signer/request_handler.h"
#include "signer/signer_config.h"
#include "signer/vault_key.h"

namespace gateway::signer {

/// What the online signer does: lists its keys and signs with them what fits the profiles bound to each. Thread-safe.
class SignerService final : public RequestHandler
{
public:
    /// Reads profiles and certificates, then loads the module, logs in and finds the keys.
    [[nodiscard]] static HsmResult<std::unique_ptr<SignerService>> open(const SignerConfig& config);

    /// Refusals: "unknown-key", "profile-not-allowed", "crl-not-allowed", "audit-head-not-allowed", "audit-head",
    /// "lint" and the other types of pki's lint, "unknown-operation" for what belongs to a ceremony; for the vault
    /// "vault-operation-not-allowed", "vault-context" (not 16 bytes) and "vault-key-damaged" (not wrapped by this key
    /// for this context).
    [[nodiscard]] HsmResult<Response> handle(const Request& request) override;

private:
    struct BoundKey
    {
        HsmKey key;
        pki::Certificate certificate;
        std::map<std::string, pki::Profile> profiles;
        bool crl;
        bool auditHeads;
    };

    struct BoundVaultKey
    {
        HsmVaultKey key;
        std::set<std::string> operations;
    };

    SignerService() = default;
    [[nodiscard]] Response keyList() const;
    [[nodiscard]] HsmResult<Response> sign(const SignCommand& command) const;
    [[nodiscard]] HsmResult<Response> useVault(const VaultCommand& command) const;

    // The order matters: keys go before their token, the token before the module.
    std::optional<HsmModule> m_module;
    std::optional<HsmToken> m_token;
    std::map<std::string, BoundKey> m_keys;
    std::map<std::string, BoundVaultKey> m_vaultKeys;
};

} // namespace gateway::signer
