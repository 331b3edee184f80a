#include <fstream>
#include <thread>

#include <QTemporaryDir>
#include <QTest>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "store/certificate_registry.h"
#include "store/token_store.h"

using namespace gateway;
using namespace gateway::store;
using support::errorType;
using support::GatewayFixture;

namespace {

const std::filesystem::path kMigrations = V2C_SOURCE_DIR "/resources/sql";

std::unique_ptr<Database> connectTo(const std::string& user, const std::string& database)
{
    return std::make_unique<Database>(support::valueOf(parseDatabaseUrl(support::postgres().url(user, database))));
}

} // namespace

class StoreTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase()
    {
        m_issued.reset();
        support::postgres().stop();
    }

    void databaseUrl_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("parts"); // user, password, host, port, database; empty for refused
        const auto good = [](const char* url, const char* parts) {
            QTest::newRow(url) << QString::fromUtf8(url) << QString::fromUtf8(parts);
        };
        good("postgresql://u:p@/d?host=/run/pg", "u p /run/pg 5432 d");
        good("postgresql://u:p%40%3A%2F@db.example.com:5433/d", "u p@:/ db.example.com 5433 d");
        good("postgresql://u@127.0.0.1/d", "u  127.0.0.1 5432 d");
        for (const auto* bad :
             {"", "postgresql://", "postgresql://u:p@/d", "postgresql://h/d", "mysql://u@h/d", "postgresql://u@h",
              "postgresql://u@h/", "postgresql://u@h/d?hots=/x", "postgresql://u@h:0/d", "postgresql://u@h:99999/d",
              "postgresql://u@h/d/e", "postgresql://u@h/d#f", "u:p@h/d", "host=/x dbname=d"})
            good(bad, "");
    }

    void databaseUrl()
    {
        QFETCH(const QString, url);
        QFETCH(const QString, parts);
        const auto parsed = parseDatabaseUrl(url.toStdString());
        if (parts.isEmpty()) {
            QCOMPARE(errorType(parsed), std::string("database-url"));
        } else {
            QCOMPARE(errorType(parsed), std::string("(none)"));
            QCOMPARE(parsed->user + " " + parsed->password + " " + parsed->host + " " + std::to_string(parsed->port) +
                         " " + parsed->database,
                     parts.toStdString());
        }
    }

    void badUrlNeverRepeatsItsPassword()
    {
        const auto parsed = parseDatabaseUrl("postgresql://u:hunter2@h/d?x=y");
        QVERIFY(!parsed.has_value());
        QVERIFY(parsed.error().detail.find("hunter2") == std::string::npos);
    }

    void migratingTwiceChangesNothing()
    {
        const auto name = support::postgres().createDatabase();
        const auto owner = connectTo("v2c_owner", name);
        QVERIFY(support::valueOf(migrate(*owner, kMigrations)) >= 1);
        const auto schema = support::postgres().dump(name);
        QCOMPARE(support::valueOf(migrate(*owner, kMigrations)), 0);
        QCOMPARE(support::postgres().dump(name), schema);
    }

    void manyProcessesMigrateOnce()
    {
        const auto name = support::postgres().createDatabase();
        const auto owner = connectTo("v2c_owner", name);
        std::atomic<int> applied{0};
        std::atomic<int> failed{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const auto result = migrate(*owner, kMigrations);
                if (result)
                    applied += *result;
                else
                    ++failed;
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(failed.load(), 0);
        QCOMPARE(std::to_string(applied.load()),
                 support::postgres().sql(name, "SELECT count(*) FROM schema_migrations"));
    }

    void migrationsAreForwardOnlyAndWhole()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        const auto write = [&](const std::string& file, const std::string& text) {
            std::ofstream(path / file) << text;
        };
        const auto name = support::postgres().createDatabase();
        const auto owner = connectTo("v2c_owner", name);
        QCOMPARE(errorType(migrate(*owner, path / "absent")), std::string("migration-folder"));
        QCOMPARE(errorType(migrate(*owner, path)), std::string("migration-folder"));

        write("0001_one.sql", "CREATE TABLE one (a integer);");
        QCOMPARE(support::valueOf(migrate(*owner, path)), 1);
        write("0002_two.sql", "CREATE TABLE two (a integer); CREATE TABLE broken (;");
        QCOMPARE(errorType(migrate(*owner, path)), std::string("store-error"));
        QCOMPARE(support::postgres().sql(name, "SELECT to_regclass('two') IS NULL"), std::string("t"));
        write("0002_two.sql", "CREATE TABLE two (a integer);");
        QCOMPARE(support::valueOf(migrate(*owner, path)), 1);
        write("0001_one.sql", "CREATE TABLE one (b integer);");
        QCOMPARE(errorType(migrate(*owner, path)), std::string("migration-changed"));
        write("0001_one.sql", "CREATE TABLE one (a integer);");
        std::filesystem::remove(path / "0002_two.sql");
        QCOMPARE(errorType(migrate(*owner, path)), std::string("schema-newer"));
        write("0003_gap.sql", "SELECT 1;");
        QCOMPARE(errorType(migrate(*owner, path)), std::string("migration-folder"));
        std::filesystem::remove(path / "0003_gap.sql");
        write("two.sql", "SELECT 1;");
        QCOMPARE(errorType(migrate(*owner, path)), std::string("migration-folder"));
    }

    void missingRolesAreCreatedOrNamed()
    {
        const auto name = support::postgres().createDatabase();
        const MigrationRoles roles{.gateway = "other gateway", .readonly = "other'readonly"};
        QCOMPARE(errorType(migrate(*connectTo("v2c_owner", name), kMigrations, roles)), std::string("store-error"));
        QCOMPARE(errorType(migrate(*connectTo("postgres", name), kMigrations, roles)), std::string("(none)"));
        QCOMPARE(support::postgres().sql(name,
                                         "SELECT has_table_privilege('other''readonly', 'certificates', 'SELECT'), "
                                         "has_table_privilege('other gateway', 'audit', 'INSERT')"),
                 std::string("t|t"));
    }

    void forbidden_data()
    {
        QTest::addColumn<QString>("role");
        QTest::addColumn<QString>("statement");
        const auto row = [](const char* role, const char* statement) {
            QTest::addRow("%s: %s", role, statement) << QString::fromUtf8(role) << QString::fromUtf8(statement);
        };
        for (const auto* role : {"v2c_gateway", "v2c_readonly", "v2c_owner"}) {
            row(role, "UPDATE audit SET actor = 'x'");
            row(role, "DELETE FROM audit");
            row(role, "TRUNCATE audit");
        }
        row("v2c_gateway", "DELETE FROM certificates");
        row("v2c_gateway", "UPDATE certificates SET certificate_der = ''");
        row("v2c_gateway", "UPDATE certificates SET device_id = NULL");
        row("v2c_gateway", "DELETE FROM certificate_requests");
        row("v2c_gateway", "UPDATE certificate_requests SET tbs_der = ''");
        row("v2c_gateway", "INSERT INTO api_tokens VALUES ('x', sha256('x'), '{create}', now(), NULL)");
        row("v2c_gateway", "ALTER TABLE audit DISABLE TRIGGER ALL");
        row("v2c_gateway", "DROP TRIGGER audit_is_append_only ON audit");
        row("v2c_gateway", "CREATE TABLE mine (a integer)");
        row("v2c_readonly", "INSERT INTO audit (timestamp, event_type, actor, subject, result, metadata, trace_id) "
                            "VALUES (now(), 'x', 'x', '{}', 'success', '{}', gen_random_uuid())");
        row("v2c_readonly", "UPDATE certificates SET status = 'EXPIRED'");
        row("v2c_readonly", "SELECT * FROM api_tokens");
    }

    void forbidden()
    {
        QFETCH(const QString, role);
        QFETCH(const QString, statement);
        if (!m_issued) {
            m_issued = std::make_unique<GatewayFixture>();
            support::valueOf(m_issued->issuing.issue(m_issued->request(1), m_issued->station));
        }
        const auto& fixture = *m_issued;
        const auto before = support::postgres().dump(fixture.database);
        const auto answer = fixture.sql("SET ROLE " + role.toStdString() + "; " + statement.toStdString());
        QVERIFY2(answer.find("ERROR:") != std::string::npos, answer.c_str());
        QVERIFY2(answer.find("permission denied") != std::string::npos ||
                     answer.find("append-only") != std::string::npos ||
                     answer.find("only an intent whose serial is burned") != std::string::npos ||
                     answer.find("must be owner") != std::string::npos,
                 answer.c_str());
        QCOMPARE(support::postgres().dump(fixture.database), before);
    }

    void textWithNulIsRefused()
    {
        GatewayFixture fixture;
        auto audit = makeAuditEvent("certificate_refused", fixture.station, GatewayFixture::kStart);
        audit.actor = std::string("a\0b", 3);
        const auto refused = fixture.store.appendAudit(audit);
        QCOMPARE(errorType(refused), std::string("text-nul"));
        QCOMPARE(refused.error().code, ErrorCode::InvalidRequest);
        QCOMPARE(fixture.count("audit"), 0);
    }

    void anyTextIsStoredAsItIs()
    {
        GatewayFixture fixture;
        const std::string odd = "'; DROP TABLE audit; -- \\ \" ? :x $1 ä € {}";
        auto audit = makeAuditEvent("certificate_refused", fixture.station, GatewayFixture::kStart);
        audit.metadata = {{"detail", odd}};
        support::valueOf(fixture.store.appendAudit(audit).map([] { return true; }));
        QCOMPARE(fixture.sql("SELECT metadata ->> 'detail' FROM audit"), odd);
    }

    void traceIdThatIsNoUuidIsReplaced()
    {
        GatewayFixture fixture;
        auto audit = makeAuditEvent("certificate_refused", fixture.station, GatewayFixture::kStart);
        audit.traceId = "not a uuid";
        support::valueOf(fixture.store.appendAudit(audit).map([] { return true; }));
        QCOMPARE(fixture.sql("SELECT length(trace_id::text) FROM audit"), std::string("36"));
    }

    void healthFollowsTheServer()
    {
        GatewayFixture fixture;
        QCOMPARE(errorType(fixture.connection.checkHealth()), std::string("(none)"));
        QCOMPARE(support::postgres().terminateConnections(fixture.database), 1);
        QCOMPARE(errorType(fixture.connection.checkHealth()), std::string("(none)"));
        Database nowhere(support::valueOf(parseDatabaseUrl("postgresql://u@/d?host=/nonexistent")));
        QCOMPARE(errorType(nowhere.checkHealth()), std::string("store-unreachable"));
    }

    void tokens()
    {
        GatewayFixture fixture;
        const auto owner = connectTo("v2c_owner", fixture.database);
        TokenStore creating(*owner);
        TokenStore reading(fixture.connection);
        const auto now = GatewayFixture::kStart;
        const auto token =
            support::valueOf(creating.create("demo-admin", {"create", "list", "revoke"}, {}, fixture.admin, now));
        QVERIFY(token.revealText().starts_with("v2c_"));
        QCOMPARE(token.size(), std::size_t{68});
        const auto found = support::valueOf(reading.authenticate(token, now));
        QVERIFY(found.has_value());
        QCOMPARE(found->name, std::string("demo-admin"));
        QCOMPARE(found->scopes, (std::vector<std::string>{"create", "list", "revoke"}));

        QCOMPARE(errorType(creating.create("demo-admin", {"list"}, {}, fixture.admin, now)),
                 std::string("token-exists"));
        QCOMPARE(errorType(creating.create("", {"list"}, {}, fixture.admin, now)), std::string("token-name"));
        QCOMPARE(errorType(creating.create("a b", {"list"}, {}, fixture.admin, now)), std::string("token-name"));
        QCOMPARE(errorType(creating.create("other", {}, {}, fixture.admin, now)), std::string("token-scopes"));
        QCOMPARE(errorType(creating.create("other", {"a,b"}, {}, fixture.admin, now)), std::string("token-scopes"));
        QCOMPARE(errorType(reading.create("other", {"list"}, {}, fixture.admin, now)), std::string("store-error"));

        for (const auto* wrong : {"", "v2c_", "v2c_00", "' OR '1'='1"})
            QVERIFY(!support::valueOf(reading.authenticate(SecretBytes(std::string_view(wrong)), now)).has_value());
        QVERIFY(!support::postgres().dump(fixture.database).contains(std::string(token.revealText()).c_str()));

        QCOMPARE(errorType(creating.revoke("nobody", fixture.admin, now)), std::string("token-unknown"));
        QCOMPARE(errorType(creating.revoke("demo-admin", fixture.admin, now)), std::string("(none)"));
        QCOMPARE(errorType(creating.revoke("demo-admin", fixture.admin, now)), std::string("(none)"));
        QVERIFY(!support::valueOf(reading.authenticate(token, now)).has_value());
        const auto listed = support::valueOf(reading.list());
        QCOMPARE(listed.size(), std::size_t(1));
        QVERIFY(listed[0].name == "demo-admin" && listed[0].createdAt == now && listed[0].revokedAt == now);
        QCOMPARE(fixture.events(), std::string("api_token_created api_token_revoked"));
    }

    void tokensExpire()
    {
        GatewayFixture fixture;
        const auto owner = connectTo("v2c_owner", fixture.database);
        TokenStore tokens(*owner);
        const auto now = GatewayFixture::kStart;
        const auto end = now + std::chrono::hours(1);
        QCOMPARE(errorType(tokens.create("late", {"list"}, now, fixture.admin, now)), std::string("token-expiry"));
        const auto token = support::valueOf(tokens.create("late", {"list"}, end, fixture.admin, now));
        QVERIFY(support::valueOf(tokens.authenticate(token, end - std::chrono::seconds(1))).has_value());
        QVERIFY(!support::valueOf(tokens.authenticate(token, end)).has_value());
        QVERIFY(support::valueOf(tokens.list())[0].expiresAt == end);
    }

    void registryKnowsImportedAndIssuedCertificates()
    {
        GatewayFixture fixture;
        CertificateRegistry registry(fixture.connection);
        const auto& ca = fixture.signer.issuer().certificate;
        QVERIFY(!support::valueOf(registry.find(ca)).has_value());
        QCOMPARE(support::valueOf(registry.import(ca, "device-issuing-ca", fixture.admin, GatewayFixture::kStart)),
                 true);
        QCOMPARE(support::valueOf(registry.import(ca, "device-issuing-ca", fixture.admin, GatewayFixture::kStart)),
                 false);
        const auto found = support::valueOf(registry.find(ca));
        QVERIFY(found.has_value());
        QCOMPARE(found->type, std::string("device-issuing-ca"));
        QCOMPARE(found->der, ca.der());
        QCOMPARE(fixture.events(), std::string("certificate_imported"));

        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto vehicle =
            support::valueOf(registry.find(support::valueOf(pki::Certificate::parseDer(issued.certificateDer))));
        QVERIFY(vehicle.has_value());
        QCOMPARE(vehicle->type, std::string("vehicle"));
        QCOMPARE(*vehicle->deviceId, issued.deviceId);
        QCOMPARE(effectiveStatus(*vehicle, GatewayFixture::kStart), CertificateStatus::Active);
        QCOMPARE(errorType(registry.import(fixture.signer.root(), "vehicle", fixture.admin, GatewayFixture::kStart)),
                 std::string("import-type"));
    }

    void importFromFiles()
    {
        GatewayFixture fixture;
        CertificateRegistry registry(fixture.connection);
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        std::ofstream(path / "ca.pem") << fixture.signer.issuer().certificate.pem() << fixture.signer.root().pem();
        std::ofstream(path / "bad.pem") << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        const auto import = [&](const char* file) {
            return registry.importFile(path / file, "device-issuing-ca", fixture.admin, GatewayFixture::kStart);
        };
        QCOMPARE(support::valueOf(import("ca.pem")), true);
        QCOMPARE(fixture.count("certificates"), 1);
        QVERIFY(!import("bad.pem").has_value());
        QCOMPARE(errorType(import("absent.pem")), std::string("import-file"));
        QCOMPARE(fixture.count("certificates"), 1);
    }

private:
    std::unique_ptr<GatewayFixture> m_issued; ///< for forbidden(): none of its rows may change anything
};

QTEST_GUILESS_MAIN(StoreTest)
#include "store_test.moc"
