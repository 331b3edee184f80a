#include "evidence/tpm_structures.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "pki/openssl_types.h"

namespace gateway::evidence {
namespace {

constexpr std::uint32_t kGenerated = 0xFF544347; // TPM_GENERATED_VALUE
constexpr std::uint16_t kAttestCertify = 0x8017; // TPM_ST_ATTEST_CERTIFY
constexpr std::size_t kMaxDigestOctets = 64;
constexpr std::size_t kMaxNameOctets = 2 + kMaxDigestOctets;
constexpr std::size_t kMaxRsaOctets = 512;

using ParamBuilderHandle = pki::OpensslHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsHandle = pki::OpensslHandle<OSSL_PARAM, OSSL_PARAM_free>;

/// Takes fields off the front of a structure. The first fault sticks; what is read after it is zero and empty.
class Reader final
{
public:
    Reader(ByteView bytes, const char* structure) : m_rest(bytes), m_structure(structure) {}

    std::uint64_t number(std::size_t octets, const char* field)
    {
        std::uint64_t value = 0;
        for (const auto octet : take(octets, field))
            value = value << 8 | octet;
        return value;
    }
    std::uint16_t number16(const char* field) { return static_cast<std::uint16_t>(number(2, field)); }
    std::uint32_t number32(const char* field) { return static_cast<std::uint32_t>(number(4, field)); }

    /// A TPM2B: two octets of length, then as many.
    ByteView sized(std::size_t maximum, const char* field)
    {
        const std::size_t size = number16(field);
        if (size > maximum) {
            refuse(field, "at most " + std::to_string(maximum) + " octets", std::to_string(size));
            return {};
        }
        return take(size, field);
    }

    void refuse(const char* field, const std::string& expected, const std::string& got)
    {
        if (!m_fault)
            m_fault = Error{ErrorCode::InvalidRequest, "evidence-malformed",
                            std::string(m_structure) + ", " + field + ": expected " + expected + ", got " + got};
        m_rest = {};
    }

    [[nodiscard]] ByteView rest() const { return m_rest; }
    [[nodiscard]] bool isGood() const { return !m_fault; }

    /// To be asked when all has been read.
    [[nodiscard]] Result<void> finish()
    {
        if (!m_rest.empty()) refuse("end", "nothing more", std::to_string(m_rest.size()) + " octets");
        if (m_fault) return tl::unexpected(*m_fault);
        return {};
    }

private:
    ByteView take(std::size_t octets, const char* field)
    {
        if (octets > m_rest.size()) {
            refuse(field, std::to_string(octets) + " octets", std::to_string(m_rest.size()));
            return {};
        }
        const auto taken = m_rest.first(octets);
        m_rest = m_rest.subspan(octets);
        return taken;
    }

