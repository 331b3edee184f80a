#include "signer/signer_config.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "signer/connection.h"

namespace gateway::signer {

namespace {

using nlohmann::json;

// libp11 keeps at most this many sessions per token; further threads would only wait for one.
constexpr unsigned kMaxThreads = 16;

/// Thrown and caught inside this file only.
struct Malformed
{
    std::string detail;
};

void allowOnly(const json& object, const std::set<std::string>& known, const std::string& where)
{
    if (!object.is_object()) throw Malformed{where + " is not an object"};
    for (const auto& [key, value] : object.items())
        if (!known.contains(key)) throw Malformed{where + " has the unknown field '" + key + "'"};
}

std::string text(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
        throw Malformed{std::string("'") + name + "': expected a text"};
    return found->get<std::string>();
}

std::vector<std::string> texts(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) throw Malformed{std::string("'") + name + "': expected a list"};
    std::vector<std::string> result;
    for (const auto& item : *found) {
        if (!item.is_string()) throw Malformed{std::string("'") + name + "': expected a list of texts"};
        result.push_back(item.get<std::string>());
    }
    return result;
}

std::uint64_t number(const json& object, const char* name, std::uint64_t fallback, std::uint64_t max)
{
    const auto found = object.find(name);
    if (found == object.end()) return fallback;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > max)
        throw Malformed{std::string("'") + name + "': expected a number from 0 to " + std::to_string(max)};
    return found->get<std::uint64_t>();
}

mode_t socketMode(const json& object)
{
    if (!object.contains("socket_mode")) return 0600;
    const auto mode = text(object, "socket_mode");
    if (mode == "0600") return 0600;
    if (mode == "0660") return 0660;
    throw Malformed{"'socket_mode': expected 0600 or 0660"};
}

std::vector<uid_t> allowedUids(const json& object)
{
    const auto found = object.find("allowed_uids");
    if (found == object.end()) return {::geteuid()};
    if (!found->is_array()) throw Malformed{"'allowed_uids': expected a list"};
    std::vector<uid_t> uids;
    for (const auto& uid : *found) {
        if (!uid.is_number_unsigned() || uid.get<std::uint64_t>() >= 0xFFFFFFFFU)
            throw Malformed{"'allowed_uids': expected a list of user ids"};
        uids.push_back(uid.get<uid_t>());
    }
    return uids;
}

KeyConfig parseVaultKey(const json& object)
{
    allowOnly(object, {"label", "kind", "operations"}, "a vault key");
    KeyConfig key;
    key.label = text(object, "label");
    key.kind = KeyConfig::Kind::Vault;
    for (const auto& operation : texts(object, "operations")) {
        if (operation != "make" && operation != "open" && operation != "rewrap")
            throw Malformed{"'operations': expected make, open or rewrap"};
        key.operations.insert(operation);
    }
    if (key.operations.empty()) throw Malformed{"'operations': expected at least one"};
    return key;
}

bool flag(const json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end()) return false;
    if (!found->is_boolean()) throw Malformed{std::string("'") + name + "': expected true or false"};
    return found->get<bool>();
}

KeyConfig parseKey(const json& object)
{
    if (object.is_object() && object.contains("kind")) {
        const auto kind = text(object, "kind");
        if (kind == "vault") return parseVaultKey(object);
        if (kind != "ca") throw Malformed{"'kind': expected ca or vault"};
        auto plain = object;
        plain.erase("kind");
        return parseKey(plain);
    }
    allowOnly(object, {"label", "certificate", "profiles", "crl", "audit_heads"}, "a key");
    KeyConfig key{text(object, "label"), text(object, "certificate"), texts(object, "profiles"), flag(object, "crl"),
                  flag(object, "audit_heads")};
    if (key.auditHeads && (key.crl || !key.profiles.empty()))
        throw Malformed{"key '" + key.label + "': one that signs audit heads signs neither certificates nor CRLs"};
    return key;
}

SignerConfig parseConfig(const json& object)
{
    allowOnly(object,
              {"socket", "socket_mode", "allowed_uids", "profiles", "module", "token", "pin_file", "keys", "threads",
               "hsm_timeout_ms"},
              "the configuration");
    SignerConfig config;
    config.socket = text(object, "socket");
    config.socketMode = socketMode(object);
    config.allowedUids = allowedUids(object);
    config.profiles = text(object, "profiles");
    config.module = text(object, "module");
    config.token = text(object, "token");
    config.pinFile = text(object, "pin_file");
    config.threads = static_cast<unsigned>(number(object, "threads", 0, kMaxThreads));
    if (config.threads == 0) config.threads = std::clamp(2 * std::thread::hardware_concurrency(), 2U, kMaxThreads);
    config.hsmTimeout = std::chrono::milliseconds(number(object, "hsm_timeout_ms", 10'000, 600'000));
    const auto keys = object.find("keys");
    if (keys == object.end() || !keys->is_array() || keys->empty())
        throw Malformed{"'keys': expected a list with at least one key"};
    std::set<std::string> labels;
    for (const auto& item : *keys) {
        config.keys.push_back(parseKey(item));
        if (!labels.insert(config.keys.back().label).second)
            throw Malformed{"two keys have the label '" + config.keys.back().label + "'"};
    }
    return config;
}

CeremonyConfig parseCeremonyConfig(const json& object)
{
    allowOnly(object, {"profiles", "module"}, "the configuration");
    return {text(object, "profiles"), text(object, "module")};
}

template <typename Parse>
auto parseJson(std::string_view content, Parse parse) -> Result<decltype(parse(json()))>
{
    const auto object = json::parse(content, nullptr, false);
    if (object.is_discarded()) return fail(ErrorCode::InvalidRequest, "signer-config", "not JSON");
    try {
        return parse(object);
    } catch (const Malformed& malformed) {
        return fail(ErrorCode::InvalidRequest, "signer-config", malformed.detail);
    }
}

Result<std::string> readText(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::InvalidRequest, "signer-config", "cannot read " + file.string());
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

} // namespace

Result<SignerConfig> parseSignerConfig(std::string_view json)
{
    return parseJson(json, parseConfig);
}

Result<SignerConfig> loadSignerConfig(const std::filesystem::path& file)
{
    return readText(file).and_then([](const std::string& content) { return parseSignerConfig(content); });
}

Result<CeremonyConfig> loadCeremonyConfig(const std::filesystem::path& file)
{
    return readText(file).and_then([](const std::string& content) { return parseJson(content, parseCeremonyConfig); });
}

Result<SecretBytes> loadPin(const std::filesystem::path& file)
{
    const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status
    {
    };
    if (!descriptor.isOpen() || ::fstat(descriptor.get(), &status) != 0)
        return fail(ErrorCode::InvalidRequest, "pin-file", "cannot read " + file.string());
    if ((status.st_mode & 077U) != 0)
        return fail(ErrorCode::Forbidden, "pin-file-readable",
                    file.string() + ": expected mode 0600, group or others have rights");
    constexpr std::size_t kMaxPin = 256;
    Bytes pin(kMaxPin);
    const auto length = ::read(descriptor.get(), pin.data(), pin.size());
    SecretBytes secret(std::move(pin));
    if (length <= 0) return fail(ErrorCode::InvalidRequest, "pin-file", file.string() + " is empty");
    auto line = secret.revealText().substr(0, static_cast<std::size_t>(length));
    line = line.substr(0, line.find_first_of(std::string_view("\r\n\0", 3)));
    if (line.empty()) return fail(ErrorCode::InvalidRequest, "pin-file", file.string() + " is empty");
    return SecretBytes(line);
}

} // namespace gateway::signer
