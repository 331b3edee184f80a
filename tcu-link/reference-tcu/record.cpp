#include "reference-tcu/record.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "contract/bytes.h"
#include "reference-tcu/certificates.h"
#include "reference-tcu/tpm.h"

namespace tcu {

namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

/// Thrown and caught in this file only: a field that is missing or not what it should be.
struct BadField
{
    std::string detail;
};

Json toJson(const KeyRecord& key)
{
    return {{"transaction", gateway::toLowerHex(key.transaction)},
            {"handle", key.handle},
            {"device_id", key.deviceId},
            {"vin_hash", key.vinHash},
            {"csr", gateway::toBase64(key.csr)},
            {"public_key_sha256", gateway::toLowerHex(key.publicKeySha256)}};
}

Json toJson(const InstalledRecord& installed)
{
    return {{"key", toJson(installed.key)},
            {"chain_file", installed.chainFile},
            {"chain_length", installed.chainLength},
            {"chain_sha256", gateway::toLowerHex(installed.chainSha256)},
            {"leaf_sha256", gateway::toLowerHex(installed.leafSha256)}};
}

Json toJson(const EvidenceRecord& evidence)
{
    return {{"nonce", gateway::toLowerHex(evidence.nonce)},
            {"key_public", gateway::toBase64(evidence.keyPublic)},
            {"certify_info", gateway::toBase64(evidence.certifyInfo)},
            {"signature", gateway::toBase64(evidence.signature)},
            {"credential_proof", gateway::toBase64(evidence.credentialProof)}};
}

const Json& member(const Json& object, const char* name)
{
    if (!object.is_object()) throw BadField{std::string("expected an object around ") + name};
    const auto found = object.find(name);
    if (found == object.end()) throw BadField{std::string(name) + " is missing"};
    return *found;
}

std::string text(const Json& object, const char* name)
{
    const Json& value = member(object, name);
    if (!value.is_string()) throw BadField{std::string(name) + " is not a string"};
    return value.get<std::string>();
}

std::uint32_t number(const Json& object, const char* name)
{
    const Json& value = member(object, name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX)
        throw BadField{std::string(name) + " is not a number of 32 bits"};
    return value.get<std::uint32_t>();
}

bool flag(const Json& object, const char* name)
{
    const Json& value = member(object, name);
    if (!value.is_boolean()) throw BadField{std::string(name) + " is not true or false"};
    return value.get<bool>();
}

template <std::size_t Size>
std::array<std::uint8_t, Size> octets(const Json& object, const char* name)
{
    const auto bytes = gateway::parseHex(text(object, name));
    if (!bytes || bytes->size() != Size)
        throw BadField{std::string(name) + " is not " + std::to_string(Size) + " bytes in hex"};
    std::array<std::uint8_t, Size> result{};
    std::copy(bytes->begin(), bytes->end(), result.begin());
    return result;
}

Bytes content(const Json& object, const char* name)
{
    auto bytes = gateway::parseBase64(text(object, name));
    if (!bytes || bytes->empty()) throw BadField{std::string(name) + " is not base64"};
    return std::move(*bytes);
}

KeyRecord keyFrom(const Json& json)
{
    KeyRecord key;
    key.transaction = octets<16>(json, "transaction");
    key.handle = number(json, "handle");
    if (key.handle < Tpm::kFirstHandle || key.handle > Tpm::kLastHandle)
        throw BadField{"handle is outside the unit's range"};
    key.deviceId = text(json, "device_id");
    key.vinHash = text(json, "vin_hash");
    key.csr = content(json, "csr");
    key.publicKeySha256 = octets<32>(json, "public_key_sha256");
    return key;
}

EvidenceRecord evidenceFrom(const Json& json)
{
    return {octets<32>(json, "nonce"), content(json, "key_public"), content(json, "certify_info"),
            content(json, "signature"), content(json, "credential_proof")};
}

InstalledRecord installedFrom(const Json& json)
{
    InstalledRecord installed;
    installed.key = keyFrom(member(json, "key"));
    installed.chainFile = text(json, "chain_file");
    if (installed.chainFile.empty() || installed.chainFile.front() == '.' ||
        installed.chainFile.find('/') != std::string::npos)
        throw BadField{"chain_file is not a plain file name"};
    installed.chainLength = number(json, "chain_length");
    installed.chainSha256 = octets<32>(json, "chain_sha256");
    installed.leafSha256 = octets<32>(json, "leaf_sha256");
    return installed;
}

} // namespace

