#include "reference-tcu/certificates.h"

#include <cstring>
#include <ctime>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

namespace tcu {

namespace {

tl::unexpected<UnitRefusal> refuse(std::uint8_t code, std::string detail)
{
    return tl::unexpected(UnitRefusal{code, std::move(detail)});
}

bool addEntry(X509_NAME* name, int nid, int type, const std::string& text)
{
    return X509_NAME_add_entry_by_NID(name, nid, type, reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
}

/// The attributes of a name in order, as "nid=UTF-8 text": equal whatever string type the CA chose.
std::vector<std::string> entries(const X509_NAME* name)
{
    std::vector<std::string> result;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        unsigned char* text = nullptr;
        const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
        std::string line = std::to_string(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))) + '=';
        if (length >= 0) line.append(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
        OPENSSL_free(text);
        result.push_back(std::move(line));
    }
    return result;
}

std::uint8_t nrcOf(int verifyError)
{
    switch (verifyError) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
        return nrc::kCertificateInvalidTimePeriod;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return nrc::kCertificateInvalidSignature;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_INVALID_CA:
        return nrc::kCertificateInvalidType;
    default:
        return nrc::kCertificateInvalidChainOfTrust; // an int of OpenSSL's with some ninety values
    }
}

} // namespace

Sha256 sha256(ByteView bytes)
{
    Sha256 result{};
    SHA256(bytes.data(), bytes.size(), result.data());
    return result;
}

Bytes makeCsr(EVP_PKEY* key, const std::string& deviceId, const std::string& vinHash)
{
    const X509ReqPtr request(X509_REQ_new());
    if (!request) return {};
    X509_NAME* name = X509_REQ_get_subject_name(request.get());
    if (!addEntry(name, NID_commonName, V_ASN1_UTF8STRING, deviceId) ||
        !addEntry(name, NID_organizationName, V_ASN1_UTF8STRING, "Automotive OEM") ||
        !addEntry(name, NID_organizationalUnitName, V_ASN1_UTF8STRING, "Connected Vehicles") ||
        !addEntry(name, NID_serialNumber, V_ASN1_PRINTABLESTRING, vinHash) ||
        !addEntry(name, NID_countryName, V_ASN1_PRINTABLESTRING, "US"))
        return {};
    if (X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 || X509_REQ_set_pubkey(request.get(), key) != 1 ||
        X509_REQ_sign(request.get(), key, EVP_sha256()) <= 0)
        return {};
    const int length = i2d_X509_REQ(request.get(), nullptr);
    if (length <= 0) return {};
    Bytes result(static_cast<std::size_t>(length));
    unsigned char* end = result.data();
    i2d_X509_REQ(request.get(), &end);
    return result;
}

UnitResult<Chain> parseChain(ByteView der)
{
    Chain chain;
    const unsigned char* position = der.data();
    const unsigned char* const end = position + der.size();
    while (position != end) {
        const unsigned char* const begin = position;
        X509Ptr certificate(d2i_X509(nullptr, &position, end - begin));
        if (!certificate) {
            ERR_clear_error();
            return refuse(nrc::kCertificateInvalidFormat,
                          chain.empty() ? "the chain does not begin with a DER certificate"
                                        : std::to_string(end - begin) + " bytes after certificate " +
                                              std::to_string(chain.size()) + " are not a DER certificate");
        }
        const Bytes again = toDer(certificate.get());
        if (again.size() != static_cast<std::size_t>(position - begin) ||
            std::memcmp(again.data(), begin, again.size()) != 0)
            return refuse(nrc::kCertificateInvalidFormat,
                          "certificate " + std::to_string(chain.size() + 1) + " is not DER");
        chain.push_back(std::move(certificate));
    }
    if (chain.empty()) return refuse(nrc::kCertificateInvalidFormat, "the chain is empty");
    return chain;
}

