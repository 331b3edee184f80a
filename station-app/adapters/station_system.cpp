#include "adapters/station_system.h"

#include <cstdlib>
#include <fstream>
#include <thread>

#include <net/if.h>

#include "adapters/audit_batch_writer.h"
#include "adapters/durable_file.h"
#include "adapters/gateway_certificate_issuer.h"
#include "adapters/logging.h"
#include "adapters/openssl_certificate_checker.h"
#include "adapters/sqlite_cases.h"
#include "adapters/sqlite_history.h"
#include "adapters/sqlite_journal.h"
#include "adapters/sqlite_people.h"
#include "adapters/uds_vehicle_unit.h"
#include "identity/random.h"
#include "identity/vehicle_identity.h"

namespace station {
namespace {

gateway::Time wallTime()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

RunClock systemClock()
{
    return {[] { return std::chrono::steady_clock::now(); }, wallTime,
            [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }};
}

/// One line, readable by nobody else.
gateway::Result<std::string> readToken(const std::filesystem::path& file)
{
    const auto bad = [&](const char* what) {
        return gateway::fail(gateway::ErrorCode::InvalidRequest, "audit-token", file.string() + " " + what);
    };
    std::error_code error;
    const auto permissions = std::filesystem::status(file, error).permissions();
    constexpr auto others = std::filesystem::perms::others_all;
    if (error) return bad("cannot be read");
    if ((permissions & others) != std::filesystem::perms::none)
        return bad("is open to others; expected mode 0600 or 0640");
    std::ifstream stream(file);
    std::string token;
    if (!std::getline(stream, token) || token.empty()) return bad("has no token in its first line");
    return token;
}

class RealStation final : public StationSystem
{
public:
    RealStation(Config config, gateway::IdentitySecrets secrets, std::unique_ptr<CertificateChecker> checker,
                JournalHook hook)
        : m_config(std::move(config)),
          m_secrets(std::move(secrets)),
          m_checker(std::move(checker)),
          m_run(parts(std::move(hook))),
          m_provisioner(m_run)
    {
    }

    const Config& config() const override { return m_config; }
    Provisioner& provisioner() override { return m_provisioner; }

    gateway::Result<DeliverySummary> deliverReports() override
    {
        auto journal = openJournal();
        if (!journal) return tl::unexpected(journal.error());
        const auto issuer = makeIssuer();
        constexpr auto untilDone = std::chrono::hours(1);
        return station::deliverReports(**journal, *issuer, systemClock(), untilDone);
    }

    gateway::Result<int> countWaitingReports() override
    {
        auto journal = openJournal();
        if (!journal) return tl::unexpected(journal.error());
        const auto waiting = (*journal)->pendingReports();
        if (!waiting) return tl::unexpected(waiting.error());
        return static_cast<int>(waiting->size());
    }

    gateway::Result<GatewayStanding> checkGateway() override { return makeIssuer()->checkHealth(); }

    std::optional<bool> isBusUp(int slot) override
    {
        constexpr std::string_view socketCan = "socketcan:";
        if (slot < 1 || static_cast<std::size_t>(slot) > m_config.slots.size()) return false;
        const auto& bus = m_config.slots[static_cast<std::size_t>(slot - 1)].bus;
        if (!bus.starts_with(socketCan)) return std::nullopt;
        // A network interface that is not there, or down, can carry no frame.
        std::ifstream flags("/sys/class/net/" + bus.substr(socketCan.size()) + "/flags");
        std::string text;
        if (!(flags >> text)) return false;
        return (std::strtoul(text.c_str(), nullptr, 16) & IFF_UP) != 0;
    }

    gateway::Result<std::unique_ptr<RunHistory>> openHistory() override
    {
        return openSqliteHistory(journalSettings(), wallTime);
    }

    UnitResult<gateway::Bytes> readActiveLeaf(int slot) override
    {
        const auto unit = makeUnit(slot);
        if (!unit)
            return tl::unexpected(UnitError{UnitFault::BusUnavailable, "unknown-slot",
                                            "the configuration has no slot " + std::to_string(slot)});
        auto journal = openJournal();
        if (!journal)
            return tl::unexpected(UnitError{UnitFault::BusUnavailable, journal.error().type, journal.error().detail});
        const auto claim = (*journal)->claimSlot(slot);
        if (!claim)
            return tl::unexpected(UnitError{UnitFault::BusUnavailable, claim.error().type, claim.error().detail});
        return unit->open().and_then([&] { return unit->readActiveLeaf(); });
    }

    gateway::Result<std::unique_ptr<People>> openPeople() override
    {
        return openSqlitePeople(journalSettings(), wallTime);
    }

    gateway::Result<std::unique_ptr<Cases>> openCases() override
    {
        return openSqliteCases(journalSettings(), wallTime);
    }

    ExportServices exports() override
    {
        ExportServices services;
        services.targets = [this] { return findExportTargets(m_config.output.folder); };
        services.exportBatch = [this](const RunFilter& period, const std::filesystem::path& folder,
                                      const ExportProgress& progress) {
            return writeAuditBatch(batchSource(), period, folder, progress);
        };
        services.writeFile = [](const std::filesystem::path& file, const std::string& octets) {
            const auto name = file.filename().string();
            std::error_code ignored;
            std::filesystem::remove(file.string() + ".new", ignored); // of an export that was cut off
            return DurableFolder::open(file.parent_path()).and_then([&](const DurableFolder& folder) {
                return folder.write(name + ".new", octets).and_then([&] { return folder.rename(name + ".new", name); });
            });
        };
        return services;
    }

