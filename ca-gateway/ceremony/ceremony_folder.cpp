#include "ceremony/ceremony_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <set>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>

#include "ceremony/output_file.h"
#include "ceremony/transcript.h"
#include "pki/certificate.h"
#include "pki/crl.h"

namespace gateway::ceremony {

namespace {

using nlohmann::ordered_json;

constexpr mode_t kPublicFile = 0644;
constexpr mode_t kSecretFile = 0600;

/// Everything that the plan writes, the manifest excepted.
std::vector<std::filesystem::path> outputFiles(const Plan& plan)
{
    std::vector<std::filesystem::path> files;
    for (const auto& order : plan.certificates) {
        files.push_back(plan.output / order.file);
        if (!order.isInHsm()) files.push_back(plan.output / order.privateKeyFile);
    }
    for (const auto& order : plan.lists)
        files.push_back(plan.output / order.file);
    for (const auto& chain : plan.chains)
        files.push_back(plan.output / chain.file);
    for (const auto* name : {"shares.json", "key-backup.json", "transcript.json", "transcript.sig", "transcript.pdf"})
        files.push_back(plan.output / name);
    return files;
}

/// Shares and PINs of tokens that are made anew.
std::vector<std::filesystem::path> secretFiles(const Plan& plan)
{
    std::vector<std::filesystem::path> files;
    for (std::size_t i = 1; i <= plan.holders.size(); ++i)
        for (const auto* prefix : {"share-", "backup-share-"})
            files.push_back(plan.secrets / (prefix + std::to_string(i) + ".json"));
    for (const auto& token : plan.tokens)
        if (!token.isEarlier()) files.push_back(plan.secrets / (token.label + ".pin"));
    return files;
}

/// The marker goes last, so that an interrupted removal can be taken up again.
void removeMarked(const std::filesystem::path& folder, const char* marker, std::error_code& error)
{
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().filename() != marker && !error) std::filesystem::remove_all(entry.path(), error);
    if (!error) std::filesystem::remove_all(folder, error);
}

/// What a complete output holds in the place of this list: the one that was asked for, and fit to be published.
Result<void> checkList(const Plan& plan, const Plan::ListOrder& order)
{
    const auto file = plan.output / order.file;
    const auto content = readFile(file);
    const auto issuerText = readFile(plan.output / order.issuer);
    const auto issuer = issuerText ? pki::parsePemBundle(*issuerText) : tl::unexpected(issuerText.error());
    const auto damaged = [&] {
        return fail(ErrorCode::Conflict, "ceremony-damaged", file.string() + ": expected a CRL of " + order.issuer);
    };
    if (!content || !issuer || issuer->empty()) return damaged();
    const auto times = pki::readCrl(asBytes(*content), issuer->front());
    const auto entries = times ? pki::readCrlEntries(asBytes(*content)) : tl::unexpected(times.error());
    if (!entries) return damaged();
    if (plan.order(order.issuer).earlier.empty()) return {}; // the first list, by the ceremony that made its issuer
    const auto differs = [&](const std::string& detail) {
        return fail(ErrorCode::Conflict, "ceremony-differs",
                    file.string() + " is of an earlier run " + detail + "; choose another output folder");
    };
    for (const auto& revocation : order.revocations) {
        const auto text = readFile(revocation.certificate);
        const auto certificate = text ? pki::parsePemBundle(*text) : tl::unexpected(text.error());
        const bool isListed = certificate && !certificate->empty() &&
                              std::any_of(entries->begin(), entries->end(), [&](const auto& entry) {
                                  return entry.serial == certificate->front().serial();
                              });
        if (!isListed) return differs("and does not list " + revocation.certificate.string());
    }
    if (times->nextUpdate - currentTime() < order.lifetime / 2) return differs("and half over");
    return {};
}

} // namespace

std::filesystem::path manifestFile(const Plan& plan)
{
    return plan.output / (plan.rehearsal ? "rehearsal-manifest.json" : "manifest.json");
}

std::filesystem::path journalFile(const Plan& plan)
{
    return plan.secrets / "ceremony-journal.json";
}

