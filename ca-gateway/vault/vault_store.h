#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contract/messages.h"
#include "vault/envelope.h"

/// What the vault needs of its database, one interface for each of its roles. Thread-safe.
/// Errors: StoreUnavailable, Internal.
namespace gateway::vault {

struct StoredDataKey
{
    Bytes id;
    std::string wrappingKey; ///< label in the HSM
    Bytes wrapped;
};

/// The gateway's own part: it can add, not read what was added.
class VaultWriter
{
public:
    enum class Outcome {
        Stored,
        WasThere, ///< the same mapping
        Conflict, ///< the device_id has another VIN, or the VIN another device_id
    };

    virtual ~VaultWriter() = default;
    [[nodiscard]] virtual Result<void> addDataKey(const StoredDataKey& key) = 0;
    [[nodiscard]] virtual Result<Outcome> put(const SealedVin& row) = 0;
};

/// Who looks for what, and why; stored before anything is looked for.
struct VaultAccess
{
    std::string actor;
    std::string method; ///< "vin", "device-id" or "check"
    Bytes vinIndex;     ///< of the VIN asked for, or empty
    std::optional<DeviceId> deviceId;
    std::string reason;
    std::string traceId;
};

class VaultReader
{
public:
    struct Row
    {
        SealedVin vin;
        Time storedAt;
    };

    virtual ~VaultReader() = default;
    [[nodiscard]] virtual Result<void> recordAccess(const VaultAccess& access) = 0;
    [[nodiscard]] virtual Result<std::optional<Row>> findByIndex(ByteView vinIndex) = 0;
    [[nodiscard]] virtual Result<std::optional<Row>> findByDevice(const DeviceId& deviceId) = 0;
    [[nodiscard]] virtual Result<std::optional<StoredDataKey>> dataKey(ByteView id) = 0;
    /// In the order of device ids. @param after  nothing for the first
    [[nodiscard]] virtual Result<std::vector<Row>> page(const std::optional<DeviceId>& after, int most) = 0;
};

class VaultOwner
{
public:
    virtual ~VaultOwner() = default;
    [[nodiscard]] virtual Result<std::vector<StoredDataKey>> dataKeys() = 0;
    /// @param before  what the wrapped key was; nothing happens when it is another one by now
    [[nodiscard]] virtual Result<void> replaceWrapped(const StoredDataKey& key, ByteView before) = 0;
};

} // namespace gateway::vault
