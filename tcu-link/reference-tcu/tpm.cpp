#include "reference-tcu/tpm.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

namespace tcu {

namespace {

constexpr std::size_t kCoordinateBytes = 32;

using EsysDeleter = decltype([](void* memory) { Esys_Free(memory); });
template <typename T>
using EsysPtr = std::unique_ptr<T, EsysDeleter>;

tl::unexpected<TpmError> tpmFailure(const char* command, TSS2_RC rc)
{
    // The layers below ESAPI report a lost connection; the TPM itself answers in layer 0.
    const auto layer = rc & TSS2_RC_LAYER_MASK;
    const bool answered =
        layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER || layer == TSS2_ESAPI_RC_LAYER;
    return tl::unexpected(TpmError{answered ? TpmFault::Refused : TpmFault::Unavailable,
                                   std::string(command) + ": " + Tss2_RC_Decode(rc)});
}

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

} // namespace

struct Tpm::Context
{
    TSS2_TCTI_CONTEXT* tcti = nullptr;
    ESYS_CONTEXT* esys = nullptr;

    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context()
    {
        if (esys) Esys_Finalize(&esys);
        if (tcti) Tss2_TctiLdr_Finalize(&tcti);
    }
};

/// A transient object that is flushed when it goes out of scope.
class Tpm::Loaded final
{
public:
    explicit Loaded(ESYS_CONTEXT* esys) : m_esys(esys) {}
    ~Loaded()
    {
        if (handle != ESYS_TR_NONE) Esys_FlushContext(m_esys, handle);
    }
    Loaded(const Loaded&) = delete;
    Loaded& operator=(const Loaded&) = delete;

    ESYS_TR handle = ESYS_TR_NONE;

private:
    ESYS_CONTEXT* m_esys;
};

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

TpmResult<void> Tpm::flushTransientObjects()
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* raw = nullptr;
    if (const auto rc = Esys_GetCapability(esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
                                           TPM2_TRANSIENT_FIRST, TPM2_MAX_CAP_HANDLES, &more, &raw);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_GetCapability", rc);
    const EsysPtr<TPMS_CAPABILITY_DATA> data(raw);
    for (UINT32 i = 0; i < data->data.handles.count; ++i) {
        ESYS_TR object = ESYS_TR_NONE;
        if (const auto rc = Esys_TR_FromTPMPublic(esys(), data->data.handles.handle[i], ESYS_TR_NONE, ESYS_TR_NONE,
                                                  ESYS_TR_NONE, &object);
            rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_ReadPublic", rc);
        if (const auto rc = Esys_FlushContext(esys(), object); rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_FlushContext", rc);
    }
    return {};
}

TpmResult<std::vector<std::uint32_t>> Tpm::keyHandles()
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* raw = nullptr;
    if (const auto rc = Esys_GetCapability(esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
                                           kFirstHandle, kLastHandle - kFirstHandle + 1, &more, &raw);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_GetCapability", rc);
    const EsysPtr<TPMS_CAPABILITY_DATA> data(raw);
    const std::span all(data->data.handles.handle, data->data.handles.count);
    std::vector<std::uint32_t> result;
    std::copy_if(all.begin(), all.end(), std::back_inserter(result),
                 [](std::uint32_t handle) { return handle >= kFirstHandle && handle <= kLastHandle; });
    return result;
}

TpmResult<std::uint32_t> Tpm::createSigningKey()
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

    const auto keyTemplate = signingKeyTemplate();
    TPM2B_PRIVATE* rawPrivate = nullptr;
    TPM2B_PUBLIC* rawPublic = nullptr;
    if (const auto rc =
            Esys_Create(esys(), primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &noAuthorisation,
                        &keyTemplate, &noOutsideInfo, &noPcrs, &rawPrivate, &rawPublic, nullptr, nullptr, nullptr);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_Create", rc);
    const EsysPtr<TPM2B_PRIVATE> wrapped(rawPrivate);
    const EsysPtr<TPM2B_PUBLIC> publicArea(rawPublic);

    Loaded key(esys());
    if (const auto rc = Esys_Load(esys(), primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, wrapped.get(),
                                  publicArea.get(), &key.handle);
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
