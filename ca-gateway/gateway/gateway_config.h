#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "http/server.h"
#include "issuance/issuing_service.h"
#include "pki/ocsp.h"

namespace gateway {

struct DatabaseConfig
{
    std::string gatewayUrl;
    std::string ownerUrl; ///< empty unless this host migrates and makes tokens
    std::filesystem::path migrations;
};

struct SignerEndpoints
{
    std::vector<std::filesystem::path> sockets; ///< the preferred one first
    std::chrono::milliseconds deadline{5000};
};

struct PkiConfig
{
    std::filesystem::path issuerCertificate;
    std::filesystem::path issuerChain;
    std::string issuerKey;
    std::filesystem::path profiles;
    std::string vehicleProfile = "vehicle-device";
    std::string ocspProfile = "ocsp-signer";
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
};

struct CrlConfig
{
    std::filesystem::path folder;
    bool includeSuperseded = true;
    std::chrono::seconds rebuildAfter{300};
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
    SignerEndpoints signer;
    PkiConfig pki;
    std::filesystem::path identitySecrets;
    IssuingLimits issuing;
    std::string responder; ///< names this replica in its OCSP signer's certificate
    pki::OcspLifetimes ocspLifetimes;
    CrlConfig crl;
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
