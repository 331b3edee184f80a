#include "gateway/vault_parts.h"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "api/rfc3339.h"
#include "gateway/service_set.h"
#include "store/audit_journal.h"
#include "store/migrate.h"
#include "vault/vault_search.h"

namespace gateway {
namespace {

Result<const VaultConfig*> vaultOf(const GatewayConfig& config)
{
    if (!config.vault) return fail(ErrorCode::InvalidRequest, "config", "vault: expected an object, got nothing");
    return &*config.vault;
}

Result<store::DatabaseUrl> urlOf(const std::string& url, const char* key)
{
    if (url.empty())
        return fail(ErrorCode::InvalidRequest, "config",
                    std::string("vault.") + key + ": expected a string for this command, got nothing");
    return store::parseDatabaseUrl(url);
}

SignerClient::Options signerOptions(const VaultConfig& config, std::chrono::milliseconds deadline)
{
    return {.endpoints = config.sockets, .deadline = deadline};
}

/// An audit row of the gateway's database, committed.
Result<void> recordEvent(const GatewayConfig& config, const AuditEvent& event)
{
    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    return store::AuditJournal(database).append({event});
}

} // namespace

Result<std::unique_ptr<VaultParts>> VaultParts::make(const VaultConfig& config, const IdentitySecrets& identity,
                                                     std::chrono::milliseconds deadline, Clock clock)
{
    auto indexKey = vault::IndexKey::load(config.secrets, identity);
    if (!indexKey) return tl::unexpected(indexKey.error());
    auto url = urlOf(config.writerUrl, "writer_url");
    if (!url) return tl::unexpected(url.error());
    return std::unique_ptr<VaultParts>(
        new VaultParts(config, std::move(*indexKey), std::move(*url), deadline, std::move(clock)));
}

VaultParts::VaultParts(const VaultConfig& config, vault::IndexKey indexKey, store::DatabaseUrl url,
                       std::chrono::milliseconds deadline, Clock clock)
    : m_indexKey(std::move(indexKey)),
      m_database(std::move(url)),
      m_signer(signerOptions(config, deadline)),
      m_vault(m_store, m_signer, m_indexKey, config.settings, std::move(clock), [](const Error& error) {
          spdlog::error("{}: {}; issuing goes on without, as vault.policy says", error.type, error.detail);
      })
{
}

Result<void> VaultParts::checkHealth()
{
    if (const auto up = m_database.checkHealth(); !up) return up;
    return m_vault.checkHealth();
}

Result<void> askVault(const GatewayConfig& config, const VaultQuestion& question, const Caller& caller,
                      std::ostream& out)
{
    const auto parts = vaultOf(config);
    if (!parts) return tl::unexpected(parts.error());
    const auto reason = sanitizeFreeText(question.reason);
    if (reason.empty() || reason.find_first_not_of(' ') == std::string::npos)
        return fail(ErrorCode::InvalidRequest, "config", "--reason: expected a text, got an empty one");
    const auto identity = IdentitySecrets::load(config.identitySecrets);
    if (!identity) return tl::unexpected(identity.error());
    const auto indexKey = vault::IndexKey::load((*parts)->secrets, *identity);
    if (!indexKey) return tl::unexpected(indexKey.error());
    auto url = urlOf((*parts)->readerUrl, "reader_url");
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    store::PostgresVaultReader reader(database);
    SignerClient signer(signerOptions(**parts, config.signing.deadline));
    vault::VaultSearch search(reader, signer, *indexKey);

    auto event = makeAuditEvent("vin_vault_read", caller, systemNow());
    event.metadata = {{"method", question.vin ? "vin" : question.deviceId ? "device-id" : "check"}, {"reason", reason}};
    if (question.vin) {
        const auto names = deriveVehicleIdentity(*question.vin, *identity);
        event.deviceId = names.deviceId;
        event.vinHash = names.vinHash;
    }
    if (question.deviceId) event.deviceId = question.deviceId;
    if (const auto recorded = recordEvent(config, event); !recorded) return recorded;

    vault::VaultAccess access{.actor = caller.name,
                              .method = {},
                              .vinIndex = {},
                              .deviceId = {},
                              .reason = reason,
                              .traceId = caller.traceId};
    if (!question.vin && !question.deviceId) {
        const auto check = search.checkAll(std::move(access));
        if (!check) return tl::unexpected(check.error());
        auto damaged = nlohmann::json::array();
        for (const auto& deviceId : check->damaged)
            damaged.push_back(deviceId.text());
        out << nlohmann::json{{"rows", check->rows}, {"damaged", damaged}}.dump() << '\n';
        if (check->damaged.empty()) return {};
        return fail(ErrorCode::Internal, "vault-row-damaged",
                    std::to_string(check->damaged.size()) + " of " + std::to_string(check->rows) + " rows do not open");
    }
    const auto found = question.vin ? search.byVin(*question.vin, std::move(access))
                                    : search.byDevice(*question.deviceId, std::move(access));
    if (!found) return tl::unexpected(found.error());
    nlohmann::json answer{{"device_id", found->deviceId.text()},
                          {"vin_hash", deriveVehicleIdentity(found->vin, *identity).vinHash.text()},
                          {"stored_at", api::toRfc3339(found->storedAt)}};
    if (question.deviceId) answer["vin"] = found->vin.text();
    out << answer.dump() << '\n';
    return {};
}

Result<void> rewrapVault(const GatewayConfig& config, const Caller& caller, std::ostream& out)
{
    const auto parts = vaultOf(config);
    if (!parts) return tl::unexpected(parts.error());
    auto url = urlOf((*parts)->ownerUrl, "owner_url");
    if (!url) return tl::unexpected(url.error());
    auto event = makeAuditEvent("vin_vault_rewrapped", caller, systemNow());
    event.metadata = {{"wrapping_key", (*parts)->settings.wrappingKeys.front()}};
    if (const auto recorded = recordEvent(config, event); !recorded) return recorded;
    store::Database database(std::move(*url));
    store::PostgresVaultOwner owner(database);
    SignerClient signer(signerOptions(**parts, config.signing.deadline));
    const auto changed = vault::rewrapDataKeys(owner, signer, (*parts)->settings.wrappingKeys);
    if (!changed) return tl::unexpected(changed.error());
    out << "data keys rewrapped: " << *changed << '\n';
    return {};
}

Result<void> migrateVault(const VaultConfig& config, std::ostream& out)
{
    auto url = urlOf(config.ownerUrl, "owner_url");
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto applied = store::migrate(database, config.migrations);
    if (!applied) return tl::unexpected(applied.error());
    out << "vault migrations applied: " << *applied << '\n';
    return {};
}

} // namespace gateway
