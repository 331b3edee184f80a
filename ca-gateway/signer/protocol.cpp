#include "signer/protocol.h"

#include <algorithm>
#include <array>
#include <cstring> // explicit_bzero
#include <utility>

#include <nlohmann/json.hpp>

namespace gateway::signer {

namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 4;

/// One field of a message had the wrong shape. Thrown and caught inside this file only.
struct Malformed
{
    std::string detail;
};

json binary(ByteView bytes)
{
    return json::binary({bytes.begin(), bytes.end()});
}

json binary(const SecretBytes& secret)
{
    return binary(secret.reveal());
}

const json& field(const json& map, const char* name)
{
    const auto found = map.find(name);
    if (found == map.end()) throw Malformed{std::string("field '") + name + "' is missing"};
    return *found;
}

std::string text(const json& map, const char* name)
{
    const auto& value = field(map, name);
    if (!value.is_string()) throw Malformed{std::string("field '") + name + "' is not a text"};
    return value.get<std::string>();
}

Bytes bytes(const json& map, const char* name)
{
    const auto& value = field(map, name);
    if (!value.is_binary()) throw Malformed{std::string("field '") + name + "' is not a byte string"};
    return value.get_binary();
}

SecretBytes secret(const json& map, const char* name)
{
    return SecretBytes(bytes(map, name));
}

std::vector<std::string> texts(const json& map, const char* name)
{
    const auto& value = field(map, name);
    if (!value.is_array()) throw Malformed{std::string("field '") + name + "' is not a list"};
    std::vector<std::string> result;
    for (const auto& item : value) {
        if (!item.is_string()) throw Malformed{std::string("field '") + name + "' holds something other than texts"};
        result.push_back(item.get<std::string>());
    }
    return result;
}

std::uint64_t number(const json& map, const char* name)
{
    const auto& value = field(map, name);
    if (!value.is_number_unsigned()) throw Malformed{std::string("field '") + name + "' is not an unsigned number"};
    return value.get<std::uint64_t>();
}

/// Overwrites the byte strings of a message that may have carried a PIN.
void wipe(json& value)
{
    if (value.is_binary()) {
        auto& content = value.get_binary();
        if (!content.empty()) explicit_bzero(content.data(), content.size());
    }
    if (value.is_structured())
        for (auto& item : value)
            wipe(item);
}

constexpr std::array<const char*, 3> kVaultKinds = {"make", "open", "rewrap"}; // in the order of VaultCommand::Kind

const char* name(SignCommand::Kind kind)
{
    switch (kind) {
    case SignCommand::Kind::Certificate:
        return "certificate";
    case SignCommand::Kind::Crl:
        return "crl";
    case SignCommand::Kind::AuditHead:
        return "audit-head";
    }
    return "";
}

struct RequestFields
{
    json operator()(const HealthRequest&) const { return {{"op", "health"}}; }
    json operator()(const KeysRequest&) const { return {{"op", "keys"}}; }
    json operator()(const ListTokensCommand&) const { return {{"op", "tokens"}}; }
    json operator()(const SignCommand& command) const
    {
        return {{"op", "sign"},
                {"kind", name(command.kind)},
                {"key", command.keyLabel},
                {"profile", command.profile},
                {"sealed", command.isSealed},
                {"tbs", binary(command.tbsDer)}};
    }
    json operator()(const VaultCommand& command) const
    {
        return {{"op", "vault"},
                {"kind", kVaultKinds[static_cast<std::size_t>(command.kind)]},
                {"key", command.keyLabel},
                {"context", binary(command.context)},
                {"wrapped", binary(command.wrapped)},
                {"from", command.fromLabel}};
    }
    json operator()(const InitTokenCommand& command) const
    {
        return {{"op", "init-token"},
                {"token", command.token},
                {"so_pin", binary(command.officerPin)},
                {"pin", binary(command.userPin)}};
    }
    json operator()(const GenerateKeyCommand& command) const
    {
        return {{"op", "generate-key"},           {"token", command.token},
                {"pin", binary(command.userPin)}, {"key", command.keyLabel},
                {"algorithm", command.algorithm}, {"wrapping_key", binary(command.wrappingKey)}};
    }
    json operator()(const RestoreKeyCommand& command) const
    {
        return {{"op", "restore-key"},
                {"token", command.token},
                {"pin", binary(command.userPin)},
                {"key", command.keyLabel},
                {"spki", binary(command.publicKeyDer)},
                {"wrapping_key", binary(command.wrappingKey)},
                {"wrapped", binary(command.wrapped)}};
    }
    json operator()(const FindKeyCommand& command) const
    {
        return {
            {"op", "find-key"}, {"token", command.token}, {"pin", binary(command.userPin)}, {"key", command.keyLabel}};
    }
    json operator()(const SignTranscriptCommand& command) const
    {
        return {{"op", "sign-transcript"},
                {"token", command.token},
                {"pin", binary(command.userPin)},
                {"key", command.keyLabel},
                {"text", binary(command.text)}};
    }
    json operator()(const GenerateSecretKeyCommand& command) const
    {
        return {{"op", "generate-secret-key"},
                {"token", command.token},
                {"pin", binary(command.userPin)},
                {"key", command.keyLabel}};
    }
    json operator()(const CeremonySignCommand& command) const
    {
        json fields = {{"op", "ceremony-sign"},
                       {"token", command.token},
                       {"pin", binary(command.userPin)},
                       {"key", command.keyLabel},
                       {"profile", command.profile},
                       {"tbs", binary(command.tbsDer)},
                       {"permitted_dns", command.permittedDns},
                       {"permitted_ip", command.permittedIp},
                       {"crl_urls", command.crlUrls}};
        if (command.issuerDer) fields["issuer"] = binary(*command.issuerDer);
        return fields;
    }
    json operator()(const CeremonySignCrlCommand& command) const
    {
        return {{"op", "ceremony-sign-crl"}, {"token", command.token},        {"pin", binary(command.userPin)},
                {"key", command.keyLabel},   {"tbs", binary(command.tbsDer)}, {"issuer", binary(command.issuerDer)}};
    }
};

struct ResponseFields
{
    json operator()(const Done&) const { return {{"result", "done"}}; }
    json operator()(const KeyList& list) const
    {
        auto keys = json::array();
        for (const auto& key : list.keys)
            keys.push_back({{"label", key.label}, {"spki", binary(key.publicKeyDer)}});
        return {{"result", "keys"}, {"keys", std::move(keys)}};
    }
    json operator()(const BackedUpKey& key) const
    {
        return {{"result", "backed-up-key"}, {"spki", binary(key.publicKeyDer)}, {"wrapped", binary(key.wrapped)}};
    }
    json operator()(const TokenList& list) const { return {{"result", "tokens"}, {"tokens", list.labels}}; }
    json operator()(const Signature& signature) const
    {
        return {{"result", "signature"}, {"signature", binary(signature.value)}};
    }
    json operator()(const VaultKeyAnswer& answer) const
    {
        return {{"result", "vault-key"}, {"plain", binary(answer.plain)}, {"wrapped", binary(answer.wrapped)}};
    }
    json operator()(const Refusal& refusal) const
    {
        return {{"result", "refused"}, {"type", refusal.type}, {"detail", refusal.detail}};
    }
};

SignCommand::Kind parseKind(const std::string& kind)
{
    if (kind == "certificate") return SignCommand::Kind::Certificate;
    if (kind == "crl") return SignCommand::Kind::Crl;
    if (kind == "audit-head") return SignCommand::Kind::AuditHead;
    throw Malformed{"kind: expected certificate, crl or audit-head"};
}

VaultCommand::Kind parseVaultKind(const std::string& kind)
{
    const auto found = std::find(kVaultKinds.begin(), kVaultKinds.end(), kind);
    if (found == kVaultKinds.end()) throw Malformed{"kind: expected make, open or rewrap"};
    return static_cast<VaultCommand::Kind>(found - kVaultKinds.begin());
}

SignCommand parseSign(const json& map)
{
    SignCommand command{parseKind(text(map, "kind")), text(map, "key"), text(map, "profile"), bytes(map, "tbs")};
    command.isSealed = map.contains("sealed") && map.at("sealed") == true;
    if (command.isSealed && (command.kind != SignCommand::Kind::Crl || !command.tbsDer.empty()))
        throw Malformed{"sealed: expected a CRL with an empty tbs"};
    return command;
}

Request parseRequest(const json& map)
{
    const auto operation = text(map, "op");
    if (operation == "health") return HealthRequest{};
    if (operation == "keys") return KeysRequest{};
    if (operation == "tokens") return ListTokensCommand{};
    if (operation == "sign") return parseSign(map);
    if (operation == "vault")
        return VaultCommand{parseVaultKind(text(map, "kind")), text(map, "key"), bytes(map, "context"),
                            bytes(map, "wrapped"), text(map, "from")};
    if (operation == "init-token")
        return InitTokenCommand{text(map, "token"), secret(map, "so_pin"), secret(map, "pin")};
    if (operation == "generate-key")
        return GenerateKeyCommand{text(map, "token"), secret(map, "pin"), text(map, "key"), text(map, "algorithm"),
                                  secret(map, "wrapping_key")};
    if (operation == "restore-key")
        return RestoreKeyCommand{text(map, "token"), secret(map, "pin"),          text(map, "key"),
                                 bytes(map, "spki"), secret(map, "wrapping_key"), bytes(map, "wrapped")};
    if (operation == "find-key") return FindKeyCommand{text(map, "token"), secret(map, "pin"), text(map, "key")};
    if (operation == "sign-transcript")
        return SignTranscriptCommand{text(map, "token"), secret(map, "pin"), text(map, "key"), bytes(map, "text")};
    if (operation == "generate-secret-key")
        return GenerateSecretKeyCommand{text(map, "token"), secret(map, "pin"), text(map, "key")};
    if (operation == "ceremony-sign") {
        std::optional<Bytes> issuer;
        if (map.contains("issuer")) issuer = bytes(map, "issuer");
        return CeremonySignCommand{text(map, "token"),          secret(map, "pin"),         text(map, "key"),
                                   text(map, "profile"),        bytes(map, "tbs"),          std::move(issuer),
                                   texts(map, "permitted_dns"), texts(map, "permitted_ip"), texts(map, "crl_urls")};
    }
    if (operation == "ceremony-sign-crl")
        return CeremonySignCrlCommand{text(map, "token"), secret(map, "pin"), text(map, "key"), bytes(map, "tbs"),
                                      bytes(map, "issuer")};
    throw Malformed{"unknown operation"};
}

Response parseResponse(const json& map)
{
    const auto result = text(map, "result");
    if (result == "done") return Done{};
    if (result == "backed-up-key") return BackedUpKey{bytes(map, "spki"), bytes(map, "wrapped")};
    if (result == "tokens") return TokenList{texts(map, "tokens")};
    if (result == "signature") return Signature{bytes(map, "signature")};
    if (result == "vault-key") return VaultKeyAnswer{secret(map, "plain"), bytes(map, "wrapped")};
    if (result == "refused") return Refusal{text(map, "type"), text(map, "detail")};
    if (result == "keys") {
        const auto& keys = field(map, "keys");
        if (!keys.is_array()) throw Malformed{"field 'keys' is not a list"};
        KeyList list;
        for (const auto& key : keys) {
            if (!key.is_object()) throw Malformed{"a key is not a map"};
            list.keys.push_back({text(key, "label"), bytes(key, "spki")});
        }
        return list;
    }
    throw Malformed{"unknown result"};
}

/// CBOR as these messages use it: definite lengths, no tags, a few levels deep. The parser behind recurses without a
/// limit, so that a frame full of opening brackets would overflow its stack.
bool isPlainCbor(ByteView cbor)
{
    constexpr std::size_t kMaxDepth = 4;
    std::vector<std::uint64_t> openItems = {1}; // still to come, per level
    while (!openItems.empty()) {
        if (openItems.back() == 0) {
            openItems.pop_back();
            continue;
        }
        --openItems.back();
        if (cbor.empty()) return false;
        const unsigned major = cbor[0] >> 5U;
        const unsigned info = cbor[0] & 31U;
        cbor = cbor.subspan(1);
        std::uint64_t argument = info;
        if (info > 27) return false; // reserved, or of indefinite length
        if (info >= 24) {
            const std::size_t bytes = std::size_t{1} << (info - 24);
            if (cbor.size() < bytes) return false;
            argument = 0;
            for (std::size_t i = 0; i < bytes; ++i)
                argument = argument << 8U | cbor[i];
            cbor = cbor.subspan(bytes);
        }
        const bool isContainer = major == 4 || major == 5;
        if (major == 6) return false; // a tag
        if ((major == 2 || major == 3 || isContainer) && argument > cbor.size()) return false;
        if (major == 2 || major == 3) cbor = cbor.subspan(argument);
        if (isContainer) openItems.push_back(major == 5 ? 2 * argument : argument);
        if (openItems.size() > kMaxDepth + 1) return false;
    }
    return cbor.empty();
}

template <typename Body, typename Parse>
Result<Numbered<Body>> decode(ByteView cbor, Parse parse)
{
    if (!isPlainCbor(cbor)) return fail(ErrorCode::InvalidRequest, "message-malformed", "not CBOR of definite lengths");
    auto map = json::from_cbor(cbor.begin(), cbor.end(), true, false);
    if (!map.is_object()) return fail(ErrorCode::InvalidRequest, "message-malformed", "expected one CBOR map");
    try {
        Numbered<Body> message{number(map, "id"), parse(map)};
        wipe(map);
        return message;
    } catch (const Malformed& malformed) {
        wipe(map);
        return fail(ErrorCode::InvalidRequest, "message-malformed", malformed.detail);
    }
}

template <typename Fields, typename Body>
Bytes encodeBody(const Numbered<Body>& message)
{
    auto map = std::visit(Fields{}, message.body);
    map["id"] = message.id;
    auto cbor = json::to_cbor(map);
    wipe(map);
    return cbor;
}

} // namespace

