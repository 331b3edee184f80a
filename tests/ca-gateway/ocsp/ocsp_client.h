#pragma once

#include <memory>

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "contract/bytes.h"
#include "contract/messages.h"

/// OpenSSL as the OCSP client of a test.
namespace support {

template <auto Free>
struct Freeing
{
    template <typename T>
    void operator()(T* object) const
    {
        Free(object);
    }
};
using X509Handle = std::unique_ptr<X509, Freeing<X509_free>>;
using RequestHandle = std::unique_ptr<OCSP_REQUEST, Freeing<OCSP_REQUEST_free>>;
using ResponseHandle = std::unique_ptr<OCSP_RESPONSE, Freeing<OCSP_RESPONSE_free>>;
using BasicHandle = std::unique_ptr<OCSP_BASICRESP, Freeing<OCSP_BASICRESP_free>>;
using IdHandle = std::unique_ptr<OCSP_CERTID, Freeing<OCSP_CERTID_free>>;

inline X509Handle toX509(const gateway::Bytes& der)
{
    const auto* data = der.data();
    return X509Handle(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

/// The question about one certificate of this issuer.
struct OcspQuestion
{
    gateway::Bytes issuerDer;
    gateway::CertificateSerial serial;
    const EVP_MD* hash = EVP_sha1();
    bool hasNonce = false;

    [[nodiscard]] IdHandle id() const
    {
        const auto issuer = toX509(issuerDer);
        const std::unique_ptr<BIGNUM, Freeing<BN_free>> number(
            BN_bin2bn(serial.bytes().data(), static_cast<int>(serial.bytes().size()), nullptr));
        const std::unique_ptr<ASN1_INTEGER, Freeing<ASN1_INTEGER_free>> integer(
            BN_to_ASN1_INTEGER(number.get(), nullptr));
        return IdHandle(OCSP_cert_id_new(hash, X509_get_subject_name(issuer.get()),
                                         X509_get0_pubkey_bitstr(issuer.get()), integer.get()));
    }

    [[nodiscard]] gateway::Bytes der() const
    {
        const RequestHandle request(OCSP_REQUEST_new());
        OCSP_request_add0_id(request.get(), id().release());
        if (hasNonce) OCSP_request_add1_nonce(request.get(), nullptr, 16);
        unsigned char* der = nullptr;
        const int length = i2d_OCSP_REQUEST(request.get(), &der);
        gateway::Bytes bytes(der, der + length);
        OPENSSL_free(der);
        return bytes;
    }
};

/// What a client learns from a response.
struct OcspReading
{
    int response = -1; ///< OCSPResponseStatus
    int certificate = -1;
    int reason = -1;
    bool hasNonce = false;
    bool verified = false; ///< as openssl ocsp -CAfile root -verify_other chain does
};

inline OcspReading readOcsp(const gateway::Bytes& responseDer, const OcspQuestion& question,
                            const gateway::Bytes& rootDer, gateway::Time now)
{
    const auto* data = responseDer.data();
    const ResponseHandle response(d2i_OCSP_RESPONSE(nullptr, &data, static_cast<long>(responseDer.size())));
    OcspReading answer;
    if (!response) return answer;
    answer.response = OCSP_response_status(response.get());
    const BasicHandle basic(OCSP_response_get1_basic(response.get()));
    if (!basic) return answer;
    OCSP_resp_find_status(basic.get(), question.id().get(), &answer.certificate, &answer.reason, nullptr, nullptr,
                          nullptr);
    answer.hasNonce = OCSP_BASICRESP_get_ext_by_NID(basic.get(), NID_id_pkix_OCSP_Nonce, -1) >= 0;

    const auto issuer = toX509(question.issuerDer);
    const std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>> trusted(X509_STORE_new());
    const auto root = toX509(rootDer);
    X509_STORE_add_cert(trusted.get(), root.get());
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(trusted.get()), now.time_since_epoch().count());
    STACK_OF(X509)* others = sk_X509_new_null();
    sk_X509_push(others, issuer.get());
    answer.verified = OCSP_basic_verify(basic.get(), others, trusted.get(), 0) == 1;
    sk_X509_free(others);
    return answer;
}

} // namespace support
