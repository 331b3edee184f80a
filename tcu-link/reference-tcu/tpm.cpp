#include "reference-tcu/tpm.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <tss2/tss2_mu.h>

#include "reference-tcu/openssl_types.h"
#include "reference-tcu/tpm_esys.h"

namespace tcu {

namespace {

constexpr std::size_t kCoordinateBytes = 32;

TPM2B_PUBLIC storagePrimaryTemplate()
{
    TPM2B_PUBLIC result{};
    TPMT_PUBLIC& area = result.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
    area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_AES;
    area.parameters.eccDetail.symmetric.keyBits.aes = 128;
    area.parameters.eccDetail.symmetric.mode.aes = TPM2_ALG_CFB;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
    area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    return result;
}

TPM2B_PUBLIC signingKeyTemplate()
{
    TPM2B_PUBLIC result{};
    TPMT_PUBLIC& area = result.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    // noDA: a vehicle loses power without TPM2_Shutdown every day, and must not lock its own key by that.
    area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT;
    area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
    area.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    return result;
}

/// Coordinates and signature parts may come without their leading zero bytes.
bool copyRightAligned(const TPM2B_ECC_PARAMETER& from, std::span<std::uint8_t> to)
{
    if (from.size > to.size()) return false;
    std::fill(to.begin(), to.end(), std::uint8_t{0});
    std::memcpy(to.data() + (to.size() - from.size), from.buffer, from.size);
    return true;
}

/// Completes the template with a key of OpenSSL's. @param sensitive  TPM2B_SENSITIVE, not wrapped
bool makeSoftwareKey(TPM2B_PUBLIC& keyTemplate, TPM2B_PRIVATE& sensitive)
{
    const EvpPkeyPtr key(EVP_EC_gen("P-256"));
    BIGNUM* secret = nullptr;
    std::array<unsigned char, 65> point{};
    std::size_t length = 0;
    if (!key || EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &secret) != 1) return false;
    const std::unique_ptr<BIGNUM, OpensslFree<BN_clear_free>> holder(secret);
    if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &length) != 1 ||
        length != point.size())
        return false;
    TPMT_PUBLIC& area = keyTemplate.publicArea;
    area.objectAttributes &= ~TPMA_OBJECT_SENSITIVEDATAORIGIN;
    area.unique.ecc.x.size = area.unique.ecc.y.size = kCoordinateBytes;
    std::memcpy(area.unique.ecc.x.buffer, point.data() + 1, kCoordinateBytes);
    std::memcpy(area.unique.ecc.y.buffer, point.data() + 1 + kCoordinateBytes, kCoordinateBytes);
    TPM2B_SENSITIVE content{};
    content.sensitiveArea.sensitiveType = TPM2_ALG_ECC;
    content.sensitiveArea.sensitive.ecc.size = kCoordinateBytes;
    if (BN_bn2binpad(secret, content.sensitiveArea.sensitive.ecc.buffer, kCoordinateBytes) < 0) return false;
    std::size_t written = 0;
    if (Tss2_MU_TPM2B_SENSITIVE_Marshal(&content, sensitive.buffer, sizeof sensitive.buffer, &written) !=
        TSS2_RC_SUCCESS)
        return false;
    sensitive.size = static_cast<UINT16>(written);
    return true;
}

} // namespace

Tpm::Tpm(TpmSettings settings) : m_settings(std::move(settings)) {}

Tpm::~Tpm() = default;

Tpm::Connection::Connection(Tpm& tpm, std::unique_lock<std::recursive_mutex> lock)
    : m_tpm(&tpm), m_lock(std::move(lock))
{
    ++m_tpm->m_depth;
}

Tpm::Connection::Connection(Connection&& other) noexcept : m_tpm(other.m_tpm), m_lock(std::move(other.m_lock))
{
    other.m_tpm = nullptr;
}

Tpm::Connection::~Connection()
{
    if (m_tpm) m_tpm->release();
}

void Tpm::release()
{
    if (--m_depth == 0) m_context.reset();
}

ESYS_CONTEXT* Tpm::esys() const
{
    return m_context->esys;
}

TpmResult<void> Tpm::openOnce()
{
    auto context = std::make_unique<Context>();
    if (const auto rc = Tss2_TctiLdr_Initialize(m_settings.tcti.c_str(), &context->tcti); rc != TSS2_RC_SUCCESS)
        return tl::unexpected(TpmError{TpmFault::Unavailable, std::string("connect: ") + Tss2_RC_Decode(rc)});
    if (const auto rc = Esys_Initialize(&context->esys, context->tcti, nullptr); rc != TSS2_RC_SUCCESS)
        return tpmFailure("Esys_Initialize", rc);
    if (const auto rc = Esys_Startup(context->esys, TPM2_SU_CLEAR);
        rc != TSS2_RC_SUCCESS && rc != TPM2_RC_INITIALIZE) // INITIALIZE: started already
        return tpmFailure("TPM2_Startup", rc);
    m_context = std::move(context);
    return {};
}

