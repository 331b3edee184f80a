#include <iostream>
#include <map>

#include <CLI/CLI.hpp>
#include <QCoreApplication>

#include "gateway/administration.h"
#include "gateway/audit_commands.h"
#include "gateway/ceremony_command.h"
#include "gateway/evidence_command.h"
#include "gateway/serve.h"
#include "gateway/vault_command.h"
#include "http/access.h"

using namespace gateway;

namespace {

constexpr int kExitUsage = 64; // EX_USAGE: the command line or the configuration is wrong
constexpr int kExitFailed = 1;

int exitCode(const Result<void>& done)
{
    if (done) return 0;
    std::cerr << "v2c-ca-gateway: " << done.error().type << ": " << done.error().detail << '\n';
    return done.error().type == "config" ? kExitUsage : kExitFailed;
}

/// Loads the configuration and gives it to the command.
template <typename Command>
Result<void> withConfig(const std::string& file, Command&& command)
{
    const auto config = loadGatewayConfig(file);
    if (!config) return tl::unexpected(config.error());
    return command(*config);
}

Result<RevokeRequest> revokeRequest(const std::string& serial, const std::string& reason, const std::string& severity,
                                    const std::string& notes)
{
    const auto parsedSerial = CertificateSerial::parse(serial);
    if (!parsedSerial) return tl::unexpected(parsedSerial.error());
    const auto parsedReason = parseRevocationReason(reason);
    const auto parsedSeverity = parseSeverity(severity);
    if (!parsedReason || !parsedSeverity)
        return fail(ErrorCode::InvalidRequest, "config",
                    "expected a reason of RFC 5280 such as KEY_COMPROMISE and a severity P0 to P4, got others");
    return RevokeRequest{*parsedSerial, *parsedReason, *parsedSeverity, notes};
}

} // namespace