    static std::unique_ptr<GatewayCertificateIssuer> makeIssuer(const Config& config)
    {
        return std::make_unique<GatewayCertificateIssuer>(config.gatewayUrls, [config](const std::string& url) {
            return gateway::makeGatewayClient(
                gateway::ClientSettings{url, config.rootCertificate, config.connectTimeout, config.requestTimeout},
                gateway::FileCredential{config.certificate, config.key});
        });
    }

private:
    gateway::Result<std::unique_ptr<Journal>> openJournal() const
    {
        return openSqliteJournal(journalSettings(), wallTime);
    }

    JournalSettings journalSettings() const
    {
        JournalSettings settings;
        settings.file = m_config.journal;
        return settings;
    }

    VehicleNames namesOf(const gateway::Vin& vin) const
    {
        const auto identity = gateway::deriveVehicleIdentity(vin, m_secrets);
        return {identity.deviceId, identity.vinHash};
    }

    BatchSource batchSource()
    {
        BatchSource source;
        source.station = m_config.name;
        source.openHistory = [this] { return openHistory(); };
        source.deriveNames = [this](const gateway::Vin& vin) { return namesOf(vin); };
        if (!m_config.output.auditTokenFile.empty())
            source.exportAudit = [this](const gateway::AuditExportQuery& query) { return askForAudit(query); };
        source.rootCertificate = m_config.rootCertificate;
        source.certificate = m_config.certificate;
        source.key = m_config.key;
        source.now = wallTime;
        return source;
    }

    /// All gateways share one database: the first that can be reached tells.
    gateway::Result<std::string> askForAudit(const gateway::AuditExportQuery& query) const
    {
        constexpr std::chrono::minutes longest{5}; // 50,000 rows over a slow line
        const auto token = readToken(m_config.output.auditTokenFile);
        if (!token) return tl::unexpected(token.error());
        gateway::Result<std::string> answer = gateway::fail(gateway::ErrorCode::Internal, "gateway-unreachable", "");
        for (const auto& url : m_config.gatewayUrls) {
            const auto client = gateway::makeGatewayClient(
                gateway::ClientSettings{url, m_config.rootCertificate, m_config.connectTimeout, longest},
                gateway::FileCredential{m_config.certificate, m_config.key});
            if (!client) return tl::unexpected(client.error());
            answer = (*client)->exportAudit(query, *token);
            if (answer || !answer.error().type.starts_with("gateway-")) return answer;
        }
        return answer;
    }

    std::unique_ptr<GatewayCertificateIssuer> makeIssuer() const { return makeIssuer(m_config); }

    std::unique_ptr<VehicleUnit> makeUnit(int slot) const
    {
        if (slot < 1 || static_cast<std::size_t>(slot) > m_config.slots.size()) return nullptr;
        const auto& place = m_config.slots[static_cast<std::size_t>(slot - 1)];
        tcu::LinkSettings link;
        link.bus = place.bus;
        link.requestId = place.requestId;
        link.responseId = place.responseId;
        const auto transcript = std::make_shared<UdsTranscript>();
        link.trace = [transcript, began = std::chrono::steady_clock::now()](bool isRequest, tcu::ByteView message) {
            const auto at = std::chrono::steady_clock::now() - began;
            transcript->add(isRequest, message, std::chrono::duration_cast<std::chrono::milliseconds>(at));
        };
        return std::make_unique<UdsVehicleUnit>([link] { return tcu::makeProvisioningClient(link); }, transcript);
    }

    RunParts parts(JournalHook hook)
    {
        RunParts parts;
        parts.openJournal = [this] { return openJournal(); };
        parts.makeUnit = [this](int slot) { return makeUnit(slot); };
        parts.makeIssuer = [this]() -> std::unique_ptr<CertificateIssuer> { return makeIssuer(); };
        parts.checker = m_checker.get();
        parts.deriveNames = [this](const gateway::Vin& vin) { return namesOf(vin); };
        parts.fillRandom = gateway::fillFromSystemRandom;
        parts.clock = systemClock();
        parts.budgets = m_config.budgets;
        parts.vinRules = m_config.vinRules;
        parts.hook = std::move(hook);
        return parts;
    }

    Config m_config;
    gateway::IdentitySecrets m_secrets;
    std::unique_ptr<CertificateChecker> m_checker;
    ProvisioningRun m_run;
    LoggedProvisioner m_provisioner;
};

} // namespace

gateway::Result<std::unique_ptr<StationSystem>> makeStationSystem(Config config, JournalHook hook)
{
    auto secrets = gateway::IdentitySecrets::load(config.identitySecrets);
    if (!secrets) return tl::unexpected(secrets.error());
    auto checker = makeCertificateChecker(config.rootCertificate, wallTime);
    if (!checker) return tl::unexpected(checker.error());
    for (const auto& url : config.gatewayUrls) {
        const auto client = gateway::makeGatewayClient(
            gateway::ClientSettings{url, config.rootCertificate, config.connectTimeout, config.requestTimeout},
            gateway::FileCredential{config.certificate, config.key});
        if (!client) return tl::unexpected(client.error());
    }
    return std::make_unique<RealStation>(std::move(config), std::move(*secrets), std::move(*checker), std::move(hook));
}

} // namespace station
