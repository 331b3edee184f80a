#include "store/token_store.h"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "store/rows.h"

namespace gateway::store {
namespace {

constexpr std::string_view kPrefix = "v2c_";
constexpr std::size_t kTokenOctets = 32;

Bytes sha256Of(ByteView bytes)
{
    Bytes digest(SHA256_DIGEST_LENGTH);
    SHA256(bytes.data(), bytes.size(), digest.data());
    return digest;
}

bool consistsOf(std::string_view text, std::string_view alphabet)
{
    return text.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ",") + word;
    return text;
}

#define V2C_TOKEN_COLUMNS                                                                                              \
    "name, array_to_string(scopes, ','), extract(epoch FROM created_at)::bigint, "                                     \
    "extract(epoch FROM expires_at)::bigint, extract(epoch FROM revoked_at)::bigint"
constexpr int kTokenColumns = 5;

ApiToken readToken(const Rows& rows)
{
    ApiToken token{.name = rows.text(0), .scopes = {}, .createdAt = rows.time(2)};
    const auto scopes = rows.text(1);
    for (std::size_t begin = 0; begin <= scopes.size();) {
        const auto end = std::min(scopes.find(',', begin), scopes.size());
        token.scopes.push_back(scopes.substr(begin, end - begin));
        begin = end + 1;
    }
    if (!rows.isNull(3)) token.expiresAt = rows.time(3);
    if (!rows.isNull(4)) token.revokedAt = rows.time(4);
    return token;
}

} // namespace

Result<SecretBytes> TokenStore::create(const std::string& name, const std::vector<std::string>& scopes,
                                       std::optional<Time> expiresAt, const Caller& caller, Time now)
{
    if (expiresAt && *expiresAt <= now)
        return fail(ErrorCode::InvalidRequest, "token-expiry", "expected an expiry in the future, got one in the past");
    if (name.empty() || name.size() > 100 ||
        !consistsOf(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"))
        return fail(ErrorCode::InvalidRequest, "token-name", "expected 1 to 100 characters from a-z A-Z 0-9 . _ -");
    if (scopes.empty() || std::ranges::any_of(scopes, [](const auto& scope) {
            return scope.empty() || !consistsOf(scope, "abcdefghijklmnopqrstuvwxyz_:-");
        }))
        return fail(ErrorCode::InvalidRequest, "token-scopes", "expected at least one scope, each from a-z _ : -");

    std::array<std::uint8_t, kTokenOctets> random{};
    if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return fail(ErrorCode::Internal, "random", "the random generator failed");
    auto text = std::string(kPrefix) + toLowerHex(random);
    OPENSSL_cleanse(random.data(), random.size());
    SecretBytes token{std::string_view(text)};
    OPENSSL_cleanse(text.data(), text.size());
    const auto digest = sha256Of(token.reveal());

    auto audit = makeAuditEvent("api_token_created", caller, now);
    audit.metadata = {{"token", name}, {"scopes", joined(scopes)}};
    if (expiresAt) audit.metadata["expires_at"] = std::to_string(expiresAt->time_since_epoch().count());
    const auto stored = m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        const auto inserted =
            transaction.run("INSERT INTO api_tokens (name, sha256, scopes, created_at, expires_at) VALUES "
                            "(?, ?::bytea, string_to_array(?, ','), to_timestamp(?::bigint), "
                            "to_timestamp(nullif(?::bigint, 0))) ON CONFLICT DO NOTHING",
                            {parameter(name), parameter(digest), parameter(joined(scopes)), parameter(now),
                             parameter(expiresAt.value_or(Time()))});
        if (inserted.affected() != 1)
            return fail(ErrorCode::Conflict, "token-exists", "there is a token named " + name);
        insertAudit(transaction, audit);
        return {};
    });
    if (!stored) return tl::unexpected(stored.error());
    return token;
}

Result<std::optional<ApiToken>> TokenStore::authenticate(const SecretBytes& token, Time now)
{
    const auto digest = sha256Of(token.reveal());
    return m_database.runStatement<std::optional<ApiToken>>(
        [&](Transaction& transaction) -> Result<std::optional<ApiToken>> {
            auto rows =
                transaction.run("SELECT " V2C_TOKEN_COLUMNS ", sha256 FROM api_tokens WHERE sha256 = ?::bytea "
                                "AND revoked_at IS NULL AND coalesce(expires_at > to_timestamp(?::bigint), true)",
                                {parameter(digest), parameter(now)});
            if (!rows.next()) return std::nullopt;
            const auto stored = rows.bytes(kTokenColumns);
            if (stored.size() != digest.size() || CRYPTO_memcmp(stored.data(), digest.data(), digest.size()) != 0)
                return std::nullopt;
            return std::optional(readToken(rows));
        });
}

Result<std::vector<ApiToken>> TokenStore::list()
{
    return m_database.transact<std::vector<ApiToken>>([](Transaction& transaction) -> Result<std::vector<ApiToken>> {
        std::vector<ApiToken> tokens;
        auto rows = transaction.run("SELECT " V2C_TOKEN_COLUMNS " FROM api_tokens ORDER BY name");
        while (rows.next())
            tokens.push_back(readToken(rows));
        return tokens;
    });
}

Result<void> TokenStore::revoke(const std::string& name, const Caller& caller, Time now)
{
    auto audit = makeAuditEvent("api_token_revoked", caller, now);
    audit.metadata = {{"token", name}};
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        auto rows = transaction.run("SELECT revoked_at IS NOT NULL FROM api_tokens WHERE name = ? FOR UPDATE",
                                    {parameter(name)});
        if (!rows.next()) return fail(ErrorCode::NotFound, "token-unknown", "no token of this name");
        if (rows.flag(0)) return {};
        transaction.run("UPDATE api_tokens SET revoked_at = to_timestamp(?::bigint) WHERE name = ?",
                        {parameter(now), parameter(name)});
        insertAudit(transaction, audit);
        return {};
    });
}

} // namespace gateway::store
