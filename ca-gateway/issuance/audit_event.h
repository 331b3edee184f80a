#pragma once

#include <map>
#include <optional>
#include <string>

#include "contract/messages.h"

namespace gateway {

/// One row of the audit, with the specification's "Required Log Fields".
struct AuditEvent
{
    Time timestamp{};
    std::string eventType; ///< "certificate_intent", "certificate_issued", ...: docs/issuance.md has the list
    std::string actor;     ///< Caller::name
    std::optional<DeviceId> deviceId;
    std::optional<VinHash> vinHash;
    std::optional<CertificateSerial> serial;
    std::string result; ///< "success" or "failure"
    std::map<std::string, std::string> metadata;
    std::string traceId; ///< UUID text; a store replaces anything else by a fresh one
};

/// An event of now by this caller, without subject or metadata.
[[nodiscard]] AuditEvent makeAuditEvent(std::string eventType, const Caller& caller, Time now,
                                        std::string result = "success");

/// Free text from outside, fit for a row: control characters become spaces and each word that is a VIN is masked, since
/// no VIN may stand in this database.
/// @param maxLength  in bytes; what is longer is cut
[[nodiscard]] std::string sanitizeFreeText(std::string_view text, std::size_t maxLength = 1000);

} // namespace gateway
