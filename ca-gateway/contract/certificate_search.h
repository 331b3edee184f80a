#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contract/certificate_status.h"
#include "contract/messages.h"

/// GET /api/certificates: what may be asked, and what comes back.
namespace gateway {

/// Where a page ended: the last row's place in the order, newest first.
struct CertificatePosition
{
    Time issuedAt{};
    std::string issuer;
    CertificateSerial serial;

    friend bool operator==(const CertificatePosition&, const CertificatePosition&) = default;
};

/// All conditions that are set must hold. Ranges include their begin and exclude their end.
struct CertificateQuery
{
    static constexpr int kMaxLimit = 500;

    std::optional<CertificateSerial> serial = std::nullopt;
    std::optional<DeviceId> deviceId = std::nullopt;
    std::optional<VinHash> vinHash = std::nullopt;
    std::optional<CertificateStatus> status = std::nullopt; ///< as of now, not as stored
    std::optional<std::string> type = std::nullopt;         ///< "vehicle", "station", ...
    std::optional<std::string> station = std::nullopt;      ///< who asked for it: the station's CN
    std::optional<std::string> issuer = std::nullopt;       ///< subject of the issuer as text
    std::optional<Time> issuedFrom = std::nullopt;
    std::optional<Time> issuedTo = std::nullopt;
    std::optional<Time> expiresFrom = std::nullopt;
    std::optional<Time> expiresTo = std::nullopt;
    int limit = 100;
    std::optional<CertificatePosition> after = std::nullopt; ///< from the cursor
};

/// A certificate as the database knows it.
struct CertificateSummary
{
    CertificateSerial serial;
    std::string issuer;
    std::string type;
    std::string subject;
    std::optional<DeviceId> deviceId;
    std::optional<VinHash> vinHash;
    CertificateStatus status = CertificateStatus::Active; ///< as of the moment of the question
    Time issuedAt{};
    Time expiresAt{};
    std::optional<Time> provisionedAt;
    std::optional<Time> revokedAt;
    std::optional<RevocationReason> reason;
    std::optional<CertificateSerial> replacedBy;
    std::string station;
};

struct CertificatePage
{
    std::vector<CertificateSummary> certificates;
    std::optional<CertificatePosition> next; ///< nothing on the last page
};

/// GET /api/certificates/{serial}. Serials are unique per issuer only.
struct CertificateReference
{
    CertificateSerial serial;
    std::optional<std::string> issuer; ///< needed when two issuers have used the serial
};

struct CertificateDetails
{
    CertificateSummary summary;
    Bytes der;
};

} // namespace gateway
