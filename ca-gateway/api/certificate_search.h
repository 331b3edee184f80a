#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/certificate_search.h"

/// Query parameters and JSON of the search, documented in docs/api/openapi.yaml.
namespace gateway::api {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// serial, device_id, vin_hash, status, type, station, issuer, issued_from, issued_to, expires_from, expires_to (RFC
/// 3339 or a date), limit (1 to 500, else 100), cursor.
/// @return InvalidRequest "parameter-unknown", "parameter-value" (naming the parameter, what was expected and what
/// came), "cursor" (not one of ours, or made for other conditions)
[[nodiscard]] Result<CertificateQuery> parseCertificateQuery(const Parameters& parameters);

/// The same from a request target's query.
[[nodiscard]] Result<CertificateQuery> parseCertificateQuery(std::string_view queryString);

/// Of GET /api/certificates/{serial}: only issuer.
[[nodiscard]] Result<CertificateReference> parseCertificateReference(std::string_view serial,
                                                                     std::string_view queryString);

/// Opaque to callers: the position in URL-safe base64 with a check value over it and the query's conditions, so that
/// one that was cut, changed or used with other conditions is refused. It is no secret and gives no right.
[[nodiscard]] std::string toCursor(const CertificatePosition& position, const CertificateQuery& query);

/// {"certificates": [...], "next_cursor": "..."}; the last page has no next_cursor.
/// @param query  that the page answers
[[nodiscard]] std::string toJson(const CertificatePage& page, const CertificateQuery& query);

/// One certificate of a page, and "certificate": PEM
[[nodiscard]] std::string toJson(const CertificateDetails& details);

} // namespace gateway::api
