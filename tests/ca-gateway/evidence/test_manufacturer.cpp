#include "ca-gateway/evidence/test_manufacturer.h"

#include <stdexcept>

#include <openssl/conf.h>
#include <openssl/pem.h>

#include "identity/random.h"

namespace test {
namespace {

using gateway::Bytes;
using gateway::ByteView;
using gateway::Time;
namespace pki = gateway::pki;

// OpenSSL skips what stands before the first point of a name here.
const char* const kTpmName = "[ek]\n"
                             "1.2.23.133.2.1 = id:00001014\n"
                             "2.2.23.133.2.2 = TCU TPM\n"
                             "3.2.23.133.2.3 = id:20191023\n";

void demand(bool isDone, const char* what)
{
    if (!isDone) throw std::runtime_error(what);
}

void setTime(ASN1_TIME* time, Time at)
{
    demand(ASN1_TIME_set(time, at.time_since_epoch().count()) != nullptr, "time");
}

void addExtension(X509* certificate, X509V3_CTX* context, const char* name, const std::string& value)
{
    const pki::OpensslHandle<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_nconf(nullptr, context, name, value.c_str()));
    demand(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, name);
}

std::string pemOf(const std::function<int(BIO*)>& write)
{
    const pki::BioHandle bio(BIO_new(BIO_s_mem()));
    demand(write(bio.get()) == 1, "PEM");
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return {data, std::size_t(length)};
}

CertificateWish authority(const std::string& name)
{
    return {.commonName = name,
            .isCa = true,
            .keyUsage = "keyCertSign,cRLSign",
            .extendedKeyUsage = "",
            .hasTpmName = false};
}

} // namespace

std::string Issued::pem() const
{
    return pemOf([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string Issued::keyPem() const
{
    return pemOf(
        [this](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

Issued makeCertificate(const CertificateWish& wish, ByteView subjectSpki, const Issued* issuer, Time now)
{
    Issued made{pki::X509Handle(X509_new()), nullptr};
    pki::EvpKeyHandle subject;
    if (subjectSpki.empty()) {
        made.key.reset(EVP_EC_gen("P-256"));
    } else {
        const unsigned char* position = subjectSpki.data();
        subject.reset(d2i_PUBKEY(nullptr, &position, long(subjectSpki.size())));
    }
    EVP_PKEY* subjectKey = made.key ? made.key.get() : subject.get();
    X509* certificate = made.certificate.get();
    X509* issuerCertificate = issuer != nullptr ? issuer->certificate.get() : certificate;
    std::array<std::uint8_t, 8> serial{};
    demand(gateway::fillFromSystemRandom(serial), "random");
    serial[0] = 0x40;
    const pki::BnHandle number(BN_bin2bn(serial.data(), int(serial.size()), nullptr));
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
    demand(X509_set_version(certificate, wish.version) == 1 && X509_set_pubkey(certificate, subjectKey) == 1, "fields");
    setTime(X509_getm_notBefore(certificate), now + std::chrono::seconds(wish.startsIn));
    setTime(X509_getm_notAfter(certificate), now + std::chrono::seconds(wish.endsIn));
    if (!wish.commonName.empty())
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(wish.commonName.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuerCertificate));

    const pki::OpensslHandle<CONF, NCONF_free> configuration(NCONF_new(nullptr));
    const pki::BioHandle text(BIO_new_mem_buf(kTpmName, -1));
    long line = 0;
    demand(NCONF_load_bio(configuration.get(), text.get(), &line) == 1, "configuration");
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuerCertificate, certificate, nullptr, nullptr, 0);
    X509V3_set_nconf(&context, configuration.get());
    if (wish.version == 2) {
        addExtension(certificate, &context, "basicConstraints", wish.isCa ? "critical,CA:TRUE" : "critical,CA:FALSE");
        if (!wish.keyUsage.empty()) addExtension(certificate, &context, "keyUsage", "critical," + wish.keyUsage);
        if (!wish.extendedKeyUsage.empty())
            addExtension(certificate, &context, "extendedKeyUsage", wish.extendedKeyUsage);
        if (wish.hasTpmName) addExtension(certificate, &context, "subjectAltName", "critical,dirName:ek");
        addExtension(certificate, &context, "subjectKeyIdentifier", "hash");
        if (issuer != nullptr) addExtension(certificate, &context, "authorityKeyIdentifier", "keyid:always");
        if (!wish.criticalExtension.empty())
            addExtension(certificate, &context, wish.criticalExtension.c_str(), "critical,DER:30:00");
    }
    EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : subjectKey;
    demand(X509_sign(certificate, signer, EVP_sha256()) > 0, "signature");
    return made;
}

TestManufacturer::TestManufacturer(Time now, const std::string& name)
    : m_now(now),
      m_root(makeCertificate(authority(name + " Root"), {}, nullptr, now)),
      m_intermediate(makeCertificate(authority(name + " Intermediate"), {}, &m_root, now))
{
}

Bytes TestManufacturer::certify(ByteView spki, CertificateWish wish) const
{
    const unsigned char* position = spki.data();
    const pki::EvpKeyHandle key(d2i_PUBKEY(nullptr, &position, long(spki.size())));
    if (EVP_PKEY_is_a(key.get(), "EC") == 1 && wish.keyUsage == "keyEncipherment") wish.keyUsage = "keyAgreement";
    return makeCertificate(wish, spki, &m_intermediate, m_now).der();
}

Bytes TestManufacturer::crl(bool byRoot, const Bytes& revoked, long nextUpdateIn) const
{
    const auto& issuer = byRoot ? m_root : m_intermediate;
    const pki::OpensslHandle<X509_CRL, X509_CRL_free> list(X509_CRL_new());
    const pki::OpensslHandle<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_new());
    X509_CRL_set_version(list.get(), 1);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get()));
    setTime(time.get(), m_now - std::chrono::hours(1));
    X509_CRL_set1_lastUpdate(list.get(), time.get());
    if (!revoked.empty()) {
        const unsigned char* position = revoked.data();
        const pki::X509Handle certificate(d2i_X509(nullptr, &position, long(revoked.size())));
        pki::OpensslHandle<X509_REVOKED, X509_REVOKED_free> entry(X509_REVOKED_new());
        X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(certificate.get()));
        X509_REVOKED_set_revocationDate(entry.get(), time.get());
        X509_CRL_add0_revoked(list.get(), entry.release());
    }
    if (nextUpdateIn != 0) {
        setTime(time.get(), m_now + std::chrono::seconds(nextUpdateIn));
        X509_CRL_set1_nextUpdate(list.get(), time.get());
    }
    demand(X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()) > 0, "CRL");
    return pki::encodeDer(i2d_X509_CRL, list.get());
}

gateway::evidence::TrustContent TestManufacturer::content() const
{
    return {.roots = {m_root.der()}, .intermediates = {m_intermediate.der()}, .crls = {}};
}

} // namespace test
