#include "contract/error.h"

namespace gateway {

std::string_view name(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidRequest:
        return "InvalidRequest";
    case ErrorCode::Unauthorized:
        return "Unauthorized";
    case ErrorCode::Forbidden:
        return "Forbidden";
    case ErrorCode::NotFound:
        return "NotFound";
    case ErrorCode::Conflict:
        return "Conflict";
    case ErrorCode::PolicyViolation:
        return "PolicyViolation";
    case ErrorCode::RateLimited:
        return "RateLimited";
    case ErrorCode::HsmUnavailable:
        return "HsmUnavailable";
    case ErrorCode::StoreUnavailable:
        return "StoreUnavailable";
    case ErrorCode::OutcomeUnknown:
        return "OutcomeUnknown";
    case ErrorCode::Internal:
        return "Internal";
    }
    return "Internal";
}

int httpStatus(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidRequest:
        return 400;
    case ErrorCode::Unauthorized:
        return 401;
    case ErrorCode::Forbidden:
        return 403;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Conflict:
        return 409;
    case ErrorCode::PolicyViolation:
        return 422;
    case ErrorCode::RateLimited:
        return 429;
    case ErrorCode::HsmUnavailable:
        return 503;
    case ErrorCode::StoreUnavailable:
        return 503;
    case ErrorCode::OutcomeUnknown:
        return 504;
    case ErrorCode::Internal:
        return 500;
    }
    return 500;
}

} // namespace gateway
