#pragma once

#include <string>
#include <vector>

#include "http/access.h"
#include "http/exchange.h"
#include "http/gateway_services.h"
#include "issuance/clock.h"

namespace gateway::http {

/// A route as docs/api/openapi.yaml describes it.
struct RouteInfo
{
    std::string method;
    std::string pattern;  ///< "/api/certificates/{serial}/provisioned"
    bool isAlias = false; ///< the same without /api (specification note 26)
    Access access;
    bool needsKey = false;   ///< Idempotency-Key
    std::string requestType; ///< media type of the body, empty without one
};

/// The gateway's API: finds the route, establishes the caller, reads the request, asks the services and writes the
/// answer. Everything but the answer's transport; called on worker threads.
///
/// The table of routes at the end of router.cpp says whom each admits. A bearer token counts where the route takes one;
/// otherwise, or without one, the client certificate does. What a failure gives:
/// | case                                                        | answer                                  |
/// |-------------------------------------------------------------|-----------------------------------------|
/// | no client certificate and no token taken here               | 401 "client-certificate-missing"        |
/// | an expired one, except on renew within kExpiredClientGrace  | 401 "client-certificate-expired"        |
/// | not registered here                                         | 403 "client-certificate-unknown"        |
/// | registered and not ACTIVE                                   | 403 "client-certificate-revoked"        |
/// | of a type that the route does not admit                     | 403 "role"                              |
/// | no bearer token, one of another form, an unknown one        | 401 "token-missing", "token-unknown"    |
/// | a token without the scope                                   | 403 "scope"                             |
/// | a bearer certificate on renew that is not the TLS one       | 401 "bearer-certificate-differs"        |
class Router final
{
public:
    Router(GatewayServices& services, CallerDirectory& directory, Metrics& metrics, Clock clock);

    [[nodiscard]] Response handle(const Request& request, Exchange& exchange);

    [[nodiscard]] static std::vector<RouteInfo> routes();

private:
    GatewayServices& m_services;
    CallerDirectory& m_directory;
    Metrics& m_metrics;
    Clock m_clock;
};

/// GET /health of a listener: 200 when no part has a fault, else 503; {"status": "ok", "parts": {"database": "ok"}}; a
/// part that only gives notice is told and no fault.
/// The fault of an issuing CA beside another one makes it "degraded", still 200. Also updates the up series.
[[nodiscard]] Response healthResponse(const std::vector<HealthPart>& parts, Metrics& metrics);

} // namespace gateway::http
