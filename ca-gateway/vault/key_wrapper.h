#pragma once

#include <string>

#include "contract/error.h"
#include "contract/secret_bytes.h"

namespace gateway::vault {

inline constexpr std::size_t kDataKeyBytes = 32;
inline constexpr std::size_t kDataKeyIdBytes = 16;

struct FreshDataKey
{
    SecretBytes plain; ///< kDataKeyBytes
    Bytes wrapped;
};

/// The wrapping keys, which never leave the HSM. Implemented in keys/ by a client of v2c-signer. Thread-safe.
/// Errors: HsmUnavailable; PolicyViolation with the signer's type: "unknown-key", "vault-operation-not-allowed",
/// "vault-key-damaged" (the wrapped key was changed, or belongs to another id or wrapping key).
class KeyWrapper
{
public:
    virtual ~KeyWrapper() = default;

    /// @param wrappingKey  label in the HSM
    /// @param id           kDataKeyIdBytes; the wrapped key opens for this id only
    [[nodiscard]] virtual Result<FreshDataKey> makeDataKey(const std::string& wrappingKey, ByteView id) = 0;
    [[nodiscard]] virtual Result<SecretBytes> openDataKey(const std::string& wrappingKey, ByteView id,
                                                          ByteView wrapped) = 0;
    /// The data key does not leave the signer. @return it wrapped by the other key
    [[nodiscard]] virtual Result<Bytes> rewrapDataKey(const std::string& from, const std::string& to, ByteView id,
                                                      ByteView wrapped) = 0;
};

} // namespace gateway::vault
