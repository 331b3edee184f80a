#include "ca-gateway/evidence/tpm_rig.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "evidence/tpm_structures.h"
#include "pki/openssl_types.h"
#include "pki/public_key.h"

namespace test {
namespace {

using gateway::Bytes;
using gateway::ByteView;

using EsysDeleter = decltype([](void* memory) { Esys_Free(memory); });
template <typename T>
using EsysPtr = std::unique_ptr<T, EsysDeleter>;

constexpr ESYS_TR kNone = ESYS_TR_NONE;

void check(const char* command, TSS2_RC rc)
{
    if (rc != TSS2_RC_SUCCESS) throw std::runtime_error(std::string(command) + ": " + Tss2_RC_Decode(rc));
}

template <typename T>
Bytes marshal(TSS2_RC (*function)(const T*, std::uint8_t*, std::size_t, std::size_t*), const T& value)
{
    Bytes bytes(4096);
    std::size_t length = 0;
    check("marshal", function(&value, bytes.data(), bytes.size(), &length));
    bytes.resize(length);
    return bytes;
}

template <typename Sized>
Sized sized(ByteView bytes)
{
    Sized result{};
    if (bytes.size() > sizeof result - sizeof result.size) throw std::runtime_error("too long for a TPM2B");
    result.size = static_cast<UINT16>(bytes.size());
    std::memcpy(reinterpret_cast<std::uint8_t*>(&result) + sizeof result.size, bytes.data(), bytes.size());
    return result;
}

/// Content of a marshalled TPM2B.
ByteView contentOf(const Bytes& marshalled)
{
    return ByteView(marshalled).subspan(2);
}

// PolicySecret(TPM_RH_ENDORSEMENT), TCG EK Credential Profile B.6.2 (policy A), and PolicyOR of the high range (policy
// C with SHA-384), B.6.5.
constexpr const char* kPolicyA = "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa";
constexpr const char* kPolicyHigh384 = "b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419ca"
                                       "cb47ba09699646150f9fc000f3f80e12";

TPM2B_PUBLIC signingTemplate(TPMA_OBJECT attributes, TPM2_ECC_CURVE curve)
{
    TPM2B_PUBLIC result{};
    auto& area = result.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = attributes;
    area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
    area.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    area.parameters.eccDetail.curveID = curve;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    return result;
}

constexpr TPMA_OBJECT kBound = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                               TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;

TPM2B_PUBLIC ekTemplate(TpmRig::EkKind kind)
{
    TPM2B_PUBLIC result{};
    auto& area = result.publicArea;
    const bool isHigh = kind == TpmRig::EkKind::P384;
    area.nameAlg = isHigh ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256;
    area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
                            (isHigh ? TPMA_OBJECT_USERWITHAUTH : 0U);
    area.authPolicy = sized<TPM2B_DIGEST>(gateway::parseHex(isHigh ? kPolicyHigh384 : kPolicyA).value());
    TPMT_SYM_DEF_OBJECT symmetric{};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = isHigh ? 256 : 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    if (kind == TpmRig::EkKind::Rsa2048) {
        area.type = TPM2_ALG_RSA;
        area.parameters.rsaDetail.symmetric = symmetric;
        area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
        area.parameters.rsaDetail.keyBits = 2048;
        area.unique.rsa.size = 256;
        return result;
    }
    area.type = TPM2_ALG_ECC;
    area.parameters.eccDetail.symmetric = symmetric;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    area.parameters.eccDetail.curveID = isHigh ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    // The low range's template fills unique with zeros, the high range's leaves it empty.
    area.unique.ecc.x.size = isHigh ? 0 : 32;
    area.unique.ecc.y.size = isHigh ? 0 : 32;
    return result;
}

} // namespace

struct TpmRig::Session
{
    TSS2_TCTI_CONTEXT* tcti = nullptr;
    ESYS_CONTEXT* esys = nullptr;
    std::vector<ESYS_TR> loaded;

    ~Session()
    {
        for (const auto handle : loaded)
            Esys_FlushContext(esys, handle);
        if (esys != nullptr) Esys_Finalize(&esys);
        if (tcti != nullptr) Tss2_TctiLdr_Finalize(&tcti);
    }

    Key noted(ESYS_TR handle)
    {
        loaded.push_back(handle);
        TPM2B_PUBLIC* raw = nullptr;
        check("TPM2_ReadPublic", Esys_ReadPublic(esys, handle, kNone, kNone, kNone, &raw, nullptr, nullptr));
        const EsysPtr<TPM2B_PUBLIC> read(raw);
        Key key{handle, marshal(Tss2_MU_TPM2B_PUBLIC_Marshal, *read), {}};
        const auto parsed = gateway::evidence::parsePublic(key.publicArea);
        if (!parsed) throw std::runtime_error(parsed.error().detail);
        key.spki = parsed->publicKeyDer();
        return key;
    }

