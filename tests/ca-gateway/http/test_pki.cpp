#include "ca-gateway/http/test_pki.h"

#include <ctime>
#include <fstream>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace testpki {
namespace {

void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value)
{
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

template <typename Write>
std::string written(Write&& write)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    write(bio.get());
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return {data, std::size_t(length)};
}

} // namespace

gateway::Bytes Identity::der() const
{
    unsigned char* bytes = nullptr;
    const int length = i2d_X509(certificate.get(), &bytes);
    gateway::Bytes result(bytes, bytes + length);
    OPENSSL_free(bytes);
    return result;
}

std::string Identity::pem() const
{
    return written([this](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
}

std::string Identity::keyPem(const char* passphrase) const
{
    return written([&](BIO* bio) {
        PEM_write_bio_PKCS8PrivateKey(bio, key.get(), passphrase != nullptr ? EVP_aes_128_cbc() : nullptr, passphrase,
                                      passphrase != nullptr ? int(std::string(passphrase).size()) : 0, nullptr,
                                      nullptr);
    });
}

Identity make(const Wish& wish, const Identity* issuer)
{
    Identity made{{X509_new(), X509_free}, {EVP_EC_gen("P-256"), EVP_PKEY_free}};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    unsigned char serial[16];
    RAND_bytes(serial, sizeof serial);
    serial[0] = static_cast<unsigned char>((serial[0] & 0x3F) | 0x40);
    ASN1_STRING_set(X509_get_serialNumber(certificate), serial, sizeof serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wish.startsIn);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wish.endsIn);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wish.commonName.c_str()), -1, -1, 0);
    X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    addExtension(certificate, signer, NID_basic_constraints, wish.isCa ? "critical,CA:TRUE" : "critical,CA:FALSE");
    addExtension(certificate, signer, NID_key_usage, wish.isCa ? "critical,keyCertSign,cRLSign" : "digitalSignature");
    addExtension(certificate, signer, NID_subject_key_identifier, "hash");
    addExtension(certificate, signer, NID_subject_alt_name, wish.subjectAltName);
    addExtension(certificate, signer, NID_ext_key_usage, wish.extendedKeyUsage);
    X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(), EVP_sha256());
    return made;
}

Identity Hierarchy::client(const std::string& name, long endsIn) const
{
    return make({.commonName = name, .extendedKeyUsage = "clientAuth", .startsIn = -400L * 86400, .endsIn = endsIn},
                &intermediate);
}

void write(const std::string& file, const std::string& text)
{
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

} // namespace testpki
