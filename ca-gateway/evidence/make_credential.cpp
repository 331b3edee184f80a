#include "evidence/make_credential.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "contract/secret_bytes.h"
#include "identity/random.h"
#include "pki/openssl_types.h"

namespace gateway::evidence {
namespace {

/// What the EK's template says beside its key.
struct Template
{
    const EVP_MD* nameDigest;
    const EVP_CIPHER* cipher;
    std::size_t fieldOctets; ///< 0 for RSA
};

std::optional<Template> templateOf(EVP_PKEY* ek)
{
    if (EVP_PKEY_is_a(ek, "RSA") == 1) {
        BIGNUM* raw = nullptr;
        if (EVP_PKEY_get_bits(ek) != 2048 || EVP_PKEY_get_bn_param(ek, OSSL_PKEY_PARAM_RSA_E, &raw) != 1)
            return std::nullopt;
        const pki::BnHandle exponent(raw);
        if (BN_is_word(exponent.get(), 65537) != 1) return std::nullopt;
        return Template{EVP_sha256(), EVP_aes_128_cfb128(), 0};
    }
    char group[32] = {};
    if (EVP_PKEY_is_a(ek, "EC") != 1 || EVP_PKEY_get_group_name(ek, group, sizeof group, nullptr) != 1)
        return std::nullopt;
    switch (OBJ_txt2nid(group)) {
    case NID_X9_62_prime256v1:
        return Template{EVP_sha256(), EVP_aes_128_cfb128(), 32};
    case NID_secp384r1:
        return Template{EVP_sha384(), EVP_aes_256_cfb128(), 48};
    default:
        return std::nullopt;
    }
}

pki::EvpKeyHandle parseSpki(ByteView spki)
{
    const unsigned char* position = spki.data();
    pki::EvpKeyHandle key(d2i_PUBKEY(nullptr, &position, long(spki.size())));
    if (!key || position != spki.data() + spki.size()) return nullptr;
    return key;
}

void append(Bytes& to, ByteView bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void appendNumber(Bytes& to, std::uint32_t value, int octets)
{
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
        to.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// TPM2B
void appendSized(Bytes& to, ByteView bytes)
{
    appendNumber(to, std::uint32_t(bytes.size()), 2);
    append(to, bytes);
}

/// A label as the TPM hashes it: with the zero octet at its end.
ByteView labelOctets(std::string_view label)
{
    return {reinterpret_cast<const std::uint8_t*>(label.data()), label.size() + 1};
}

Bytes hmac(const EVP_MD* digest, ByteView key, ByteView data)
{
    Bytes mac(std::size_t(EVP_MD_get_size(digest)));
    if (HMAC(digest, key.data(), int(key.size()), data.data(), data.size(), mac.data(), nullptr) == nullptr) return {};
    return mac;
}

/// @param label  text in static memory, ended by zero
SecretBytes kdfA(const EVP_MD* digest, ByteView key, std::string_view label, ByteView context, std::size_t octets)
{
    Bytes derived;
    for (std::uint32_t counter = 1; derived.size() < octets; ++counter) {
        Bytes message;
        appendNumber(message, counter, 4);
        append(message, labelOctets(label));
        append(message, context);
        appendNumber(message, std::uint32_t(octets * 8), 4);
        const auto block = hmac(digest, key, message);
        if (block.empty()) return {};
        append(derived, block);
    }
    derived.resize(octets);
    return SecretBytes(std::move(derived));
}

SecretBytes kdfE(const EVP_MD* digest, ByteView sharedX, std::string_view label, ByteView ourX, ByteView theirX)
{
    // One block is enough: the seed is as long as the digest.
    Bytes message;
    appendNumber(message, 1, 4);
    append(message, sharedX);
    append(message, labelOctets(label));
    append(message, ourX);
    append(message, theirX);
    Bytes seed(std::size_t(EVP_MD_get_size(digest)));
    const bool isHashed = EVP_Digest(message.data(), message.size(), seed.data(), nullptr, digest, nullptr) == 1;
    OPENSSL_cleanse(message.data(), message.size());
    if (!isHashed) return {};
    return SecretBytes(std::move(seed));
}

constexpr std::string_view kIdentity = "IDENTITY";

struct Seed
{
    SecretBytes value;
    Bytes encryptedSecret; ///< TPM2B_ENCRYPTED_SECRET
};

std::optional<Seed> shareByRsa(EVP_PKEY* ek, const Template& form)
{
    Bytes random(std::size_t(EVP_MD_get_size(form.nameDigest)));
    if (!fillFromSystemRandom(random)) return std::nullopt;
    SecretBytes seed(std::move(random));
    const pki::EvpKeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, ek, nullptr));
    const auto label = labelOctets(kIdentity);
    void* ownedLabel = OPENSSL_memdup(label.data(), label.size());
    if (!context || ownedLabel == nullptr || EVP_PKEY_encrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), form.nameDigest) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), form.nameDigest) != 1 ||
        EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), ownedLabel, int(label.size())) != 1) {
        OPENSSL_free(ownedLabel);
        return std::nullopt;
    }
    std::size_t length = std::size_t(EVP_PKEY_get_size(ek));
    Bytes encrypted(length);
    if (EVP_PKEY_encrypt(context.get(), encrypted.data(), &length, seed.reveal().data(), seed.size()) != 1)
        return std::nullopt;
    encrypted.resize(length);
    Seed shared{std::move(seed), {}};
    appendSized(shared.encryptedSecret, encrypted);
    return shared;
}

