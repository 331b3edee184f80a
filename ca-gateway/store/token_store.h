#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contract/secret_bytes.h"
#include "store/connection.h"

namespace gateway::store {

struct ApiToken
{
    std::string name;
    std::vector<std::string> scopes; ///< "create", "list", "revoke", ...
    Time createdAt{};
    std::optional<Time> expiresAt = std::nullopt;
    std::optional<Time> revokedAt = std::nullopt;
};

/// Bearer tokens of people and scripts. A token holds 256 random bits, so its SHA-256 needs no salt.
class TokenStore final
{
public:
    explicit TokenStore(Database& database) : m_database(database) {}

    /// Makes a token and stores its hash; needs a connection as owner, since the gateway's role may only read tokens.
    /// @param name    1 to 100 characters from a-z A-Z 0-9 . _ -
    /// @param scopes  at least one, each from a-z _ : -
    /// @param expiresAt  from then on it is as if unknown; nothing for a token without end
    /// @return the token, "v2c_" and 64 hex digits, which cannot be had again; Conflict "token-exists"; InvalidRequest
    /// "token-name", "token-scopes", "token-expiry" (not in the future)
    [[nodiscard]] Result<SecretBytes> create(const std::string& name, const std::vector<std::string>& scopes,
                                             std::optional<Time> expiresAt, const Caller& caller, Time now);

    /// @return nothing for an unknown, expired or revoked token
    [[nodiscard]] Result<std::optional<ApiToken>> authenticate(const SecretBytes& token, Time now);

    /// All there ever were, by name.
    [[nodiscard]] Result<std::vector<ApiToken>> list();

    /// @return NotFound "token-unknown"; revoking twice is no error
    [[nodiscard]] Result<void> revoke(const std::string& name, const Caller& caller, Time now);

private:
    Database& m_database;
};

} // namespace gateway::store
