#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "contract/bytes.h"

/// Owning handles for OpenSSL's objects; for .cpp files and tests.
namespace gateway::pki {

template <auto Free>
struct OpensslDelete
{
    template <typename T>
    void operator()(T* object) const
    {
        Free(object);
    }
};

template <typename T, auto Free>
using OpensslHandle = std::unique_ptr<T, OpensslDelete<Free>>;

using BioHandle = OpensslHandle<BIO, BIO_free_all>;
using BnHandle = OpensslHandle<BIGNUM, BN_free>;
using EvpKeyHandle = OpensslHandle<EVP_PKEY, EVP_PKEY_free>;
using EvpKeyContextHandle = OpensslHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EvpDigestContextHandle = OpensslHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using X509Handle = OpensslHandle<X509, X509_free>;
using X509RequestHandle = OpensslHandle<X509_REQ, X509_REQ_free>;
using GeneralNamesHandle = OpensslHandle<GENERAL_NAMES, GENERAL_NAMES_free>;
using NameConstraintsHandle = OpensslHandle<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;
using OctetStringHandle = OpensslHandle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

/// Calls one of OpenSSL's i2d functions. @return the encoding, empty when there is none
template <typename Function, typename T>
[[nodiscard]] Bytes encodeDer(Function i2d, T* object)
{
    unsigned char* data = nullptr;
    const int length = i2d(object, &data);
    if (length <= 0) return {};
    Bytes bytes(data, data + length);
    OPENSSL_free(data);
    return bytes;
}

} // namespace gateway::pki
