#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "identity/random.h"
#include "issuance/issuing_service.h"
#include "pki/public_key.h"
#include "renewal/renewal_service.h"
#include "revocation/revocation_service.h"
#include "store/connection.h"
#include "store/migrate.h"
#include "store/postgres_issuance_store.h"
#include "store/postgres_revocation_store.h"
#include "support/postgres_server.h"
#include "support/software_signer.h"

namespace support {

template <typename T>
T valueOf(gateway::Result<T> result)
{
    if (!result) throw std::runtime_error(result.error().type + ": " + result.error().detail);
    return std::move(*result);
}

template <typename T>
std::string errorType(const gateway::Result<T>& result)
{
    return result ? "(none)" : result.error().type;
}

inline gateway::TransactionId newTransaction()
{
    return valueOf(gateway::TransactionId::random(gateway::fillFromSystemRandom));
}

/// A VIN of its own for each number, without North American check digit.
inline gateway::Vin vinNumber(int number)
{
    auto digits = std::to_string(number);
    digits.insert(0, 6 - digits.size(), '0');
    return valueOf(gateway::Vin::parse("WVXTC2E41SA" + digits));
}

/// Once per test program: initdb takes seconds.
/// @param durability  counts in the first call
inline PostgresServer& postgres(PostgresServer::Durability durability = PostgresServer::Durability::Off)
{
    static PostgresServer server(durability);
    return server;
}

/// The name of a migrated database to copy.
inline const std::string& migratedDatabase()
{
    static const std::string name = [] {
        auto fresh = postgres().createDatabase();
        gateway::store::Database owner(valueOf(gateway::store::parseDatabaseUrl(postgres().url("v2c_owner", fresh))));
        valueOf(gateway::store::migrate(owner, V2C_SOURCE_DIR "/resources/sql"));
        return fresh;
    }();
    return name;
}

inline const std::string kTraceId = "550e8400-e29b-41d4-a716-446655440000";

/// Takes a request without evidence as policy "recorded" does, and any evidence for good: evidence/ has its own tests.
class FakeEvidenceCheck final : public gateway::EvidenceCheck
{
public:
    gateway::Result<gateway::EvidenceOutcome> check(const gateway::IssueRequest& request,
                                                    gateway::ByteView) const override
    {
        if (error) return tl::unexpected(*error);
        if (!request.evidence) return gateway::EvidenceOutcome{{}, {{"evidence", "missing"}}};
        return gateway::EvidenceOutcome{gateway::pki::sha256(request.evidence->ekCertificateDer),
                                        {{"evidence", "verified"}}};
    }

    std::optional<gateway::Error> error; ///< given instead
};

/// The services over a fresh, migrated database, as the role v2c_gateway, with a software CA and a clock to set.
struct GatewayFixture
{
    static constexpr gateway::Time kStart{std::chrono::seconds(1'790'000'000)};

    enum class Authorities { One, WithBackup };

    explicit GatewayFixture(gateway::IssuingLimits limits = {},
                            SoftwareKey::Kind issuingKey = SoftwareKey::Kind::EcP256,
                            Authorities authorities = Authorities::One)
        : database(postgres().createDatabase(migratedDatabase())),
          signer(kStart - std::chrono::days(1), issuingKey),
          backup(kStart - std::chrono::days(1), issuingKey, "backup"),
          issuers(authorities == Authorities::One
                      ? std::vector<gateway::IssuingCa>{{signer.issuer(), signer}}
                      : std::vector<gateway::IssuingCa>{{signer.issuer(), signer}, {backup.issuer(), backup}},
                  [this] { return steadyNow.load(); }),
          secrets(valueOf(gateway::IdentitySecrets::make(gateway::SecretBytes(gateway::Bytes(32, 0x11)),
                                                         gateway::SecretBytes(gateway::Bytes(32, 0x22))))),
          connection(valueOf(gateway::store::parseDatabaseUrl(postgres().url("v2c_gateway", database)))),
          issuing(store, issuers, signer.profile("vehicle-device"), secrets, evidence, limits, clock()),
          renewal(store, issuers, signer.profile("vehicle-device"), clock()),
          revocation(revocations, clock())
    {
    }

    gateway::Clock clock()
    {
        return [this] { return gateway::Time(std::chrono::seconds(now.load())); };
    }
    void advance(std::chrono::seconds time) { now += time.count(); }

    gateway::VehicleIdentity identityOf(const gateway::Vin& vin) const
    {
        return gateway::deriveVehicleIdentity(vin, secrets);
    }
    gateway::IssueRequest request(const gateway::Vin& vin, const std::string& tcu, const SoftwareKey& key) const
    {
        return {
            .transaction = newTransaction(), .vin = vin, .csrDer = key.vehicleCsr(identityOf(vin)), .tcuSerial = tcu};
    }
    gateway::IssueRequest request(int number) const
    {
        return request(vinNumber(number), "TCU-" + std::to_string(number), SoftwareKey());
    }

    std::string sql(const std::string& statement) const { return postgres().sql(database, statement); }
    int count(const std::string& from) const { return std::stoi(sql("SELECT count(*) FROM " + from)); }
    /// "certificate_intent certificate_issued"
    std::string events() const { return sql("SELECT string_agg(event_type, ' ' ORDER BY id) FROM audit"); }

    std::atomic<std::int64_t> now{kStart.time_since_epoch().count()};
    std::atomic<std::chrono::steady_clock::time_point> steadyNow{
        std::chrono::steady_clock::time_point(std::chrono::hours(1))};
    std::string database;
    SoftwareSigner signer;
    SoftwareSigner backup;
    gateway::IssuerSet issuers;
    gateway::IdentitySecrets secrets;
    FakeEvidenceCheck evidence;
    gateway::store::Database connection;
    gateway::store::PostgresIssuanceStore store{connection};
    gateway::store::PostgresRevocationStore revocations{connection};
    gateway::IssuingService issuing;
    gateway::RenewalService renewal;
    gateway::RevocationService revocation;
    gateway::Caller station{
        .kind = gateway::Caller::Kind::Station, .name = "station-01", .certificateDer = {}, .traceId = kTraceId};
    gateway::Caller admin{
        .kind = gateway::Caller::Kind::Token, .name = "admin", .certificateDer = {}, .traceId = kTraceId};
};

} // namespace support
