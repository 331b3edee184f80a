#pragma once

#include <optional>

#include "http/beast.h"
#include "http/message.h"

namespace gateway::http {

/// What Beast lets through and two readers may understand differently: a field that may come once only, twice, and
/// a Transfer-Encoding that is not plain "chunked" (RFC 9112 6.1, 6.3).
[[nodiscard]] std::optional<Error> checkFields(const boost::beast::http::request_header<>& header);

/// Whether an error of Beast's parser is the sender's doing and deserves an answer; the others end the connection.
[[nodiscard]] bool isHttpError(const boost::system::error_code& error);

struct RequestFault
{
    Error error;
    int status; ///< 400, 413 or 431
};

/// @param error  one that isHttpError()
/// @param headerOctets, bodyOctets  the limits, for the text
[[nodiscard]] RequestFault faultOf(const boost::system::error_code& error, std::size_t headerOctets,
                                   std::size_t bodyOctets);

/// Field names become lower case; the peer and the address are left empty.
[[nodiscard]] Request toRequest(boost::beast::http::request<boost::beast::http::string_body>&& message);

} // namespace gateway::http
