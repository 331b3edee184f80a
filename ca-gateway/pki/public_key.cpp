#include "pki/public_key.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/core_names.h>

#include "pki/der.h"

namespace gateway::pki {
namespace {

// SubjectPublicKeyInfo of an uncompressed point on a named curve up to the point itself (RFC 5480 2): the only form
// that is let in, so explicit curve parameters, compressed points and other curves never reach a parser.
constexpr std::array<std::uint8_t, 27> kP256Prefix = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                                      0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                                      0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::array<std::uint8_t, 24> kP384Prefix = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86,
                                                      0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B,
                                                      0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04};

bool isPoint(ByteView spki, ByteView prefix, std::size_t coordinateBytes)
{
    return spki.size() == prefix.size() + 2 * coordinateBytes && std::equal(prefix.begin(), prefix.end(), spki.begin());
}

tl::unexpected<Error> refuse(std::string detail)
{
    return fail(ErrorCode::PolicyViolation, "key-not-allowed", std::move(detail));
}

const EVP_MD* digestOf(KeyAlgorithm algorithm)
{
    return algorithm == KeyAlgorithm::EcP384 ? EVP_sha384() : EVP_sha256();
}

} // namespace

Result<PublicKey> PublicKey::parse(ByteView spki)
{
    const unsigned char* position = spki.data();
    const EvpKeyHandle key(spki.empty() ? nullptr : d2i_PUBKEY(nullptr, &position, static_cast<long>(spki.size())));
    return fromDecoded(spki, position == spki.data() + spki.size() ? key.get() : nullptr);
}

Result<PublicKey> PublicKey::fromDecoded(ByteView spki, EVP_PKEY* decoded)
{
    const bool p256 = isPoint(spki, kP256Prefix, 32);
    const bool p384 = isPoint(spki, kP384Prefix, 48);
    EvpKeyHandle key(decoded != nullptr && EVP_PKEY_up_ref(decoded) == 1 ? decoded : nullptr);
    if (!key)
        return refuse(p256 || p384 ? "the point is not on the curve" : "not a SubjectPublicKeyInfo that can be read");
    if (p256) return PublicKey(KeyAlgorithm::EcP256, std::move(key));
    if (p384) return PublicKey(KeyAlgorithm::EcP384, std::move(key));
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        return refuse("expected RSA, or EC on P-256 or P-384 with a named curve and an uncompressed point");
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits != 2048 && bits != 4096) return refuse("expected RSA 2048 or 4096, got " + std::to_string(bits) + " bits");
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_E, &value) != 1) return refuse("RSA without exponent");
    const BnHandle exponent(value);
    value = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_N, &value) != 1) return refuse("RSA without modulus");
    const BnHandle modulus(value);
    if (BN_is_word(exponent.get(), 65537) == 0) return refuse("expected the RSA exponent 65537");
    if (BN_is_odd(modulus.get()) == 0) return refuse("the RSA modulus is even");
    const Bytes again = encodeDer(i2d_PUBKEY, key.get());
    if (!std::equal(again.begin(), again.end(), spki.begin(), spki.end())) return refuse("the RSA key is not DER");
    return PublicKey(bits == 2048 ? KeyAlgorithm::Rsa2048 : KeyAlgorithm::Rsa4096, std::move(key));
}

Bytes PublicKey::signatureAlgorithmDer() const
{
    switch (m_algorithm) {
    case KeyAlgorithm::EcP256:
        return der::sequence({der::knownOid("1.2.840.10045.4.3.2")});
    case KeyAlgorithm::EcP384:
        return der::sequence({der::knownOid("1.2.840.10045.4.3.3")});
    case KeyAlgorithm::Rsa2048:
    case KeyAlgorithm::Rsa4096:
        return der::sequence({der::knownOid("1.2.840.113549.1.1.11"), der::element(der::kNull, {})});
    }
    throw std::logic_error("unknown key algorithm");
}

bool PublicKey::verifies(ByteView data, ByteView signature) const
{
    const EvpDigestContextHandle context(EVP_MD_CTX_new());
    return context != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, digestOf(m_algorithm), nullptr, m_handle.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
}

std::string_view name(KeyAlgorithm algorithm)
{
    switch (algorithm) {
    case KeyAlgorithm::EcP256:
        return "ec-p256";
    case KeyAlgorithm::EcP384:
        return "ec-p384";
    case KeyAlgorithm::Rsa2048:
        return "rsa-2048";
    case KeyAlgorithm::Rsa4096:
        return "rsa-4096";
    }
    throw std::logic_error("unknown key algorithm");
}

Bytes sha256(ByteView bytes)
{
    Bytes digest(32);
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL gave no SHA-256");
    return digest;
}

Bytes makeSubjectKeyIdentifier(ByteView spki)
{
    der::Reader outer(spki);
    const auto info = outer.next(der::kSequence);
    if (!info) return {};
    der::Reader inner(info->content);
    const auto algorithm = inner.next(der::kSequence);
    const auto key = inner.next(der::kBitString);
    if (!algorithm || !key || key->content.empty()) return {};
    return sha256(key->content.subspan(1)); // without the octet that counts the unused bits
}

} // namespace gateway::pki