Bytes encode(const Numbered<Request>& request)
{
    return encodeBody<RequestFields>(request);
}

Bytes encode(const Numbered<Response>& response)
{
    return encodeBody<ResponseFields>(response);
}

Result<Numbered<Request>> decodeRequest(ByteView cbor)
{
    return decode<Request>(cbor, parseRequest);
}

Result<Numbered<Response>> decodeResponse(ByteView cbor)
{
    return decode<Response>(cbor, parseResponse);
}

Bytes frame(ByteView body)
{
    const auto length = static_cast<std::uint32_t>(body.size());
    Bytes framed;
    framed.reserve(kLengthBytes + body.size());
    for (int shift = 24; shift >= 0; shift -= 8)
        framed.push_back(static_cast<std::uint8_t>(length >> shift));
    framed.insert(framed.end(), body.begin(), body.end());
    return framed;
}

Result<void> FrameReader::feed(ByteView bytes)
{
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    const auto length = bodyLength();
    if (!length) return tl::unexpected(length.error());
    return {};
}

std::optional<Bytes> FrameReader::take()
{
    const auto length = bodyLength();
    if (!length || !*length || m_buffer.size() - kLengthBytes < **length) return std::nullopt;
    const auto bodyStart = m_buffer.begin() + kLengthBytes;
    const auto bodyEnd = bodyStart + static_cast<std::ptrdiff_t>(**length);
    Bytes body(bodyStart, bodyEnd);
    // The buffer may have carried a PIN.
    explicit_bzero(m_buffer.data(), kLengthBytes + body.size());
    m_buffer.erase(m_buffer.begin(), bodyEnd);
    return body;
}

Result<std::optional<std::size_t>> FrameReader::bodyLength() const
{
    if (m_buffer.size() < kLengthBytes) return std::optional<std::size_t>();
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        length = (length << 8U) | m_buffer[i];
    if (length == 0) return fail(ErrorCode::InvalidRequest, "frame-empty", "a frame has at least one byte");
    if (length > kMaxFrameBytes)
        return fail(ErrorCode::InvalidRequest, "frame-too-long",
                    "expected at most " + std::to_string(kMaxFrameBytes) + " bytes, got " + std::to_string(length));
    return std::optional<std::size_t>(length);
}

} // namespace gateway::signer
