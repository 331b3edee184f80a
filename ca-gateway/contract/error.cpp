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

} // namespace gateway