bool Record::namesHandle(std::uint32_t handle) const
{
    return (active && active->key.handle == handle) || (pending && pending->key.handle == handle) ||
           (replaced && replaced->certificate.key.handle == handle);
}

UnitState Record::state() const
{
    if (pending) return pending->staged ? UnitState::ChainStaged : UnitState::KeyPending;
    return active ? UnitState::Active : UnitState::Empty;
}

std::string_view name(UnitState state)
{
    switch (state) {
    case UnitState::Empty:
        return "empty";
    case UnitState::KeyPending:
        return "key_pending";
    case UnitState::ChainStaged:
        return "chain_staged";
    case UnitState::Active:
        return "active";
    }
    return "unknown";
}

std::string serialise(const Record& record)
{
    Json content = {{"version", kVersion}};
    if (record.active) content["active"] = toJson(*record.active);
    if (record.pending) {
        content["pending"] = {{"key", toJson(record.pending->key)},
                              {"by_renewal", record.pending->byRenewal},
                              {"chain_length", record.pending->chainLength},
                              {"staged", record.pending->staged}};
        if (record.pending->evidence) content["pending"]["evidence"] = toJson(*record.pending->evidence);
    }
    if (record.replaced) {
        content["replaced"] = {{"certificate", toJson(record.replaced->certificate)},
                               {"replaced_at", record.replaced->replacedAt.time_since_epoch().count()}};
    }
    if (record.renewalFailure) {
        content["renewal_failure"] = {{"serial", record.renewalFailure->serial},
                                      {"error", record.renewalFailure->error}};
    }
    // An error text from elsewhere may hold bytes that are not UTF-8; the record must not fail because of them.
    constexpr auto replace = Json::error_handler_t::replace;
    const std::string canonical = content.dump(-1, ' ', false, replace);
    return Json{{"record", std::move(content)}, {"sha256", gateway::toLowerHex(sha256(gateway::asBytes(canonical)))}}
               .dump(2, ' ', false, replace) +
           '\n';
}

tl::expected<Record, std::string> parseRecord(std::string_view input)
{
    const Json json = Json::parse(input, nullptr, false);
    if (json.is_discarded()) return tl::unexpected(std::string("not JSON, or cut short"));
    try {
        const Json& content = member(json, "record");
        if (octets<32>(json, "sha256") != sha256(gateway::asBytes(content.dump())))
            throw BadField{"sha256 does not fit the content"};
        if (number(content, "version") != kVersion)
            throw BadField{"version " + std::to_string(number(content, "version")) + " is not known"};
        Record record;
        if (content.contains("active")) record.active = installedFrom(content["active"]);
        if (content.contains("pending")) {
            const Json& pending = content["pending"];
            record.pending = PendingRecord{keyFrom(member(pending, "key")), flag(pending, "by_renewal"),
                                           number(pending, "chain_length"), flag(pending, "staged")};
            if (pending.contains("evidence")) record.pending->evidence = evidenceFrom(pending["evidence"]);
        }
        if (content.contains("replaced")) {
            const Json& replaced = content["replaced"];
            record.replaced =
                ReplacedRecord{installedFrom(member(replaced, "certificate")),
                               std::chrono::sys_seconds(std::chrono::seconds(number(replaced, "replaced_at")))};
        }
        if (content.contains("renewal_failure")) {
            const Json& failure = content["renewal_failure"];
            record.renewalFailure = RenewalFailureRecord{text(failure, "serial"), text(failure, "error")};
        }
        return record;
    } catch (const BadField& bad) {
        return tl::unexpected(bad.detail);
    } catch (const Json::exception&) { // invalid UTF-8 inside a string
        return tl::unexpected(std::string("not JSON that this program writes"));
    }
}

} // namespace tcu
