#include "http/plain_endpoints.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>

#include "http/response_head.h"
#include "http/router.h"

namespace gateway::http {
namespace {

constexpr std::string_view kOcspRequestType = "application/ocsp-request";
constexpr std::string_view kOcspResponseType = "application/ocsp-response";
constexpr std::string_view kOcspPost = "POST /ocsp";
constexpr std::string_view kOcspGet = "GET /ocsp/{request}";
constexpr std::size_t kMaxCrlNameLength = 64;

bool isGet(const Request& request)
{
    return request.method == "GET" || request.method == "HEAD";
}

/// RFC 6960 A.1.1: the base64 of the DER, url-encoded, behind the responder's URL. Clients join the two with a slash
/// too many, leave padding off, or do not encode: a DER SEQUENCE begins with M, so what is meant stays clear.
std::optional<Bytes> requestOfPath(std::string_view path)
{
    constexpr std::string_view kFolder = "/ocsp/";
    if (path.starts_with(kFolder)) path.remove_prefix(kFolder.size());
    while (path.starts_with('/'))
        path.remove_prefix(1);
    auto base64 = percentDecoded(path);
    if (!base64 || base64->empty()) return std::nullopt;
    while (base64->size() % 4 != 0)
        base64->push_back('=');
    return parseBase64(*base64);
}

bool isOcspPostPath(std::string_view path)
{
    return path == "/" || path == "/ocsp";
}

/// The fields of an answer but its type, in their order.
/// @param add  called with name and value of each
template <typename Add>
void addOcspFields(const pki::OcspResponse& answer, Time now, Add add)
{
    if (!answer.cacheable) return add("Cache-Control", std::string("no-store"));
    const auto maxAge = std::clamp(std::chrono::duration_cast<std::chrono::seconds>(answer.nextUpdate - now),
                                   std::chrono::seconds(0), answer.maxAge);
    add("Last-Modified", toHttpDate(answer.thisUpdate));
    add("Expires", toHttpDate(answer.nextUpdate));
    add("ETag", '"' + answer.sha256 + '"');
    add("Cache-Control", "max-age=" + std::to_string(maxAge.count()) + ", public, no-transform, must-revalidate");
}

Response ocspResponse(const Request& request, const pki::OcspResponse& answer, Time now)
{
    Response response{200, std::string(kOcspResponseType), std::string(answer.der.begin(), answer.der.end()), {}};
    addOcspFields(answer, now, [&](std::string_view name, std::string value) {
        response.headers.emplace_back(name, std::move(value));
    });
    if (answer.cacheable && isGet(request) && matchesEntityTag(request, '"' + answer.sha256 + '"')) {
        response.status = 304;
        response.body.clear();
        response.contentType.clear();
    }
    return response;
}

/// "v2c.crl", "intermediate.crl.pem"; nothing that leaves the folder or hides in it.
bool isCrlName(std::string_view name)
{
    if (name.empty() || name.size() > kMaxCrlNameLength || name.front() == '.') return false;
    const bool isPlain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
    return isPlain && (name.ends_with(".crl") || name.ends_with(".crl.pem"));
}

struct PublishedCrl
{
    std::filesystem::file_time_type writtenAt;
    std::string content;
    std::string tag;
    Time lastModified;
};

/// Reads a published list once per publication.
class CrlFolder final
{
public:
    explicit CrlFolder(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    std::shared_ptr<const PublishedCrl> find(const std::string& name)
    {
        const auto file = m_folder / name;
        std::error_code error;
        const auto writtenAt = std::filesystem::last_write_time(file, error);
        if (error) return nullptr;
        const std::lock_guard lock(m_mutex);
        auto& known = m_published[name];
        if (known && known->writtenAt == writtenAt) return known;
        std::ifstream stream(file, std::ios::binary);
        std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        if (!stream || content.empty()) return nullptr;
        const auto sinceWritten = std::filesystem::file_time_type::clock::now() - writtenAt;
        const auto modified = std::chrono::floor<std::chrono::seconds>(
            std::chrono::system_clock::now() -
            std::chrono::duration_cast<std::chrono::system_clock::duration>(sinceWritten));
        auto tag = entityTag(asBytes(content));
        known =
            std::make_shared<const PublishedCrl>(PublishedCrl{writtenAt, std::move(content), std::move(tag), modified});
        return known;
    }

private:
    std::filesystem::path m_folder;
    std::mutex m_mutex;
    std::map<std::string, std::shared_ptr<const PublishedCrl>> m_published;
};

} // namespace

ExchangeHandler makeOcspHandler(OcspAnswerer answerer, HealthCheck health, Metrics& metrics, Clock clock)
{
    return [answerer = std::move(answerer), health = std::move(health), &metrics,
            clock = std::move(clock)](const Request& request, Exchange& exchange) -> Response {
        const auto path = request.path();
        if (path == "/health") {
            exchange.route = kHealthRoute;
            return isGet(request) ? healthResponse(health(), metrics) : refuseRoute(exchange, "GET, HEAD");
        }
        if (isOcspPostPath(path)) {
            exchange.route = kOcspPost;
            if (request.method != "POST") return refuseRoute(exchange, "POST");
            if (!hasMediaType(request, kOcspRequestType))
                return exchange.refuse({ErrorCode::InvalidRequest, "content-type",
                                        "expected " + std::string(kOcspRequestType) + ", got another Content-Type"},
                                       415);
        } else {
            exchange.route = kOcspGet;
            if (!isGet(request)) return refuseRoute(exchange, "GET, HEAD");
        }
        const auto der =
            isOcspPostPath(path) ? std::optional(Bytes(request.body.begin(), request.body.end())) : requestOfPath(path);
        if (!der)
            return exchange.refuse({ErrorCode::InvalidRequest, "ocsp-encoding",
                                    "expected a base64 OCSP request in the path, got something else"});
        const auto begin = std::chrono::steady_clock::now();
        const auto answer = answerer(*der);
        metrics.observeOcsp(std::chrono::steady_clock::now() - begin);
        return ocspResponse(request, *answer, clock());
    };
}

PlainHandler makePlainOcspHandler(OcspAnswerer find, Metrics& metrics, Clock clock)
{
    return
        [find = std::move(find), &metrics, clock = std::move(clock), post = std::string(kOcspPost),
         get = std::string(kOcspGet), listener = std::string("ocsp")](const PlainRequest& request, std::string& text) {
            const auto begin = std::chrono::steady_clock::now();
            const bool isPost = request.method == "POST";
            Bytes decoded;
            ByteView der = asBytes(request.body);
            if (isPost) {
                if (!isOcspPostPath(request.target) || request.contentType != kOcspRequestType) return false;
            } else {
                auto inPath = requestOfPath(request.target);
                if (!inPath || request.target.find('?') != std::string_view::npos) return false;
                decoded = std::move(*inPath);
                der = decoded;
            }
            const auto answer = find(der);
            if (!answer) return false;
            ResponseHead head(text, 200, 11);
            addOcspFields(*answer, clock(),
                          [&](std::string_view name, const std::string& value) { head.add(name, value); });
            head.add("Content-Type", kOcspResponseType);
            head.addContentLength(answer->der.size());
            head.end(true);
            text.append(answer->der.begin(), answer->der.end());
            const auto duration = std::chrono::steady_clock::now() - begin;
            metrics.observeOcsp(duration);
            metrics.countRequest(listener, isPost ? post : get, 200, duration);
            return true;
        };
}

ExchangeHandler makeCrlHandler(std::filesystem::path folder, HealthCheck health, Metrics& metrics)
{
    return [crls = std::make_shared<CrlFolder>(std::move(folder)), health = std::move(health),
            &metrics](const Request& request, Exchange& exchange) -> Response {
        const auto name = std::string(request.path().substr(std::min<std::size_t>(1, request.path().size())));
        if (name == "health") {
            exchange.route = kHealthRoute;
            return isGet(request) ? healthResponse(health(), metrics) : refuseRoute(exchange, "GET, HEAD");
        }
        if (!isCrlName(name)) return refuseRoute(exchange, {});
        exchange.route = name.ends_with(".pem") ? "GET /{name}.crl.pem" : "GET /{name}.crl";
        if (!isGet(request)) return refuseRoute(exchange, "GET, HEAD");
        const auto crl = crls->find(name);
        if (!crl && (name == "v2c.crl" || name == "v2c.crl.pem"))
            return exchange.refuse({ErrorCode::StoreUnavailable, "crl-not-published",
                                    "the list has not been published yet", std::chrono::seconds(5)});
        if (!crl) return refuseRoute(exchange, {});
        Response response{200,
                          name.ends_with(".pem") ? "application/x-pem-file" : "application/pkix-crl",
                          crl->content,
                          {{"ETag", crl->tag},
                           {"Last-Modified", toHttpDate(crl->lastModified)},
                           {"Cache-Control", "max-age=60, public, no-transform"}}};
        if (matchesEntityTag(request, crl->tag)) {
            response.status = 304;
            response.body.clear();
            response.contentType.clear();
        }
        return response;
    };
}

ExchangeHandler makeMetricsHandler(HealthCheck health, Metrics& metrics)
{
    return [health = std::move(health), &metrics](const Request& request, Exchange& exchange) -> Response {
        const auto path = request.path();
        if (path != "/metrics" && path != "/health") return refuseRoute(exchange, {});
        exchange.route = "GET " + std::string(path);
        if (!isGet(request)) return refuseRoute(exchange, "GET, HEAD");
        auto state = healthResponse(health(), metrics);
        if (path == "/health") return state;
        return {200, "text/plain; version=0.0.4; charset=utf-8", metrics.text(), {{"Cache-Control", "no-store"}}};
    };
}

} // namespace gateway::http
