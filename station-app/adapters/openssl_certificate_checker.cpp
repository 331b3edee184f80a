#include "adapters/openssl_certificate_checker.h"

#include <array>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "provisioning/dialogue.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

template <auto Free>
struct Deleter
{
    template <typename T>
    void operator()(T* object) const
    {
        Free(object);
    }
};

void freeStack(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}

using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;
using StackPtr = std::unique_ptr<STACK_OF(X509), Deleter<freeStack>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

/// A clock that is a little behind the gateway's must not stop the line.
constexpr std::chrono::seconds kClockSkew{300};

tl::unexpected<gateway::Error> unacceptable(const char* type, std::string detail)
{
    ERR_clear_error();
    return gateway::fail(ErrorCode::PolicyViolation, type, std::move(detail));
}

X509Ptr parseCertificate(const gateway::Bytes& der)
{
    const auto* at = der.data();
    X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (certificate && at != der.data() + der.size()) return nullptr;
    return certificate;
}

RequestPtr parseRequest(const gateway::Bytes& der)
{
    const auto* at = der.data();
    RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
    if (request && at != der.data() + der.size()) return nullptr;
    return request;
}

/// @return the one value of the attribute, or nothing when there is none or more
std::optional<std::string> subjectValue(const X509* certificate, int nid)
{
    const auto* subject = X509_get_subject_name(certificate);
    const int index = X509_NAME_get_index_by_NID(subject, nid, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(subject, nid, index) >= 0) return std::nullopt;
    const auto* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
                       static_cast<std::size_t>(ASN1_STRING_length(data)));
}

bool hasSerial(const X509* certificate, const gateway::CertificateSerial& expected)
{
    const auto* number = X509_get0_serialNumber(certificate);
    if (ASN1_STRING_type(number) != V_ASN1_INTEGER) return false;
    const gateway::ByteView content(ASN1_STRING_get0_data(number),
                                    static_cast<std::size_t>(ASN1_STRING_length(number)));
    const auto serial = gateway::CertificateSerial::fromBytes(content);
    return serial && *serial == expected;
}

std::time_t verificationTime(const X509* certificate, gateway::Time now)
{
    std::tm begins{};
    ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &begins);
    const gateway::Time notBefore{std::chrono::seconds(::timegm(&begins))};
    const bool isBehind = notBefore > now && notBefore - now <= kClockSkew;
    return (isBehind ? notBefore : now).time_since_epoch().count();
}

class OpenSslCertificateChecker final : public CertificateChecker
{
public:
    OpenSslCertificateChecker(StorePtr store, std::function<gateway::Time()> wallTime)
        : m_store(std::move(store)), m_wallTime(std::move(wallTime))
    {
    }

    Result<void> checkIssued(const gateway::IssuedCertificate& issued, const gateway::Bytes& csrDer,
                             const VehicleNames& names) const override
    {
        const auto leaf = parseCertificate(issued.certificateDer);
        if (!leaf) return unacceptable("certificate-unreadable", "what the gateway returned is not a certificate");
        if (!hasSerial(leaf.get(), issued.serial))
            return unacceptable("certificate-serial",
                                "the certificate has another serial than " + issued.serial.text());
        if (subjectValue(leaf.get(), NID_commonName) != std::string(names.deviceId.text()))
            return unacceptable("certificate-subject", "expected the CN " + std::string(names.deviceId.text()) +
                                                           ", the device_id of the scanned vehicle");
        if (subjectValue(leaf.get(), NID_serialNumber) != std::string(names.vinHash.text()))
            return unacceptable("certificate-subject", "serialNumber is not the vin_hash of the scanned vehicle");
        if (X509_check_ca(leaf.get()) != 0)
            return unacceptable("certificate-is-ca", "a vehicle must not get a CA certificate");

        const auto request = parseRequest(csrDer);
        if (!request) return unacceptable("certificate-key", "the unit's CSR cannot be read");
        if (EVP_PKEY_eq(X509_get0_pubkey(leaf.get()), X509_REQ_get0_pubkey(request.get())) != 1)
            return unacceptable("certificate-key", "the certificate's public key is not that of the unit's CSR");
        return checkChain(leaf.get(), issued.chainDer);
    }

