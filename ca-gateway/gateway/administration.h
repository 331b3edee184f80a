#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "contract/messages.h"
#include "gateway/gateway_config.h"

/// What an administrator does on the gateway's host, without its API. Each writes what it did to out.
namespace gateway {

/// The audit's actor for what is done on the host itself.
[[nodiscard]] Caller administrator();

/// Applies the migrations that the database lacks, and those of the vault when vault.owner_url is there; needs
/// database.owner_url.
[[nodiscard]] Result<void> migrateDatabase(const GatewayConfig& config, std::ostream& out);

/// Registers every certificate that a ceremony's manifest.json names, and publishes its CRLs; what is there already
/// stays.
/// @param withLists  false: the certificates only, where newer CRLs may have been published since
[[nodiscard]] Result<void> importCertificates(const GatewayConfig& config, const std::filesystem::path& folder,
                                              bool withLists, std::ostream& out);

/// Makes a bearer token and writes it, and nothing else, to out: it cannot be had again. Needs database.owner_url.
/// @param days  until it expires; 0 for never
[[nodiscard]] Result<void> createToken(const GatewayConfig& config, const std::string& name,
                                       const std::vector<std::string>& scopes, int days, std::ostream& out);

/// Writes a JSON list of {"name", "scopes", "status": ACTIVE|EXPIRED|REVOKED, "created_at", "expires_at",
/// "revoked_at"}.
[[nodiscard]] Result<void> listTokens(const GatewayConfig& config, std::ostream& out);

/// Withdraws a token at once; it stays in the list. Needs database.owner_url.
[[nodiscard]] Result<void> revokeToken(const GatewayConfig& config, const std::string& name, std::ostream& out);

/// Searches with the parameters of GET /api/certificates and writes the API's answer.
[[nodiscard]] Result<void> searchCertificates(const GatewayConfig& config,
                                              const std::vector<std::pair<std::string, std::string>>& parameters,
                                              std::ostream& out);

/// Revokes and writes the API's answer.
[[nodiscard]] Result<void> revokeCertificate(const GatewayConfig& config, const RevokeRequest& request,
                                             std::ostream& out);

/// Writes the quarantine's open rows, or all, as JSON lines.
[[nodiscard]] Result<void> listQuarantine(const GatewayConfig& config, bool withReleased, std::ostream& out);

/// Lets the two parties of a row have their key or EK again. Needs database.owner_url: the gateway's role can't.
[[nodiscard]] Result<void> releaseQuarantine(const GatewayConfig& config, std::int64_t id, const std::string& reason,
                                             std::ostream& out);

struct OverrideOrder
{
    std::filesystem::path key; ///< of the technician, PEM without passphrase
    std::filesystem::path certificate;
    std::string transaction;
    std::string deviceId;
    std::string tcuSerial;
    std::string reason;
    std::string expiresAt; ///< RFC 3339
};

/// Signs an override and writes the field "override" of an issue request. Needs neither configuration nor database.
[[nodiscard]] Result<void> signOverride(const OverrideOrder& order, std::ostream& out);

} // namespace gateway
