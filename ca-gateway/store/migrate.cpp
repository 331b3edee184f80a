#include "store/migrate.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include <openssl/sha.h>

namespace gateway::store {
namespace {

struct Migration
{
    int version = 0;
    std::string name;
    std::string sql;
    Bytes sha256;
};

std::string quoted(const std::string& text, char mark)
{
    std::string result(1, mark);
    for (const char character : text) {
        if (character == mark) result += mark;
        result += character;
    }
    return result + mark;
}

void replaceAll(std::string& text, std::string_view placeholder, const std::string& value)
{
    for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + value.size()))
        text.replace(at, placeholder.size(), value);
}

Result<std::vector<Migration>> readFolder(const std::filesystem::path& folder)
{
    const auto refuse = [](std::string detail) {
        return fail(ErrorCode::InvalidRequest, "migration-folder", std::move(detail));
    };
    std::error_code error;
    std::vector<Migration> migrations;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".sql") continue;
        Migration migration{.version = 0, .name = entry.path().filename().string(), .sql = {}, .sha256 = {}};
        const auto* begin = migration.name.data();
        const auto [end, problem] = std::from_chars(begin, begin + migration.name.size(), migration.version);
        if (problem != std::errc{} || end != begin + 4 || *end != '_')
            return refuse("expected NNNN_name.sql, found " + migration.name);
        std::ifstream file(entry.path(), std::ios::binary);
        std::stringstream content;
        content << file.rdbuf();
        if (!file) return refuse("cannot read " + migration.name);
        migration.sql = content.str();
        migration.sha256.resize(SHA256_DIGEST_LENGTH);
        SHA256(asBytes(migration.sql).data(), migration.sql.size(), migration.sha256.data());
        migrations.push_back(std::move(migration));
    }
    if (error) return refuse("cannot list " + folder.string() + ": " + error.message());
    if (migrations.empty()) return refuse("no migrations in " + folder.string());
    std::ranges::sort(migrations, {}, &Migration::version);
    for (std::size_t i = 0; i < migrations.size(); ++i)
        if (migrations[i].version != static_cast<int>(i) + 1)
            return refuse("expected number " + std::to_string(i + 1) + ", found " + migrations[i].name);
    return migrations;
}

} // namespace

Result<int> migrate(Database& database, const std::filesystem::path& folder, const MigrationRoles& roles)
{
    const auto migrations = readFolder(folder);
    if (!migrations) return tl::unexpected(migrations.error());

    return database.transact<int>([&](Transaction& transaction) -> Result<int> {
        transaction.lock("schema_migrations");
        transaction.runScript(
            "SET LOCAL client_min_messages = warning; SET LOCAL statement_timeout = 0;"
            "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, "
            "name text NOT NULL, sha256 bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
            "COMMENT ON TABLE schema_migrations IS 'Which files of resources/sql this database has'");
        std::size_t applied = 0;
        auto rows = transaction.run("SELECT version, sha256 FROM schema_migrations ORDER BY version");
        while (rows.next()) {
            if (applied >= migrations->size())
                return fail(ErrorCode::Conflict, "schema-newer",
                            "the database has migration " + std::to_string(rows.number(0)) + ", this program knows " +
                                std::to_string(migrations->size()));
            if (rows.bytes(1) != (*migrations)[applied].sha256)
                return fail(ErrorCode::Conflict, "migration-changed",
                            (*migrations)[applied].name + " has changed since it was applied");
            ++applied;
        }
        int fresh = 0;
        for (; applied < migrations->size() && !transaction.failed(); ++applied, ++fresh) {
            const auto& migration = (*migrations)[applied];
            auto sql = migration.sql;
            replaceAll(sql, "{gateway_role_text}", quoted(roles.gateway, '\''));
            replaceAll(sql, "{readonly_role_text}", quoted(roles.readonly, '\''));
            replaceAll(sql, "{vault_writer_role_text}", quoted(roles.vaultWriter, '\''));
            replaceAll(sql, "{vault_reader_role_text}", quoted(roles.vaultReader, '\''));
            replaceAll(sql, "{vault_writer_role}", quoted(roles.vaultWriter, '"'));
            replaceAll(sql, "{vault_reader_role}", quoted(roles.vaultReader, '"'));
            replaceAll(sql, "{feed_role_text}", quoted(roles.feed, '\''));
            replaceAll(sql, "{feed_role}", quoted(roles.feed, '"'));
            replaceAll(sql, "{gateway_role}", quoted(roles.gateway, '"'));
            replaceAll(sql, "{readonly_role}", quoted(roles.readonly, '"'));
            transaction.runScript(sql);
            transaction.run(
                "INSERT INTO schema_migrations (version, name, sha256) VALUES (?::integer, ?, ?::bytea)",
                {parameter(std::int64_t{migration.version}), parameter(migration.name), parameter(migration.sha256)});
        }
        return fresh;
    });
}

} // namespace gateway::store
