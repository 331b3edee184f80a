#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "contract/bytes.h"
#include "contract/secret_bytes.h"
#include "signer/exit_code.h"

struct _CK_FUNCTION_LIST; // NOLINT(bugprone-reserved-identifier): PKCS#11 calls it that

namespace gateway::signer {

template <typename T>
using HsmResult = tl::expected<T, HsmFailure>;

/// A key pair on a token. Thread-safe: each signature takes a session of its own.
class HsmKey final
{
public:
    HsmKey(HsmKey&&) noexcept;
    HsmKey& operator=(HsmKey&&) noexcept;
    ~HsmKey();

    [[nodiscard]] const std::string& label() const;
    [[nodiscard]] const Bytes& publicKeyDer() const; ///< SubjectPublicKeyInfo
    /// Hashes and signs. RSA: sha256WithRSAEncryption, PKCS#1 v1.5; P-256 and P-384: DER ECDSA-Sig-Value over SHA-256
    /// and SHA-384 (RFC 5758).
    [[nodiscard]] HsmResult<Bytes> sign(ByteView message) const;

private:
    friend class HsmToken;
    struct Impl;
    explicit HsmKey(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

class HsmModule;

/// A token that is logged in. Outlived by the module, outlives its keys.
class HsmToken final
{
public:
    /// Finds the token by label, never by slot number: SoftHSM renumbers them.
    /// @return TokenMissing, WrongPin, ModuleFailure
    [[nodiscard]] static HsmResult<HsmToken> open(HsmModule& module, const std::string& label, const SecretBytes& pin);
    HsmToken(HsmToken&&) noexcept;
    HsmToken& operator=(HsmToken&&) noexcept;
    ~HsmToken();

    /// @return KeyMissing, also when two keys have the label
    [[nodiscard]] HsmResult<HsmKey> findKey(const std::string& label) const;

private:
    struct Impl;
    explicit HsmToken(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

/// A loaded and initialised PKCS#11 module. One per process, and no fork after it.
class HsmModule final
{
public:
    /// @return ModuleFailure
    [[nodiscard]] static HsmResult<HsmModule> load(const std::string& path);
    HsmModule(HsmModule&&) noexcept;
    HsmModule& operator=(HsmModule&&) noexcept;
    ~HsmModule();

    [[nodiscard]] HsmResult<std::vector<std::string>> tokenLabels() const;
    /// Makes a fresh token in a free slot, or erases the one of this label.
    [[nodiscard]] HsmResult<void> initToken(const std::string& label, const SecretBytes& officerPin,
                                            const SecretBytes& userPin);
    /// Makes a key pair with every usage flag stated: sign only, sensitive, never extractable, neither modifiable nor
    /// copyable; reads the flags back and fails when the module did something else. The token must not be open.
    /// @param algorithm  "RSA-2048", "RSA-4096", "EC-P256", "EC-P384"
    [[nodiscard]] HsmResult<void> generateKey(const std::string& token, const SecretBytes& pin,
                                              const std::string& keyLabel, const std::string& algorithm);
    /// Makes a key pair that is backed up: it comes into being as an object of one session, is wrapped, and only what
    /// the backup gives back is kept on the token, with the flags of generateKey(). So a backup that cannot be restored
    /// does not come about, and the key on the token is never extractable from then on.
    /// @param wrappingKey  AES-256, 32 bytes; the token has it for this call only
    /// @return PKCS#8 wrapped by CKM_AES_KEY_WRAP_PAD (RFC 5649)
    [[nodiscard]] HsmResult<Bytes> generateBackedUpKey(const std::string& token, const SecretBytes& pin,
                                                       const std::string& keyLabel, const std::string& algorithm,
                                                       const SecretBytes& wrappingKey);
    /// Puts such a key on a token that has none of the label.
    /// @param publicKeyDer  SubjectPublicKeyInfo; whether it belongs to the wrapped key is not looked at
    /// @return ModuleFailure also when the wrapping key is another one or the backup was changed
    [[nodiscard]] HsmResult<void> restoreKey(const std::string& token, const SecretBytes& pin,
                                             const std::string& keyLabel, const Bytes& publicKeyDer,
                                             const SecretBytes& wrappingKey, const Bytes& wrapped);
    /// Makes an AES-256 key for encrypting and decrypting only (CKM_AES_GCM): sensitive, never extractable, neither
    /// modifiable nor copyable. It neither wraps nor unwraps, so what it opens never becomes an object of the token.
    /// Flags are read back as those of a key pair. The token must not be open.
    [[nodiscard]] HsmResult<void> generateSecretKey(const std::string& token, const SecretBytes& pin,
                                                    const std::string& keyLabel);

    /// For the calls that libp11 does not have.
    [[nodiscard]] _CK_FUNCTION_LIST* functions() const;
    /// @return TokenMissing, also when two tokens have the label
    [[nodiscard]] HsmResult<unsigned long> slotOf(const std::string& token) const;

private:
    friend class HsmToken;
    struct Impl;
    explicit HsmModule(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::signer
