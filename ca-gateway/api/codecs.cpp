#include "api/codecs.h"

#include <algorithm>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/pem.h"
#include "api/rfc3339.h"

namespace gateway::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kCertificateLabel = "CERTIFICATE";
constexpr std::size_t kMaxCertificates = 8;
constexpr std::size_t kMaxPemLength = 32768;
constexpr std::size_t kMaxTimeLength = 40;
constexpr std::size_t kMaxRegionLength = 63; // a DNS label

/// Parses text whose objects have no name twice: which of the two counts would be up to the reader.
Result<json> parseJson(std::string_view text)
{
    std::vector<std::set<std::string, std::less<>>> names;
    bool isRepeated = false;
    const auto onEvent = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) names.emplace_back();
        if (event == json::parse_event_t::key && !names.back().insert(parsed.get<std::string>()).second)
            isRepeated = true;
        if (event == json::parse_event_t::object_end) names.pop_back();
        return true;
    };
    auto document = json::parse(text, onEvent, false);
    if (document.is_discarded())
        return fail(ErrorCode::InvalidRequest, "json-malformed",
                    "expected a JSON object, got " + std::to_string(text.size()) + " bytes that are no JSON");
    if (!document.is_object())
        return fail(ErrorCode::InvalidRequest, "json-malformed",
                    std::string("expected a JSON object, got ") + document.type_name());
    if (isRepeated) return fail(ErrorCode::InvalidRequest, "json-malformed", "a field occurs twice");
    return document;
}

tl::unexpected<Error> badField(const char* type, const std::string& field, const std::string& text)
{
    return fail(ErrorCode::InvalidRequest, type, "field \"" + field + "\": " + text);
}

/// A name from outside goes into the detail only as far as it is short and printable.
std::string quoted(const std::string& name)
{
    std::string text;
    for (const char c : name.substr(0, 40))
        text.push_back(c >= ' ' && c <= '~' ? c : '?');
    return text;
}

Result<void> refuseUnknown(const json& object, std::initializer_list<std::string_view> known)
{
    for (const auto& [name, value] : object.items()) {
        bool isKnown = false;
        for (const auto candidate : known)
            isKnown = isKnown || candidate == name;
        if (isKnown) continue;
        std::string expected;
        for (const auto candidate : known)
            expected.append(expected.empty() ? "" : ", ").append(candidate);
        return badField("field-unknown", quoted(name), "is not known; expected only " + expected);
    }
    return {};
}

bool hasControlCharacter(std::string_view text)
{
    for (const char c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f) return true;
    return false;
}

/// A text field of minimum to maximum bytes of UTF-8 without control characters.
Result<std::string> readText(const json& object, const std::string& field, std::size_t minimum, std::size_t maximum)
{
    const auto found = object.find(field);
    if (found == object.end()) return badField("field-missing", field, "expected a string, got nothing");
    if (!found->is_string())
        return badField("field-type", field, std::string("expected a string, got ") + found->type_name());
    auto text = found->get<std::string>();
    if (text.size() < minimum || text.size() > maximum)
        return badField("field-size", field,
                        "expected " + std::to_string(minimum) + " to " + std::to_string(maximum) + " bytes, got " +
                            std::to_string(text.size()));
    if (hasControlCharacter(text)) return badField("field-value", field, "expected text, got control characters");
    return text;
}

/// Reads a text field and gives it to a value type's parse(); its error is told with the field's name.
template <typename Parse>
auto readValue(const json& object, const std::string& field, std::size_t maximum, Parse&& parse)
    -> decltype(parse(std::string_view()))
{
    const auto text = readText(object, field, 0, maximum);
    if (!text) return tl::unexpected(text.error());
    auto value = parse(std::string_view(*text));
    if (!value) return badField("field-value", field, value.error().detail);
    return value;
}

