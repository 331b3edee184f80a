#include "reference-tcu/tpm_key.h"

#include <algorithm>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

// EC_KEY_METHOD is deprecated in OpenSSL 3 in favour of providers. A provider for one key in one program is a library
// of its own, and the one that exists for TPMs fails in TLS (docs/specification-notes.md, 17), so we stay with the
// method; it is confined to this file.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace tcu {

struct TpmKey::Binding
{
    Tpm* tpm;
    std::uint32_t handle;
    std::optional<TpmError> lastError;
};

namespace {

using EcKeyPtr = std::unique_ptr<EC_KEY, decltype([](EC_KEY* key) { EC_KEY_free(key); })>;

int bindingIndex()
{
    static const int index = EC_KEY_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

ECDSA_SIG* signInTpm(const unsigned char* digest, int digestLength, const BIGNUM*, const BIGNUM*, EC_KEY* key)
{
    auto* binding = static_cast<TpmKey::Binding*>(EC_KEY_get_ex_data(key, bindingIndex()));
    if (!binding || digestLength <= 0) {
        ERR_raise(ERR_LIB_EC, ERR_R_PASSED_INVALID_ARGUMENT);
        return nullptr;
    }
    // ECDSA uses the leftmost 256 bits of the digest as a number (FIPS 186-5, 6.4.1), so SHA-384 and SHA-512 are cut
    // and shorter digests are filled up in front.
    std::array<std::uint8_t, 32> number{};
    const auto used = std::min<std::size_t>(static_cast<std::size_t>(digestLength), number.size());
    std::copy_n(digest, used, number.end() - static_cast<std::ptrdiff_t>(used));
    const auto signature = binding->tpm->sign(binding->handle, number);
    if (!signature) {
        binding->lastError = signature.error();
        ERR_raise_data(ERR_LIB_EC, ERR_R_OPERATION_FAIL, "%s", signature.error().detail.c_str());
        return nullptr;
    }
    binding->lastError.reset();
    EcdsaSigPtr result(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(signature->data(), 32, nullptr);
    BIGNUM* s = BN_bin2bn(signature->data() + 32, 32, nullptr);
    if (!result || !r || !s || ECDSA_SIG_set0(result.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return nullptr;
    }
    return result.release();
}

/// Lives as long as the process: keys in OpenSSL's hands may outlast any scope of ours.
const EC_KEY_METHOD* tpmMethod()
{
    static const EC_KEY_METHOD* const method = [] {
        EC_KEY_METHOD* own = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
        int (*sign)(int, const unsigned char*, int, unsigned char*, unsigned int*, const BIGNUM*, const BIGNUM*,
                    EC_KEY*) = nullptr;
        EC_KEY_METHOD_get_sign(EC_KEY_OpenSSL(), &sign, nullptr, nullptr);
        EC_KEY_METHOD_set_sign(own, sign, nullptr, signInTpm);
        return own;
    }();
    return method;
}

} // namespace

TpmKey::TpmKey(std::unique_ptr<Binding> binding, EvpPkeyPtr key) : m_binding(std::move(binding)), m_key(std::move(key))
{
}
TpmKey::~TpmKey() = default;
TpmKey::TpmKey(TpmKey&&) noexcept = default;
TpmKey& TpmKey::operator=(TpmKey&&) noexcept = default;

const std::optional<TpmError>& TpmKey::lastError() const
{
    return m_binding->lastError;
}

TpmResult<TpmKey> TpmKey::open(Tpm& tpm, std::uint32_t handle)
{
    const auto info = tpm.readPublic(handle);
    if (!info) return tl::unexpected(info.error());
    auto binding = std::make_unique<Binding>(Binding{&tpm, handle, std::nullopt});
    EcKeyPtr key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    EvpPkeyPtr result(EVP_PKEY_new());
    if (!key || !result || EC_KEY_set_method(key.get(), tpmMethod()) != 1 ||
        EC_KEY_oct2key(key.get(), info->point.data(), info->point.size(), nullptr) != 1 ||
        EC_KEY_set_ex_data(key.get(), bindingIndex(), binding.get()) != 1 ||
        EVP_PKEY_set1_EC_KEY(result.get(), key.get()) != 1)
        return tl::unexpected(TpmError{TpmFault::NoSuchKey, "OpenSSL does not take the TPM's public key"});
    return TpmKey(std::move(binding), std::move(result));
}

} // namespace tcu

#pragma GCC diagnostic pop
