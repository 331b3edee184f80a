#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony.h"
#include "ceremony/ceremony_journal.h"
#include "ceremony/key_backup.h"
#include "ceremony/output_file.h"

namespace gateway {

namespace ceremony {

using nlohmann::ordered_json;

namespace {

constexpr mode_t kSecretFile = 0600;

/// SoftHSM keeps a token in a folder; the label stands in its token.object, padded with blanks to 32 characters.
bool isFolderOfToken(const std::filesystem::path& folder, const std::string& label)
{
    std::ifstream stream(folder / "token.object", std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(stream), {});
    auto padded = label;
    padded.resize(32, ' ');
    return content.find(padded) != std::string::npos;
}

} // namespace

std::string toJson(const std::vector<KeyBackup>& backups)
{
    ordered_json list = ordered_json::array();
    for (const auto& backup : backups)
        list.push_back({{"key", backup.keyLabel},
                        {"algorithm", backup.algorithm},
                        {"public_key", toLowerHex(backup.publicKeyDer)},
                        {"wrapping", "CKM_AES_KEY_WRAP_PAD"},
                        {"wrapped", toLowerHex(backup.wrapped)}});
    return list.dump(2) + "\n";
}

Result<std::vector<KeyBackup>> parseKeyBackups(std::string_view json)
{
    const auto list = ordered_json::parse(json, nullptr, false);
    std::vector<KeyBackup> backups;
    const auto malformed = [] {
        return fail(ErrorCode::InvalidRequest, "key-backup", "expected the list of wrapped keys that a ceremony wrote");
    };
    if (!list.is_array()) return malformed();
    for (const auto& entry : list) {
        for (const auto* name : {"key", "algorithm", "public_key", "wrapped"})
            if (!entry.is_object() || !entry.contains(name) || !entry[name].is_string()) return malformed();
        const auto publicKey = parseHex(entry["public_key"].get_ref<const std::string&>());
        const auto wrapped = parseHex(entry["wrapped"].get_ref<const std::string&>());
        if (!publicKey || !wrapped) return malformed();
        backups.push_back({entry["key"], entry["algorithm"], *publicKey, *wrapped});
    }
    return backups;
}

Result<SecretBytes> takeSecret(Desk& desk, const std::string& purpose, const ShareSet* set,
                               const std::vector<std::string>& holders,
                               const std::function<void(const std::string& holder)>& taken)
{
    std::vector<Share> shares;
    for (const auto& holder : holders) {
        auto share = desk.takeBack(purpose, set, holder);
        if (!share) return tl::unexpected(share.error());
        if (share->holder != holder)
            return fail(ErrorCode::Forbidden, "share-repeated",
                        "the share of " + share->holder + " was given for that of " + holder);
        shares.push_back(std::move(*share));
        taken(holder);
    }
    return combineShares(shares);
}

Result<SignerProcess> startCeremonySigner(const Plan& plan, const std::filesystem::path& config)
{
    const ordered_json json = {{"module", plan.module}, {"profiles", plan.profiles.string()}};
    if (const auto written = writeFile(config, json.dump(2), kSecretFile); !written)
        return tl::unexpected(written.error());
    auto signer = SignerProcess::start(plan.signer, config);
    std::error_code error;
    std::filesystem::remove(config, error);
    return signer;
}

Result<SecretBytes> readPin(const std::filesystem::path& file)
{
    auto text = readFile(file);
    if (!text) return tl::unexpected(text.error());
    const auto end = text->find_last_not_of("\r\n");
    SecretBytes pin(std::string_view(*text).substr(0, end == std::string::npos ? 0 : end + 1));
    explicit_bzero(text->data(), text->size());
    if (pin.empty()) return fail(ErrorCode::InvalidRequest, "pin-file", file.string() + " is empty");
    return pin;
}

Result<void> takeRootOffline(const Plan& plan, std::ostream& progress)
{
    if (plan.offlineFolder.empty() || plan.rehearsal) return {};
    const auto token =
        std::find_if(plan.tokens.begin(), plan.tokens.end(), [](const auto& entry) { return entry.shared; });
    if (token == plan.tokens.end()) return {};
    std::error_code error;
    for (std::filesystem::directory_iterator entry(plan.tokenFolder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (!isFolderOfToken(entry->path(), token->label)) continue;
        std::filesystem::create_directories(plan.offlineFolder, error);
        std::filesystem::permissions(plan.offlineFolder, std::filesystem::perms::owner_all, error);
        if (!error) std::filesystem::rename(entry->path(), plan.offlineFolder / entry->path().filename(), error);
        if (error) break;
        progress << "token " << token->label << ": taken offline, now in " << plan.offlineFolder.string() << "\n";
        return {};
    }
    if (error) return fail(ErrorCode::Internal, "offline", "moving token " + token->label + ": " + error.message());
    return {};
}

} // namespace ceremony

using namespace ceremony;

Result<void> restoreKey(const std::filesystem::path& ceremonyFile, const std::string& keyLabel,
                        const std::string& token, const CeremonyOptions& options, std::istream& in, std::ostream& out)
{
    const auto text = readFile(ceremonyFile);
    if (!text) return fail(ErrorCode::InvalidRequest, "ceremony-file", text.error().detail);
    const auto plan = parsePlan(*text);
    if (!plan) return tl::unexpected(plan.error());
    const auto backupText = readFile(plan->output / "key-backup.json");
    const auto recordText = readFile(plan->output / "shares.json");
    if (!backupText || !recordText)
        return fail(ErrorCode::NotFound, "no-backup",
                    "expected key-backup.json and shares.json in " + plan->output.string());
    const auto backups = parseKeyBackups(*backupText);
    if (!backups)
        return fail(backups.error().code, backups.error().type,
                    (plan->output / "key-backup.json").string() + ": " + backups.error().detail);
    const auto sets = parseShareSets(*recordText);
    if (!sets)
        return fail(sets.error().code, sets.error().type,
                    (plan->output / "shares.json").string() + ": " + sets.error().detail);
    const auto backup =
        std::find_if(backups->begin(), backups->end(), [&](const auto& entry) { return entry.keyLabel == keyLabel; });
    const auto set =
        std::find_if(sets->begin(), sets->end(), [](const auto& entry) { return entry.purpose == "backup"; });
    if (backup == backups->end() || set == sets->end())
        return fail(ErrorCode::NotFound, "no-backup", "key '" + keyLabel + "' has no backup here");

    FileDesk files(*plan, plan->secrets);
    TerminalDesk terminal(*plan, in, out);
    auto& desk = options.guided ? static_cast<Desk&>(terminal) : files;
    const auto present = desk.holdersPresent(&*set);
    if (!present) return tl::unexpected(present.error());
    const auto wrappingKey = takeSecret(desk, "backup", &*set, *present, [&](const std::string& holder) {
        out << "share of " << holder << ": taken\n";
    });
    if (!wrappingKey) return tl::unexpected(wrappingKey.error());

    Journal journal(plan->secrets / "restore-journal.json");
    if (const auto loaded = journal.load(); !loaded) return loaded;
    auto signer = startCeremonySigner(*plan, plan->secrets / "ceremony-signer.json");
    if (!signer) return tl::unexpected(signer.error());
    const auto existing = signer->tokens();
    if (!existing) return tl::unexpected(existing.error());
    if (std::find(existing->begin(), existing->end(), token) != existing->end() && !journal.knows(token))
        return fail(ErrorCode::Conflict, "token-exists",
                    "token '" + token + "' exists; a key is restored to a token of its own");
    const auto officerPin = journal.officerPin(token);
    if (!officerPin) return tl::unexpected(officerPin.error());
    const auto pin = randomPin();
    if (!pin) return tl::unexpected(pin.error());
    const auto line = std::string(pin->revealText()) + "\n";
    return signer->initToken(token, *officerPin, *pin)
        .and_then([&] { return writeFile(plan->secrets / (token + ".pin"), line, kSecretFile); })
        .and_then([&] {
            return signer->restoreKey(token, *pin, keyLabel, {backup->publicKeyDer, backup->wrapped}, *wrappingKey);
        })
        .map([&] {
            journal.remove();
            out << "key " << keyLabel << ": restored to token " << token << ", it signs, its public half is the same\n";
        });
}

} // namespace gateway