Result<Bytes> parseCsr(std::string_view text)
{
    auto der = Result<Bytes>();
    if (isPem(text)) {
        // Older tools write NEW; RFC 7468 section 7 asks readers to take it.
        der = parsePem("CERTIFICATE REQUEST", text);
        if (!der) der = parsePem("NEW CERTIFICATE REQUEST", text);
    } else if (auto bytes = parseBase64(text)) {
        der = std::move(*bytes);
    } else {
        return fail(ErrorCode::InvalidRequest, "csr-encoding",
                    "expected base64 DER or PEM, got " + std::to_string(text.size()) + " bytes of neither");
    }
    if (der && (der->empty() || der->size() > kMaxCsrOctets))
        return fail(ErrorCode::InvalidRequest, "csr-size",
                    "expected 1 to " + std::to_string(kMaxCsrOctets) + " bytes of DER, got " +
                        std::to_string(der->size()));
    return der;
}

Result<std::string> parseTcuSerial(std::string_view text)
{
    for (const char c : text)
        if (c < ' ' || c > '~')
            return fail(ErrorCode::InvalidRequest, "tcu-serial", "expected printable ASCII characters, got others");
    return std::string(text);
}

Result<Bytes> parseCertificatePem(std::string_view text)
{
    return parsePem(kCertificateLabel, text);
}

Result<RevocationReason> parseReason(std::string_view text)
{
    if (const auto reason = parseRevocationReason(text)) return *reason;
    return fail(ErrorCode::InvalidRequest, "reason",
                "expected a reason of RFC 5280 such as KEY_COMPROMISE, got \"" + quoted(std::string(text)) + "\"");
}

Result<Severity> parseSeverityText(std::string_view text)
{
    if (const auto severity = parseSeverity(text)) return *severity;
    return fail(ErrorCode::InvalidRequest, "severity", "expected P0 to P4, got \"" + quoted(std::string(text)) + "\"");
}

Result<Bytes> readCsr(const json& object)
{
    return readValue(object, "csr", 2 * kMaxCsrOctets, parseCsr);
}

/// Base64 of 1 to maximum bytes.
Result<Bytes> readBytes(const json& object, const std::string& field, std::size_t maximum)
{
    return readValue(object, field, 4 * (maximum / 3 + 1), [maximum](std::string_view text) -> Result<Bytes> {
        auto bytes = parseBase64(text);
        if (!bytes)
            return fail(ErrorCode::InvalidRequest, "base64",
                        "expected base64 with padding, got " + std::to_string(text.size()) +
                            " characters of another form");
        if (bytes->empty() || bytes->size() > maximum)
            return fail(ErrorCode::InvalidRequest, "size",
                        "expected 1 to " + std::to_string(maximum) + " bytes, got " + std::to_string(bytes->size()));
        return std::move(*bytes);
    });
}

ordered_json evidenceJson(const TpmEvidence& evidence)
{
    return {{"ek_certificate", toBase64(evidence.ekCertificateDer)},
            {"ak_public", toBase64(evidence.akPublic)},
            {"key_public", toBase64(evidence.keyPublic)},
            {"certify_info", toBase64(evidence.certifyInfo)},
            {"signature", toBase64(evidence.signature)},
            {"credential_proof", toBase64(evidence.credentialProof)}};
}

Result<TpmEvidence> readEvidence(const json& object)
{
    if (!object.is_object())
        return badField("field-type", "evidence", std::string("expected an object, got ") + object.type_name());
    if (const auto known = refuseUnknown(
            object, {"ek_certificate", "ak_public", "key_public", "certify_info", "signature", "credential_proof"});
        !known)
        return tl::unexpected(known.error());
    TpmEvidence evidence;
    auto read = readBytes(object, "ek_certificate", kMaxEkCertificateOctets);
    if (!read) return tl::unexpected(read.error());
    evidence.ekCertificateDer = std::move(*read);
    for (const auto& [field, member] :
         {std::pair("ak_public", &TpmEvidence::akPublic), std::pair("key_public", &TpmEvidence::keyPublic),
          std::pair("certify_info", &TpmEvidence::certifyInfo), std::pair("signature", &TpmEvidence::signature),
          std::pair("credential_proof", &TpmEvidence::credentialProof)}) {
        read = readBytes(object, field, kMaxTpmStructureOctets);
        if (!read) return tl::unexpected(read.error());
        evidence.*member = std::move(*read);
    }
    return evidence;
}