tl::expected<X509Ptr, std::string> loadRoot(const std::filesystem::path& file)
{
    const BioPtr bio(BIO_new_file(file.c_str(), "r"));
    if (!bio) {
        ERR_clear_error();
        return tl::unexpected("root certificate: cannot read " + file.string());
    }
    X509Ptr root(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!root) return tl::unexpected("root certificate: no PEM certificate in " + file.string());
    const X509Ptr surplus(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (surplus) return tl::unexpected("root certificate: expected one certificate, found more in " + file.string());
    return root;
}

UnitResult<void> checkChain(const Chain& chain, const Expectation& expected)
{
    const X509StorePtr store(X509_STORE_new());
    const X509StoreCtxPtr context(X509_STORE_CTX_new());
    const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })> issuers(
        sk_X509_new_null());
    if (!store || !context || !issuers || X509_STORE_add_cert(store.get(), expected.root) != 1)
        return refuse(nrc::kGeneralProgrammingFailure, "the certificate store cannot be set up");
    for (std::size_t i = 1; i < chain.size(); ++i)
        sk_X509_push(issuers.get(), chain[i].get());
    if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), issuers.get()) != 1)
        return refuse(nrc::kGeneralProgrammingFailure, "the certificate check cannot be set up");
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_time(parameters, expected.now.time_since_epoch().count());
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
    if (X509_verify_cert(context.get()) != 1) {
        const int error = X509_STORE_CTX_get_error(context.get());
        ERR_clear_error();
        return refuse(nrcOf(error), std::string("certificate at depth ") +
                                        std::to_string(X509_STORE_CTX_get_error_depth(context.get())) + ": " +
                                        X509_verify_cert_error_string(error));
    }
    const STACK_OF(X509)* built = X509_STORE_CTX_get0_chain(context.get());
    bool inOrder = sk_X509_num(built) == static_cast<int>(chain.size()) + 1;
    for (std::size_t i = 0; inOrder && i < chain.size(); ++i)
        inOrder = X509_cmp(sk_X509_value(built, static_cast<int>(i)), chain[i].get()) == 0;
    if (!inOrder)
        return refuse(nrc::kCertificateInvalidChainOfTrust,
                      "expected the leaf and each issuer once, in order and without the root");

    const unsigned char* position = expected.csr.data();
    const X509ReqPtr request(d2i_X509_REQ(nullptr, &position, static_cast<long>(expected.csr.size())));
    if (!request) return refuse(nrc::kGeneralProgrammingFailure, "the pending request cannot be read");
    X509* const leaf = chain.front().get();
    if (EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_REQ_get0_pubkey(request.get())) != 1)
        return refuse(nrc::kCertificateInvalidContent, "the leaf's public key is not the pending key");
    if (entries(X509_get_subject_name(leaf)) != entries(X509_REQ_get_subject_name(request.get())))
        return refuse(nrc::kCertificateInvalidContent, "the leaf's subject is not the requested one");
    return {};
}

Bytes toDer(X509* certificate)
{
    const int length = i2d_X509(certificate, nullptr);
    if (length <= 0) return {};
    Bytes result(static_cast<std::size_t>(length));
    unsigned char* end = result.data();
    i2d_X509(certificate, &end);
    return result;
}

std::string toPem(const Chain& chain)
{
    const BioPtr bio(BIO_new(BIO_s_mem()));
    for (const auto& certificate : chain)
        PEM_write_bio_X509(bio.get(), certificate.get());
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

Sha256 publicKeySha256(EVP_PKEY* key)
{
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key, &der);
    const Sha256 result = length > 0 ? sha256({der, static_cast<std::size_t>(length)}) : Sha256{};
    OPENSSL_free(der);
    return result;
}

std::string serialText(X509* certificate)
{
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
    constexpr char digits[] = "0123456789ABCDEF";
    std::string result;
    for (const unsigned char byte :
         std::span(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)))) {
        if (!result.empty()) result += ':';
        result += digits[byte >> 4];
        result += digits[byte & 15];
    }
    return result;
}

std::chrono::sys_seconds notAfter(X509* certificate)
{
    std::tm broken{};
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &broken);
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&broken)));
}

std::string timeText(std::chrono::sys_seconds time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm broken{};
    gmtime_r(&seconds, &broken);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken)};
}

bool verifiesWith(X509* leaf, ByteView message, ByteView signature)
{
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    const bool result =
        context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(leaf)) == 1 &&
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
    ERR_clear_error();
    return result;
}

} // namespace tcu
