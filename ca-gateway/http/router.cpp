#include "http/router.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/audit_export.h"
#include "api/certificate_search.h"
#include "api/codecs.h"
#include "api/pem.h"
#include "http/tls_grace.h"

namespace gateway::http {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kDer = "application/pkix-cert";
constexpr std::string_view kPem = "application/pem-certificate-chain";
constexpr std::size_t kMaxTokenLength = 512;

/// What a route's handler works with once the caller is known.
struct Call
{
    const Request& request;
    Exchange& exchange;
    GatewayServices& services;
    Metrics& metrics;
    Caller caller;
    std::string pathValue; ///< what stood for {serial} or {key}
    std::optional<TransactionId> transaction;
};

using RouteHandler = Response (*)(Call&);

struct Route
{
    std::string_view method;
    std::string_view pattern;
    Access access;
    bool needsKey;
    RouteHandler handler;
};

Response jsonResponse(std::string body)
{
    return {200, std::string(kJson), std::move(body), {{"Cache-Control", "no-store"}}};
}

template <typename T>
Response answer(Call& call, const Result<T>& result)
{
    if (!result) return call.exchange.refuse(result.error());
    if constexpr (std::is_void_v<T>)
        return {204, {}, {}, {{"Cache-Control", "no-store"}}};
    else
        return jsonResponse(api::toJson(*result));
}

Response challenge(Call& call)
{
    const auto request = api::parseChallengeRequest(call.request.body, *call.transaction);
    if (!request) return call.exchange.refuse(request.error());
    return answer(call, call.services.challenge(*request, call.caller));
}

Response issue(Call& call)
{
    const auto request = api::parseIssueRequest(call.request.body, *call.transaction);
    if (!request) return call.exchange.refuse(request.error());
    const auto issued = call.services.issue(*request, call.caller);
    if (issued) call.metrics.countIssued("issue");
    return answer(call, issued);
}

Response findRequest(Call& call)
{
    const auto transaction = TransactionId::parse(call.pathValue);
    if (!transaction) return call.exchange.refuse(transaction.error());
    return answer(call, call.services.findRequest(*transaction));
}

Response recordProvisioned(Call& call)
{
    const auto serial = CertificateSerial::parse(call.pathValue);
    if (!serial) return call.exchange.refuse(serial.error());
    const auto report = api::parseProvisionedReport(call.request.body, *serial);
    if (!report) return call.exchange.refuse(report.error());
    return answer(call, call.services.recordProvisioned(*report, call.caller));
}

Response recordRejected(Call& call)
{
    const auto serial = CertificateSerial::parse(call.pathValue);
    if (!serial) return call.exchange.refuse(serial.error());
    const auto report = api::parseRejectedReport(call.request.body, *serial);
    if (!report) return call.exchange.refuse(report.error());
    return answer(call, call.services.recordRejected(*report, call.caller));
}

/// The header's scheme and what follows; RFC 9110 11.1: the scheme's case does not matter.
std::optional<std::string> bearerOf(const Request& request)
{
    constexpr std::string_view kScheme = "bearer ";
    const auto header = request.header("authorization");
    if (!header || header->size() <= kScheme.size()) return std::nullopt;
    for (std::size_t i = 0; i < kScheme.size(); ++i) {
        const char c = (*header)[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) return std::nullopt;
    }
    return header->substr(kScheme.size());
}

/// Specification note 8: the header proves nothing, but when it comes it must name the certificate TLS has proved.
bool isSameCertificate(const std::string& bearer, const Bytes& certificateDer)
{
    if (api::isPem(bearer)) {
        const auto der = api::parsePem("CERTIFICATE", bearer);
        return der && *der == certificateDer;
    }
    return parseBase64(bearer) == certificateDer;
}

Response renew(Call& call)
{
    if (call.request.header("authorization")) {
        const auto bearer = bearerOf(call.request);
        if (!bearer || !isSameCertificate(*bearer, call.caller.certificateDer))
            return call.exchange.refuse({ErrorCode::Unauthorized, "bearer-certificate-differs",
                                         "expected the certificate of this TLS connection in Authorization: Bearer, as "
                                         "PEM without line breaks or base64 DER, got something else"});
    }
    const auto request = api::parseRenewRequest(call.request.body, *call.transaction);
    if (!request) return call.exchange.refuse(request.error());
    const auto issued = call.services.renew(*request, call.caller);
    if (issued) call.metrics.countIssued("renew");
    return answer(call, issued);
}

Response recordRenewFailure(Call& call)
{
    const auto report = api::parseRenewFailureReport(call.request.body);
    if (!report) return call.exchange.refuse(report.error());
    return answer(call, call.services.recordRenewFailure(*report, call.caller));
}

Response revoke(Call& call)
{
    const auto request = api::parseRevokeRequest(call.request.body);
    if (!request) return call.exchange.refuse(request.error());
    const auto revocation = call.services.revoke(*request, call.caller);
    if (revocation) call.metrics.countRevoked();
    return answer(call, revocation);
}

Response issueBroker(Call& call)
{
    const auto request = api::parseBrokerRequest(call.request.body, *call.transaction);
    if (!request) return call.exchange.refuse(request.error());
    const auto issued = call.services.issueBroker(*request, call.caller);
    if (issued) call.metrics.countIssued("broker");
    return answer(call, issued);
}

std::string_view queryOf(const Request& request)
{
    const auto at = request.target.find('?');
    return at == std::string::npos ? std::string_view() : std::string_view(request.target).substr(at + 1);
}

Response search(Call& call)
{
    const auto query = api::parseCertificateQuery(queryOf(call.request));
    if (!query) return call.exchange.refuse(query.error());
    const auto page = call.services.search(*query);
    if (!page) return call.exchange.refuse(page.error());
    return jsonResponse(api::toJson(*page, *query));
}

/// Whether Accept names this type and does not name JSON: enough of RFC 9110 12.5.1 for three representations.
bool asksFor(const Request& request, std::string_view mediaType)
{
    const auto accept = request.header("accept").value_or("");
    return accept.find(mediaType) != std::string::npos && accept.find(kJson) == std::string::npos;
}

Response findCertificate(Call& call)
{
    const auto reference = api::parseCertificateReference(call.pathValue, queryOf(call.request));
    if (!reference) return call.exchange.refuse(reference.error());
    const auto details = call.services.findCertificate(*reference);
    if (!details) return call.exchange.refuse(details.error());
    Response response;
    if (asksFor(call.request, kDer))
        response = {200, std::string(kDer), std::string(details->der.begin(), details->der.end()), {}};
    else if (asksFor(call.request, kPem))
        response = {200, std::string(kPem), api::toPem("CERTIFICATE", details->der), {}};
    else
        response = {200, std::string(kJson), api::toJson(*details), {}};
    response.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept"}};
    return response;
}

Response exportAudit(Call& call)
{
    const auto query = api::parseAuditExportQuery(queryOf(call.request));
    if (!query) return call.exchange.refuse(query.error());
    auto archive = call.services.exportAudit(*query);
    if (!archive) return call.exchange.refuse(archive.error());
    return {
        200,
        "application/x-tar",
        std::move(archive->tar),
        {{"Cache-Control", "no-store"}, {"Content-Disposition", "attachment; filename=\"" + archive->name + ".tar\""}}};
}

Response health(Call& call)
{
    return healthResponse(call.services.checkHealth(), call.metrics);
}

// clang-format off
constexpr Access kReading{Role::Station | Role::Technician | Role::Administrator, "list"};

constexpr auto kRoutes = std::to_array<Route>({
    {"POST", "/api/certificates/challenge", {Role::Station, {}}, true, challenge},
    {"POST", "/api/certificates", {Role::Station, {}}, true, issue},
    {"GET", "/api/certificates", kReading, false, search},
    {"GET", "/api/certificates/{serial}", kReading, false, findCertificate},
    {"GET", "/api/certificates/requests/{key}", {Role::Station, {}}, false, findRequest},
    {"POST", "/api/certificates/renew", {Role::Vehicle, {}}, true, renew},
    {"POST", "/api/certificates/renew/failure", {Role::Vehicle, {}}, false, recordRenewFailure},
    {"POST", "/api/certificates/broker", {Role::Broker, "create"}, true, issueBroker},
    {"POST", "/api/certificates/revoke", {Role::Administrator, "revoke"}, false, revoke},
    {"POST", "/api/certificates/{serial}/provisioned", {Role::Station, {}}, false, recordProvisioned},
    {"POST", "/api/certificates/{serial}/rejected", {Role::Station, {}}, false, recordRejected},
    {"GET", "/api/audit/export", {Role::Administrator, "audit"}, false, exportAudit},
    {"GET", "/health", {}, false, health},
});
// clang-format on

constexpr std::string_view kPrefix = "/api";

/// @param path  any prefix "/api" taken off on both sides, which is what makes the alias
std::optional<std::string> matchPattern(std::string_view pattern, std::string_view path)
{
    std::string value;
    while (!pattern.empty() && !path.empty()) {
        if (pattern.front() != '/' || path.front() != '/') return std::nullopt;
        const auto wanted = pattern.substr(1, pattern.find('/', 1) - 1);
        const auto got = path.substr(1, path.find('/', 1) - 1);
        pattern.remove_prefix(1 + wanted.size());
        path.remove_prefix(1 + got.size());
        if (!wanted.starts_with('{')) {
            if (wanted != got) return std::nullopt;
            continue;
        }
        auto decoded = percentDecoded(got);
        if (!decoded || decoded->empty()) return std::nullopt;
        value = std::move(*decoded);
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return value;
}

std::string_view withoutPrefix(std::string_view path)
{
    if (path.starts_with(kPrefix) && path.substr(kPrefix.size()).starts_with("/certificates"))
        path.remove_prefix(kPrefix.size());
    return path;
}

struct Match
{
    const Route* route = nullptr;
    std::string value;
    std::string allowed; ///< methods of the path, when the one asked for is not among them
};

bool isTemplate(std::string_view pattern)
{
    return pattern.find('{') != std::string_view::npos;
}

Match findRoute(std::string_view method, std::string_view path)
{
    Match match;
    // "renew" is no serial: a path that is written out in the table stands for itself only.
    const bool isWrittenOut = std::ranges::any_of(
        kRoutes, [&](const Route& route) { return withoutPrefix(route.pattern) == withoutPrefix(path); });
    for (const auto& route : kRoutes) {
        if (isWrittenOut && isTemplate(route.pattern)) continue;
        auto value = matchPattern(withoutPrefix(route.pattern), withoutPrefix(path));
        if (!value) continue;
        if (route.method == method || (method == "HEAD" && route.method == "GET")) return {&route, *value, {}};
        match.allowed += std::string(match.allowed.empty() ? "" : ", ") + std::string(route.method) +
                         (route.method == "GET" ? ", HEAD" : "");
    }
    return match;
}

Result<Caller> findCertificateCaller(const Request& request, CallerDirectory& directory, Time now, Roles admitted,
                                     bool isRenewal)
{
    if (!request.peer)
        return fail(ErrorCode::Unauthorized, "client-certificate-missing",
                    "this route needs a client certificate of type " + listOf(admitted) + ", none was sent");
    const auto& peer = *request.peer;
    const auto lastUse = peer.notAfter + (isRenewal ? kExpiredClientGrace : std::chrono::days(0));
    if (now > lastUse)
        return fail(ErrorCode::Unauthorized, "client-certificate-expired",
                    isRenewal ? "the client certificate expired more than 7 days ago"
                              : "the client certificate has expired; it may renew for 7 days and do nothing else");
    const auto standing = directory.findCertificate(peer.certificateDer);
    if (!standing) return tl::unexpected(standing.error());
    if (!*standing)
        return fail(ErrorCode::Forbidden, "client-certificate-unknown",
                    "the client certificate with serial " + peer.serial.text() + " is not registered here");
    if ((*standing)->status != "ACTIVE")
        return fail(ErrorCode::Forbidden, "client-certificate-revoked",
                    "the client certificate with serial " + peer.serial.text() + " is " + (*standing)->status);
    const auto role = parseRole((*standing)->type);
    if (!role || !admitted.contains(*role))
        return fail(ErrorCode::Forbidden, "role",
                    "this route needs a client certificate of type " + listOf(admitted) + ", got one of type " +
                        (*standing)->type);
    return Caller{callerKind(*role), peer.commonName, peer.certificateDer, {}};
}

Result<Caller> findTokenCaller(const Request& request, CallerDirectory& directory, const Access& access)
{
    const auto token = bearerOf(request);
    if (!token)
        return fail(ErrorCode::Unauthorized, "token-missing",
                    "this route needs Authorization: Bearer with a token of scope " + std::string(access.scope) +
                        (access.roles.empty() ? "" : ", or a client certificate of type " + listOf(access.roles)));
    const auto unknown = [] { return fail(ErrorCode::Unauthorized, "token-unknown", "the bearer token is not valid"); };
    if (token->size() > kMaxTokenLength) return unknown();
    const auto grant = directory.findToken(SecretBytes(std::string_view(*token)));
    if (!grant) return tl::unexpected(grant.error());
    if (!*grant) return unknown();
    if (!(*grant)->scopes.contains(std::string(access.scope)))
        return fail(ErrorCode::Forbidden, "scope", "the token has no scope " + std::string(access.scope));
    return Caller{Caller::Kind::Token, (*grant)->name, {}, {}};
}

Result<Caller> findCaller(const Route& route, const Request& request, CallerDirectory& directory, Time now)
{
    const auto& access = route.access;
    if (access.isOpen()) return Caller{};
    const bool takesToken = !access.scope.empty();
    const bool comesByCertificate = !access.roles.empty() && (!takesToken || request.peer);
    if (comesByCertificate && !(takesToken && request.header("authorization")))
        return findCertificateCaller(request, directory, now, access.roles, route.handler == renew);
    return findTokenCaller(request, directory, access);
}

bool hasAcceptedType(const Route& route, const Request& request)
{
    if (hasMediaType(request, kJson)) return true;
    // The specification's incident script sends the revocation by curl -d without a Content-Type, which is this one.
    return route.handler == revoke && hasMediaType(request, "application/x-www-form-urlencoded");
}

} // namespace

Router::Router(GatewayServices& services, CallerDirectory& directory, Metrics& metrics, Clock clock)
    : m_services(services), m_directory(directory), m_metrics(metrics), m_clock(std::move(clock))
{
}

Response Router::handle(const Request& request, Exchange& exchange)
{
    const auto match = findRoute(request.method, request.path());
    if (match.route == nullptr) return refuseRoute(exchange, match.allowed);
    const auto& route = *match.route;
    exchange.route = std::string(route.method) + ' ' + std::string(route.pattern);

    auto caller = findCaller(route, request, m_directory, m_clock());
    if (!caller) {
        auto response = exchange.refuse(caller.error());
        const bool asksCertificate = route.access.scope.empty();
        for (auto& [name, value] : response.headers)
            if (asksCertificate && name == "WWW-Authenticate") value = "Certificate realm=\"v2c\"";
        return response;
    }
    caller->traceId = exchange.traceId;
    exchange.caller = caller->name;

    if (route.method == "POST" && !hasAcceptedType(route, request))
        return exchange.refuse({ErrorCode::InvalidRequest, "content-type",
                                "expected application/json, got " +
                                    std::string(request.header("content-type") ? "another type" : "no Content-Type")},
                               415);
    Call call{request, exchange, m_services, m_metrics, std::move(*caller), match.value, std::nullopt};
    if (route.needsKey) {
        const auto key = request.header("idempotency-key");
        if (!key)
            return exchange.refuse({ErrorCode::InvalidRequest, "idempotency-key-missing",
                                    "expected an Idempotency-Key header of 32 hex digits, got none"});
        const auto transaction = TransactionId::parse(*key);
        if (!transaction)
            return exchange.refuse(
                {ErrorCode::InvalidRequest, "idempotency-key", "Idempotency-Key: " + transaction.error().detail});
        call.transaction = *transaction;
    }
    return route.handler(call);
}

std::vector<RouteInfo> Router::routes()
{
    std::vector<RouteInfo> all;
    for (const auto& route : kRoutes) {
        RouteInfo info{std::string(route.method),
                       std::string(route.pattern),
                       false,
                       route.access,
                       route.needsKey,
                       route.method == "POST" ? std::string(kJson) : std::string()};
        all.push_back(info);
        const auto alias = withoutPrefix(route.pattern);
        if (alias == route.pattern) continue;
        info.pattern = std::string(alias);
        info.isAlias = true;
        all.push_back(info);
    }
    return all;
}

Response healthResponse(const std::vector<HealthPart>& parts, Metrics& metrics)
{
    nlohmann::ordered_json body;
    bool isHealthy = true;
    bool isDegraded = false;
    auto states = nlohmann::ordered_json::object();
    for (const auto& part : parts) {
        if (part.isInUse) {
            isDegraded = isDegraded || part.fault;
            states[part.name] = part.fault ? part.fault->type : *part.isInUse ? "in use" : "standby";
            metrics.setIssuingCa(part.name, !part.fault, *part.isInUse);
            continue;
        }
        isHealthy = isHealthy && (!part.fault || part.isPartial);
        isDegraded = isDegraded || part.fault;
        states[part.name] = part.fault ? part.fault->type : part.notice.empty() ? "ok" : part.notice;
        metrics.setUp(part.name, !part.fault);
    }
    body["status"] = !isHealthy ? "unavailable" : isDegraded ? "degraded" : "ok";
    body["parts"] = std::move(states);
    return {isHealthy ? 200 : 503, std::string(kJson), body.dump(), {{"Cache-Control", "no-store"}}};
}

} // namespace gateway::http