    /// Source: provisioning/dialogue.h, RID 0212.
    Result<void> checkProof(const gateway::Bytes& leafDer, const gateway::Bytes& challenge,
                            const gateway::Bytes& signature) const override
    {
        constexpr auto type = "challenge-failed";
        const auto leaf = parseCertificate(leafDer);
        if (!leaf) return unacceptable(type, "the certificate read back cannot be parsed");
        auto* key = X509_get0_pubkey(leaf.get());
        if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
            return unacceptable(type, "the certificate read back has no EC key");

        std::array<std::uint8_t, SHA256_DIGEST_LENGTH> leafHash{};
        SHA256(leafDer.data(), leafDer.size(), leafHash.data());
        const std::string_view context = tcu::kVerifyContext;
        gateway::Bytes message(context.begin(), context.end());
        message.insert(message.end(), challenge.begin(), challenge.end());
        message.insert(message.end(), leafHash.begin(), leafHash.end());

        const DigestPtr digest(EVP_MD_CTX_new());
        if (!digest || EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
            EVP_DigestVerify(digest.get(), signature.data(), signature.size(), message.data(), message.size()) != 1)
            return unacceptable(type, "the signature over the challenge is not by the certificate's key");
        return {};
    }

private:
    Result<void> checkChain(X509* leaf, const std::vector<gateway::Bytes>& chainDer) const
    {
        const StackPtr untrusted(sk_X509_new_null());
        for (const auto& der : chainDer) {
            auto certificate = parseCertificate(der);
            if (!certificate) return unacceptable("certificate-chain", "a certificate of the chain cannot be parsed");
            if (sk_X509_push(untrusted.get(), certificate.get()) > 0) static_cast<void>(certificate.release());
        }
        const StoreContextPtr context(X509_STORE_CTX_new());
        if (!context || X509_STORE_CTX_init(context.get(), m_store.get(), leaf, untrusted.get()) != 1)
            return unacceptable("certificate-chain", "the check could not begin");
        auto* parameters = X509_STORE_CTX_get0_param(context.get());
        X509_VERIFY_PARAM_set_time(parameters, verificationTime(leaf, m_wallTime()));
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
        if (X509_verify_cert(context.get()) == 1) return {};
        const int error = X509_STORE_CTX_get_error(context.get());
        return unacceptable("certificate-chain", std::string("the chain does not lead to the pinned root: ") +
                                                     X509_verify_cert_error_string(error) + " at depth " +
                                                     std::to_string(X509_STORE_CTX_get_error_depth(context.get())));
    }

    StorePtr m_store;
    std::function<gateway::Time()> m_wallTime;
};

} // namespace

Result<std::unique_ptr<CertificateChecker>> makeCertificateChecker(const std::filesystem::path& rootCertificate,
                                                                   std::function<gateway::Time()> wallTime)
{
    const BioPtr file(BIO_new_file(rootCertificate.c_str(), "r"));
    const X509Ptr root(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
    StorePtr store(X509_STORE_new());
    if (!root || !store || X509_STORE_add_cert(store.get(), root.get()) != 1) {
        ERR_clear_error();
        return gateway::fail(ErrorCode::InvalidRequest, "root-certificate",
                             rootCertificate.string() + ": expected a certificate as PEM");
    }
    return std::make_unique<OpenSslCertificateChecker>(std::move(store), std::move(wallTime));
}

Result<std::string> toPem(const gateway::Bytes& certificateDer)
{
    const auto certificate = parseCertificate(certificateDer);
    const BioPtr memory(BIO_new(BIO_s_mem()));
    if (!certificate || !memory || PEM_write_bio_X509(memory.get(), certificate.get()) != 1)
        return unacceptable("certificate-unreadable", "not a certificate");
    char* text = nullptr;
    const auto length = BIO_get_mem_data(memory.get(), &text);
    return std::string(text, static_cast<std::size_t>(length));
}

} // namespace station
