#include "api/problem.h"

#include <array>

#include <nlohmann/json.hpp>

namespace gateway::api {
namespace {

using nlohmann::json;

constexpr std::array kCodes{ErrorCode::InvalidRequest, ErrorCode::Unauthorized,   ErrorCode::Forbidden,
                            ErrorCode::NotFound,       ErrorCode::Conflict,       ErrorCode::PolicyViolation,
                            ErrorCode::RateLimited,    ErrorCode::HsmUnavailable, ErrorCode::StoreUnavailable,
                            ErrorCode::OutcomeUnknown, ErrorCode::Internal};

std::string_view title(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidRequest:
        return "The request cannot be read";
    case ErrorCode::Unauthorized:
        return "No valid credential";
    case ErrorCode::Forbidden:
        return "Not allowed";
    case ErrorCode::NotFound:
        return "Not found";
    case ErrorCode::Conflict:
        return "Contradicts what is stored";
    case ErrorCode::PolicyViolation:
        return "Refused by policy";
    case ErrorCode::RateLimited:
        return "Too many requests";
    case ErrorCode::HsmUnavailable:
        return "The signer is not available";
    case ErrorCode::StoreUnavailable:
        return "The database is not available";
    case ErrorCode::OutcomeUnknown:
        return "The outcome is not known";
    case ErrorCode::Internal:
        return "Internal error";
    }
    return "Internal error";
}

ErrorCode codeOfStatus(int status)
{
    if (status == 503) return ErrorCode::StoreUnavailable;
    for (const auto code : kCodes)
        if (httpStatus(code) == status) return code;
    if (status >= 400 && status < 500) return ErrorCode::InvalidRequest;
    // A proxy that lost the gateway: the request may have arrived there.
    if (status == 502) return ErrorCode::OutcomeUnknown;
    return ErrorCode::Internal;
}

std::string textOf(const json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

std::string toProblem(const Error& error, std::string_view traceId, int status)
{
    nlohmann::ordered_json document;
    document["type"] = std::string(kProblemTypeBase) + error.type;
    document["title"] = title(error.code);
    document["status"] = status != 0 ? status : httpStatus(error.code);
    document["detail"] = error.detail;
    document["code"] = name(error.code);
    if (error.retryAfter) document["retry_after"] = error.retryAfter->count();
    document["trace_id"] = traceId;
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Error parseProblem(std::string_view text, int status)
{
    const auto document = json::parse(text, nullptr, false);
    const auto type = document.is_object() ? textOf(document, "type") : std::string();
    if (!type.starts_with(kProblemTypeBase))
        return {codeOfStatus(status), "http-status", "the answer was HTTP " + std::to_string(status)};

    Error error{codeOfStatus(status), type.substr(kProblemTypeBase.size()), textOf(document, "detail")};
    const auto codeName = textOf(document, "code");
    for (const auto code : kCodes)
        if (name(code) == codeName) error.code = code;
    const auto retryAfter = document.find("retry_after");
    if (retryAfter != document.end() && retryAfter->is_number_unsigned())
        error.retryAfter = std::chrono::seconds(retryAfter->get<std::uint32_t>());
    return error;
}

} // namespace gateway::api
