#include "api/certificate_search.h"

#include <array>
#include <charconv>

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include "api/pem.h"
#include "api/query_string.h"
#include "api/rfc3339.h"

namespace gateway::api {
namespace {

using nlohmann::ordered_json;

constexpr std::uint8_t kCursorVersion = 1;
constexpr std::size_t kCheckOctets = 8;
constexpr std::size_t kMaxCursorLength = 1024;
constexpr std::size_t kMaxIssuerLength = 512;
constexpr std::size_t kMaxStationLength = 200;
constexpr std::size_t kMaxTypeLength = 64;

tl::unexpected<Error> badValue(std::string_view name, const std::string& text)
{
    return fail(ErrorCode::InvalidRequest, "parameter-value", "parameter " + std::string(name) + ": " + text);
}

template <typename T>
Result<void> take(std::optional<T>& place, std::string_view name, Result<T> parsed)
{
    if (!parsed) return badValue(name, parsed.error().detail);
    place = std::move(*parsed);
    return {};
}

Result<CertificateStatus> parseStatus(std::string_view text)
{
    if (const auto status = parseCertificateStatus(text)) return *status;
    return fail(ErrorCode::InvalidRequest, "parameter-value",
                "expected ACTIVE, REVOKED, SUPERSEDED or EXPIRED, got " + std::to_string(text.size()) +
                    " other characters");
}

Result<std::string> parseText(std::string_view text, std::size_t maximum)
{
    if (!text.empty() && text.size() <= maximum) return std::string(text);
    return fail(ErrorCode::InvalidRequest, "parameter-value",
                "expected 1 to " + std::to_string(maximum) + " bytes, got " + std::to_string(text.size()));
}

Result<int> parseLimit(std::string_view text)
{
    int limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || end != text.data() + text.size() || limit < 1 || limit > CertificateQuery::kMaxLimit)
        return badValue("limit", "expected a whole number from 1 to " + std::to_string(CertificateQuery::kMaxLimit) +
                                     ", got another text");
    return limit;
}

/// Everything of a query but limit and cursor, as one text.
std::string conditionsOf(const CertificateQuery& query)
{
    std::string text;
    const auto add = [&](char name, const auto& value, auto&& print) {
        if (value) text += std::string(1, name) + percentEncoded(print(*value)) + '&';
    };
    const auto printText = [](const auto& value) { return std::string(value.text()); };
    const auto same = [](const std::string& value) { return value; };
    const auto seconds = [](Time time) { return std::to_string(time.time_since_epoch().count()); };
    add('s', query.serial, printText);
    add('d', query.deviceId, printText);
    add('v', query.vinHash, printText);
    add('S', query.status, [](CertificateStatus status) { return std::string(name(status)); });
    add('t', query.type, same);
    add('p', query.station, same);
    add('i', query.issuer, same);
    add('f', query.issuedFrom, seconds);
    add('F', query.issuedTo, seconds);
    add('e', query.expiresFrom, seconds);
    add('E', query.expiresTo, seconds);
    return text;
}

Bytes checkValue(ByteView position, const CertificateQuery& query)
{
    Bytes input(position.begin(), position.end());
    const auto conditions = conditionsOf(query);
    input.insert(input.end(), conditions.begin(), conditions.end());
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(input.data(), input.size(), digest.data());
    return {digest.begin(), digest.begin() + kCheckOctets};
}

std::string toBase64Url(ByteView bytes)
{
    auto text = toBase64(bytes);
    while (text.ends_with('='))
        text.pop_back();
    for (char& c : text)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

std::optional<Bytes> parseBase64Url(std::string_view url)
{
    std::string text(url);
    if (text.find_first_of("+/=") != std::string::npos) return std::nullopt;
    for (char& c : text)
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    text.append((4 - text.size() % 4) % 4, '=');
    return parseBase64(text);
}

Result<CertificatePosition> parseCursor(std::string_view text, const CertificateQuery& query)
{
    const auto refuse = [] {
        return fail(ErrorCode::InvalidRequest, "cursor",
                    "parameter cursor: expected a next_cursor of a search with the same conditions, got another text");
    };
    if (text.size() > kMaxCursorLength) return refuse();
    const auto bytes = parseBase64Url(text);
    constexpr std::size_t kFixedOctets = 1 + 8 + 1;
    if (!bytes || bytes->size() < kFixedOctets + kCheckOctets || bytes->front() != kCursorVersion) return refuse();
    const auto position = ByteView(*bytes).first(bytes->size() - kCheckOctets);
    const auto check = checkValue(position, query);
    if (!std::equal(check.begin(), check.end(), bytes->end() - kCheckOctets)) return refuse();

    std::uint64_t seconds = 0;
    for (std::size_t i = 1; i < 9; ++i)
        seconds = seconds << 8U | position[i];
    const std::size_t serialOctets = position[9];
    if (position.size() < kFixedOctets + serialOctets) return refuse();
    auto serial = CertificateSerial::fromBytes(position.subspan(kFixedOctets, serialOctets));
    const auto issuer = position.subspan(kFixedOctets + serialOctets);
    std::string issuerText(issuer.begin(), issuer.end());
    constexpr std::uint64_t kYear9999 = 253402300800;
    if (!serial || seconds >= kYear9999 || !isPlainUtf8(issuerText)) return refuse();
    return CertificatePosition{Time(std::chrono::seconds(seconds)), std::move(issuerText), std::move(*serial)};
}

ordered_json summaryJson(const CertificateSummary& summary)
{
    ordered_json object;
    object["serial"] = summary.serial.text();
    object["issuer"] = summary.issuer;
    object["type"] = summary.type;
    object["subject"] = summary.subject;
    if (summary.deviceId) object["device_id"] = summary.deviceId->text();
    if (summary.vinHash) object["vin_hash"] = summary.vinHash->text();
    object["status"] = name(summary.status);
    object["issued_at"] = toRfc3339(summary.issuedAt);
    object["expires_at"] = toRfc3339(summary.expiresAt);
    object["provisioned"] = summary.provisionedAt.has_value();
    if (summary.provisionedAt) object["provisioned_at"] = toRfc3339(*summary.provisionedAt);
    if (summary.revokedAt) object["revoked_at"] = toRfc3339(*summary.revokedAt);
    if (summary.reason) object["reason"] = name(*summary.reason);
    if (summary.replacedBy) object["replaced_by"] = summary.replacedBy->text();
    object["station"] = summary.station;
    return object;
}

std::string dump(const ordered_json& object)
{
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

Result<CertificateQuery> parseCertificateQuery(const Parameters& parameters)
{
    CertificateQuery query;
    std::optional<std::string> cursor;
    for (const auto& [name, value] : parameters) {
        Result<void> taken;
        if (name == "serial") {
            taken = take(query.serial, name, CertificateSerial::parse(value));
        } else if (name == "device_id") {
            taken = take(query.deviceId, name, DeviceId::parse(value));
        } else if (name == "vin_hash") {
            taken = take(query.vinHash, name, VinHash::parse(value));
        } else if (name == "status") {
            taken = take(query.status, name, parseStatus(value));
        } else if (name == "type") {
            taken = take(query.type, name, parseText(value, kMaxTypeLength));
        } else if (name == "station") {
            taken = take(query.station, name, parseText(value, kMaxStationLength));
        } else if (name == "issuer") {
            taken = take(query.issuer, name, parseText(value, kMaxIssuerLength));
        } else if (name == "issued_from") {
            taken = take(query.issuedFrom, name, parseTimeOrDate(value));
        } else if (name == "issued_to") {
            taken = take(query.issuedTo, name, parseTimeOrDate(value));
        } else if (name == "expires_from") {
            taken = take(query.expiresFrom, name, parseTimeOrDate(value));
        } else if (name == "expires_to") {
            taken = take(query.expiresTo, name, parseTimeOrDate(value));
        } else if (name == "limit") {
            const auto limit = parseLimit(value);
            if (!limit) return tl::unexpected(limit.error());
            query.limit = *limit;
        } else if (name == "cursor") {
            cursor = value;
        } else {
            return fail(ErrorCode::InvalidRequest, "parameter-unknown",
                        "expected serial, device_id, vin_hash, status, type, station, issuer, issued_from, issued_to, "
                        "expires_from, expires_to, limit or cursor, got parameter " +
                            name.substr(0, 40));
        }
        if (!taken) return tl::unexpected(taken.error());
    }
    if (cursor) {
        auto after = parseCursor(*cursor, query);
        if (!after) return tl::unexpected(after.error());
        query.after = std::move(*after);
    }
    return query;
}

Result<CertificateQuery> parseCertificateQuery(std::string_view queryString)
{
    const auto parameters = parseQueryString(queryString);
    if (!parameters) return tl::unexpected(parameters.error());
    return parseCertificateQuery(*parameters);
}

Result<CertificateReference> parseCertificateReference(std::string_view serialText, std::string_view queryString)
{
    auto serial = CertificateSerial::parse(serialText);
    if (!serial) return tl::unexpected(serial.error());
    const auto parameters = parseQueryString(queryString);
    if (!parameters) return tl::unexpected(parameters.error());
    CertificateReference reference{std::move(*serial), {}};
    for (const auto& [name, value] : *parameters) {
        if (name != "issuer")
            return fail(ErrorCode::InvalidRequest, "parameter-unknown",
                        "expected issuer, got parameter " + name.substr(0, 40));
        if (const auto taken = take(reference.issuer, name, parseText(value, kMaxIssuerLength)); !taken)
            return tl::unexpected(taken.error());
    }
    return reference;
}

std::string toCursor(const CertificatePosition& position, const CertificateQuery& query)
{
    Bytes bytes{kCursorVersion};
    const auto seconds = static_cast<std::uint64_t>(position.issuedAt.time_since_epoch().count());
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(seconds >> shift));
    const auto serial = position.serial.bytes();
    bytes.push_back(static_cast<std::uint8_t>(serial.size()));
    bytes.insert(bytes.end(), serial.begin(), serial.end());
    bytes.insert(bytes.end(), position.issuer.begin(), position.issuer.end());
    const auto check = checkValue(bytes, query);
    bytes.insert(bytes.end(), check.begin(), check.end());
    return toBase64Url(bytes);
}

std::string toJson(const CertificatePage& page, const CertificateQuery& query)
{
    ordered_json object;
    object["certificates"] = ordered_json::array();
    for (const auto& summary : page.certificates)
        object["certificates"].push_back(summaryJson(summary));
    if (page.next) object["next_cursor"] = toCursor(*page.next, query);
    return dump(object);
}

std::string toJson(const CertificateDetails& details)
{
    auto object = summaryJson(details.summary);
    object["certificate"] = toPem("CERTIFICATE", details.der);
    return dump(object);
}

} // namespace gateway::api
