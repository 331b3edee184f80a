#include "gateway/administration.h"

#include <fstream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "api/certificate_search.h"
#include "api/codecs.h"
#include "api/rfc3339.h"
#include "contract/limit_override.h"
#include "crl/ca_lists.h"
#include "gateway/service_set.h"
#include "gateway/vault_parts.h"
#include "http/message.h"
#include "pki/software_signature.h"
#include "store/audit_journal.h"
#include "store/migrate.h"
#include "store/quarantine_store.h"

namespace gateway {
namespace {

Result<store::DatabaseUrl> ownerUrl(const GatewayConfig& config)
{
    if (config.database.ownerUrl.empty())
        return fail(ErrorCode::InvalidRequest, "config",
                    "database.owner_url: expected a string for this command, got nothing");
    return store::parseDatabaseUrl(config.database.ownerUrl);
}

struct ManifestEntry
{
    std::string file;
    std::string type;
    std::string issuer; ///< of a CRL: file of its certificate
};

Result<std::vector<ManifestEntry>> loadManifest(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::InvalidRequest, "manifest", "cannot read " + file.string());
    const auto document = nlohmann::json::parse(stream, nullptr, false);
    if (!document.is_array())
        return fail(ErrorCode::InvalidRequest, "manifest", file.string() + ": expected a JSON list");
    std::vector<ManifestEntry> entries;
    for (const auto& element : document) {
        const auto text = [&](const char* key) {
            const bool isThere = element.is_object() && element.contains(key) && element[key].is_string();
            return isThere ? element[key].get<std::string>() : std::string();
        };
        ManifestEntry entry{text("file"), text("type"), text("issuer")};
        const auto isPlainName = [](const std::string& name) {
            return std::filesystem::path(name).filename() == name && !name.empty();
        };
        if (entry.type == "crl" && !isPlainName(entry.issuer))
            return fail(ErrorCode::InvalidRequest, "manifest",
                        file.string() + ": expected an \"issuer\" (a name in the folder) of each \"crl\"");
        if (!isPlainName(entry.file) || entry.type.empty())
            return fail(ErrorCode::InvalidRequest, "manifest",
                        file.string() + ": expected objects with \"file\" (a name in the folder) and \"type\"");
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<void> importList(const GatewayConfig& config, const std::filesystem::path& folder, const ManifestEntry& entry,
                        store::Database& database, std::ostream& out)
{
    for (const auto& issuer : config.pki.issuers)
        if (entry.file == issuer.crlName + ".crl")
            return fail(ErrorCode::Conflict, "crl-in-use",
                        "the list of " + issuer.key + " has this name, and is made by the gateway");
    std::ifstream stream(folder / entry.issuer, std::ios::binary);
    const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto issuer = pki::Certificate::parsePem(pem);
    if (!issuer) return tl::unexpected(issuer.error());
    std::uint64_t number = 0;
    const auto isNew = publishCaList(folder / entry.file, *issuer, config.crl.folder, systemNow(),
                                     [&](const pki::CrlTimes& times) -> Result<void> {
                                         number = times.number;
                                         auto event = makeAuditEvent("ca_crl_imported", administrator(), systemNow());
                                         event.metadata = {{"file", entry.file},
                                                           {"issuer", issuer->subjectText()},
                                                           {"number", std::to_string(times.number)},
                                                           {"next_update", api::toRfc3339(times.nextUpdate)}};
                                         return store::AuditJournal(database).append({std::move(event)});
                                     });
    if (!isNew) return tl::unexpected(isNew.error());
    out << entry.file << ": crl" << (*isNew ? " " + std::to_string(number) + ", published" : ", was published") << '\n';
    return {};
}

} // namespace

Caller administrator()
{
    return {Caller::Kind::Token, "host-administrator uid " + std::to_string(getuid()), {}, http::makeTraceId()};
}

Result<void> migrateDatabase(const GatewayConfig& config, std::ostream& out)
{
    auto url = ownerUrl(config);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto applied = store::migrate(database, config.database.migrations);
    if (!applied) return tl::unexpected(applied.error());
    out << "migrations applied: " << *applied << '\n';
    if (!config.vault || config.vault->ownerUrl.empty()) return {};
    return migrateVault(*config.vault, out);
}

Result<void> importCertificates(const GatewayConfig& config, const std::filesystem::path& folder, bool withLists,
                                std::ostream& out)
{
    const auto entries = loadManifest(folder / "manifest.json");
    if (!entries) return tl::unexpected(entries.error());
    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    store::CertificateRegistry registry(database);
    const auto caller = administrator();
    for (const auto& entry : *entries) {
        if (entry.type == "crl") continue;
        const auto added = registry.importFile(folder / entry.file, entry.type, caller, systemNow());
        if (!added) return fail(added.error().code, added.error().type, entry.file + ": " + added.error().detail);
        out << entry.file << ": " << entry.type << (*added ? ", registered" : ", was registered") << '\n';
    }
    for (const auto& entry : *entries)
        if (withLists && entry.type == "crl")
            if (const auto done = importList(config, folder, entry, database, out); !done)
                return fail(done.error().code, done.error().type, entry.file + ": " + done.error().detail);
    return {};
}

Result<void> listQuarantine(const GatewayConfig& config, bool withReleased, std::ostream& out)
{
    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto rows = store::QuarantineStore(database).list(withReleased);
    if (!rows) return tl::unexpected(rows.error());
    for (const auto& row : *rows)
        out << row << '\n';
    return {};
}

Result<void> releaseQuarantine(const GatewayConfig& config, std::int64_t id, const std::string& reason,
                               std::ostream& out)
{
    auto url = ownerUrl(config);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto released = store::QuarantineStore(database).release(id, reason, administrator(), systemNow());
    if (!released) return tl::unexpected(released.error());
    out << (*released ? "released\n" : "was released before\n");
    return {};
}

Result<void> signOverride(const OverrideOrder& order, std::ostream& out)
{
    const auto transaction = TransactionId::parse(order.transaction);
    if (!transaction) return tl::unexpected(transaction.error());
    const auto deviceId = DeviceId::parse(order.deviceId);
    if (!deviceId) return tl::unexpected(deviceId.error());
    const auto expiresAt = api::parseRfc3339(order.expiresAt);
    if (!expiresAt) return tl::unexpected(expiresAt.error());
    // What the gateway would refuse anyway is not signed.
    const auto refuse = [](const char* detail) { return fail(ErrorCode::InvalidRequest, "override-order", detail); };
    if (*expiresAt <= systemNow()) return refuse("--expires-at: expected a time to come, got one that has passed");
    if (order.reason.find_first_not_of(' ') == std::string::npos)
        return refuse("--reason: expected a text, got an empty one");
    if (order.tcuSerial.empty()) return refuse("--tcu-serial: expected a text, got an empty one");
    std::ifstream stream(order.certificate, std::ios::binary);
    if (!stream) return fail(ErrorCode::InvalidRequest, "pki-file", "cannot read " + order.certificate.string());
    const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto certificates = pki::parsePemBundle(pem);
    if (!certificates) return tl::unexpected(certificates.error());
    if (certificates->empty())
        return fail(ErrorCode::InvalidRequest, "pki-file", order.certificate.string() + ": expected a certificate");
    const OverrideStatement statement{*transaction, *deviceId, order.tcuSerial, order.reason, *expiresAt};
    auto signature = pki::signWithKeyFile(canonicalBytes(statement), order.key, certificates->front());
    if (!signature) return tl::unexpected(signature.error());
    out << api::toJson(
               IssuingOverride{order.reason, *expiresAt, {{certificates->front().der(), std::move(*signature)}}})
        << '\n';
    return {};
}

Result<void> createToken(const GatewayConfig& config, const std::string& name, const std::vector<std::string>& scopes,
                         int days, std::ostream& out)
{
    auto url = ownerUrl(config);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    store::TokenStore tokens(database);
    const auto now = systemNow();
    const auto expiresAt = days == 0 ? std::optional<Time>() : std::optional<Time>(now + std::chrono::days(days));
    const auto token = tokens.create(name, scopes, expiresAt, administrator(), now);
    if (!token) return tl::unexpected(token.error());
    out << token->revealText() << '\n';
    return {};
}

Result<void> listTokens(const GatewayConfig& config, std::ostream& out)
{
    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto tokens = store::TokenStore(database).list();
    if (!tokens) return tl::unexpected(tokens.error());
    const auto now = systemNow();
    auto list = nlohmann::ordered_json::array();
    for (const auto& token : *tokens) {
        const bool isExpired = token.expiresAt && *token.expiresAt <= now;
        nlohmann::ordered_json entry{{"name", token.name},
                                     {"scopes", token.scopes},
                                     {"status", token.revokedAt ? "REVOKED"
                                                : isExpired     ? "EXPIRED"
                                                                : "ACTIVE"},
                                     {"created_at", api::toRfc3339(token.createdAt)}};
        if (token.expiresAt) entry["expires_at"] = api::toRfc3339(*token.expiresAt);
        if (token.revokedAt) entry["revoked_at"] = api::toRfc3339(*token.revokedAt);
        list.push_back(std::move(entry));
    }
    out << list.dump(2) << '\n';
    return {};
}

Result<void> revokeToken(const GatewayConfig& config, const std::string& name, std::ostream& out)
{
    auto url = ownerUrl(config);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto revoked = store::TokenStore(database).revoke(name, administrator(), systemNow());
    if (!revoked) return tl::unexpected(revoked.error());
    out << "token " << name << " is revoked\n";
    return {};
}

Result<void> searchCertificates(const GatewayConfig& config,
                                const std::vector<std::pair<std::string, std::string>>& parameters, std::ostream& out)
{
    const auto query = api::parseCertificateQuery(parameters);
    if (!query) return tl::unexpected(query.error());
    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    const auto page = store::CertificateSearch(database, systemNow).search(*query);
    if (!page) return tl::unexpected(page.error());
    out << api::toJson(*page, *query) << '\n';
    return {};
}

Result<void> revokeCertificate(const GatewayConfig& config, const RevokeRequest& request, std::ostream& out)
{
    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    store::PostgresRevocationStore revocations(database);
    const auto revoked = RevocationService(revocations, systemNow).revoke(request, administrator());
    if (!revoked) return tl::unexpected(revoked.error());
    out << api::toJson(*revoked) << '\n';
    return {};
}

} // namespace gateway
