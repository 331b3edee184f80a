#include "vault/envelope.h"

#include <array>
#include <fstream>
#include <iterator>
#include <memory>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include "vault/key_wrapper.h"

namespace gateway::vault {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kPurpose = "v2c-vault-vin-1";

struct CipherDelete
{
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherHandle = std::unique_ptr<EVP_CIPHER_CTX, CipherDelete>;

tl::unexpected<Error> damaged()
{
    return fail(ErrorCode::Internal, "vault-row-damaged",
                "a row of the vault does not open: changed, moved, or sealed under another key");
}

tl::unexpected<Error> badSecrets(std::string detail)
{
    return fail(ErrorCode::InvalidRequest, "vault-secrets", std::move(detail));
}

/// Every part has a fixed length, so that no two rows give the same bytes.
Bytes boundData(const DeviceId& deviceId, ByteView vinIndex, ByteView dataKeyId)
{
    Bytes data;
    for (const auto part : {asBytes(kPurpose), asBytes(deviceId.text()), vinIndex, dataKeyId})
        data.insert(data.end(), part.begin(), part.end());
    return data;
}

const EVP_CIPHER* aes256Gcm()
{
    // Fetched once: a fetch by name costs more than the encryption.
    static const auto* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return cipher;
}

} // namespace

Result<IndexKey> IndexKey::make(SecretBytes key, const IdentitySecrets& others)
{
    if (key.size() < kMinOctets)
        return badSecrets("the key of the blind index has at least 32 bytes, got " + std::to_string(key.size()));
    if (key.equals(others.vinHashKey().reveal()) || key.equals(others.deviceIdSalt().reveal()))
        return badSecrets("the key of the blind index must be another one than vin_hash_key and device_id_salt");
    IndexKey made;
    made.m_key = std::move(key);
    return made;
}

Result<IndexKey> IndexKey::load(const std::filesystem::path& file, const IdentitySecrets& others)
{
    struct stat status
    {
    };
    if (::stat(file.c_str(), &status) != 0) return badSecrets("cannot read " + file.string());
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return badSecrets(file.string() + ": expected mode 0600, group or others have rights");
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto document = nlohmann::json::parse(text, nullptr, false, true);
    OPENSSL_cleanse(text.data(), text.size());
    if (!document.is_object() || document.size() != 1 || !document.contains("vin_index_key") ||
        !document["vin_index_key"].is_string())
        return badSecrets(file.string() + ": expected {\"vin_index_key\": hex}");
    auto key = parseHex(document["vin_index_key"].get_ref<const std::string&>());
    if (!key) return badSecrets(file.string() + ": vin_index_key is not hex");
    return make(SecretBytes(std::move(*key)), others);
}

Bytes IndexKey::indexOf(const Vin& vin) const
{
    const auto key = m_key.reveal();
    Bytes mac(32);
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), asBytes(vin.text()).data(), vin.text().size(),
             mac.data(), nullptr) == nullptr)
        throw std::runtime_error("OpenSSL gave no HMAC"); // a broken installation
    return mac;
}

Result<SealedVin> sealVin(const Vin& vin, const DeviceId& deviceId, const IndexKey& indexKey, ByteView dataKeyId,
                          const SecretBytes& dataKey)
{
    SealedVin row{deviceId, indexKey.indexOf(vin), Bytes(dataKeyId.begin(), dataKeyId.end()), Bytes(kNonceBytes),
                  Bytes(Vin::kLength + kTagBytes)};
    const auto bound = boundData(deviceId, row.vinIndex, row.dataKeyId);
    const CipherHandle context(EVP_CIPHER_CTX_new());
    int length = 0;
    const bool sealed =
        dataKey.size() == kDataKeyBytes && context && RAND_bytes(row.nonce.data(), int{kNonceBytes}) == 1 &&
        EVP_EncryptInit_ex2(context.get(), aes256Gcm(), dataKey.reveal().data(), row.nonce.data(), nullptr) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &length, bound.data(), static_cast<int>(bound.size())) == 1 &&
        EVP_EncryptUpdate(context.get(), row.ciphertext.data(), &length, asBytes(vin.text()).data(),
                          int{Vin::kLength}) == 1 &&
        EVP_EncryptFinal_ex(context.get(), row.ciphertext.data() + length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, int{kTagBytes},
                            row.ciphertext.data() + Vin::kLength) == 1;
    if (!sealed) return fail(ErrorCode::Internal, "vault-cipher", "AES-256-GCM failed");
    return row;
}

Result<Vin> openVin(const SealedVin& row, const IndexKey& indexKey, const SecretBytes& dataKey)
{
    if (row.nonce.size() != kNonceBytes || row.ciphertext.size() != Vin::kLength + kTagBytes ||
        dataKey.size() != kDataKeyBytes)
        return damaged();
    const auto bound = boundData(row.deviceId, row.vinIndex, row.dataKeyId);
    std::array<std::uint8_t, kTagBytes> tag{};
    std::copy(row.ciphertext.end() - kTagBytes, row.ciphertext.end(), tag.begin());
    const CipherHandle context(EVP_CIPHER_CTX_new());
    Bytes text(Vin::kLength + 1);
    int length = 0;
    int rest = 0;
    const bool opened =
        context &&
        EVP_DecryptInit_ex2(context.get(), aes256Gcm(), dataKey.reveal().data(), row.nonce.data(), nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &length, bound.data(), static_cast<int>(bound.size())) == 1 &&
        EVP_DecryptUpdate(context.get(), text.data(), &length, row.ciphertext.data(), int{Vin::kLength}) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, int{kTagBytes}, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(context.get(), text.data() + length, &rest) == 1;
    text.resize(Vin::kLength);
    const SecretBytes secret(std::move(text));
    if (!opened) return damaged();
    auto vin = Vin::parse(secret.revealText());
    if (!vin) return damaged();
    const auto index = indexKey.indexOf(*vin);
    if (row.vinIndex.size() != index.size() || CRYPTO_memcmp(index.data(), row.vinIndex.data(), index.size()) != 0)
        return damaged();
    return vin;
}

} // namespace gateway::vault
