#pragma once

#include <string>

#include "contract/messages.h"

namespace gateway {

/// A certificate that is not to be accepted: revoked, or superseded after its grace.
struct RevocationRecord
{
    std::string issuer; ///< subject of the issuer as pki::Certificate::subjectText() prints it
    CertificateSerial serial;
    RevocationReason reason = RevocationReason::Unspecified;
    Time since{};
    Time expiresAt{};
};

/// A change of the set of such certificates.
struct RevocationEvent
{
    enum class Kind { Revoked, Released };

    std::int64_t id = 0; ///< in the outbox
    Kind kind = Kind::Revoked;
    RevocationRecord record; ///< of a release only issuer and serial count
    std::chrono::sys_time<std::chrono::milliseconds> recordedAt{};
};

} // namespace gateway
