#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evidence/evidence_service.h"
#include "http/client_cert.h"
#include "http/server.h"
#include "issuance/broker_service.h"
#include "issuance/issuing_service.h"
#include "ocsp/ocsp_responder.h"
#include "store/audit_retention.h"
#include "vault/vin_vault.h"

namespace gateway {

struct DatabaseConfig
{
    std::string gatewayUrl;
    std::string ownerUrl; ///< empty unless this host migrates and makes tokens
    std::filesystem::path migrations;
};

/// Whose signed overrides of the unit limit are accepted.
struct OverrideConfig
{
    std::filesystem::path technicianIssuer; ///< empty: none are
    int signers = 1;
};

/// An issuing CA and the signers that hold its key.
struct IssuerConfig
{
    std::filesystem::path certificate;
    std::filesystem::path chain;
    std::string key;
    std::vector<std::filesystem::path> sockets; ///< the preferred one first
    std::string crlName;                        ///< of the published files, without ".crl"
};

struct SigningConfig
{
    std::chrono::milliseconds deadline{5000};
    std::chrono::milliseconds takeover{800}; ///< how long a request waits for a CA before the next one is asked
};

struct PkiConfig
{
    std::vector<IssuerConfig> issuers; ///< in order of preference: the Device Issuing CA, then its backup, if any
    std::filesystem::path profiles;
    std::string vehicleProfile = "vehicle-device";
    std::string ocspProfile = "ocsp-signer";
    std::filesystem::path weakKeys; ///< empty: none are known
};

/// What certificates for MQTT brokers come from, and for whom.
struct BrokerConfig
{
    IssuerConfig issuer;
    std::string profile;
    std::map<std::string, BrokerRegion> regions;
};

struct ListenerConfig
{
    std::string address;
    std::uint16_t port = 0; ///< 0 takes a free one
};

struct ApiListenerConfig
{
    ListenerConfig listener;
    http::TlsFiles tls;
    http::ProxyTrust proxies;
};

struct CrlConfig
{
    std::filesystem::path folder;
    bool includeSuperseded = true;
    std::chrono::seconds rebuildAfter{300};
};

/// The VIN vault: a database of its own.
struct VaultConfig
{
    std::string writerUrl;
    std::string readerUrl; ///< empty unless VINs are looked up on this host
    std::string ownerUrl;  ///< empty unless this host migrates and rewraps
    std::filesystem::path migrations;
    std::filesystem::path secrets;
    std::vector<std::filesystem::path> sockets; ///< of the signers that have the wrapping keys
    vault::VaultSettings settings;
};

/// The audit's seal; without it the rows are kept and not sealed.
struct AuditConfig
{
    std::string origin; ///< names this deployment in every head
    std::vector<std::filesystem::path> sockets;
    std::string key = "audit-signer";
    std::filesystem::path certificate;
    std::filesystem::path chain; ///< of its issuers, without the root
};

struct EvidenceConfig
{
    evidence::EvidenceSettings settings;
    std::filesystem::path keyFile;
    std::filesystem::path root; ///< of the bundle's signer
};

struct LogConfig
{
    std::filesystem::path file; ///< empty: standard error only
    std::string level = "info";
};

/// Configuration of v2c-ca-gateway; docs/configuration.md describes each key.
struct GatewayConfig
{
    DatabaseConfig database;
    SigningConfig signing;
    PkiConfig pki;
    std::optional<BrokerConfig> brokers;
    std::filesystem::path identitySecrets;
    EvidenceConfig evidence;
    IssuingLimits issuing;
    OverrideConfig overrides;
    std::string responder; ///< names this replica in its OCSP signer's certificate
    pki::OcspLifetimes ocspLifetimes;
    OcspLimits ocspLimits;
    CrlConfig crl;
    std::optional<VaultConfig> vault;
    std::optional<AuditConfig> audit;
    store::RetentionPeriods retention;
    ApiListenerConfig api;
    ListenerConfig ocspListener;
    ListenerConfig crlListener;
    ListenerConfig metricsListener;
    http::ServerLimits limits;
    LogConfig log;
};

/// Reads JSON in which comments are allowed. @return InvalidRequest "config" naming the key (missing, unknown, of the
/// wrong type or out of range), what was expected and what came; never a value, which may be a password
[[nodiscard]] Result<GatewayConfig> parseGatewayConfig(std::string_view json);
[[nodiscard]] Result<GatewayConfig> loadGatewayConfig(const std::filesystem::path& file);

} // namespace gateway
