#pragma once

#include <optional>
#include <set>
#include <string>

#include "http/message.h"

namespace gateway::http {

/// The reverse proxies that end TLS in front of the gateway and tell it about the client: by the address they connect
/// from, or by their own client certificate. Everybody at such an address is believed: name one that only the proxy
/// has.
struct ProxyTrust
{
    std::set<std::string> addresses;
    std::set<Bytes> certificateSha256; ///< of the DER
};

/// RFC 9440: who stands behind a request. From a proxy that is the certificate in Client-Cert, or nobody without the
/// field, never the proxy itself; the proxy has proved the key, the caller's registration is checked as ever. From
/// anybody else the field is refused, not skipped: who sends it means to be taken for another.
/// @return nothing when request.peer is right as it is; InvalidRequest "client-cert-header" (not one certificate as a
/// byte sequence of RFC 8941); Forbidden "client-cert-untrusted"
[[nodiscard]] Result<std::optional<Request>> takeProxiedPeer(const Request& request, const ProxyTrust& trust);

} // namespace gateway::http
