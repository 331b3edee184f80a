/// How many certificates per second the store takes: begin() and complete() of made-up certificates over a PostgreSQL
/// of its own with fsync, without any signing. Usage: store_bench [SECONDS_PER_POINT]

#include <cstdlib>
#include <iostream>
#include <thread>

#include "ca-gateway/issuance/gateway_fixture.h"

using namespace gateway;

namespace {

constexpr int kTbsOctets = 800;
constexpr int kCertificateOctets = 1100;

template <std::size_t N>
std::array<std::uint8_t, N> randomBytes()
{
    std::array<std::uint8_t, N> bytes{};
    if (!fillFromSystemRandom(bytes)) throw std::runtime_error("no random bytes");
    return bytes;
}

Bytes randomDigest()
{
    const auto bytes = randomBytes<32>();
    return {bytes.begin(), bytes.end()};
}

void issueOne(store::PostgresIssuanceStore& store, const Caller& caller)
{
    const auto device = randomBytes<16>();
    const auto vin = randomBytes<32>();
    const auto deviceId = support::valueOf(DeviceId::parse(toUpperHex(device)));
    const auto vinHash = support::valueOf(VinHash::parse(toLowerHex(vin)));
    const auto serial = support::valueOf(CertificateSerial::random(fillFromSystemRandom));
    const auto now = support::GatewayFixture::kStart;
    const IssuanceIntent intent{.transaction = support::newTransaction(),
                                .requestedBy = caller.name,
                                .tcuSerial = "TCU-" + toLowerHex(randomBytes<8>()),
                                .csrSha256 = randomDigest(),
                                .publicKeySha256 = randomDigest(),
                                .deviceId = deviceId,
                                .vinHash = vinHash,
                                .issuer = "CN = V2C Device Issuing CA, O = Automotive OEM, C = US",
                                .serial = serial,
                                .profile = "vehicle-device",
                                .tbsDer = Bytes(kTbsOctets, 0x30),
                                .replaces = {},
                                .replacesIssuer = {},
                                .requestedAt = now};
    auto audit = makeAuditEvent("certificate_intent", caller, now);
    audit.deviceId = deviceId;
    audit.vinHash = vinHash;
    audit.serial = serial;
    audit.metadata = {{"validity", "365 days"}, {"issuer", "Device Issuing CA"}, {"key_algorithm", "ECC P-256"}};
    std::ignore = support::valueOf(
        store.begin(intent, {.perUnit = std::chrono::hours(24), .perIssuerAndHour = 1'000'000'000}, audit));
    audit.eventType = "certificate_issued";
    const CertificateRecord record{.issuer = intent.issuer,
                                   .serial = serial,
                                   .type = "vehicle",
                                   .subject = "CN = " + std::string(deviceId.text()) + ", O = Automotive OEM",
                                   .deviceId = deviceId,
                                   .vinHash = vinHash,
                                   .issuedAt = now,
                                   .expiresAt = now + std::chrono::days(365),
                                   .provisionedAt = {},
                                   .revokedAt = {},
                                   .reason = {},
                                   .replacedBy = {},
                                   .replacedAt = {},
                                   .publicKeySha256 = intent.publicKeySha256,
                                   .der = Bytes(kCertificateOctets, 0x30),
                                   .request = intent.transaction,
                                   .createdBy = caller.name};
    std::ignore = support::valueOf(store.complete(intent.transaction, record, audit));
}

double certificatesPerSecond(store::PostgresIssuanceStore& store, const Caller& caller, int threads,
                             std::chrono::seconds length)
{
    using Steady = std::chrono::steady_clock;
    std::atomic<int> done{0};
    const auto begin = Steady::now();
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i)
        workers.emplace_back([&] {
            while (Steady::now() - begin < length) {
                issueOne(store, caller);
                ++done;
            }
        });
    for (auto& worker : workers)
        worker.join();
    return done / std::chrono::duration<double>(Steady::now() - begin).count();
}

} // namespace

int main(int argc, char** argv)
{
    const auto seconds = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 5);
    support::PostgresServer server(support::PostgresServer::Durability::On);
    if (const auto problem = server.start(); !problem.isEmpty()) {
        std::cerr << problem.toStdString() << '\n';
        return 1;
    }
    const auto name = server.createDatabase();
    {
        store::Database owner(support::valueOf(store::parseDatabaseUrl(server.url("v2c_owner", name))));
        std::ignore = support::valueOf(store::migrate(owner, V2C_SOURCE_DIR "/resources/sql"));
    }
    store::Database database(support::valueOf(store::parseDatabaseUrl(server.url("v2c_gateway", name))));
    store::PostgresIssuanceStore store(database);
    const Caller caller{
        .kind = Caller::Kind::Station, .name = "station-01", .certificateDer = {}, .traceId = support::kTraceId};
    for (int i = 0; i < 20; ++i)
        issueOne(store, caller);
    for (const int threads : {1, 8, 32})
        std::cout << threads << " threads: " << int(certificatesPerSecond(store, caller, threads, seconds))
                  << " certificates/s" << std::endl;
    return 0;
}