    ByteView m_rest;
    const char* m_structure;
    std::optional<Error> m_fault;
};

std::string hex16(std::uint16_t value)
{
    const std::uint8_t octets[] = {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    return "0x" + toLowerHex(octets);
}

Bytes copyOf(ByteView bytes)
{
    return {bytes.begin(), bytes.end()};
}

TpmAlgorithm readHash(Reader& reader, const char* field)
{
    const auto value = reader.number16(field);
    if (value == std::uint16_t(TpmAlgorithm::Sha384)) return TpmAlgorithm::Sha384;
    if (value != std::uint16_t(TpmAlgorithm::Sha256)) reader.refuse(field, "SHA-256 or SHA-384", hex16(value));
    return TpmAlgorithm::Sha256;
}

const EVP_MD* digestOf(TpmAlgorithm hash)
{
    return hash == TpmAlgorithm::Sha384 ? EVP_sha384() : EVP_sha256();
}

/// Restricted decryption keys name a cipher; what signs has none. TPMT_SYM_DEF_OBJECT
void skipSymmetric(Reader& reader)
{
    const auto algorithm = reader.number16("symmetric");
    if (algorithm == std::uint16_t(TpmAlgorithm::Null)) return;
    if (algorithm != std::uint16_t(TpmAlgorithm::Aes))
        return reader.refuse("symmetric", "AES or none", hex16(algorithm));
    reader.number16("symmetric key bits");
    reader.number16("symmetric mode");
}

/// TPMT_RSA_SCHEME, TPMT_ECC_SCHEME
std::optional<SignatureScheme> readScheme(Reader& reader, std::initializer_list<TpmAlgorithm> allowed)
{
    const auto value = reader.number16("scheme");
    if (value == std::uint16_t(TpmAlgorithm::Null) || !reader.isGood()) return std::nullopt;
    for (const auto algorithm : allowed)
        if (value == std::uint16_t(algorithm)) return SignatureScheme{algorithm, readHash(reader, "scheme hash")};
    reader.refuse("scheme", "RSASSA, RSAPSS, ECDSA as the key's type has it, or none", hex16(value));
    return std::nullopt;
}

std::size_t fieldOctets(TpmCurve curve)
{
    return curve == TpmCurve::P384 ? 48 : 32;
}

const char* groupName(TpmCurve curve)
{
    return curve == TpmCurve::P384 ? "P-384" : "P-256";
}

/// TPM2B_ECC_PARAMETER; some TPMs leave leading zero octets out.
Bytes readCoordinate(Reader& reader, TpmCurve curve, const char* field)
{
    const auto octets = reader.sized(fieldOctets(curve), field);
    Bytes coordinate(fieldOctets(curve) - octets.size(), 0);
    coordinate.insert(coordinate.end(), octets.begin(), octets.end());
    return coordinate;
}

RsaPublic readRsa(Reader& reader, TpmPublic& object)
{
    skipSymmetric(reader);
    object.scheme = readScheme(reader, {TpmAlgorithm::RsaSsa, TpmAlgorithm::RsaPss});
    RsaPublic key;
    key.bits = reader.number16("key bits");
    if (key.bits != 2048 && key.bits != 3072 && key.bits != 4096)
        reader.refuse("key bits", "2048, 3072 or 4096", std::to_string(key.bits));
    const auto exponent = reader.number32("exponent");
    if (exponent != 0 && exponent != 65537)
        reader.refuse("exponent", "65537 or 0, which stands for it", std::to_string(exponent));
    key.modulus = copyOf(reader.sized(kMaxRsaOctets, "modulus"));
    if (reader.isGood() && (key.modulus.size() != key.bits / 8U || (key.modulus.front() & 0x80) == 0))
        reader.refuse("modulus", std::to_string(key.bits) + " bits", std::to_string(key.modulus.size()) + " octets");
    return key;
}

EccPublic readEcc(Reader& reader, TpmPublic& object)
{
    skipSymmetric(reader);
    object.scheme = readScheme(reader, {TpmAlgorithm::EcDsa});
    EccPublic key;
    const auto curve = reader.number16("curve");
    if (curve != std::uint16_t(TpmCurve::P256) && curve != std::uint16_t(TpmCurve::P384))
        reader.refuse("curve", "NIST P-256 or P-384", hex16(curve));
    key.curve = curve == std::uint16_t(TpmCurve::P384) ? TpmCurve::P384 : TpmCurve::P256;
    if (const auto kdf = reader.number16("kdf"); kdf != std::uint16_t(TpmAlgorithm::Null))
        reader.refuse("kdf", "none", hex16(kdf));
    key.x = readCoordinate(reader, key.curve, "x");
    key.y = readCoordinate(reader, key.curve, "y");
    return key;
}

pki::EvpKeyHandle makeKey(const char* type, OSSL_PARAM_BLD* builder)
{
    const ParamsHandle parameters(OSSL_PARAM_BLD_to_param(builder));
    const pki::EvpKeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;
    pki::EvpKeyHandle made(key);
    // Both kinds are bounded: the point is on the curve, the modulus has its size.
    const pki::EvpKeyContextHandle check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!check || EVP_PKEY_public_check(check.get()) != 1) return nullptr;
    return made;
}

pki::EvpKeyHandle makeKey(const RsaPublic& key)
{
    const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
    const pki::BnHandle modulus(BN_bin2bn(key.modulus.data(), int(key.modulus.size()), nullptr));
    const pki::BnHandle exponent(BN_new());
    if (!builder || !modulus || !exponent || BN_set_word(exponent.get(), key.exponent) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return nullptr;
    return makeKey("RSA", builder.get());
}

pki::EvpKeyHandle makeKey(const EccPublic& key)
{
    Bytes point{0x04};
    point.insert(point.end(), key.x.begin(), key.x.end());
    point.insert(point.end(), key.y.begin(), key.y.end());
    const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, groupName(key.curve), 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
        return nullptr;
    return makeKey("EC", builder.get());
}

pki::EvpKeyHandle keyOf(const TpmPublic& object)
{
    return std::visit([](const auto& key) { return makeKey(key); }, object.key);
}

/// The form OpenSSL verifies.
Bytes ecdsaDer(ByteView r, ByteView s)
{
    const pki::OpensslHandle<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
    pki::BnHandle rNumber(BN_bin2bn(r.data(), int(r.size()), nullptr));
    pki::BnHandle sNumber(BN_bin2bn(s.data(), int(s.size()), nullptr));
    if (!signature || ECDSA_SIG_set0(signature.get(), rNumber.get(), sNumber.get()) != 1) return {};
    rNumber.release();
    sNumber.release();
    return pki::encodeDer(i2d_ECDSA_SIG, signature.get());
}

} // namespace

Bytes TpmPublic::name() const
{
    const auto* digest = digestOf(nameAlgorithm);
    Bytes result(2 + std::size_t(EVP_MD_get_size(digest)));
    result[0] = static_cast<std::uint8_t>(std::uint16_t(nameAlgorithm) >> 8);
    result[1] = static_cast<std::uint8_t>(std::uint16_t(nameAlgorithm));
    EVP_Digest(area.data(), area.size(), result.data() + 2, nullptr, digest, nullptr);
    return result;
}

Bytes TpmPublic::publicKeyDer() const
{
    const auto handle = keyOf(*this);
    return handle ? pki::encodeDer(i2d_PUBKEY, handle.get()) : Bytes();
}

Result<TpmPublic> parsePublic(ByteView marshalled)
{
    Reader outer(marshalled, "TPM2B_PUBLIC");
    const auto area = outer.sized(marshalled.size(), "size");
    if (const auto whole = outer.finish(); !whole) return tl::unexpected(whole.error());

    Reader reader(area, "TPMT_PUBLIC");
    TpmPublic object;
    object.area = copyOf(area);
    const auto type = reader.number16("type");
    object.nameAlgorithm = readHash(reader, "nameAlg");
    object.attributes.bits = reader.number32("objectAttributes");
    reader.sized(kMaxDigestOctets, "authPolicy");
    if (type == std::uint16_t(TpmAlgorithm::Rsa))
        object.key = readRsa(reader, object);
    else if (type == std::uint16_t(TpmAlgorithm::Ecc))
        object.key = readEcc(reader, object);
    else
        reader.refuse("type", "RSA or ECC", hex16(type));
    if (const auto whole = reader.finish(); !whole) return tl::unexpected(whole.error());
    if (object.publicKeyDer().empty())
        return fail(ErrorCode::InvalidRequest, "evidence-malformed",
                    "TPMT_PUBLIC, unique: expected a public key, got numbers that are none");
    return object;
}

Result<CertifyAttest> parseCertifyAttest(ByteView marshalled)
{
    Reader reader(marshalled, "TPMS_ATTEST");
    CertifyAttest attest;
    if (const auto magic = reader.number32("magic"); magic != kGenerated)
        reader.refuse("magic", "TPM_GENERATED_VALUE", "another");
    if (const auto type = reader.number16("type"); type != kAttestCertify)
        reader.refuse("type", "TPM_ST_ATTEST_CERTIFY", hex16(type));
    attest.qualifiedSigner = copyOf(reader.sized(kMaxNameOctets, "qualifiedSigner"));
    attest.extraData = copyOf(reader.sized(kMaxNameOctets, "extraData"));
    reader.number(8, "clock");
    reader.number(4, "resetCount");
    reader.number(4, "restartCount");
    reader.number(1, "safe");
    reader.number(8, "firmwareVersion");
    attest.name = copyOf(reader.sized(kMaxNameOctets, "name"));
    reader.sized(kMaxNameOctets, "qualifiedName");
    if (const auto whole = reader.finish(); !whole) return tl::unexpected(whole.error());
    return attest;
}

Result<TpmSignature> parseSignature(ByteView marshalled)
{
    Reader reader(marshalled, "TPMT_SIGNATURE");
    TpmSignature signature;
    const auto algorithm = reader.number16("sigAlg");
    if (algorithm == std::uint16_t(TpmAlgorithm::EcDsa)) {
        signature.scheme = {TpmAlgorithm::EcDsa, readHash(reader, "hash")};
        const auto r = reader.sized(fieldOctets(TpmCurve::P384), "r");
        const auto s = reader.sized(fieldOctets(TpmCurve::P384), "s");
        signature.value = ecdsaDer(r, s);
    } else if (algorithm == std::uint16_t(TpmAlgorithm::RsaSsa) || algorithm == std::uint16_t(TpmAlgorithm::RsaPss)) {
        signature.scheme = {TpmAlgorithm(algorithm), readHash(reader, "hash")};
        signature.value = copyOf(reader.sized(kMaxRsaOctets, "signature"));
    } else {
        reader.refuse("sigAlg", "RSASSA, RSAPSS or ECDSA", hex16(algorithm));
    }
    if (const auto whole = reader.finish(); !whole) return tl::unexpected(whole.error());
    return signature;
}

bool verifies(const TpmPublic& key, const TpmSignature& signature, ByteView data)
{
    const bool isRsa = std::holds_alternative<RsaPublic>(key.key);
    if (isRsa == (signature.scheme.algorithm == TpmAlgorithm::EcDsa)) return false;
    if (key.scheme && *key.scheme != signature.scheme) return false;
    const auto handle = keyOf(key);
    const pki::EvpDigestContextHandle context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    if (!handle || !context ||
        EVP_DigestVerifyInit(context.get(), &parameters, digestOf(signature.scheme.hash), nullptr, handle.get()) != 1)
        return false;
    // The TPM's salt is as long as the digest, or as long as fits: OpenSSL finds out which.
    if (signature.scheme.algorithm == TpmAlgorithm::RsaPss &&
        (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_AUTO) != 1))
        return false;
    return EVP_DigestVerify(context.get(), signature.value.data(), signature.value.size(), data.data(), data.size()) ==
           1;
}

} // namespace gateway::evidence
