#include "ceremony/ceremony_plan.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "pki/profile_template.h"

namespace gateway::ceremony {

namespace {

using nlohmann::json;

/// Thrown and caught inside this file only.
struct Malformed
{
    std::string detail;
};

void require(bool condition, const std::string& detail)
{
    if (!condition) throw Malformed{detail};
}

void allowOnly(const json& object, const std::set<std::string>& known, const std::string& where)
{
    require(object.is_object(), where + ": expected an object, got " + object.type_name());
    for (const auto& [key, value] : object.items())
        require(known.contains(key), where + " has the unknown field '" + key + "'");
}

/// What came in the place of what was expected; cut off where it gets long.
std::string shown(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end()) return "nothing";
    constexpr std::size_t kLongest = 60;
    const auto text = found->dump(-1, ' ', /*ensure_ascii=*/true);
    return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

void expect(bool condition, const json& object, const char* name, const std::string& expected)
{
    if (!condition)
        throw Malformed{std::string("'") + name + "': expected " + expected + ", got " + shown(object, name)};
}

/// Names are shown on a terminal and printed.
bool isPrintable(const json& value)
{
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char character) {
        return static_cast<unsigned char>(character) < 0x20 || character == 0x7F;
    });
}

std::string optionalText(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end()) return {};
    expect(isPrintable(*found), object, name, "a text without control characters");
    return found->get<std::string>();
}

bool flag(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end()) return false;
    expect(found->is_boolean(), object, name, "true or false");
    return found->get<bool>();
}

std::string text(const json& object, const char* name)
{
    auto value = optionalText(object, name);
    expect(!value.empty(), object, name, "a text");
    return value;
}

bool isFileName(const std::string& value)
{
    return std::filesystem::path(value).filename() == value && value != "." && value != "..";
}

/// A file inside the output folder.
std::string fileName(const json& object, const char* name)
{
    auto value = text(object, name);
    expect(isFileName(value), object, name, "a file name without a folder");
    return value;
}

const json& list(const json& object, const char* name)
{
    const auto found = object.find(name);
    expect(found != object.end() && found->is_array() && !found->empty(), object, name, "a list with something in it");
    return *found;
}

std::vector<std::string> texts(const json& object, const char* name)
{
    std::vector<std::string> result;
    for (const auto& item : list(object, name)) {
        expect(isPrintable(item), object, name, "a list of texts without control characters");
        result.push_back(item.get<std::string>());
    }
    return result;
}

Plan::Token parseToken(const json& object)
{
    allowOnly(object, {"label", "pin", "earlier"}, "a token");
    Plan::Token token;
    token.label = text(object, "label");
    const auto pin = text(object, "pin");
    expect(pin == "shares" || pin == "file", object, "pin", "\"shares\" or \"file\"");
    constexpr std::size_t kLongestLabel = 32; // PKCS#11 CK_TOKEN_INFO
    expect(isFileName(token.label) && token.label.size() <= kLongestLabel, object, "label",
           "at most 32 bytes that name a file, too");
    token.shared = pin == "shares";
    if (const auto earlier = object.find("earlier"); earlier != object.end()) {
        allowOnly(*earlier, {"secrets", "share_records"}, "'earlier'");
        token.earlierSecrets = text(*earlier, "secrets");
        token.earlierRecords = optionalText(*earlier, "share_records");
    }
    return token;
}