/// PEM or base64 DER.
Result<Bytes> parseAnyCertificate(std::string_view text)
{
    if (isPem(text)) return parseCertificatePem(text);
    if (auto bytes = parseBase64(text); bytes && !bytes->empty()) return std::move(*bytes);
    return fail(ErrorCode::InvalidRequest, "certificate-encoding",
                "expected base64 DER or PEM, got " + std::to_string(text.size()) + " bytes of neither");
}

ordered_json signatureJson(const IssuingOverride::Signature& signature)
{
    return {{"certificate", toPem(kCertificateLabel, signature.certificateDer)},
            {"signature", toBase64(signature.signature)}};
}

ordered_json overrideJson(const IssuingOverride& grant)
{
    ordered_json object{{"reason", grant.reason}, {"expires_at", toRfc3339(grant.expiresAt)}};
    for (std::size_t i = 0; i < grant.signatures.size(); ++i) {
        if (i == 0)
            object.update(signatureJson(grant.signatures[i]));
        else
            object["cosignatures"].push_back(signatureJson(grant.signatures[i]));
    }
    return object;
}

Result<IssuingOverride::Signature> readSignature(const json& object)
{
    auto certificate = readValue(object, "certificate", kMaxPemLength, parseAnyCertificate);
    if (!certificate) return tl::unexpected(certificate.error());
    auto signature = readBytes(object, "signature", kMaxSignatureOctets);
    if (!signature) return tl::unexpected(signature.error());
    return IssuingOverride::Signature{std::move(*certificate), std::move(*signature)};
}

Result<void> expectObject(const json& value, const std::string& field)
{
    if (value.is_object()) return {};
    return badField("field-type", field, std::string("expected an object, got ") + value.type_name());
}

Result<Time> readTime(const json& object, const std::string& field)
{
    return readValue(object, field, kMaxTimeLength, parseRfc3339);
}

Result<IssuingOverride> readOverride(const json& object)
{
    if (const auto is = expectObject(object, "override"); !is) return tl::unexpected(is.error());
    if (const auto known = refuseUnknown(object, {"reason", "expires_at", "certificate", "signature", "cosignatures"});
        !known)
        return tl::unexpected(known.error());
    auto reason = readText(object, "reason", 1, kMaxNoteLength);
    if (!reason) return tl::unexpected(reason.error());
    const auto expiresAt = readTime(object, "expires_at");
    if (!expiresAt) return tl::unexpected(expiresAt.error());
    auto first = readSignature(object);
    if (!first) return tl::unexpected(first.error());
    IssuingOverride grant{std::move(*reason), *expiresAt, {std::move(*first)}};
    const auto others = object.find("cosignatures");
    if (others == object.end()) return grant;
    if (!others->is_array() || others->size() > kMaxCosignatures)
        return badField("field-size", "cosignatures",
                        "expected an array of at most " + std::to_string(kMaxCosignatures) + " signatures");
    for (const auto& element : *others) {
        if (const auto is = expectObject(element, "cosignatures"); !is) return tl::unexpected(is.error());
        if (const auto known = refuseUnknown(element, {"certificate", "signature"}); !known)
            return tl::unexpected(known.error());
        auto signature = readSignature(element);
        if (!signature) return tl::unexpected(signature.error());
        grant.signatures.push_back(std::move(*signature));
    }
    return grant;
}

