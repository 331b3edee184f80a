#pragma once

#include <filesystem>

#include "contract/device_id.h"
#include "contract/secret_bytes.h"
#include "contract/vin.h"
#include "identity/vehicle_identity.h"

/// How a VIN stands in the vault: sealed under a data key, found by an index that is blind without its key.
namespace gateway::vault {

/// One row of the vault.
struct SealedVin
{
    DeviceId deviceId;
    Bytes vinIndex;   ///< 32 bytes
    Bytes dataKeyId;  ///< kDataKeyIdBytes
    Bytes nonce;      ///< 12 bytes
    Bytes ciphertext; ///< AES-256-GCM: the VIN's 17 bytes and the tag's 16
};

/// The key of the blind index. Not the vin_hash key: whoever has that, and every station does, must not be able to look
/// for a vehicle in a copy of the vault.
class IndexKey final
{
public:
    static constexpr std::size_t kMinOctets = 32;

    /// @param others  secrets that it must differ from
    /// @return InvalidRequest "vault-secrets"
    [[nodiscard]] static Result<IndexKey> make(SecretBytes key, const IdentitySecrets& others);
    /// Reads a JSON file {"vin_index_key": "hex"}. Refuses one that group or others may read.
    [[nodiscard]] static Result<IndexKey> load(const std::filesystem::path& file, const IdentitySecrets& others);

    /// HMAC-SHA-256 of the VIN, 32 bytes.
    [[nodiscard]] Bytes indexOf(const Vin& vin) const;

private:
    IndexKey() = default;

    SecretBytes m_key;
};

/// The additional data bind device_id, index and data key to the ciphertext: a row into which another row's ciphertext
/// was copied does not open.
/// @param dataKey  32 bytes
[[nodiscard]] Result<SealedVin> sealVin(const Vin& vin, const DeviceId& deviceId, const IndexKey& indexKey,
                                        ByteView dataKeyId, const SecretBytes& dataKey);

/// @return Internal "vault-row-damaged": not what sealVin() made for this device_id under this key
[[nodiscard]] Result<Vin> openVin(const SealedVin& row, const IndexKey& indexKey, const SecretBytes& dataKey);

} // namespace gateway::vault
