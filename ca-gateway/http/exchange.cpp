#include "http/exchange.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>

namespace gateway::http {
namespace {

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

bool isHex(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string asUuid(std::string digits)
{
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        digits.insert(dash, 1, '-');
    return digits;
}

/// "00-<32 hex>-<16 hex>-<2 hex>", neither id all zero; later versions may be longer (W3C Trace Context 3.2).
std::optional<std::string> traceIdOfTraceparent(std::string_view text)
{
    constexpr std::size_t kLength = 55;
    if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    const auto version = text.substr(0, 2);
    const auto traceId = text.substr(3, 32);
    const auto parentId = text.substr(36, 16);
    if (!isHex(version) || version == "ff" || !isHex(traceId) || !isHex(parentId) || !isHex(text.substr(53, 2)))
        return std::nullopt;
    if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return std::nullopt;
    const auto isZero = [](std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; };
    if (isZero(traceId) || isZero(parentId)) return std::nullopt;
    return asUuid(std::string(traceId));
}

std::optional<std::string> traceIdOfRequestId(std::string_view text)
{
    auto digits = lower(text);
    if (digits.size() == 36) {
        for (const std::size_t dash : {8U, 12U, 16U, 20U}) {
            if (digits[dash] != '-') return std::nullopt;
            digits.erase(dash, 1);
        }
    }
    if (digits.size() != 32 || !isHex(digits)) return std::nullopt;
    return asUuid(std::move(digits));
}

} // namespace

Response Exchange::refuse(const Error& error, int status)
{
    problem = error.type;
    return problemResponse(error, traceId, status);
}

Handler observe(std::string listener, ExchangeHandler handler, Metrics& metrics, std::shared_ptr<spdlog::logger> log,
                AnsweredSink sink)
{
    return [listener = std::move(listener), handler = std::move(handler), &metrics, log = std::move(log),
            sink = std::move(sink)](const Request& request) {
        const auto begin = std::chrono::steady_clock::now();
        Exchange exchange;
        exchange.traceId = traceIdOf(request);
        auto response = handler(request, exchange);
        response.headers.emplace_back("X-Trace-Id", exchange.traceId);
        const auto duration = std::chrono::steady_clock::now() - begin;
        metrics.countRequest(listener, exchange.route, response.status, duration);
        if (log) {
            nlohmann::ordered_json line;
            line["trace_id"] = exchange.traceId;
            line["listener"] = listener;
            line["method"] = request.method;
            line["route"] = exchange.route;
            line["status"] = response.status;
            line["ms"] = std::chrono::duration_cast<std::chrono::microseconds>(duration).count() / 1000.0;
            if (!exchange.caller.empty()) line["caller"] = exchange.caller;
            line["remote"] = request.remoteAddress;
            if (!exchange.problem.empty()) line["problem"] = exchange.problem;
            log->info(line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
        }
        if (sink)
            sink({.traceId = std::move(exchange.traceId),
                  .route = std::move(exchange.route),
                  .caller = std::move(exchange.caller),
                  .remote = request.remoteAddress,
                  .problem = std::move(exchange.problem),
                  .status = response.status});
        return response;
    };
}

std::string traceIdOf(const Request& request)
{
    if (const auto text = request.header("traceparent"))
        if (auto id = traceIdOfTraceparent(*text)) return *id;
    if (const auto text = request.header("x-request-id"))
        if (auto id = traceIdOfRequestId(*text)) return *id;
    return makeTraceId();
}

bool hasMediaType(const Request& request, std::string_view mediaType)
{
    const auto header = request.header("content-type");
    if (!header) return false;
    auto type = lower(std::string_view(*header).substr(0, header->find(';')));
    type.erase(type.find_last_not_of(" \t") + 1);
    return type == mediaType;
}

Response refuseRoute(Exchange& exchange, const std::string& allowedMethods)
{
    if (allowedMethods.empty())
        return exchange.refuse({ErrorCode::NotFound, "route-unknown", "there is nothing at this path"});
    auto response = exchange.refuse(
        {ErrorCode::InvalidRequest, "method-not-allowed", "this path takes " + allowedMethods + " only"}, 405);
    response.headers.emplace_back("Allow", allowedMethods);
    return response;
}

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto octet = parseHex(text.substr(i + 1, 2));
        if (!octet) return std::nullopt;
        result.push_back(static_cast<char>(octet->front()));
        i += 2;
    }
    return result;
}

std::string toHttpDate(Time time)
{
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    const auto digits = [](int value, int count) {
        std::string text(static_cast<std::size_t>(count), '0');
        for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 10)
            *digit = static_cast<char>('0' + value % 10);
        return text;
    };
    std::string text = kDays[std::chrono::weekday(day).c_encoding()];
    text += ", " + digits(int(unsigned(date.day())), 2) + ' ' + kMonths[unsigned(date.month()) - 1] + ' ';
    text += digits(int(date.year()), 4) + ' ' + digits(int(clock.hours().count()), 2) + ':';
    text += digits(int(clock.minutes().count()), 2) + ':' + digits(int(clock.seconds().count()), 2) + " GMT";
    return text;
}

std::string entityTag(ByteView body)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(body.data(), body.size(), digest.data());
    return '"' + toLowerHex(digest) + '"';
}

bool matchesEntityTag(const Request& request, const std::string& tag)
{
    const auto header = request.header("if-none-match");
    return header && (*header == "*" || header->find(tag) != std::string::npos);
}

} // namespace gateway::http
