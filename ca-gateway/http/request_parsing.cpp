#include "http/request_parsing.h"

#include <algorithm>
#include <array>

namespace gateway::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

} // namespace

std::optional<Error> checkFields(const beast::http::request_header<>& header)
{
    constexpr std::array<std::string_view, 8> kSingle{"host",          "content-length",  "transfer-encoding",
                                                      "authorization", "idempotency-key", "content-type",
                                                      "expect",        "client-cert"};
    for (const auto name : kSingle)
        if (std::distance(header.equal_range(name).first, header.equal_range(name).second) > 1)
            return Error{ErrorCode::InvalidRequest, "header-repeated",
                         "expected at most one field " + std::string(name) + ", got several"};
    const auto encoding = header.find(beast::http::field::transfer_encoding);
    if (encoding != header.end() && (lower(encoding->value()) != "chunked" || header.version() < 11))
        return Error{ErrorCode::InvalidRequest, "http-malformed",
                     "expected no Transfer-Encoding but chunked, in HTTP/1.1, got another"};
    return std::nullopt;
}

RequestFault faultOf(const error_code& error, std::size_t headerOctets, std::size_t bodyOctets)
{
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
        return {{ErrorCode::InvalidRequest, "header-size",
                 "expected at most " + std::to_string(headerOctets) + " bytes of header, got more"},
                431};
    if (error == beast::http::error::body_limit)
        return {{ErrorCode::InvalidRequest, "body-size",
                 "expected at most " + std::to_string(bodyOctets) + " bytes of body, got more"},
                413};
    return {{ErrorCode::InvalidRequest, "http-malformed", "expected an HTTP/1.1 request, got: " + error.message()},
            400};
}

bool isHttpError(const error_code& error)
{
    return error.category() == beast::http::make_error_code(beast::http::error::bad_version).category() &&
           error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
}

Request toRequest(beast::http::request<beast::http::string_body>&& message)
{
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
        request.headers.emplace_back(lower(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    return request;
}

} // namespace gateway::http
