#include "cli/station_cli.h"

#include <cstdio>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <openssl/crypto.h>

#include "adapters/logging.h"
#include "adapters/openssl_certificate_checker.h"
#include "cli/result_text.h"
#include "scan/image_scanner.h"
#include "scan/vin_label.h"

namespace station::cli {
namespace {

constexpr int kUsage = 64; // EX_USAGE of sysexits.h

struct Options
{
    std::string config;
    std::string vin;
    std::string image;
    int slot = 1;
    bool json = false;
    std::string person;
    std::string role;
    std::string folder;
};

void print(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

void complain(const std::string& text)
{
    std::fputs(("v2c-station: " + text + "\n").c_str(), stderr);
}

int codeOf(Outcome outcome)
{
    return static_cast<int>(outcome);
}

/// Ends a command before its run has begun.
int giveUp(const Options& options, Outcome outcome, const gateway::Error& error)
{
    if (options.json) print(toJson(outcome, error.type, error.detail) + "\n");
    complain(error.detail + " (" + error.type + ")");
    return codeOf(outcome);
}

class StepPrinter final : public RunObserver
{
public:
    explicit StepPrinter(bool silent) : m_silent(silent) {}

    void onStep(const StepRecord& step) override
    {
        if (m_silent) return;
        if (step.state == StepState::Done || step.state == StepState::Failed) print(toLine(step) + "\n");
    }

private:
    bool m_silent;
};

gateway::Result<gateway::Vin> vinOf(const Options& options, const Config& config)
{
    const LabelRules label{config.scanner.prefix, config.scanner.suffix, config.scanner.code39Mod43, config.vinRules};
    if (options.image.empty()) return readVinLabel(options.vin, label); // a wedge scanner types what the label says
    ScanSettings settings;
    settings.helper = config.scanHelper;
    settings.vinRules = config.vinRules;
    return scanVinFromImage(options.image, settings);
}

int provision(const Options& options, StationSystem& station)
{
    const auto vin = vinOf(options, station.config());
    if (!vin) {
        const bool stationsOwn = vin.error().type.starts_with("scan-");
        return giveUp(options, stationsOwn ? Outcome::StationFailed : Outcome::Refused, vin.error());
    }
    const auto rule = appliedRule(station.config().vinRules, *vin);
    if (rule == CheckDigitRule::Advise || rule == CheckDigitRule::Confirm)
        complain("the check digit of " + vin->masked() + " is not that of 49 CFR 565.15; compare it with the label");

    StepPrinter observer(options.json);
    const auto result = station.provisioner().provision(*vin, options.slot, observer);
    print(options.json ? toJson(result) + "\n" : toVerdict(result));
    return codeOf(result.outcome);
}

int report(StationSystem& station)
{
    const auto told = station.deliverReports();
    if (!told) {
        complain(told.error().detail + " (" + told.error().type + ")");
        return codeOf(Outcome::StationFailed);
    }
    print(std::to_string(told->delivered.size()) + " delivered, " + std::to_string(told->waiting) + " waiting, " +
          std::to_string(told->setAside.size()) + " set aside\n");
    if (told->error) complain(told->error->detail + " (" + told->error->type + ")");
    return codeOf(told->waiting == 0 && told->setAside.empty() ? Outcome::Provisioned : Outcome::StationFailed);
}

int exportAudit(const Options& options, StationSystem& station)
{
    const auto batch = station.exports().exportBatch({}, options.folder, [](double) {});
    if (!batch) {
        complain(batch.error().detail + " (" + batch.error().type + ")");
        return codeOf(Outcome::StationFailed);
    }
    print(batch->name + ": " + std::to_string(batch->runs) + " runs, " +
          (batch->gatewayRows ? std::to_string(*batch->gatewayRows) + " records of the gateway"
                              : "without the gateway's records (" + batch->gatewayFault + ")") +
          "\n");
    return batch->gatewayRows ? 0 : codeOf(Outcome::StationFailed);
}

int readCertificate(const Options& options, StationSystem& station)
{
    const auto leaf = station.readActiveLeaf(options.slot);
    if (!leaf) {
        complain(leaf.error().detail + " (" + leaf.error().cause + ")");
        return codeOf(isUnitsOwn(leaf.error().fault) ? Outcome::UnitFailed : Outcome::StationFailed);
    }
    const auto pem = toPem(*leaf);
    if (!pem) {
        complain("the unit holds something that is no certificate");
        return codeOf(Outcome::UnitFailed);
    }
    print(*pem);
    return 0;
}

/// One line of standard input, wiped by its owner.
std::string secretLine()
{
    std::string line;
    std::getline(std::cin, line);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.pop_back();
    return line;
}

int complained(const gateway::Error& error)
{
    complain(error.detail + " (" + error.type + ")");
    return codeOf(Outcome::StationFailed);
}

int addPerson(const Options& options, People& people)
{
    auto badge = secretLine();
    auto pin = secretLine();
    const auto added = people.add(options.person, roleOf(options.role).value_or(Role::Operator), badge, pin);
    OPENSSL_cleanse(badge.data(), badge.size());
    OPENSSL_cleanse(pin.data(), pin.size());
    if (!added) return complained(added.error());
    print("added " + added->name + ", " + std::string(station::name(added->role)) + "\n");
    return 0;
}

int removePerson(const Options& options, People& people)
{
    if (const auto removed = people.remove(options.person); !removed) return complained(removed.error());
    print("removed " + options.person + "\n");
    return 0;
}

int listPeople(People& people)
{
    const auto all = people.list();
    if (!all) return complained(all.error());
    for (const auto& person : *all)
        print(std::string(station::name(person.role)) + "\t" + (person.hasBadge ? "badge" : "-") + "\t" +
              (person.hasPin ? "PIN" : "-") + "\t" + person.name + "\n");
    return 0;
}

} // namespace

int run(int argc, char** argv, JournalHook hook, const WindowOpener& window)
{
    Options options;
    CLI::App app{"Provisioning station: from a VIN barcode to a certificate in the vehicle's TPM.\n"
                 "Exit codes: 0 provisioned, 1 unit failed, 2 station or infrastructure failed, 3 refused, 64 usage.",
                 "v2c-station"};
    app.add_option("--config", options.config, "configuration file (JSON)")->envname("V2C_STATION_CONFIG")->required();
    app.require_subcommand(0, 1);
    app.fallthrough();

    auto* provisioning = app.add_subcommand("provision", "provision the vehicle in a slot, without a window");
    auto* source = provisioning->add_option_group("vehicle");
    source->add_option("--vin", options.vin, "the vehicle's VIN, as typed or as its label says");
    source->add_option("--image", options.image, "picture of its label: PNG, JPEG, BMP or PNM");
    source->require_option(1);
    provisioning->add_option("--slot", options.slot, "slot of the configuration, 1 for the first")
        ->check(CLI::PositiveNumber);
    provisioning->add_flag("--json", options.json, "print one JSON object");

    auto* reporting = app.add_subcommand("report", "tell the gateway what waits in the journal");
    auto* reading =
        app.add_subcommand("read-certificate", "the unit's certificate, read over the vehicle link, as PEM");
    reading->add_option("--slot", options.slot, "slot of the configuration, 1 for the first")
        ->check(CLI::PositiveNumber);
    auto* showing = app.add_subcommand("window", "the operator's window (default)");
    showing->add_option("--slot", options.slot, "slot of the configuration, 1 for the first")
        ->check(CLI::PositiveNumber);

    auto* exporting = app.add_subcommand("export-audit", "writes an audit batch of all that the station keeps");
    exporting->add_option("--to", options.folder, "folder or stick; the batch is a new folder in it")->required();

    auto* managing = app.add_subcommand("people", "who may use the window, with badge or PIN");
    managing->require_subcommand(1);
    auto* adding =
        managing->add_subcommand("add", "reads the badge, then the PIN from standard input, a line each; one "
                                        "of them may be empty");
    adding->add_option("--name", options.person, "as the screens show it")->required();
    adding->add_option("--role", options.role, "operator, technician or supervisor")
        ->required()
        ->check(CLI::IsMember({"operator", "technician", "supervisor"}));
    auto* removing = managing->add_subcommand("remove", "takes badge and PIN away");
    removing->add_option("--name", options.person, "as list prints it")->required();
    managing->add_subcommand("list", "prints role, badge, PIN and name of everybody");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    const bool wantsWindow = !*provisioning && !*reporting && !*reading && !*exporting && !*managing;
    if (wantsWindow && !window) {
        complain("this program has no window; see --help for its commands");
        return kUsage;
    }

    auto config = loadConfig(options.config);
    if (!config) return giveUp(options, Outcome::StationFailed, config.error());
    if (const auto logging = startLogging(config->log); !logging)
        return giveUp(options, Outcome::StationFailed, logging.error());
    auto station = makeStationSystem(std::move(*config), std::move(hook));
    if (!station) return giveUp(options, Outcome::StationFailed, station.error());
    if (wantsWindow) return window(**station, options.slot, argc, argv);

    const QCoreApplication application(argc, argv);
    if (*managing) {
        const auto people = (*station)->openPeople();
        if (!people) return complained(people.error());
        if (*adding) return addPerson(options, **people);
        if (*removing) return removePerson(options, **people);
        return listPeople(**people);
    }
    if (*reporting) return report(**station);
    if (*exporting) return exportAudit(options, **station);
    if (*reading) return readCertificate(options, **station);
    return provision(options, **station);
}

} // namespace station::cli
