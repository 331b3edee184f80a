#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/messages.h"

namespace gateway::http {

/// The certificate that the other side of a TLS connection has proved to hold the key of. Its chain has been verified;
/// its status in the database has not.
struct Peer
{
    Bytes certificateDer;
    Bytes issuerDer; ///< the issuer's Name
    CertificateSerial serial;
    std::string commonName; ///< of the subject; empty when it has none
    Time notBefore;
    Time notAfter; ///< may have passed: an expired certificate may still renew (specification note 9)
};

/// @return InvalidRequest "peer-certificate" for anything but one X.509 certificate with a usable serial and dates
[[nodiscard]] Result<Peer> parsePeer(ByteView certificateDer);

struct Request
{
    std::string method; ///< "GET"
    std::string target; ///< as sent: path and query
    /// Names in lower case, in the order of arrival.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string remoteAddress;
    std::optional<Peer> peer;

    /// The target without query.
    [[nodiscard]] std::string_view path() const;

    /// The value of a header; of one sent several times all values joined by ", " (RFC 9110 5.3), so that a doubled
    /// key or credential fits no format.
    /// @param name  in lower case
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

struct Response
{
    int status = 200;
    std::string contentType; ///< empty when there is no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// A problem document with the status of the error, Retry-After when set, and WWW-Authenticate on a 401.
/// @param status  0 for the one of error.code, as in api::toProblem()
[[nodiscard]] Response problemResponse(const Error& error, std::string_view traceId, int status = 0);

/// A random UUID (RFC 9562 version 4).
[[nodiscard]] std::string makeTraceId();

} // namespace gateway::http