Result<UnitSwap> readUnitSwap(const json& object)
{
    if (const auto is = expectObject(object, "replaces_unit"); !is) return tl::unexpected(is.error());
    if (const auto known = refuseUnknown(object, {"serial", "reason"}); !known) return tl::unexpected(known.error());
    auto serial = readValue(object, "serial", 64, CertificateSerial::parse);
    if (!serial) return tl::unexpected(serial.error());
    auto reason = readText(object, "reason", 1, kMaxNoteLength);
    if (!reason) return tl::unexpected(reason.error());
    return UnitSwap{std::move(*serial), std::move(*reason)};
}

Result<CertificateSerial> readSerial(const json& object)
{
    return readValue(object, "serial", 64, CertificateSerial::parse);
}

Result<TransactionId> readTransaction(const json& object)
{
    return readValue(object, "transaction", 64, TransactionId::parse);
}

ordered_json issuedJson(const IssuedCertificate& issued)
{
    ordered_json object;
    object["serial"] = issued.serial.text();
    object["device_id"] = issued.deviceId.text();
    object["vin_hash"] = issued.vinHash.text();
    object["certificate"] = toPem(kCertificateLabel, issued.certificateDer);
    object["chain"] = ordered_json::array();
    for (const auto& certificate : issued.chainDer)
        object["chain"].push_back(toPem(kCertificateLabel, certificate));
    object["issued_at"] = toRfc3339(issued.issuedAt);
    object["expires_at"] = toRfc3339(issued.expiresAt);
    return object;
}

Result<std::vector<Bytes>> readChain(const json& object)
{
    const auto found = object.find("chain");
    if (found == object.end()) return badField("field-missing", "chain", "expected an array, got nothing");
    if (!found->is_array())
        return badField("field-type", "chain", std::string("expected an array, got ") + found->type_name());
    if (found->size() > kMaxCertificates)
        return badField("field-size", "chain",
                        "expected at most " + std::to_string(kMaxCertificates) + " certificates, got " +
                            std::to_string(found->size()));
    std::vector<Bytes> chain;
    for (const auto& element : *found) {
        if (!element.is_string())
            return badField("field-type", "chain", std::string("expected strings, got ") + element.type_name());
        auto der = parseCertificatePem(element.get_ref<const std::string&>());
        if (!der) return badField("field-value", "chain", der.error().detail);
        chain.push_back(std::move(*der));
    }
    return chain;
}

Result<IssuedCertificate> readIssued(const json& object)
{
    auto serial = readSerial(object);
    if (!serial) return tl::unexpected(serial.error());
    auto deviceId = readValue(object, "device_id", 64, DeviceId::parse);
    if (!deviceId) return tl::unexpected(deviceId.error());
    auto vinHash = readValue(object, "vin_hash", 128, VinHash::parse);
    if (!vinHash) return tl::unexpected(vinHash.error());
    auto certificate = readValue(object, "certificate", kMaxPemLength, parseCertificatePem);
    if (!certificate) return tl::unexpected(certificate.error());
    auto chain = readChain(object);
    if (!chain) return tl::unexpected(chain.error());
    const auto issuedAt = readTime(object, "issued_at");
    if (!issuedAt) return tl::unexpected(issuedAt.error());
    const auto expiresAt = readTime(object, "expires_at");
    if (!expiresAt) return tl::unexpected(expiresAt.error());
    return IssuedCertificate{std::move(*serial), *deviceId, *vinHash,  std::move(*certificate),
                             std::move(*chain),  *issuedAt, *expiresAt};
}

/// For a request: parses it and refuses fields other than these.
Result<json> parseRequest(std::string_view text, std::initializer_list<std::string_view> fields)
{
    auto document = parseJson(text);
    if (!document) return document;
    if (const auto known = refuseUnknown(*document, fields); !known) return tl::unexpected(known.error());
    return document;
}