TpmResult<Tpm::Connection> Tpm::connect()
{
    std::unique_lock lock(m_mutex);
    const auto deadline = std::chrono::steady_clock::now() + m_settings.patience;
    auto pause = std::chrono::milliseconds(10);
    while (!m_context) {
        const auto opened = openOnce();
        if (opened) break;
        if (opened.error().fault != TpmFault::Unavailable || std::chrono::steady_clock::now() + pause > deadline)
            return tl::unexpected(opened.error());
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(200));
    }
    return Connection(*this, std::move(lock));
}

TpmResult<std::vector<std::uint32_t>> Tpm::handlesFrom(std::uint32_t first, std::uint32_t last)
{
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* raw = nullptr;
    if (const auto rc = Esys_GetCapability(esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
                                           TPM2_MAX_CAP_HANDLES, &more, &raw);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_GetCapability", rc);
    const EsysPtr<TPMS_CAPABILITY_DATA> data(raw);
    const std::span all(data->data.handles.handle, data->data.handles.count);
    std::vector<std::uint32_t> result;
    std::copy_if(all.begin(), all.end(), std::back_inserter(result),
                 [&](std::uint32_t handle) { return handle >= first && handle <= last; });
    return result;
}

TpmResult<void> Tpm::flushAllFrom(std::uint32_t first)
{
    const auto handles = handlesFrom(first, UINT32_MAX);
    if (!handles) return tl::unexpected(handles.error());
    for (const auto handle : *handles) {
        ESYS_TR object = ESYS_TR_NONE;
        if (const auto rc = Esys_TR_FromTPMPublic(esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object);
            rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_ReadPublic", rc);
        if (const auto rc = Esys_FlushContext(esys(), object); rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_FlushContext", rc);
    }
    return {};
}

TpmResult<void> Tpm::flushTransientObjects()
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    return flushAllFrom(TPM2_TRANSIENT_FIRST).and_then([this] { return flushAllFrom(TPM2_LOADED_SESSION_FIRST); });
}

TpmResult<std::vector<std::uint32_t>> Tpm::keyHandles()
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    return handlesFrom(kFirstHandle, kLastHandle);
}

TpmResult<std::uint32_t> Tpm::createSigningKey(KeyKind kind)
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    const auto taken = keyHandles();
    if (!taken) return tl::unexpected(taken.error());
    std::uint32_t handle = kFirstHandle;
    while (std::find(taken->begin(), taken->end(), handle) != taken->end())
        ++handle;
    if (handle > kLastHandle)
        return tl::unexpected(TpmError{TpmFault::NoFreeHandle, "all key handles of the unit are in use"});

    const TPM2B_SENSITIVE_CREATE noAuthorisation{};
    const TPM2B_DATA noOutsideInfo{};
    const TPML_PCR_SELECTION noPcrs{};

    Loaded primary(esys());
    const auto primaryTemplate = storagePrimaryTemplate();
    if (const auto rc = Esys_CreatePrimary(esys(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                           &noAuthorisation, &primaryTemplate, &noOutsideInfo, &noPcrs, &primary.handle,
                                           nullptr, nullptr, nullptr, nullptr);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_CreatePrimary", rc);

    auto keyTemplate = signingKeyTemplate();
    if (kind != KeyKind::Genuine)
        keyTemplate.publicArea.objectAttributes &= ~(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT);
    TPM2B_PRIVATE* rawPrivate = nullptr;
    TPM2B_PUBLIC* rawPublic = nullptr;
    if (kind == KeyKind::Imported) {
        TPM2B_PRIVATE inTheClear{};
        if (!makeSoftwareKey(keyTemplate, inTheClear))
            return tl::unexpected(TpmError{TpmFault::Refused, "the key could not be made in software"});
        TPMT_SYM_DEF_OBJECT noWrapping{};
        noWrapping.algorithm = TPM2_ALG_NULL;
        const TPM2B_ENCRYPTED_SECRET noSeed{};
        if (const auto rc = Esys_Import(esys(), primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                        &noOutsideInfo, &keyTemplate, &inTheClear, &noSeed, &noWrapping, &rawPrivate);
            rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_Import", rc);
    } else if (const auto rc = Esys_Create(esys(), primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                           &noAuthorisation, &keyTemplate, &noOutsideInfo, &noPcrs, &rawPrivate,
                                           &rawPublic, nullptr, nullptr, nullptr);
               rc != TSS2_RC_SUCCESS) {
        return tpmFailure("TPM2_Create", rc);
    }
    const EsysPtr<TPM2B_PRIVATE> wrapped(rawPrivate);
    const EsysPtr<TPM2B_PUBLIC> created(rawPublic);

    Loaded key(esys());
    if (const auto rc = Esys_Load(esys(), primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, wrapped.get(),
                                  created ? created.get() : &keyTemplate, &key.handle);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_Load", rc);
    ESYS_TR persistent = ESYS_TR_NONE;
    if (const auto rc = Esys_EvictControl(esys(), ESYS_TR_RH_OWNER, key.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                          ESYS_TR_NONE, handle, &persistent);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_EvictControl", rc);
    Esys_TR_Close(esys(), &persistent);
    return handle;
}

TpmResult<TpmKeyInfo> Tpm::readPublic(std::uint32_t handle)
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    ESYS_TR object = ESYS_TR_NONE;
    if (const auto rc = Esys_TR_FromTPMPublic(esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object);
        rc != TSS2_RC_SUCCESS) {
        auto failure = tpmFailure("TPM2_ReadPublic", rc);
        if (failure.value().fault == TpmFault::Refused) failure.value().fault = TpmFault::NoSuchKey;
        return failure;
    }
    TPM2B_PUBLIC* raw = nullptr;
    const auto rc = Esys_ReadPublic(esys(), object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr, nullptr);
    Esys_TR_Close(esys(), &object);
    if (rc != TSS2_RC_SUCCESS) return tpmFailure("TPM2_ReadPublic", rc);
    const EsysPtr<TPM2B_PUBLIC> found(raw);
    const TPMT_PUBLIC& area = found->publicArea;
    TpmKeyInfo result;
    result.attributes = area.objectAttributes;
    result.point[0] = 0x04;
    const std::span point(result.point);
    if (area.type != TPM2_ALG_ECC || area.parameters.eccDetail.curveID != TPM2_ECC_NIST_P256 ||
        !copyRightAligned(area.unique.ecc.x, point.subspan(1, kCoordinateBytes)) ||
        !copyRightAligned(area.unique.ecc.y, point.subspan(1 + kCoordinateBytes, kCoordinateBytes)))
        return tl::unexpected(TpmError{TpmFault::NoSuchKey, "the object at the handle is not a P-256 key"});
    return result;
}

TpmResult<void> Tpm::evict(std::uint32_t handle)
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    ESYS_TR object = ESYS_TR_NONE;
    const auto taken = keyHandles();
    if (!taken) return tl::unexpected(taken.error());
    if (std::find(taken->begin(), taken->end(), handle) == taken->end()) return {};
    if (const auto rc = Esys_TR_FromTPMPublic(esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_ReadPublic", rc);
    ESYS_TR removed = ESYS_TR_NONE;
    const auto rc = Esys_EvictControl(esys(), ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                      handle, &removed);
    // ESAPI would remember the old key's name and refuse the next one at the same handle ("name mismatch").
    Esys_TR_Close(esys(), &object);
    if (rc != TSS2_RC_SUCCESS) return tpmFailure("TPM2_EvictControl", rc);
    return {};
}

TpmResult<EcdsaSignature> Tpm::sign(std::uint32_t handle, std::span<const std::uint8_t, 32> digest)
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    ESYS_TR key = ESYS_TR_NONE;
    if (const auto rc = Esys_TR_FromTPMPublic(esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &key);
        rc != TSS2_RC_SUCCESS) {
        auto failure = tpmFailure("TPM2_ReadPublic", rc);
        if (failure.value().fault == TpmFault::Refused) failure.value().fault = TpmFault::NoSuchKey;
        return failure;
    }
    TPM2B_DIGEST toSign{};
    toSign.size = static_cast<UINT16>(digest.size());
    std::memcpy(toSign.buffer, digest.data(), digest.size());
    TPMT_SIG_SCHEME scheme{};
    scheme.scheme = TPM2_ALG_ECDSA;
    scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    TPMT_TK_HASHCHECK noTicket{}; // the key is not restricted, so the digest may come from outside
    noTicket.tag = TPM2_ST_HASHCHECK;
    noTicket.hierarchy = TPM2_RH_NULL;
    TPMT_SIGNATURE* raw = nullptr;
    const auto rc =
        Esys_Sign(esys(), key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &toSign, &scheme, &noTicket, &raw);
    Esys_TR_Close(esys(), &key);
    if (rc != TSS2_RC_SUCCESS) return tpmFailure("TPM2_Sign", rc);
    const EsysPtr<TPMT_SIGNATURE> signature(raw);
    EcdsaSignature result{};
    const std::span parts(result);
    if (signature->sigAlg != TPM2_ALG_ECDSA ||
        !copyRightAligned(signature->signature.ecdsa.signatureR, parts.subspan(0, kCoordinateBytes)) ||
        !copyRightAligned(signature->signature.ecdsa.signatureS, parts.subspan(kCoordinateBytes)))
        return tl::unexpected(TpmError{TpmFault::Refused, "TPM2_Sign: not an ECDSA signature on P-256"});
    return result;
}

void Tpm::shutdown()
{
    const std::lock_guard lock(m_mutex);
    if (!openOnce()) return;
    Esys_Shutdown(esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_SU_CLEAR);
    m_context.reset();
}

} // namespace tcu
