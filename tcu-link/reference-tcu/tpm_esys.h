#pragma once

#include <memory>
#include <string>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "reference-tcu/tpm.h"

/// What the files that implement Tpm share; nobody else includes it.
namespace tcu {

struct EsysDeleter
{
    void operator()(void* memory) const { Esys_Free(memory); }
};
template <typename T>
using EsysPtr = std::unique_ptr<T, EsysDeleter>;

inline tl::unexpected<TpmError> tpmFailure(const char* command, TSS2_RC rc)
{
    // The layers below ESAPI report a lost connection; the TPM itself answers in layer 0.
    const auto layer = rc & TSS2_RC_LAYER_MASK;
    const bool answered =
        layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER || layer == TSS2_ESAPI_RC_LAYER;
    return tl::unexpected(TpmError{answered ? TpmFault::Refused : TpmFault::Unavailable,
                                   std::string(command) + ": " + Tss2_RC_Decode(rc)});
}

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

/// ESAPI's knowledge of a persistent object or an NV index, forgotten when it goes out of scope: ESAPI would remember
/// an old key's name and refuse the next one at the same handle.
class Tpm::Reference final
{
public:
    explicit Reference(ESYS_CONTEXT* esys) : m_esys(esys) {}
    ~Reference()
    {
        if (handle != ESYS_TR_NONE) Esys_TR_Close(m_esys, &handle);
    }
    Reference(const Reference&) = delete;
    Reference& operator=(const Reference&) = delete;

    [[nodiscard]] TSS2_RC find(std::uint32_t tpmHandle)
    {
        return Esys_TR_FromTPMPublic(m_esys, tpmHandle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
    }

    ESYS_TR handle = ESYS_TR_NONE;

private:
    ESYS_CONTEXT* m_esys;
};

} // namespace tcu
