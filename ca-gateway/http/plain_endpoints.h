#pragma once

#include <filesystem>

#include "http/exchange.h"
#include "http/gateway_services.h"
#include "issuance/clock.h"
#include "pki/ocsp.h"

/// What the listeners without TLS serve: OCSP, CRLs and metrics, each on an address of its own, each with GET /health.
namespace gateway::http {

using HealthCheck = std::function<std::vector<HealthPart>()>;

/// Answers one request in DER.
using OcspAnswerer = std::function<std::shared_ptr<const pki::OcspResponse>(ByteView requestDer)>;

/// POST / and /ocsp with application/ocsp-request, GET /{base64} and /ocsp/{base64} (RFC 6960 A.1, RFC 9919): base64
/// raw or percent-encoded, with or without padding, a doubled slash in front. Cacheable answers carry Last-Modified,
/// Expires, ETag, Cache-Control; others no-store.
[[nodiscard]] ExchangeHandler makeOcspHandler(OcspAnswerer answerer, HealthCheck health, Metrics& metrics, Clock clock);

/// The same for what has been answered before, without the worker, the trace id and the access line that the others
/// get: plain requests (plain_request.h) whose answer is there.
/// @param find  null for what is not there; must not block
[[nodiscard]] PlainHandler makePlainOcspHandler(OcspAnswerer find, Metrics& metrics, Clock clock);

/// GET /v2c.crl, /v2c.crl.pem and every other *.crl and *.crl.pem of the folder, as published there: ETag,
/// Last-Modified, max-age 60; 503 while the list has not been published yet.
[[nodiscard]] ExchangeHandler makeCrlHandler(std::filesystem::path folder, HealthCheck health, Metrics& metrics);

/// GET /metrics
[[nodiscard]] ExchangeHandler makeMetricsHandler(HealthCheck health, Metrics& metrics);

} // namespace gateway::http
