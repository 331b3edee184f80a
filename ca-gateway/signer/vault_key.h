#pragma once

#include <memory>
#include <optional>
#include <string>

#include "signer/pkcs11.h"

namespace gateway::signer {

/// A data key of the VIN vault. At rest it exists only wrapped.
struct DataKey
{
    SecretBytes plain; ///< 32 bytes
    Bytes wrapped;
};

/// An AES-256 key on a token that wraps the data keys of the VIN vault. It encrypts nothing that the token did not draw
/// itself and opens nothing but 32-byte keys wrapped by it, so it is of no use as a general cipher. Thread-safe: each
/// call takes a session of its own.
///
/// A wrapped key is version (1), IV (12 bytes), AES-256-GCM ciphertext (32) and tag (16); the additional data are
/// "v2c-vault-data-key", the key's label and the context, each behind a length of one byte.
class HsmVaultKey final
{
public:
    static constexpr std::size_t kPlainBytes = 32;
    static constexpr std::size_t kWrappedBytes = 1 + 12 + kPlainBytes + 16;
    static constexpr std::size_t kContextBytes = 16;

    /// @param token  one that is open
    /// @return KeyMissing, also when two keys have the label; KeyMismatch when the key may do more than it should: it
    /// must be sensitive, never extractable and for encrypting and decrypting only
    [[nodiscard]] static HsmResult<HsmVaultKey> find(const HsmModule& module, const std::string& token,
                                                     const SecretBytes& pin, const std::string& label);
    HsmVaultKey(HsmVaultKey&&) noexcept;
    HsmVaultKey& operator=(HsmVaultKey&&) noexcept;
    ~HsmVaultKey();

    /// Draws a data key from the token's generator.
    /// @param context  kContextBytes, the same when it is opened
    [[nodiscard]] HsmResult<DataKey> make(ByteView context) const;
    /// @return nothing when the bytes were not wrapped by this key for this context
    [[nodiscard]] HsmResult<std::optional<SecretBytes>> open(ByteView context, ByteView wrapped) const;
    /// Wraps a data key that another vault key of the token has opened.
    [[nodiscard]] HsmResult<Bytes> wrap(ByteView context, const SecretBytes& plain) const;

private:
    class Impl;
    explicit HsmVaultKey(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::signer
