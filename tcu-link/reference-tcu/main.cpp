#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QHostAddress>
#include <QSocketNotifier>
#include <QTimer>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <sys/signalfd.h>
#include <unistd.h>

#include "can/virtual_bus.h"
#include "client/gateway_client.h"
#include "contract/bytes.h"
#include "identity/random.h"
#include "provisioning/provisioning_server.h"
#include "reference-tcu/broker_connection.h"
#include "reference-tcu/faulty_unit.h"
#include "reference-tcu/reference_unit.h"
#include "reference-tcu/renewal.h"
#include "reference-tcu/state_owner.h"

namespace {

using Json = nlohmann::ordered_json;

constexpr int kDone = 0;
constexpr int kUnitFailed = 1;
constexpr int kInfrastructureFailed = 2;
constexpr int kNotPossible = 3;
constexpr int kUsage = 64;

constexpr std::chrono::seconds kSlowKey{8}; // longer than P2* (5 s), so that more than one 0x78 is seen

std::chrono::sys_seconds systemTime()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

int fail(int code, const std::string& detail)
{
    std::cerr << "v2c-tcu: " << detail << '\n';
    return code;
}

/// The first line of a server tells the script that started it that it may go on.
void announce(const std::string& line)
{
    std::cout << line << std::endl;
}

/// SIGTERM and SIGINT end the event loop. Must be made before any thread, which inherits the blocked signals.
class EndOnSignal final
{
public:
    EndOnSignal()
    {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigprocmask(SIG_BLOCK, &signals, nullptr);
        m_descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
        m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read);
        QObject::connect(m_notifier.get(), &QSocketNotifier::activated, [] { QCoreApplication::quit(); });
    }
    ~EndOnSignal()
    {
        m_notifier.reset();
        ::close(m_descriptor);
    }
    EndOnSignal(const EndOnSignal&) = delete;
    EndOnSignal& operator=(const EndOnSignal&) = delete;

private:
    int m_descriptor = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

struct Options
{
    std::string listen;
    std::string bus;
    std::string tpm;
    std::string state;
    std::string root;
    std::string url;
    std::string vin;
    std::string ecuSerial;
    std::string hardwareNumber;
    std::string partNumber;
    std::string softwareNumber;
    std::string softwareVersion;
    std::uint32_t requestId = 0x7E0;
    std::uint32_t responseId = 0x7E8;
    std::vector<std::string> faults;
    std::string broker;
    bool once = false;
    bool force = false;
    bool json = false;
};

int runBus(QCoreApplication& application, const Options& options)
{
    const auto colon = options.listen.rfind(':');
    bool isNumber = false;
    const auto port =
        colon == std::string::npos ? 0 : QString::fromStdString(options.listen.substr(colon + 1)).toUShort(&isNumber);
    const QHostAddress address(QString::fromStdString(options.listen.substr(0, colon)));
    if (!isNumber || address.isNull() || !address.isLoopback())
        return fail(kUsage, "--listen: expected a loopback address and a port as in 127.0.0.1:35468, got '" +
                                options.listen + "'");
    tcu::VirtualBus bus;
    const auto listening = bus.listen(address, port);
    if (!listening) return fail(kInfrastructureFailed, options.listen + ": " + listening.error());
    announce("listening on " + address.toString().toStdString() + ':' + std::to_string(*listening));
    return application.exec();
}

std::map<std::uint16_t, std::string> identificationOf(const Options& options)
{
    std::map<std::uint16_t, std::string> result;
    const std::pair<std::uint16_t, const std::string&> values[] = {
        {tcu::did::kVin, options.vin},
        {tcu::did::kEcuSerialNumber, options.ecuSerial},
        {tcu::did::kEcuHardwareNumber, options.hardwareNumber},
        {tcu::did::kSparePartNumber, options.partNumber},
        {tcu::did::kSystemSupplierSoftwareNumber, options.softwareNumber},
        {tcu::did::kSoftwareVersionNumber, options.softwareVersion}};
    for (const auto& [did, value] : values) {
        if (!value.empty()) result.emplace(did, value);
    }
    return result;
}

int runServer(QCoreApplication& application, const Options& options)
{
    auto root = tcu::loadRoot(options.root);
    if (!root) return fail(kInfrastructureFailed, root.error());
    tcu::Tpm tpm({options.tpm});
    tcu::UnitSettings unitSettings{options.state, identificationOf(options), systemTime};
    for (const auto& fault : options.faults) {
        if (fault == "exportable-key") unitSettings.keyKind = tcu::KeyKind::Exportable;
        if (fault == "soft-key") unitSettings.keyKind = tcu::KeyKind::Imported;
    }
    tcu::ReferenceUnit unit(std::move(unitSettings), tpm, std::move(*root));
    if (const auto started = unit.start(); !started) {
        if (started.error().nrc != tcu::nrc::kBusyRepeatRequest) return fail(kUnitFailed, started.error().detail);
        spdlog::warn("{}; serving without it until it comes", started.error().detail);
    }

    tcu::UnitFaults faults;
    bool isSilent = false;
    for (const auto& fault : options.faults) {
        faults.csrFails |= fault == "csr-fails";
        faults.installFails |= fault == "install-fails";
        faults.verifyWrongSignature |= fault == "verify-wrong-signature";
        faults.noEkCertificate |= fault == "no-ek-certificate";
        faults.foreignEk |= fault == "foreign-ek";
        faults.replayedEvidence |= fault == "replayed-evidence";
        faults.otherKeyEvidence |= fault == "other-key-evidence";
        if (fault == "slow-key") faults.keyDelay = kSlowKey;
        isSilent |= fault == "silent";
    }
    tcu::FaultyUnit faulty(unit, tpm, faults);
    if (isSilent) {
        announce("ready");
        return application.exec();
    }
    int result = kDone;
    {
        tcu::ServerSettings settings;
        settings.bus = options.bus;
        settings.requestId = options.requestId;
        settings.responseId = options.responseId;
        tcu::ProvisioningServer server(settings, faulty);
        if (const auto started = server.start(); !started) return fail(kUsage, started.error().detail);
        QTimer untilOnBus;
        QObject::connect(&untilOnBus, &QTimer::timeout, [&] {
            if (!server.isOnBus()) return;
            announce("ready");
            untilOnBus.stop();
        });
        untilOnBus.start(std::chrono::milliseconds(20));
        result = application.exec();
    }
    tpm.shutdown();
    return result;
}

int runRenewal(const Options& options)
{
    auto root = tcu::loadRoot(options.root);
    if (!root) return fail(kInfrastructureFailed, root.error());
    tcu::Tpm tpm({options.tpm});
    tcu::ReferenceUnit unit({options.state, {}, systemTime}, tpm, std::move(*root));
    if (const auto started = unit.start(); !started)
        return fail(started.error().nrc == tcu::nrc::kBusyRepeatRequest ? kInfrastructureFailed : kUnitFailed,
                    started.error().detail);
    tcu::RenewalAgent agent(
        unit,
        [&](const gateway::KeyCredential& credential) {
            gateway::ClientSettings settings;
            settings.url = options.url;
            settings.rootCertificate = options.root;
            return gateway::makeGatewayClient(settings, credential);
        },
        systemTime, gateway::fillFromSystemRandom);
    const auto outcome = agent.run(options.force);

    using Kind = tcu::RenewalOutcome::Kind;
    const auto [word, code] = [&]() -> std::pair<const char*, int> {
        switch (outcome.kind) {
        case Kind::Renewed:
            return {"renewed", kDone};
        case Kind::NotDue:
            return {"not-due", kDone};
        case Kind::RolledBack:
            return {"rolled-back", kUnitFailed};
        case Kind::Failed:
            return {"failed", kUnitFailed};
        case Kind::TryLater:
            return {"try-later", kInfrastructureFailed};
        case Kind::Refused:
            return {"refused", kNotPossible};
        case Kind::Unprovisioned:
            return {"unprovisioned", kNotPossible};
        }
        return {"failed", kUnitFailed};
    }();
    const auto textOrNull = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    if (options.json) {
        const Json answer = {{"result", word},
                             {"serial", textOrNull(outcome.serial)},
                             {"replaced_serial", textOrNull(outcome.replaced)},
                             {"not_after", outcome.serial.empty() ? Json() : Json(tcu::timeText(outcome.expiresAt))},
                             {"detail", textOrNull(outcome.detail)}};
        std::cout << answer.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else if (code == kDone) {
        std::cout << word << ": certificate " << outcome.serial << " until " << tcu::timeText(outcome.expiresAt)
                  << '\n';
    }
    if (code != kDone) return fail(code, std::string(word) + ": " + outcome.detail);
    return code;
}

/// A misspelt folder is not an empty unit.
tcu::StoreResult<void> checkState(const Options& options)
{
    std::error_code unused;
    if (!std::filesystem::is_directory(options.state, unused))
        return tl::unexpected("--state: expected a unit's folder, got '" + options.state + "'");
    return {};
}

std::atomic<bool> endAsked{false};

int runConnection(const Options& options)
{
    auto address = tcu::parseBrokerAddress(options.broker);
    if (!address) return fail(kUsage, "--broker: " + address.error());
    auto root = tcu::loadRoot(options.root);
    if (!root) return fail(kInfrastructureFailed, root.error());
    tcu::Tpm tpm({options.tpm});
    tcu::ReferenceUnit unit({options.state, {}, systemTime}, tpm, std::move(*root));
    const auto credential = unit.activeCredential();
    if (!credential)
        return fail(credential.error().nrc == tcu::nrc::kBusyRepeatRequest ? kInfrastructureFailed : kNotPossible,
                    credential.error().detail);
    const auto record = unit.record();
    if (!record || !record->active) return fail(kNotPossible, "no certificate is installed");

    for (const int signal : {SIGTERM, SIGINT})
        std::signal(signal, [](int) { endAsked = true; });
    tcu::BrokerConnection connection({.broker = std::move(*address), .root = options.root}, *credential,
                                     record->active->key.deviceId);
    using Kind = tcu::BrokerConnection::Event::Kind;
    const auto last = connection.run([] { return endAsked.load(); }, options.once,
                                     [](const auto& event) {
                                         switch (event.kind) {
                                         case Kind::Connected:
                                             return announce("connected");
                                         case Kind::Unreachable:
                                             return announce("unreachable: " + event.detail);
                                         case Kind::Refused:
                                             return announce("refused: " + event.detail);
                                         case Kind::Disconnected:
                                             return announce("disconnected: " + event.detail);
                                         }
                                     });
    if (!last) return fail(kUnitFailed, last.error());
    if (endAsked || last->kind == Kind::Connected) return kDone;
    return last->kind == Kind::Unreachable ? kInfrastructureFailed : kNotPossible;
}

/// @return record and active chain; reads files only, so that it needs neither lock nor TPM
tcu::StoreResult<std::pair<tcu::Record, tcu::Chain>> readState(const Options& options)
{
    if (const auto known = checkState(options); !known) return tl::unexpected(known.error());
    const tcu::RecordStore store(options.state, {});
    const auto record = store.load();
    if (!record) return tl::unexpected(record.error());
    if (!record->active) return std::pair(*record, tcu::Chain{});
    const auto der = store.readChain(record->active->chainFile);
    if (!der) return tl::unexpected(der.error());
    auto chain = tcu::parseChain(*der);
    if (!chain) return tl::unexpected(chain.error().detail);
    return std::pair(*record, std::move(*chain));
}

std::string handleText(std::uint32_t handle)
{
    char text[16];
    std::snprintf(text, sizeof text, "0x%08X", handle);
    return text;
}

int printStatus(const Options& options)
{
    const auto state = readState(options);
    if (!state) return fail(kUnitFailed, state.error());
    const auto& [record, chain] = *state;
    Json answer = {{"state", tcu::name(record.state())},
                   {"device_id", nullptr},
                   {"serial", nullptr},
                   {"tpm_handle", nullptr},
                   {"not_after", nullptr},
                   {"transaction", nullptr},
                   {"pending", nullptr},
                   {"replaced", nullptr}};
    if (record.active) {
        answer["device_id"] = record.active->key.deviceId;
        answer["serial"] = tcu::serialText(chain.front().get());
        answer["tpm_handle"] = handleText(record.active->key.handle);
        answer["not_after"] = tcu::timeText(tcu::notAfter(chain.front().get()));
        answer["transaction"] = gateway::toLowerHex(record.active->key.transaction);
    }
    if (record.pending) {
        answer["pending"] = {{"transaction", gateway::toLowerHex(record.pending->key.transaction)},
                             {"tpm_handle", handleText(record.pending->key.handle)},
                             {"by_renewal", record.pending->byRenewal}};
    }
    if (record.replaced) {
        answer["replaced"] = {{"tpm_handle", handleText(record.replaced->certificate.key.handle)},
                              {"replaced_at", tcu::timeText(record.replaced->replacedAt)}};
    }
    std::cout << answer.dump(2) << '\n';
    return kDone;
}

int printCertificate(const Options& options)
{
    auto state = readState(options);
    if (!state) return fail(kUnitFailed, state.error());
    auto& chain = state->second;
    if (chain.empty()) return fail(kNotPossible, "no certificate is installed");
    chain.resize(1);
    std::cout << tcu::toPem(chain);
    return kDone;
}

} // namespace

int main(int argc, char* argv[])
{
    // tpm2-tss prints each refused command on stderr; what matters comes back as an error and is told once.
    ::setenv("TSS2_LOG", "all+none", 0);
    // stdout belongs to what scripts read.
    spdlog::set_default_logger(spdlog::stderr_color_mt("v2c-tcu"));

    Options options;
    CLI::App cli("The reference telematics unit: its keys live in a TPM 2.0, a provisioning station reaches it by UDS\n"
                 "over CAN, and it renews its certificate by itself.");
    cli.name("v2c-tcu");
    cli.require_subcommand(1);
    cli.footer("Exit codes: 0 done, 1 the unit failed, 2 bus, TPM, gateway or files not available (try again),\n"
               "3 not possible (refused by the gateway, or nothing installed), 64 usage.\n\n"
               "A unit on a development bus:\n"
               "  v2c-tcu bus --listen 127.0.0.1:35468\n"
               "  v2c-tcu serve --bus virtualcan:tcp://127.0.0.1:35468/can0 --tpm swtpm:host=127.0.0.1,port=2321 \\\n"
               "      --state ./tcu --root root-ca.pem --vin 5VXTC2E41SA000017 --ecu-serial TCU-0001");

    auto* bus = cli.add_subcommand("bus", "Runs the virtual CAN bus of development machines until SIGTERM");
    bus->add_option("--listen", options.listen, "Loopback address and port; port 0 takes a free one")->required();

    const auto addState = [&](CLI::App* command) {
        command->add_option("--state", options.state, "Folder of the unit's record and certificates")->required();
    };
    const auto addTpm = [&](CLI::App* command) {
        command
            ->add_option("--tpm", options.tpm,
                         "TPM 2.0 as tpm2-tss names it: swtpm:host=127.0.0.1,port=2321 or device:/dev/tpmrm0")
            ->required();
        command->add_option("--root", options.root, "The pinned root certificate, PEM")->required();
    };

    auto* serve = cli.add_subcommand("serve", "Runs the unit until SIGTERM; prints 'ready' once it is on the bus");
    serve
        ->add_option("--bus", options.bus,
                     "Qt plugin and device: socketcan:can0 or virtualcan:tcp://127.0.0.1:35468/can0")
        ->required();
    addTpm(serve);
    addState(serve);
    serve->add_option("--vin", options.vin, "Vehicle identification number (DID F190)")->required();
    serve->add_option("--ecu-serial", options.ecuSerial, "Serial number of the unit (DID F18C)")->required();
    serve->add_option("--hardware-number", options.hardwareNumber, "DID F191");
    serve->add_option("--part-number", options.partNumber, "DID F187");
    serve->add_option("--software-number", options.softwareNumber, "DID F188");
    serve->add_option("--software-version", options.softwareVersion, "DID F195");
    serve->add_option("--request-id", options.requestId, "CAN id the station sends with")
        ->capture_default_str()
        ->check(CLI::Range(0, 0x7FF));
    serve->add_option("--response-id", options.responseId, "CAN id the unit answers with")
        ->capture_default_str()
        ->check(CLI::Range(0, 0x7FF));
    serve
        ->add_option("--fault", options.faults,
                     "Misbehave, for tests; may be given more than once: csr-fails, install-fails,\n"
                     "verify-wrong-signature, slow-key (8 s), silent (no answers at all); false TPM evidence:\n"
                     "soft-key (made outside the TPM), exportable-key, other-key-evidence (not the CSR's),\n"
                     "replayed-evidence (for another nonce), foreign-ek (no manufacturer's), no-ek-certificate")
        ->check(CLI::IsMember({"csr-fails", "install-fails", "verify-wrong-signature", "slow-key", "silent", "soft-key",
                               "exportable-key", "other-key-evidence", "replayed-evidence", "foreign-ek",
                               "no-ek-certificate"}));

    auto* renew = cli.add_subcommand("renew", "Renews the certificate when less than 30 days are left; run it daily");
    addTpm(renew);
    addState(renew);
    renew->add_option("--url", options.url, "The gateway: https://host:port")->required();
    renew->add_flag("--force", options.force, "Renew whatever the age");
    renew->add_flag("--json", options.json, "Print one JSON object");

    auto* connect =
        cli.add_subcommand("connect", "Connects to the MQTT broker with the key in the TPM, and again after each\n"
                                      "loss, until SIGTERM; prints connected, unreachable, refused, disconnected");
    addTpm(connect);
    addState(connect);
    connect->add_option("--broker", options.broker, "host:port; an IPv6 address in brackets")->required();
    connect->add_flag("--once", options.once,
                      "End with the first refusal or loss (exit code 3), or when nobody listens there (exit code 2)");

    auto* status = cli.add_subcommand("status", "Prints what the unit holds, as JSON; works beside a running unit");
    addState(status);
    auto* readCertificate = cli.add_subcommand("read-certificate", "Prints the active certificate as PEM");
    addState(readCertificate);

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? kDone : kUsage;
    }

    if (*status) return printStatus(options);
    if (*readCertificate) return printCertificate(options);
    if (*renew || *connect) {
        if (const auto known = checkState(options); !known) return fail(kInfrastructureFailed, known.error());
    }
    if (!*bus) {
        if (const auto owner = tcu::becomeOwnerOf(options.state); !owner)
            return fail(kInfrastructureFailed, owner.error());
    }
    if (*renew) return runRenewal(options);
    if (*connect) return runConnection(options);
    QCoreApplication application(argc, argv);
    const EndOnSignal endOnSignal;
    return *bus ? runBus(application, options) : runServer(application, options);
}