std::optional<std::pair<Bytes, Bytes>> coordinatesOf(EVP_PKEY* key, std::size_t octets)
{
    BIGNUM* rawX = nullptr;
    BIGNUM* rawY = nullptr;
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &rawX);
    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &rawY);
    const pki::BnHandle x(rawX);
    const pki::BnHandle y(rawY);
    std::pair<Bytes, Bytes> point{Bytes(octets), Bytes(octets)};
    if (!x || !y || BN_bn2binpad(x.get(), point.first.data(), int(octets)) < 0 ||
        BN_bn2binpad(y.get(), point.second.data(), int(octets)) < 0)
        return std::nullopt;
    return point;
}

std::optional<Seed> shareByEcc(EVP_PKEY* ek, const Template& form)
{
    const pki::EvpKeyContextHandle generation(EVP_PKEY_CTX_new_from_pkey(nullptr, ek, nullptr));
    EVP_PKEY* raw = nullptr;
    if (!generation || EVP_PKEY_keygen_init(generation.get()) != 1 || EVP_PKEY_keygen(generation.get(), &raw) != 1)
        return std::nullopt;
    const pki::EvpKeyHandle ephemeral(raw);
    const pki::EvpKeyContextHandle agreement(EVP_PKEY_CTX_new_from_pkey(nullptr, ephemeral.get(), nullptr));
    std::size_t length = form.fieldOctets;
    Bytes shared(length);
    if (!agreement || EVP_PKEY_derive_init(agreement.get()) != 1 ||
        EVP_PKEY_derive_set_peer(agreement.get(), ek) != 1 ||
        EVP_PKEY_derive(agreement.get(), shared.data(), &length) != 1 || length != form.fieldOctets)
        return std::nullopt;
    const SecretBytes sharedX(std::move(shared));
    const auto ours = coordinatesOf(ephemeral.get(), form.fieldOctets);
    const auto theirs = coordinatesOf(ek, form.fieldOctets);
    if (!ours || !theirs) return std::nullopt;
    Bytes point;
    appendSized(point, ours->first);
    appendSized(point, ours->second);
    Seed seed{kdfE(form.nameDigest, sharedX.reveal(), kIdentity, ours->first, theirs->first), {}};
    appendSized(seed.encryptedSecret, point);
    if (seed.value.empty()) return std::nullopt;
    return seed;
}

/// CFB with an IV of zero, as the TPM encrypts what leaves it under a key used once.
std::optional<Bytes> encrypt(const EVP_CIPHER* cipher, const SecretBytes& key, ByteView plain)
{
    const pki::OpensslHandle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
    const Bytes iv(16, 0);
    Bytes encrypted(plain.size());
    int length = 0;
    if (!context || EVP_EncryptInit_ex2(context.get(), cipher, key.reveal().data(), iv.data(), nullptr) != 1 ||
        EVP_EncryptUpdate(context.get(), encrypted.data(), &length, plain.data(), int(plain.size())) != 1 ||
        std::size_t(length) != plain.size())
        return std::nullopt;
    return encrypted;
}

} // namespace

bool isKnownEndorsementKey(ByteView ekSpki)
{
    const auto ek = parseSpki(ekSpki);
    return ek && templateOf(ek.get());
}

Result<Credential> makeCredential(ByteView ekSpki, ByteView objectName, ByteView secret)
{
    const auto ek = parseSpki(ekSpki);
    const auto form = ek ? templateOf(ek.get()) : std::nullopt;
    if (!form)
        return fail(ErrorCode::InvalidRequest, "credential",
                    "expected an endorsement key of RSA-2048, P-256 or P-384, got another");
    const auto digestOctets = std::size_t(EVP_MD_get_size(form->nameDigest));
    if (secret.size() > digestOctets)
        return fail(ErrorCode::InvalidRequest, "credential",
                    "expected a secret of at most " + std::to_string(digestOctets) + " octets, got " +
                        std::to_string(secret.size()));

    const auto failed = [] { return fail(ErrorCode::Internal, "credential", "OpenSSL could not make the credential"); };
    auto seed = form->fieldOctets == 0 ? shareByRsa(ek.get(), *form) : shareByEcc(ek.get(), *form);
    if (!seed) return failed();
    const auto storageKey = kdfA(form->nameDigest, seed->value.reveal(), "STORAGE", objectName,
                                 std::size_t(EVP_CIPHER_get_key_length(form->cipher)));
    const auto integrityKey = kdfA(form->nameDigest, seed->value.reveal(), "INTEGRITY", {}, digestOctets);
    if (storageKey.empty() || integrityKey.empty()) return failed();

    Bytes identity;
    appendSized(identity, secret);
    const SecretBytes plain(std::move(identity));
    const auto encrypted = encrypt(form->cipher, storageKey, plain.reveal());
    if (!encrypted) return failed();
    Bytes authenticated = *encrypted;
    append(authenticated, objectName);
    const auto outer = hmac(form->nameDigest, integrityKey.reveal(), authenticated);
    if (outer.empty()) return failed();

    Bytes content;
    appendSized(content, outer);
    append(content, *encrypted);
    Credential credential;
    appendSized(credential.blob, content);
    credential.encryptedSecret = std::move(seed->encryptedSecret);
    return credential;
}

} // namespace gateway::evidence