Plan::CertificateOrder parseCertificate(const json& object)
{
    allowOnly(object,
              {"file", "profile", "issuer", "algorithm", "token", "key", "private_key_file", "values",
               "name_constraints", "crl_urls", "earlier", "reuse_key", "backup"},
              "a certificate");
    Plan::CertificateOrder order;
    order.file = fileName(object, "file");
    order.profile = text(object, "profile");
    order.issuer = optionalText(object, "issuer");
    order.algorithm = text(object, "algorithm");
    static const std::set<std::string> kAlgorithms = {"RSA-2048", "RSA-4096", "EC-P256", "EC-P384"};
    expect(kAlgorithms.contains(order.algorithm), object, "algorithm", "RSA-2048, RSA-4096, EC-P256 or EC-P384");
    if (object.contains("private_key_file")) {
        require(!object.contains("token") && !object.contains("key"),
                order.file + ": either private_key_file, or token and key");
        order.privateKeyFile = fileName(object, "private_key_file");
    } else if (!object.contains("earlier") || object.contains("token") || object.contains("key")) {
        order.token = text(object, "token");
        order.keyLabel = text(object, "key");
    }
    order.earlier = optionalText(object, "earlier");
    order.reuseKey = flag(object, "reuse_key");
    order.backup = flag(object, "backup");
    require(order.isInHsm() || (order.earlier.empty() && !order.reuseKey && !order.backup),
            order.file + ": earlier, reuse_key and backup are for keys in the HSM");
    require(int(!order.earlier.empty()) + int(order.reuseKey) + int(order.backup) <= 1,
            order.file + ": one of earlier, reuse_key and backup");
    if (object.contains("crl_urls")) {
        order.crlUrls = texts(object, "crl_urls");
        for (const auto& url : order.crlUrls)
            expect(pki::isHttpUrl(url), object, "crl_urls", "URLs with http://");
    }
    if (const auto values = object.find("values"); values != object.end()) {
        expect(values->is_object(), object, "values", "an object");
        for (const auto& [name, value] : values->items()) {
            expect(value.is_string(), object, "values", "an object of texts");
            order.values.emplace(name, value.get<std::string>());
        }
    }
    if (const auto constraints = object.find("name_constraints"); constraints != object.end()) {
        allowOnly(*constraints, {"permitted_dns", "permitted_ip"}, "'name_constraints'");
        order.nameConstraints =
            pki::NameConstraints{texts(*constraints, "permitted_dns"), texts(*constraints, "permitted_ip")};
        for (const auto& name : order.nameConstraints->permittedDns)
            expect(pki::isDnsName(name), *constraints, "permitted_dns", "DNS names");
        for (const auto& network : order.nameConstraints->permittedIp)
            expect(!pki::parseIpNetwork(network).empty(), *constraints, "permitted_ip", "networks like 10.0.0.0/8");
    }
    return order;
}

constexpr unsigned kRootListDays = 365;
constexpr unsigned kListDays = 30;
constexpr unsigned kMostListDays = 3652;

Plan::ListOrder parseList(const json& object, const Plan& plan, const PlanOverrides& overrides)
{
    allowOnly(object, {"file", "issuer", "days", "previous", "first", "revoke"}, "a CRL");
    Plan::ListOrder order;
    order.file = fileName(object, "file");
    expect(order.file.ends_with(".crl"), object, "file", "a name that ends in .crl");
    order.issuer = text(object, "issuer");
    const auto issuer = std::find_if(plan.certificates.begin(), plan.certificates.end(),
                                     [&](const auto& entry) { return entry.file == order.issuer; });
    expect(issuer != plan.certificates.end() && issuer->isInHsm() && issuer->hasKey(), object, "issuer",
           "a certificate of the list with a key in the HSM");
    order.lifetime = std::chrono::days(issuer->issuer.empty() ? kRootListDays : kListDays);
    if (const auto days = object.find("days"); days != object.end()) {
        const auto number = days->is_number_unsigned() ? days->get<std::uint64_t>() : 0;
        expect(number >= 1 && number <= kMostListDays, object, "days",
               "a number from 1 to " + std::to_string(kMostListDays));
        order.lifetime = std::chrono::days(number);
    }
    order.previous = optionalText(object, "previous");
    const bool isFirst = flag(object, "first");
    require(!isFirst || order.previous.empty(), order.file + ": either 'previous' or 'first'");
    if (!issuer->earlier.empty() && !isFirst && !overrides.previousLists.empty())
        order.previous = overrides.previousLists / order.file;
    require(issuer->earlier.empty() || isFirst || !order.previous.empty(),
            order.file + ": its issuer is of an earlier ceremony; expected 'previous', its last list, or 'first': true "
                         "when there has been none, got neither");
    require(!issuer->earlier.empty() || order.previous.empty(), order.file + ": a new CA has no previous list");
    if (object.contains("revoke"))
        for (const auto& entry : list(object, "revoke")) {
            allowOnly(entry, {"certificate", "reason"}, "a revocation");
            const auto reason = parseRevocationReason(text(entry, "reason"));
            expect(reason && *reason != RevocationReason::CertificateHold, entry, "reason",
                   "a reason of RFC 5280 in upper snake case, as CA_COMPROMISE, and not CERTIFICATE_HOLD");
            order.revocations.push_back({text(entry, "certificate"), *reason});
        }
    return order;
}