Result<signer::FileDescriptor> lockFolders(const Plan& plan)
{
    std::error_code error;
    std::filesystem::create_directories(plan.output, error);
    if (!error) std::filesystem::create_directories(plan.secrets, error);
    if (!error)
        std::filesystem::permissions(plan.secrets, std::filesystem::perms::owner_all,
                                     std::filesystem::perm_options::replace, error);
    if (error) return fail(ErrorCode::Internal, "file-write", "folders: " + error.message());
    signer::FileDescriptor folder(::open(plan.secrets.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen())
        return fail(ErrorCode::Internal, "file-write", plan.secrets.string() + ": " + std::strerror(errno));
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::Conflict, "ceremony-running", "another ceremony is using " + plan.secrets.string());
    return folder;
}

Result<bool> isComplete(const Plan& plan)
{
    const auto text = readFile(manifestFile(plan));
    if (!text) return false;
    const auto manifest = ordered_json::parse(*text, nullptr, false);
    if (!manifest.is_array()) return fail(ErrorCode::Conflict, "ceremony-damaged", "the manifest is not a JSON list");
    std::set<std::string> listed;
    for (const auto& entry : manifest)
        if (entry.is_object() && entry.contains("file") && entry["file"].is_string())
            listed.insert(entry["file"].get<std::string>());
    std::set<std::string> wanted;
    for (const auto& order : plan.certificates)
        wanted.insert(order.file);
    for (const auto& order : plan.lists)
        wanted.insert(order.file);
    if (listed != wanted)
        return fail(ErrorCode::Conflict, "ceremony-differs",
                    plan.output.string() + " holds the result of a ceremony with other certificates or CRLs");
    for (const auto& order : plan.certificates) {
        const auto content = readFile(plan.output / order.file);
        if (!content || !pki::parsePemBundle(*content))
            return fail(ErrorCode::Conflict, "ceremony-damaged",
                        (plan.output / order.file).string() + ": expected a certificate");
    }
    for (const auto& order : plan.lists)
        if (const auto checked = checkList(plan, order); !checked) return tl::unexpected(checked.error());
    return true;
}

Result<void> clearUnfinished(const Plan& plan, const Journal& journal, std::ostream& progress)
{
    std::error_code error;
    for (const auto& file : outputFiles(plan)) {
        if (!std::filesystem::exists(file)) continue;
        if (!journal.isOfInterrupted())
            return fail(ErrorCode::Conflict, "output-exists",
                        file.string() + " exists and is not the rest of this ceremony; choose another output folder");
        std::filesystem::remove(file, error);
        progress << file.filename().string() << ": left by an unfinished ceremony, removed\n";
    }
    if (!journal.isOfInterrupted()) return {};
    auto leftovers = secretFiles(plan);
    leftovers.push_back(manifestFile(plan));
    for (const auto& file : outputFiles(plan))
        leftovers.push_back(file);
    for (auto file : leftovers) {
        if (file != manifestFile(plan)) std::filesystem::remove(file, error);
        std::filesystem::remove(file += ".new", error); // of a write that was cut off
    }
    return {};
}

Result<void> prepareRehearsal(const Plan& plan, std::ostream& progress)
{
    constexpr const char* kMarker = "REHEARSAL";
    std::error_code error;
    for (const auto& folder : {plan.output, plan.secrets}) {
        if (std::filesystem::exists(folder / kMarker)) removeMarked(folder, kMarker, error);
        const bool isInTheWay = std::filesystem::exists(folder) && !std::filesystem::is_empty(folder, error);
        if (error || isInTheWay)
            return fail(ErrorCode::Conflict, "rehearsal-folder",
                        folder.string() + " exists and is not marked as a rehearsal's");
        std::filesystem::create_directories(folder, error);
        const auto marked = writeFile(folder / kMarker,
                                      "Made by a rehearsal. Keys and certificates here have no value.\n", kPublicFile);
        if (!marked) return marked;
    }
    const auto tokens = std::filesystem::absolute(plan.secrets / "tokens");
    std::filesystem::create_directories(tokens, error);
    const auto config = std::filesystem::absolute(plan.secrets / "softhsm2.conf");
    const auto written = writeFile(
        config, "directories.tokendir = " + tokens.string() + "\nobjectstore.backend = file\nlog.level = ERROR\n",
        kSecretFile);
    if (!written) return written;
    ::setenv("SOFTHSM2_CONF", config.c_str(), 1);
    progress << "REHEARSAL: scratch tokens, output in " << plan.output.string() << "\n";
    return {};
}

} // namespace gateway::ceremony
