#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "audit/audit_head.h"
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
    /// "audit-head-shrinks" and "audit-head-forks" (against the largest head of that key and origin since the start),
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
    [[nodiscard]] HsmResult<Response> sign(const SignCommand& command);
    [[nodiscard]] Result<void> takeHead(const std::string& keyLabel, audit::AuditHead head);
    [[nodiscard]] HsmResult<Response> useVault(const VaultCommand& command) const;

    // The order matters: keys go before their token, the token before the module.
    std::optional<HsmModule> m_module;
    std::optional<HsmToken> m_token;
    std::map<std::string, BoundKey> m_keys;
    std::map<std::string, BoundVaultKey> m_vaultKeys;

    std::mutex m_headsMutex;
    std::map<std::pair<std::string, std::string>, audit::AuditHead> m_heads; ///< by key and origin: the largest
};

} // namespace gateway::signer