void parseHolders(const json& object, Plan& plan)
{
    const auto holders = object.find("key_holders");
    expect(holders != object.end() && holders->is_object(), object, "key_holders", "an object");
    allowOnly(*holders, {"threshold", "names", "present"}, "'key_holders'");
    plan.holders = texts(*holders, "names");
    plan.present = texts(*holders, "present");
    constexpr std::size_t kMostHolders = 255; // a share's index is one byte
    expect(plan.holders.size() <= kMostHolders, *holders, "names", "at most 255 key holders");
    const auto threshold = holders->find("threshold");
    const auto number =
        threshold != holders->end() && threshold->is_number_unsigned() ? threshold->get<std::uint64_t>() : 0;
    expect(number >= 2 && number <= plan.holders.size(), *holders, "threshold",
           "a number from 2 to " + std::to_string(plan.holders.size()) + ", the number of key holders");
    plan.threshold = static_cast<unsigned>(number);
    require(std::set(plan.holders.begin(), plan.holders.end()).size() == plan.holders.size(),
            "a key holder is named twice");
    for (const auto& name : plan.present)
        require(std::find(plan.holders.begin(), plan.holders.end(), name) != plan.holders.end(),
                "'" + name + "' is present and holds no key");
}

/// A CA whose certificates name a list that nobody makes fails every full check.
void checkLists(const Plan& plan, std::set<std::string>& files)
{
    std::set<std::string> issuers;
    for (const auto& order : plan.lists) {
        require(files.insert(order.file).second, "file '" + order.file + "' is written twice");
        require(issuers.insert(order.issuer).second, order.issuer + " has two CRLs");
    }
    for (const auto& order : plan.certificates) {
        const bool needsList = order.profile == "root-ca" || order.profile == "intermediate-ca";
        require(!needsList || !order.earlier.empty() || issuers.contains(order.file),
                order.file + ": expected a CRL of it in 'crls', got none");
    }
}

/// References among the lists, and no file written twice.
void checkReferences(const Plan& plan)
{
    std::set<std::string> tokens;
    bool anyShared = false;
    for (const auto& token : plan.tokens) {
        require(tokens.insert(token.label).second, "token '" + token.label + "' is listed twice");
        require(!token.shared || !anyShared, "one token's PIN can be shared");
        anyShared = anyShared || token.shared;
        // What an interrupted ceremony leaves in its secrets is removed.
        require(!token.isEarlier() || token.earlierSecrets.lexically_normal() != plan.secrets.lexically_normal(),
                "'secrets': expected another folder than that of the earlier token '" + token.label + "', got " +
                    plan.secrets.string());
    }
    require(plan.output.lexically_normal() != plan.secrets.lexically_normal(),
            "'output' and 'secrets': expected two folders, got " + plan.output.string() + " twice");
    std::set<std::string> files = {"manifest.json", "transcript.json", "transcript.sig",          "transcript.pdf",
                                   "shares.json",   "key-backup.json", "rehearsal-manifest.json", "REHEARSAL"};
    std::set<std::string> hsmCertificates;
    unsigned roots = 0;
    std::set<std::pair<std::string, std::string>> keys;
    for (const auto& order : plan.certificates) {
        require(files.insert(order.file).second, "file '" + order.file + "' is written twice");
        require(order.issuer.empty() || hsmCertificates.contains(order.issuer) ||
                    (!order.earlier.empty() && files.contains(order.issuer)),
                order.file + ": issuer '" + order.issuer + "' is not earlier in the list, or has no key in the HSM");
        if (!order.isInHsm()) {
            require(files.insert(order.privateKeyFile).second, "file '" + order.privateKeyFile + "' is written twice");
            require(!order.issuer.empty(), order.file + ": a software key needs an issuer");
            continue;
        }
        if (order.issuer.empty()) ++roots;
        if (!order.hasKey()) continue;
        require(tokens.contains(order.token), order.file + ": token '" + order.token + "' is not listed");
        require(keys.emplace(order.token, order.keyLabel).second, "key '" + order.keyLabel + "' is made twice");
        const auto token = std::find_if(plan.tokens.begin(), plan.tokens.end(),
                                        [&](const Plan::Token& entry) { return entry.label == order.token; });
        require(token->isEarlier() || (order.earlier.empty() && !order.reuseKey),
                order.file + ": its key is there already, but its token is not an earlier one");
        require(!token->isEarlier() || !order.earlier.empty() || order.reuseKey,
                order.file + ": a new key needs a new token, so that an interrupted ceremony can be repeated");
        hsmCertificates.insert(order.file);
    }
    for (const auto& key : plan.secretKeys) {
        require(tokens.contains(key.token),
                "secret key '" + key.keyLabel + "': token '" + key.token + "' is not listed");
        require(keys.emplace(key.token, key.keyLabel).second, "key '" + key.keyLabel + "' is made twice");
    }
    require(roots == 1, "expected one certificate without an issuer, the root, got " + std::to_string(roots));
    for (const auto& chain : plan.chains) {
        require(files.insert(chain.file).second, "file '" + chain.file + "' is written twice");
        require(hsmCertificates.contains(chain.of), chain.file + ": '" + chain.of + "' is not in the list");
    }
    const bool allEarlier = std::all_of(plan.certificates.begin(), plan.certificates.end(),
                                        [](const auto& order) { return !order.earlier.empty(); });
    require(plan.root().hasKey() || (allEarlier && !hsmCertificates.empty()),
            plan.root().file + ": a root without token and key is for a file of earlier certificates that signs CRLs");
    checkLists(plan, files);
}