/// Notes and causes may hold anything a person typed; a broken sequence must not make dump() throw.
std::string dump(const ordered_json& object)
{
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

std::string toJson(const IssueRequest& request)
{
    ordered_json object{
        {"csr", toBase64(request.csrDer)}, {"vin", request.vin.text()}, {"tcu_serial", request.tcuSerial}};
    if (request.evidence) object["evidence"] = evidenceJson(*request.evidence);
    if (request.replacesUnit)
        object["replaces_unit"] = {{"serial", request.replacesUnit->serial.text()},
                                   {"reason", request.replacesUnit->reason}};
    if (request.limitOverride) object["override"] = overrideJson(*request.limitOverride);
    return dump(object);
}

std::string toJson(const IssuingOverride& grant)
{
    return dump(overrideJson(grant));
}

std::string toJson(const ChallengeRequest& request)
{
    return dump({{"ek_certificate", toBase64(request.ekCertificateDer)}, {"ak_public", toBase64(request.akPublic)}});
}

std::string toJson(const RenewRequest& request)
{
    return dump({{"csr", toBase64(request.csrDer)}});
}

std::string toJson(const RenewFailureReport& report)
{
    return dump({{"serial", report.serial.text()}, {"error", report.error}});
}

std::string toJson(const RevokeRequest& request)
{
    return dump({{"serial", request.serial.text()},
                 {"reason", name(request.reason)},
                 {"severity", name(request.severity)},
                 {"notes", request.notes}});
}

std::string toJson(const ProvisionedReport& report)
{
    return dump({{"transaction", report.transaction.text()}, {"provisioned_at", toRfc3339(report.provisionedAt)}});
}

std::string toJson(const RejectedReport& report)
{
    return dump({{"transaction", report.transaction.text()}, {"cause", report.cause}});
}

Result<IssueRequest> parseIssueRequest(std::string_view text, const TransactionId& transaction)
{
    const auto object = parseRequest(text, {"csr", "vin", "tcu_serial", "evidence", "replaces_unit", "override"});
    if (!object) return tl::unexpected(object.error());
    auto csr = readCsr(*object);
    if (!csr) return tl::unexpected(csr.error());
    const auto vin = readValue(*object, "vin", 64, Vin::parse);
    if (!vin) return tl::unexpected(vin.error());
    const auto present = readText(*object, "tcu_serial", 1, kMaxTcuSerialLength);
    if (!present) return tl::unexpected(present.error());
    auto tcuSerial = readValue(*object, "tcu_serial", kMaxTcuSerialLength, parseTcuSerial);
    if (!tcuSerial) return tl::unexpected(tcuSerial.error());
    IssueRequest request{transaction, *vin, std::move(*csr), std::move(*tcuSerial)};
    if (const auto found = object->find("evidence"); found != object->end()) {
        auto evidence = readEvidence(*found);
        if (!evidence) return tl::unexpected(evidence.error());
        request.evidence = std::move(*evidence);
    }
    if (const auto found = object->find("replaces_unit"); found != object->end()) {
        auto swap = readUnitSwap(*found);
        if (!swap) return tl::unexpected(swap.error());
        request.replacesUnit = std::move(*swap);
    }
    if (const auto found = object->find("override"); found != object->end()) {
        auto grant = readOverride(*found);
        if (!grant) return tl::unexpected(grant.error());
        request.limitOverride = std::move(*grant);
    }
    return request;
}

Result<ChallengeRequest> parseChallengeRequest(std::string_view text, const TransactionId& transaction)
{
    const auto object = parseRequest(text, {"ek_certificate", "ak_public"});
    if (!object) return tl::unexpected(object.error());
    auto certificate = readBytes(*object, "ek_certificate", kMaxEkCertificateOctets);
    if (!certificate) return tl::unexpected(certificate.error());
    auto akPublic = readBytes(*object, "ak_public", kMaxTpmStructureOctets);
    if (!akPublic) return tl::unexpected(akPublic.error());
    return ChallengeRequest{transaction, std::move(*certificate), std::move(*akPublic)};
}

Result<RenewRequest> parseRenewRequest(std::string_view text, const TransactionId& transaction)
{
    const auto object = parseRequest(text, {"csr"});
    if (!object) return tl::unexpected(object.error());
    auto csr = readCsr(*object);
    if (!csr) return tl::unexpected(csr.error());
    return RenewRequest{transaction, std::move(*csr)};
}

Result<RenewFailureReport> parseRenewFailureReport(std::string_view text)
{
    const auto object = parseRequest(text, {"serial", "error"});
    if (!object) return tl::unexpected(object.error());
    auto serial = readSerial(*object);
    if (!serial) return tl::unexpected(serial.error());
    auto error = readText(*object, "error", 1, kMaxNoteLength);
    if (!error) return tl::unexpected(error.error());
    return RenewFailureReport{std::move(*serial), std::move(*error)};
}

Result<RevokeRequest> parseRevokeRequest(std::string_view text)
{
    const auto object = parseRequest(text, {"serial", "reason", "severity", "notes"});
    if (!object) return tl::unexpected(object.error());
    auto serial = readSerial(*object);
    if (!serial) return tl::unexpected(serial.error());
    const auto reason = readValue(*object, "reason", 64, parseReason);
    if (!reason) return tl::unexpected(reason.error());
    RevokeRequest request{std::move(*serial), *reason, Severity::P3, {}};
    if (object->contains("severity")) {
        const auto severity = readValue(*object, "severity", 16, parseSeverityText);
        if (!severity) return tl::unexpected(severity.error());
        request.severity = *severity;
    }
    if (object->contains("notes")) {
        auto notes = readText(*object, "notes", 0, kMaxNoteLength);
        if (!notes) return tl::unexpected(notes.error());
        request.notes = std::move(*notes);
    }
    return request;
}

Result<ProvisionedReport> parseProvisionedReport(std::string_view text, const CertificateSerial& serial)
{
    const auto object = parseRequest(text, {"transaction", "provisioned_at"});
    if (!object) return tl::unexpected(object.error());
    const auto transaction = readTransaction(*object);
    if (!transaction) return tl::unexpected(transaction.error());
    const auto provisionedAt = readTime(*object, "provisioned_at");
    if (!provisionedAt) return tl::unexpected(provisionedAt.error());
    return ProvisionedReport{serial, *transaction, *provisionedAt};
}

Result<RejectedReport> parseRejectedReport(std::string_view text, const CertificateSerial& serial)
{
    const auto object = parseRequest(text, {"transaction", "cause"});
    if (!object) return tl::unexpected(object.error());
    const auto transaction = readTransaction(*object);
    if (!transaction) return tl::unexpected(transaction.error());
    auto cause = readText(*object, "cause", 1, kMaxNoteLength);
    if (!cause) return tl::unexpected(cause.error());
    return RejectedReport{serial, *transaction, std::move(*cause)};
}

std::string toJson(const EvidenceChallenge& challenge)
{
    return dump({{"nonce", toBase64(challenge.nonce)},
                 {"credential_blob", toBase64(challenge.credentialBlob)},
                 {"encrypted_secret", toBase64(challenge.encryptedSecret)}});
}

Result<EvidenceChallenge> parseEvidenceChallenge(std::string_view text)
{
    const auto object = parseJson(text);
    if (!object) return tl::unexpected(object.error());
    EvidenceChallenge challenge;
    const auto nonce = readBytes(*object, "nonce", challenge.nonce.size());
    if (!nonce) return tl::unexpected(nonce.error());
    if (nonce->size() != challenge.nonce.size())
        return badField("field-value", "nonce", "expected 32 bytes, got " + std::to_string(nonce->size()));
    std::copy(nonce->begin(), nonce->end(), challenge.nonce.begin());
    auto blob = readBytes(*object, "credential_blob", kMaxTpmStructureOctets);
    if (!blob) return tl::unexpected(blob.error());
    challenge.credentialBlob = std::move(*blob);
    auto secret = readBytes(*object, "encrypted_secret", kMaxTpmStructureOctets);
    if (!secret) return tl::unexpected(secret.error());
    challenge.encryptedSecret = std::move(*secret);
    return challenge;
}

std::string toJson(const BrokerRequest& request)
{
    return dump({{"csr", toBase64(request.csrDer)}, {"region", request.region}});
}

Result<BrokerRequest> parseBrokerRequest(std::string_view text, const TransactionId& transaction)
{
    const auto object = parseRequest(text, {"csr", "region"});
    if (!object) return tl::unexpected(object.error());
    auto csr = readCsr(*object);
    if (!csr) return tl::unexpected(csr.error());
    auto region = readText(*object, "region", 1, kMaxRegionLength);
    if (!region) return tl::unexpected(region.error());
    return BrokerRequest{transaction, std::move(*region), std::move(*csr)};
}

std::string toJson(const IssuedServiceCertificate& issued)
{
    ordered_json object;
    object["serial"] = issued.serial.text();
    object["certificate"] = toPem(kCertificateLabel, issued.certificateDer);
    object["chain"] = ordered_json::array();
    for (const auto& certificate : issued.chainDer)
        object["chain"].push_back(toPem(kCertificateLabel, certificate));
    object["issued_at"] = toRfc3339(issued.issuedAt);
    object["expires_at"] = toRfc3339(issued.expiresAt);
    return dump(object);
}

std::string toJson(const IssuedCertificate& issued)
{
    return dump(issuedJson(issued));
}

Result<IssuedCertificate> parseIssuedCertificate(std::string_view text)
{
    const auto object = parseJson(text);
    if (!object) return tl::unexpected(object.error());
    return readIssued(*object);
}

std::string toJson(const RequestStatus& status)
{
    if (status.state == RequestStatus::State::Intent || !status.certificate) return dump({{"state", "INTENT"}});
    return dump({{"state", "ISSUED"}, {"issued", issuedJson(*status.certificate)}});
}

Result<RequestStatus> parseRequestStatus(std::string_view text)
{
    const auto object = parseJson(text);
    if (!object) return tl::unexpected(object.error());
    const auto state = readText(*object, "state", 1, 16);
    if (!state) return tl::unexpected(state.error());
    if (*state == "INTENT") return RequestStatus{};
    if (*state != "ISSUED")
        return badField("field-value", "state", "expected INTENT or ISSUED, got \"" + quoted(*state) + "\"");
    const auto found = object->find("issued");
    if (found == object->end() || !found->is_object())
        return badField("field-missing", "issued", "expected an object beside the state ISSUED");
    auto issued = readIssued(*found);
    if (!issued) return tl::unexpected(issued.error());
    return RequestStatus{RequestStatus::State::Issued, std::move(*issued)};
}

std::string toJson(const Revocation& revocation)
{
    return dump({{"serial", revocation.serial.text()},
                 {"revoked_at", toRfc3339(revocation.revokedAt)},
                 {"reason", name(revocation.reason)},
                 {"status", "REVOKED"}});
}

Result<Revocation> parseRevocation(std::string_view text)
{
    const auto object = parseJson(text);
    if (!object) return tl::unexpected(object.error());
    auto serial = readSerial(*object);
    if (!serial) return tl::unexpected(serial.error());
    const auto revokedAt = readTime(*object, "revoked_at");
    if (!revokedAt) return tl::unexpected(revokedAt.error());
    const auto reason = readValue(*object, "reason", 64, parseReason);
    if (!reason) return tl::unexpected(reason.error());
    const auto status = readText(*object, "status", 1, 16);
    if (!status) return tl::unexpected(status.error());
    if (*status != "REVOKED")
        return badField("field-value", "status", "expected REVOKED, got \"" + quoted(*status) + "\"");
    return Revocation{std::move(*serial), *revokedAt, *reason};
}

} // namespace gateway::api