    Key createPrimary(ESYS_TR hierarchy, const TPM2B_PUBLIC& form)
    {
        const TPM2B_SENSITIVE_CREATE sensitive{};
        const TPM2B_DATA outside{};
        const TPML_PCR_SELECTION pcrs{};
        ESYS_TR handle = kNone;
        check("TPM2_CreatePrimary",
              Esys_CreatePrimary(esys, hierarchy, ESYS_TR_PASSWORD, kNone, kNone, &sensitive, &form, &outside, &pcrs,
                                 &handle, nullptr, nullptr, nullptr, nullptr));
        return noted(handle);
    }

    Key makePersistent(Key key)
    {
        ESYS_TR handle = kNone;
        check("TPM2_EvictControl", Esys_EvictControl(esys, ESYS_TR_RH_OWNER, key.handle, ESYS_TR_PASSWORD, kNone, kNone,
                                                     nextPersistent++, &handle));
        flush(key.handle);
        key.handle = handle;
        return key;
    }

    void flush(ESYS_TR handle)
    {
        std::erase(loaded, handle);
        check("TPM2_FlushContext", Esys_FlushContext(esys, handle));
    }

    void remove(ESYS_TR handle)
    {
        if (std::find(loaded.begin(), loaded.end(), handle) != loaded.end()) return flush(handle);
        ESYS_TR none = kNone;
        check("TPM2_EvictControl",
              Esys_EvictControl(esys, ESYS_TR_RH_OWNER, handle, ESYS_TR_PASSWORD, kNone, kNone, 0, &none));
    }