std::filesystem::path besideThisProgram()
{
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "v2c-signer";
}

Plan parseObject(const json& object, const PlanOverrides& overrides)
{
    allowOnly(object,
              {"description", "signer", "module", "profiles", "output", "secrets", "key_holders", "participants",
               "tokens", "offline", "certificates", "crls", "secret_keys", "chains"},
              "the ceremony file");
    Plan plan;
    plan.signer = optionalText(object, "signer");
    if (plan.signer.empty()) plan.signer = besideThisProgram();
    plan.module = text(object, "module");
    plan.profiles = text(object, "profiles");
    plan.output = text(object, "output");
    if (!overrides.output.empty()) plan.output = overrides.output;
    plan.secrets = text(object, "secrets");
    parseHolders(object, plan);
    if (object.contains("participants"))
        for (const auto& person : list(object, "participants")) {
            allowOnly(person, {"role", "name"}, "a participant");
            plan.participants.push_back({text(person, "role"), text(person, "name")});
        }
    for (const auto& token : list(object, "tokens"))
        plan.tokens.push_back(parseToken(token));
    for (const auto& order : list(object, "certificates"))
        plan.certificates.push_back(parseCertificate(order));
    if (object.contains("crls"))
        for (const auto& order : list(object, "crls"))
            plan.lists.push_back(parseList(order, plan, overrides));
    if (object.contains("secret_keys"))
        for (const auto& key : list(object, "secret_keys")) {
            allowOnly(key, {"token", "key", "algorithm"}, "a secret key");
            expect(text(key, "algorithm") == "AES-256", key, "algorithm", "AES-256");
            plan.secretKeys.push_back({text(key, "token"), text(key, "key")});
        }
    if (object.contains("chains"))
        for (const auto& chain : list(object, "chains")) {
            allowOnly(chain, {"file", "of"}, "a chain");
            plan.chains.push_back({fileName(chain, "file"), text(chain, "of")});
        }
    if (const auto offline = object.find("offline"); offline != object.end()) {
        allowOnly(*offline, {"token_folder", "offline_folder"}, "'offline'");
        plan.tokenFolder = text(*offline, "token_folder");
        plan.offlineFolder = text(*offline, "offline_folder");
    }
    checkReferences(plan);
    return plan;
}

} // namespace

const Plan::CertificateOrder& Plan::order(const std::string& file) const
{
    return *std::find_if(certificates.begin(), certificates.end(),
                         [&](const auto& entry) { return entry.file == file; });
}

const Plan::CertificateOrder& Plan::root() const
{
    return *std::find_if(certificates.begin(), certificates.end(),
                         [](const auto& entry) { return entry.issuer.empty(); });
}

const Plan::CertificateOrder& Plan::witness() const
{
    if (root().hasKey()) return root();
    return *std::find_if(certificates.begin(), certificates.end(), [](const auto& entry) { return entry.hasKey(); });
}

Plan rehearsalOf(Plan plan)
{
    plan.rehearsal = true;
    plan.module = "/usr/lib/softhsm/libsofthsm2.so";
    plan.output += "-rehearsal";
    plan.secrets += "-rehearsal";
    for (auto& token : plan.tokens) {
        token.earlierSecrets.clear();
        token.earlierRecords.clear();
    }
    for (auto& order : plan.certificates) {
        order.earlier.clear();
        order.reuseKey = false;
        if (order.hasKey()) continue;
        order.token = plan.tokens.front().label; // in earnest it stays in its safe
        order.keyLabel = order.file;
    }
    for (auto& order : plan.lists) {
        order.previous.clear();
        order.revocations.clear();
    }
    return plan;
}

Result<Plan> parsePlan(std::string_view text, const PlanOverrides& overrides)
{
    const auto object = json::parse(text, nullptr, false);
    if (object.is_discarded()) return fail(ErrorCode::InvalidRequest, "ceremony-file", "not JSON");
    try {
        return parseObject(object, overrides);
    } catch (const Malformed& malformed) {
        return fail(ErrorCode::InvalidRequest, "ceremony-file", malformed.detail);
    }
}

} // namespace gateway::ceremony
