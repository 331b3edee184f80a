#include "pki/certificate.h"

#include <algorithm>
#include <array>
#include <new>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/certificate_impl.h"
#include "pki/der.h"
#include "pki/public_key.h"

namespace gateway::pki {
namespace {

tl::unexpected<Error> malformed(std::string detail)
{
    return fail(ErrorCode::InvalidRequest, "certificate-malformed", std::move(detail));
}

std::string nameText(const X509_NAME* name)
{
    const BioHandle bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE) < 0) return {};
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(length)};
}

} // namespace

std::optional<Time> toTime(const ASN1_TIME* time)
{
    const der::Element element{static_cast<std::uint8_t>(ASN1_STRING_type(time)),
                               {ASN1_STRING_get0_data(time), static_cast<std::size_t>(ASN1_STRING_length(time))},
                               {}};
    return der::readTime(element);
}

std::string onlyAttribute(const X509_NAME* name, int nid)
{
    const int index = X509_NAME_get_index_by_NID(name, nid, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(name, nid, index) >= 0) return {};
    unsigned char* data = nullptr;
    const int length = ASN1_STRING_to_UTF8(&data, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    if (length < 0) return {};
    std::string text(reinterpret_cast<const char*>(data), static_cast<std::size_t>(length));
    OPENSSL_free(data);
    return text;
}

Result<Certificate> Certificate::parseDer(ByteView der)
{
    const unsigned char* position = der.data();
    X509Handle x509(der.empty() ? nullptr : d2i_X509(nullptr, &position, static_cast<long>(der.size())));
    ERR_clear_error();
    if (!x509) return malformed("not a certificate");
    if (position != der.data() + der.size()) return malformed("bytes after the certificate");
    Bytes encoded = encodeDer(i2d_X509, x509.get());
    if (!std::equal(encoded.begin(), encoded.end(), der.begin(), der.end())) return malformed("not DER");

    const auto* number = X509_get0_serialNumber(x509.get());
    if (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER) return malformed("the serial is negative");
    auto serial = CertificateSerial::fromBytes(
        {ASN1_STRING_get0_data(number), static_cast<std::size_t>(ASN1_STRING_length(number))});
    if (!serial) return malformed(serial.error().detail);
    const auto notBefore = toTime(X509_get0_notBefore(x509.get()));
    const auto notAfter = toTime(X509_get0_notAfter(x509.get()));
    if (!notBefore || !notAfter) return malformed("a validity date is not in the form of RFC 5280 4.1.2.5");
    // Reads the extensions now, so that a certificate with unreadable ones does not get in, and nothing is read later.
    if ((X509_get_extension_flags(x509.get()) & EXFLAG_INVALID) != 0) return malformed("an extension cannot be read");

    Bytes identifier;
    if (const auto* octets = X509_get0_subject_key_id(x509.get()); octets != nullptr)
        identifier.assign(ASN1_STRING_get0_data(octets), ASN1_STRING_get0_data(octets) + ASN1_STRING_length(octets));
    Bytes spki = encodeDer(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(x509.get()));
    auto key = PublicKey::fromDecoded(spki, X509_get0_pubkey(x509.get()));
    ERR_clear_error();
    Impl impl{std::move(encoded),
              nullptr,
              std::move(*serial),
              *notBefore,
              *notAfter,
              encodeDer(i2d_X509_NAME, X509_get_subject_name(x509.get())),
              encodeDer(i2d_X509_NAME, X509_get_issuer_name(x509.get())),
              std::move(spki),
              std::move(identifier),
              std::move(key)};
    impl.x509 = std::move(x509);
    return Certificate(std::make_shared<const Impl>(std::move(impl)));
}

Result<Certificate> Certificate::parsePem(std::string_view pem)
{
    auto bundle = parsePemBundle(pem);
    if (!bundle) return tl::unexpected(bundle.error());
    if (bundle->size() != 1) return malformed("expected one certificate, got " + std::to_string(bundle->size()));
    return std::move(bundle->front());
}

Result<std::vector<Certificate>> parsePemBundle(std::string_view pem)
{
    std::vector<Certificate> certificates;
    const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    while (bio) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long length = 0;
        if (PEM_read_bio(bio.get(), &name, &header, &data, &length) != 1) {
            const bool atEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            ERR_clear_error();
            if (!atEnd) return malformed("a PEM block cannot be read");
            break;
        }
        const OpensslHandle<char, [](char* text) { OPENSSL_free(text); }> ownedName(name);
        const OpensslHandle<char, [](char* text) { OPENSSL_free(text); }> ownedHeader(header);
        const OpensslHandle<unsigned char, [](unsigned char* bytes) { OPENSSL_free(bytes); }> ownedData(data);
        if (std::string_view(name) != PEM_STRING_X509)
            return malformed("expected CERTIFICATE blocks only, got '" + std::string(name) + "'");
        auto certificate = Certificate::parseDer({data, static_cast<std::size_t>(length)});
        if (!certificate) return tl::unexpected(certificate.error());
        certificates.push_back(std::move(*certificate));
    }
    if (certificates.empty()) return malformed("no PEM certificate found");
    return certificates;
}

