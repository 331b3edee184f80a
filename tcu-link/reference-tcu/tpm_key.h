#pragma once

#include <memory>
#include <optional>

#include "reference-tcu/openssl_types.h"
#include "reference-tcu/tpm.h"

namespace tcu {

/// A P-256 key for OpenSSL whose private half stays in the TPM: each ECDSA signature of X509_REQ_sign, EVP_DigestSign
/// or a TLS handshake (1.2 and 1.3) is one TPM2_Sign. The Tpm outlives it, and so do SSL objects that use it.
class TpmKey final
{
public:
    /// Reads the public half from the TPM.
    [[nodiscard]] static TpmResult<TpmKey> open(Tpm& tpm, std::uint32_t handle);
    ~TpmKey();
    TpmKey(TpmKey&&) noexcept;
    TpmKey& operator=(TpmKey&&) noexcept;

    [[nodiscard]] EVP_PKEY* evp() const { return m_key.get(); }

    /// Why the last signature failed; OpenSSL itself only says that it did.
    [[nodiscard]] const std::optional<TpmError>& lastError() const;

    struct Binding;

private:
    TpmKey(std::unique_ptr<Binding> binding, EvpPkeyPtr key);

    std::unique_ptr<Binding> m_binding;
    EvpPkeyPtr m_key;
};

} // namespace tcu
