#pragma once

#include "contract/messages.h"

namespace gateway {

/// What a technician signs to let a unit have another certificate within the day.
struct OverrideStatement
{
    TransactionId transaction;
    DeviceId deviceId;
    std::string tcuSerial;
    std::string reason;
    Time expiresAt;
};

/// The bytes under the signature (ECDSA or RSA PKCS#1 v1.5, with SHA-256): the label "v2c-provisioning issuing override
/// 1", then transaction (its hex text), device_id (its hex text), tcu_serial, reason and expires_at (decimal seconds
/// since 1970), each of the six with its length in front as 4 octets, big-endian.
[[nodiscard]] Bytes canonicalBytes(const OverrideStatement& statement);

} // namespace gateway