    TPM2_HANDLE nextPersistent = 0x81000010;
};

TpmRig::TpmRig(const std::string& tcti) : m_session(std::make_unique<Session>())
{
    check("TCTI", Tss2_TctiLdr_Initialize(tcti.c_str(), &m_session->tcti));
    check("ESAPI", Esys_Initialize(&m_session->esys, m_session->tcti, nullptr));
}

TpmRig::~TpmRig() = default;

TpmRig::Key TpmRig::createEk(EkKind kind)
{
    return m_session->makePersistent(m_session->createPrimary(ESYS_TR_RH_ENDORSEMENT, ekTemplate(kind)));
}

TpmRig::Key TpmRig::createAk(AkKind kind)
{
    if (kind == AkKind::EcDsa || kind == AkKind::Unrestricted)
        return m_session->makePersistent(m_session->createPrimary(
            ESYS_TR_RH_OWNER,
            signingTemplate(kBound | TPMA_OBJECT_SIGN_ENCRYPT | (kind == AkKind::EcDsa ? TPMA_OBJECT_RESTRICTED : 0U),
                            TPM2_ECC_NIST_P256)));
    TPM2B_PUBLIC form{};
    auto& area = form.publicArea;
    area.type = TPM2_ALG_RSA;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = kBound | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_RESTRICTED;
    area.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
    area.parameters.rsaDetail.scheme.scheme = kind == AkKind::RsaPss ? TPM2_ALG_RSAPSS : TPM2_ALG_RSASSA;
    area.parameters.rsaDetail.scheme.details.anySig.hashAlg = TPM2_ALG_SHA256;
    area.parameters.rsaDetail.keyBits = 2048;
    return m_session->makePersistent(m_session->createPrimary(ESYS_TR_RH_OWNER, form));
}

TpmRig::Key TpmRig::createKey(KeyKind kind)
{
    auto attributes = kBound | TPMA_OBJECT_SIGN_ENCRYPT;
    if (kind == KeyKind::Exportable) attributes &= ~(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT);
    if (kind == KeyKind::Restricted) attributes |= TPMA_OBJECT_RESTRICTED;
    auto form = signingTemplate(attributes, kind == KeyKind::P384 ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256);
    // Primaries follow from the hierarchy's seed and the template: something of its own makes it another key.
    form.publicArea.unique.ecc.x.size = 32;
    form.publicArea.unique.ecc.y.size = 32;
    if (RAND_bytes(form.publicArea.unique.ecc.x.buffer, 32) != 1) throw std::runtime_error("no random bytes");
    return m_session->makePersistent(m_session->createPrimary(ESYS_TR_RH_OWNER, form));
}

TpmRig::Key TpmRig::loadSoftKey()
{
    const gateway::pki::EvpKeyHandle key(EVP_EC_gen("P-256"));
    const auto number = [&key](const char* name) {
        BIGNUM* raw = nullptr;
        if (EVP_PKEY_get_bn_param(key.get(), name, &raw) != 1) throw std::runtime_error("no EC key");
        const gateway::pki::BnHandle value(raw);
        Bytes octets(32);
        BN_bn2binpad(value.get(), octets.data(), 32);
        return octets;
    };
    auto form =
        signingTemplate(TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT, TPM2_ECC_NIST_P256);
    form.publicArea.unique.ecc.x = sized<TPM2B_ECC_PARAMETER>(number(OSSL_PKEY_PARAM_EC_PUB_X));
    form.publicArea.unique.ecc.y = sized<TPM2B_ECC_PARAMETER>(number(OSSL_PKEY_PARAM_EC_PUB_Y));
    TPM2B_SENSITIVE sensitive{};
    sensitive.sensitiveArea.sensitiveType = TPM2_ALG_ECC;
    sensitive.sensitiveArea.sensitive.ecc = sized<TPM2B_ECC_PARAMETER>(number(OSSL_PKEY_PARAM_PRIV_KEY));
    ESYS_TR handle = kNone;
    check("TPM2_LoadExternal",
          Esys_LoadExternal(m_session->esys, kNone, kNone, kNone, &sensitive, &form, ESYS_TR_RH_NULL, &handle));
    return m_session->noted(handle);
}

void TpmRig::remove(const Key& key)
{
    m_session->remove(key.handle);
}

std::optional<Bytes> TpmRig::activate(const Key& ek, EkKind kind, const Key& ak,
                                      const gateway::EvidenceChallenge& challenge)
{
    auto* esys = m_session->esys;
    ESYS_TR session = ESYS_TR_PASSWORD; // the high range's EK has userWithAuth
    if (kind != EkKind::P384) {
        const TPMT_SYM_DEF none{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};
        check("TPM2_StartAuthSession", Esys_StartAuthSession(esys, kNone, kNone, kNone, kNone, kNone, nullptr,
                                                             TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &session));
        check("TPM2_PolicySecret", Esys_PolicySecret(esys, ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD, kNone,
                                                     kNone, nullptr, nullptr, nullptr, 0, nullptr, nullptr));
    }
    const auto blob = sized<TPM2B_ID_OBJECT>(contentOf(challenge.credentialBlob));
    const auto secret = sized<TPM2B_ENCRYPTED_SECRET>(contentOf(challenge.encryptedSecret));
    TPM2B_DIGEST* raw = nullptr;
    const auto rc =
        Esys_ActivateCredential(esys, ak.handle, ek.handle, ESYS_TR_PASSWORD, session, kNone, &blob, &secret, &raw);
    if (session != ESYS_TR_PASSWORD) Esys_FlushContext(esys, session);
    if (rc != TSS2_RC_SUCCESS) return std::nullopt;
    const EsysPtr<TPM2B_DIGEST> credential(raw);
    return Bytes(credential->buffer, credential->buffer + credential->size);
}

gateway::TpmEvidence TpmRig::prove(const gateway::TransactionId& transaction,
                                   const gateway::EvidenceChallenge& challenge, const Bytes& credential,
                                   const Bytes& ekCertificateDer, const Key& ak, const Key& key)
{
    Bytes bound(transaction.bytes().begin(), transaction.bytes().end());
    bound.insert(bound.end(), challenge.nonce.begin(), challenge.nonce.end());
    const auto qualifying = sized<TPM2B_DATA>(gateway::pki::sha256(bound));
    TPMT_SIG_SCHEME scheme{};
    scheme.scheme = TPM2_ALG_NULL;
    TPM2B_ATTEST* rawAttest = nullptr;
    TPMT_SIGNATURE* rawSignature = nullptr;
    check("TPM2_Certify", Esys_Certify(m_session->esys, key.handle, ak.handle, ESYS_TR_PASSWORD, ESYS_TR_PASSWORD,
                                       kNone, &qualifying, &scheme, &rawAttest, &rawSignature));
    const EsysPtr<TPM2B_ATTEST> attest(rawAttest);
    const EsysPtr<TPMT_SIGNATURE> signature(rawSignature);

    gateway::TpmEvidence evidence;
    evidence.ekCertificateDer = ekCertificateDer;
    evidence.akPublic = ak.publicArea;
    evidence.keyPublic = key.publicArea;
    evidence.certifyInfo.assign(attest->attestationData, attest->attestationData + attest->size);
    evidence.signature = marshal(Tss2_MU_TPMT_SIGNATURE_Marshal, *signature);
    Bytes message(transaction.bytes().begin(), transaction.bytes().end());
    const auto digest = gateway::pki::sha256(evidence.certifyInfo);
    message.insert(message.end(), digest.begin(), digest.end());
    evidence.credentialProof.resize(32);
    HMAC(EVP_sha256(), credential.data(), int(credential.size()), message.data(), message.size(),
         evidence.credentialProof.data(), nullptr);
    return evidence;
}

} // namespace test
