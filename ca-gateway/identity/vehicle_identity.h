#pragma once

#include <filesystem>

#include "contract/device_id.h"
#include "contract/secret_bytes.h"
#include "contract/vin.h"
#include "contract/vin_hash.h"

namespace gateway {

/// The two secrets of a deployment that turn a VIN into names. Every station and gateway of the deployment has the same
/// ones.
class IdentitySecrets final
{
public:
    static constexpr std::size_t kMinOctets = 32;

    /// @param deviceIdSalt  at least 32 bytes
    /// @param vinHashKey    at least 32 bytes, other than the salt
    [[nodiscard]] static Result<IdentitySecrets> make(SecretBytes deviceIdSalt, SecretBytes vinHashKey);

    /// Reads a JSON file {"device_id_salt": "hex", "vin_hash_key": "hex"}. Refuses one that other users may read.
    [[nodiscard]] static Result<IdentitySecrets> load(const std::filesystem::path& file);

    [[nodiscard]] const SecretBytes& deviceIdSalt() const { return m_deviceIdSalt; }
    [[nodiscard]] const SecretBytes& vinHashKey() const { return m_vinHashKey; }

private:
    IdentitySecrets() = default;

    SecretBytes m_deviceIdSalt;
    SecretBytes m_vinHashKey;
};

struct VehicleIdentity
{
    DeviceId deviceId;
    VinHash vinHash;

    friend bool operator==(const VehicleIdentity&, const VehicleIdentity&) = default;
};

/// device_id = the first 16 bytes of SHA-256(VIN ‖ salt), vin_hash = HMAC-SHA-256(key, VIN). Specification notes 1
/// and 2.
[[nodiscard]] VehicleIdentity deriveVehicleIdentity(const Vin& vin, const IdentitySecrets& secrets);

} // namespace gateway
