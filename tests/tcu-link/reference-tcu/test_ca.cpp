#include "test_ca.h"

#include <cstdlib>

#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace test {

using tcu::X509Ptr;

namespace {

void require(bool condition)
{
    if (!condition) std::abort(); // a broken test CA proves nothing
}

X509Ptr makeCertificate(const X509_NAME* subject, EVP_PKEY* key, long notBefore, long notAfter)
{
    X509Ptr certificate(X509_new());
    unsigned char serial[16];
    RAND_bytes(serial, sizeof serial);
    serial[0] = static_cast<unsigned char>(0x40 | (serial[0] & 0x3F));
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    require(X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) &&
            X509_gmtime_adj(X509_getm_notBefore(certificate.get()), notBefore) &&
            X509_gmtime_adj(X509_getm_notAfter(certificate.get()), notAfter) &&
            X509_set_subject_name(certificate.get(), subject) == 1 && X509_set_pubkey(certificate.get(), key) == 1);
    BN_free(number);
    return certificate;
}

void addExtension(X509* certificate, X509* issuer, int nid, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    require(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuerKey)
{
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
    addExtension(certificate, issuer, NID_subject_key_identifier, "hash");
    addExtension(certificate, issuer, NID_authority_key_identifier, "keyid");
    require(X509_sign(certificate, issuerKey, EVP_sha256()) > 0);
}

} // namespace

tcu::EvpPkeyPtr makeSoftwareKey()
{
    return tcu::EvpPkeyPtr(EVP_EC_gen("P-256"));
}

TestCa::Authority TestCa::makeAuthority(const char* name, const Authority* issuer, const char* basicConstraints)
{
    Authority result{makeSoftwareKey(), nullptr};
    const std::unique_ptr<X509_NAME, decltype([](X509_NAME* n) { X509_NAME_free(n); })> subject(X509_NAME_new());
    X509_NAME_add_entry_by_txt(subject.get(), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name), -1, -1,
                               0);
    result.certificate = makeCertificate(subject.get(), result.key.get(), -86400, 3650L * 86400);
    X509* const certificate = result.certificate.get();
    addExtension(certificate, certificate, NID_basic_constraints, basicConstraints);
    addExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    sign(certificate, issuer ? issuer->certificate.get() : certificate, issuer ? issuer->key.get() : result.key.get());
    return result;
}

TestCa::TestCa()
    : m_root(makeAuthority("Test Root", nullptr, "critical,CA:TRUE,pathlen:2")),
      m_intermediate(makeAuthority("Test Intermediate", &m_root, "critical,CA:TRUE,pathlen:1")),
      m_issuing(makeAuthority("Test Issuing", &m_intermediate, "critical,CA:TRUE,pathlen:0"))
{
}

X509Ptr TestCa::root() const
{
    return X509Ptr(X509_dup(m_root.certificate.get()));
}

std::string TestCa::rootPem() const
{
    tcu::Chain chain;
    chain.push_back(root());
    return tcu::toPem(chain);
}

tcu::Bytes TestCa::issue(tcu::ByteView csr, const LeafOptions& options) const
{
    const unsigned char* position = csr.data();
    const tcu::X509ReqPtr request(d2i_X509_REQ(nullptr, &position, static_cast<long>(csr.size())));
    require(request != nullptr);
    const std::unique_ptr<X509_NAME, decltype([](X509_NAME* n) { X509_NAME_free(n); })> subject(
        X509_NAME_dup(X509_REQ_get_subject_name(request.get())));
    if (options.deviceId) {
        X509_NAME_ENTRY_free(X509_NAME_delete_entry(subject.get(), 0));
        X509_NAME_add_entry_by_NID(subject.get(), NID_commonName, V_ASN1_UTF8STRING,
                                   reinterpret_cast<const unsigned char*>(options.deviceId), -1, 0, 0);
    }
    EVP_PKEY* const key = options.key ? options.key : X509_REQ_get0_pubkey(request.get());
    const X509Ptr leaf = makeCertificate(subject.get(), key, options.notBeforeSeconds, options.notAfterSeconds);
    X509* const issuer = m_issuing.certificate.get();
    addExtension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    addExtension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature,keyEncipherment,keyAgreement");
    addExtension(leaf.get(), issuer, NID_ext_key_usage, options.extendedKeyUsage);
    sign(leaf.get(), issuer, m_issuing.key.get());

    tcu::Bytes result = tcu::toDer(leaf.get());
    if (options.breakSignature) result.back() ^= 1; // the last byte of the signature's s
    for (X509* next : {m_issuing.certificate.get(), m_intermediate.certificate.get()}) {
        const auto der = tcu::toDer(next);
        result.insert(result.end(), der.begin(), der.end());
    }
    return result;
}

TestCa::Server TestCa::issueServer() const
{
    Server result{makeSoftwareKey(), {}};
    const std::unique_ptr<X509_NAME, decltype([](X509_NAME* n) { X509_NAME_free(n); })> subject(X509_NAME_new());
    X509_NAME_add_entry_by_txt(subject.get(), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("server"), -1,
                               -1, 0);
    X509Ptr leaf = makeCertificate(subject.get(), result.key.get(), -3600, 86400);
    X509* const issuer = m_issuing.certificate.get();
    addExtension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    addExtension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature");
    addExtension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth");
    addExtension(leaf.get(), issuer, NID_subject_alt_name, "IP:127.0.0.1");
    sign(leaf.get(), issuer, m_issuing.key.get());
    result.chain.push_back(std::move(leaf));
    result.chain.emplace_back(X509_dup(m_issuing.certificate.get()));
    result.chain.emplace_back(X509_dup(m_intermediate.certificate.get()));
    return result;
}

} // namespace test