int main(int argc, char** argv)
{
    // Only for the folders of Qt's SQL drivers; there is no event loop.
    const QCoreApplication qt(argc, argv);

    CLI::App app("Issues, renews and revokes V2C certificates", "v2c-ca-gateway");
    app.require_subcommand(1);
    std::string config;
    const auto command = [&](CLI::App& parent, const char* name, const char* help) {
        auto* made = parent.add_subcommand(name, help);
        made->add_option("--config", config, "configuration, see docs/configuration.md")->required();
        return made;
    };

    auto* serving = command(app, "serve", "run the listeners");
    std::vector<std::string> roles{"api", "ocsp", "crl", "worker"};
    serving->add_option("--roles", roles, "api, ocsp, crl, worker (seals the audit, drops what has expired)")
        ->delimiter(',')
        ->check(CLI::IsMember({"api", "ocsp", "crl", "worker"}));

    auto* migrating = command(app, "migrate", "bring the database's schema up to date");

    auto* importing = command(app, "import", "register the certificates of a ceremony, publish its CRLs");
    std::string folder;
    importing->add_option("--pki", folder, "folder with manifest.json")->required();
    bool withoutLists = false;
    importing->add_flag("--without-crls", withoutLists, "register the certificates, publish nothing");

    CeremonyCommand ceremony(app);

    auto* token = app.add_subcommand("token", "bearer tokens");
    token->require_subcommand(1);
    auto* creating = command(*token, "create", "make a token and print it, once");
    std::string name;
    std::vector<std::string> scopes;
    creating->add_option("--name", name, "whose it is")->required();
    creating->add_option("--scopes", scopes, "create, list, revoke, audit")
        ->delimiter(',')
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>(http::kTokenScopes.begin(), http::kTokenScopes.end())));
    int days = 0;
    creating->add_option("--expires-in-days", days, "without it the token has no end")->check(CLI::Range(1, 3650));
    auto* listingTokens = command(*token, "list", "show all tokens with scopes and status, not the tokens themselves");
    auto* withdrawing = command(*token, "revoke", "withdraw a token at once");
    withdrawing->add_option("--name", name, "whose it is")->required();

    auto* quarantine =
        app.add_subcommand("quarantine", "keys and endorsement keys that two vehicles or units have shown");
    quarantine->require_subcommand(1);
    auto* listing = command(*quarantine, "list", "print what is in quarantine, a JSON line each");
    bool withReleased = false;
    listing->add_flag("--all", withReleased, "with what has been released");
    auto* releasing = command(*quarantine, "release", "let both parties of an entry go on; audited");
    std::int64_t quarantineId = 0;
    std::string releaseReason;
    releasing->add_option("--id", quarantineId, "of the entry")->required();
    releasing->add_option("--reason", releaseReason, "for the audit")->required();

    auto* overriding =
        app.add_subcommand("override", "a technician's permission to issue to a unit again within a day");
    overriding->require_subcommand(1);
    auto* signingOverride = overriding->add_subcommand("sign", "sign one and print the request's field \"override\"");
    OverrideOrder order;
    signingOverride->add_option("--key", order.key, "the technician's private key, PEM")->required();
    signingOverride->add_option("--certificate", order.certificate, "the technician's certificate, PEM")->required();
    signingOverride->add_option("--transaction", order.transaction, "the request's Idempotency-Key")->required();
    signingOverride->add_option("--device-id", order.deviceId, "32 hex digits")->required();
    signingOverride->add_option("--tcu-serial", order.tcuSerial, "the unit's serial number")->required();
    signingOverride->add_option("--reason", order.reason, "for the audit")->required();
    signingOverride->add_option("--expires-at", order.expiresAt, "RFC 3339 time")->required();
    auto* evidence = app.add_subcommand("evidence", "what TPM evidence is checked against, see docs/evidence.md");
    evidence->require_subcommand(1);
    auto* bundling = evidence->add_subcommand("bundle", "sign manufacturers' certificates and CRLs as one file");
    BundleFiles files;
    bundling->add_option("--roots", files.roots, "files or folders of PEM or DER")->required();
    bundling->add_option("--intermediates", files.intermediates, "files or folders of PEM or DER");
    bundling->add_option("--crls", files.crls, "files or folders of PEM or DER");
    bundling->add_option("--certificate", files.certificate, "the signer's certificate and its issuers, PEM")
        ->required();
    bundling->add_option("--key", files.key, "the signer's private key, PEM")->required();
    bundling->add_option("--output", files.bundle, "bundle to write")->required();
    auto* showing = evidence->add_subcommand("show", "check a bundle and print what it holds and when that ends");
    showing->add_option("--bundle", files.bundle, "bundle to read")->required();
    showing->add_option("--root", files.root, "root certificate that its signer chains to")->required();

    auto* revoking = command(app, "revoke", "revoke a certificate");
    std::string serial;
    std::string reason;
    std::string severity = "P3";
    std::string notes;
    revoking->add_option("--serial", serial, "hex, with or without colons")->required();
    revoking->add_option("--reason", reason, "KEY_COMPROMISE, ...")->required();
    revoking->add_option("--severity", severity, "P0 to P4");
    revoking->add_option("--notes", notes, "for the audit");

    auto* searching = command(app, "search", "look certificates up, newest first; prints the API's answer as JSON");
    std::map<std::string, std::string> conditions;
    for (const auto& [option, help] :
         std::initializer_list<std::pair<const char*, const char*>>{{"serial", "hex, with or without colons"},
                                                                    {"device_id", "32 hex digits"},
                                                                    {"vin_hash", "64 hex digits"},
                                                                    {"status", "ACTIVE, REVOKED, SUPERSEDED, EXPIRED"},
                                                                    {"type", "vehicle, station, broker, ..."},
                                                                    {"station", "who asked for it"},
                                                                    {"issuer", "subject of the issuer"},
                                                                    {"issued_from", "RFC 3339 time or date"},
                                                                    {"issued_to", "exclusive"},
                                                                    {"expires_from", "RFC 3339 time or date"},
                                                                    {"expires_to", "exclusive"},
                                                                    {"limit", "1 to 500, else 100"},
                                                                    {"cursor", "next_cursor of the page before"}})
        searching->add_option("--" + std::string(option), conditions[option], help);

    VaultCommand vault(app);

    auto* exporting = command(app, "export", "write a signed export of the audit into a new folder");
    AuditExportRequest exportRequest;
    exporting->add_option("--output", exportRequest.output, "folder to make")->required();
    exporting->add_option("--previous", exportRequest.previous,
                          "folder of the export before, which this one continues");
    exporting->add_option("--from", exportRequest.from, "RFC 3339 time or date of the first row");
    exporting->add_option("--to", exportRequest.until, "RFC 3339 time, exclusive");

    auto* verifying =
        app.add_subcommand("verify-export", "check an export of the audit offline, with nothing but the root");
    std::string exportFolder;
    std::string rootFile;
    std::string previousFolder;
    verifying->add_option("folder", exportFolder, "folder of the export")->required();
    verifying->add_option("--root", rootFile, "root certificate, PEM")->required();
    verifying->add_option("--previous", previousFolder, "folder of an earlier export that this one must continue");

    try {
        app.parse(argc, argv);
        VaultCommand::hideVin({argv, static_cast<std::size_t>(argc)});
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kExitUsage;
    }

    if (ceremony.isAsked()) return exitCode(ceremony.run(std::cin, std::cout));
    if (vault.isAsked()) return exitCode(vault.run(std::cout));
    if (serving->parsed())
        return exitCode(withConfig(config, [&](const auto& loaded) {
            return serve(loaded, {roles.begin(), roles.end()}, std::cout);
        }));
    if (migrating->parsed())
        return exitCode(withConfig(config, [](const auto& loaded) { return migrateDatabase(loaded, std::cout); }));
    if (importing->parsed())
        return exitCode(withConfig(
            config, [&](const auto& loaded) { return importCertificates(loaded, folder, !withoutLists, std::cout); }));
    if (searching->parsed()) {
        std::erase_if(conditions, [&](const auto& entry) { return searching->count("--" + entry.first) == 0; });
        return exitCode(withConfig(config, [&](const auto& loaded) {
            return searchCertificates(loaded, {conditions.begin(), conditions.end()}, std::cout);
        }));
    }
    if (listing->parsed())
        return exitCode(
            withConfig(config, [&](const auto& loaded) { return listQuarantine(loaded, withReleased, std::cout); }));
    if (releasing->parsed())
        return exitCode(withConfig(config, [&](const auto& loaded) {
            return releaseQuarantine(loaded, quarantineId, releaseReason, std::cout);
        }));
    if (signingOverride->parsed()) return exitCode(signOverride(order, std::cout));
    if (exporting->parsed())
        return exitCode(
            withConfig(config, [&](const auto& loaded) { return exportAudit(loaded, exportRequest, std::cout); }));
    if (verifying->parsed()) return exitCode(verifyAuditExport(exportFolder, rootFile, previousFolder, std::cout));
    if (bundling->parsed()) return exitCode(writeBundle(files, std::cout));
    if (showing->parsed()) return exitCode(showBundle(files, std::cout));
    if (creating->parsed())
        return exitCode(
            withConfig(config, [&](const auto& loaded) { return createToken(loaded, name, scopes, days, std::cout); }));
    if (listingTokens->parsed())
        return exitCode(withConfig(config, [](const auto& loaded) { return listTokens(loaded, std::cout); }));
    if (withdrawing->parsed())
        return exitCode(withConfig(config, [&](const auto& loaded) { return revokeToken(loaded, name, std::cout); }));
    const auto request = revokeRequest(serial, reason, severity, notes);
    if (!request) return exitCode(tl::unexpected(request.error()));
    return exitCode(
        withConfig(config, [&](const auto& loaded) { return revokeCertificate(loaded, *request, std::cout); }));
}