const Bytes& Certificate::der() const
{
    return m_impl->der;
}

std::string Certificate::pem() const
{
    const BioHandle bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_X509(bio.get(), m_impl->x509.get()) != 1) throw std::bad_alloc();
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(length)};
}

CertificateSerial Certificate::serial() const
{
    return m_impl->serial;
}

Time Certificate::notBefore() const
{
    return m_impl->notBefore;
}

Time Certificate::notAfter() const
{
    return m_impl->notAfter;
}

std::string Certificate::subjectCommonName() const
{
    return onlyAttribute(X509_get_subject_name(m_impl->x509.get()), NID_commonName);
}

std::string Certificate::subjectText() const
{
    return nameText(X509_get_subject_name(m_impl->x509.get()));
}

std::string Certificate::issuerText() const
{
    return nameText(X509_get_issuer_name(m_impl->x509.get()));
}

Bytes Certificate::subjectDer() const
{
    return m_impl->subjectDer;
}

Bytes Certificate::issuerDer() const
{
    return m_impl->issuerDer;
}

Bytes Certificate::publicKeyDer() const
{
    return m_impl->publicKeyDer;
}

Bytes Certificate::publicKeySha256() const
{
    return sha256(m_impl->publicKeyDer);
}

Bytes Certificate::subjectKeyIdentifier() const
{
    return m_impl->subjectKeyIdentifier;
}

std::vector<std::string> Certificate::crlUrls() const
{
    const OpensslHandle<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(static_cast<CRL_DIST_POINTS*>(
        X509_get_ext_d2i(m_impl->x509.get(), NID_crl_distribution_points, nullptr, nullptr)));
    std::vector<std::string> urls;
    for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
        const auto* place = sk_DIST_POINT_value(points.get(), i)->distpoint;
        if (place == nullptr || place->type != 0) continue; // 0: fullName
        for (int n = 0; n < sk_GENERAL_NAME_num(place->name.fullname); ++n) {
            const auto* name = sk_GENERAL_NAME_value(place->name.fullname, n);
            if (name->type != GEN_URI) continue;
            const auto* text = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
            urls.emplace_back(reinterpret_cast<const char*>(text),
                              static_cast<std::size_t>(ASN1_STRING_length(name->d.uniformResourceIdentifier)));
        }
    }
    return urls;
}

std::string Certificate::keyAlgorithmText() const
{
    const EVP_PKEY* key = X509_get0_pubkey(m_impl->x509.get());
    if (key == nullptr) return "unknown";
    const std::string bits = std::to_string(EVP_PKEY_get_bits(key));
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return "RSA " + bits;
    case EVP_PKEY_EC: {
        std::array<char, 64> group{};
        if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) return "ECC " + bits;
        if (std::string_view(group.data()) == SN_X9_62_prime256v1) return "ECC P-256";
        if (std::string_view(group.data()) == SN_secp384r1) return "ECC P-384";
        return std::string("ECC ") + group.data();
    }
    default:
        return "unknown";
    }
}

} // namespace gateway::pki
