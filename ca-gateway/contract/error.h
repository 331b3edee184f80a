#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace gateway {

/// What went wrong, as far as a caller may act on it. Each value maps to one HTTP status, in httpStatus().
enum class ErrorCode {
    InvalidRequest,   ///< 400: the request as such cannot be read
    Unauthorized,     ///< 401: no or no valid credential
    Forbidden,        ///< 403: a valid credential without the right, or policy says no
    NotFound,         ///< 404
    Conflict,         ///< 409: contradicts what is stored
    PolicyViolation,  ///< 422: readable, and refused by the CSR policy or a profile
    RateLimited,      ///< 429: retryAfter is set
    HsmUnavailable,   ///< 503: the signer could not be reached or could not sign; nothing was issued
    StoreUnavailable, ///< 503: the database could not be reached; nothing was committed
    OutcomeUnknown,   ///< 504: the request may have been carried out; ask again with the same idempotency key
    Internal,         ///< 500
};

/// A stable name for logs and documents, e.g. "RateLimited".
[[nodiscard]] std::string_view name(ErrorCode code);

/// The HTTP status that carries it: the one place where they are mapped.
[[nodiscard]] int httpStatus(ErrorCode code);

struct Error
{
    ErrorCode code = ErrorCode::Internal;
    /// Stable kebab-case slug of the cause, e.g. "csr-key-not-p256"; the last part of the problem document's type URI.
    std::string type;
    /// For operator and log: what was expected and what came. Never a PIN, a key, a VIN or SQL text.
    std::string detail;
    /// When asking again may succeed.
    std::optional<std::chrono::seconds> retryAfter = std::nullopt;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string type, std::string detail,
                                                std::optional<std::chrono::seconds> retryAfter = std::nullopt)
{
    return tl::unexpected(Error{code, std::move(type), std::move(detail), retryAfter});
}

} // namespace gateway
