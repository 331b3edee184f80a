#pragma once

#include "identity/vehicle_identity.h"

namespace gateway {

/// Remembers which vehicle a device_id stands for, before a certificate for it is issued. Implemented in vault/.
/// Thread-safe.
class VinKeeper
{
public:
    virtual ~VinKeeper() = default;

    /// May be repeated.
    /// @return whether it is remembered, false only where policy goes on without; StoreUnavailable "vault-unavailable";
    /// Conflict "vault-mapping" (the VIN belongs to another device_id, or the device_id to another VIN)
    [[nodiscard]] virtual Result<bool> keep(const Vin& vin, const VehicleIdentity& identity) = 0;
};

} // namespace gateway
