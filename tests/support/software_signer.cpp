#include "support/software_signer.h"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "identity/random.h"
#include "pki/crl.h"
#include "pki/prepared_certificate.h"

namespace support {
namespace {

using namespace gateway;

void require(bool condition, const char* what)
{
    if (!condition) throw std::runtime_error(what);
}

template <typename T>
T valueOf(Result<T> result)
{
    if (!result) throw std::runtime_error(result.error().type + ": " + result.error().detail);
    return std::move(*result);
}

EVP_PKEY* makeKey(SoftwareKey::Kind kind)
{
    switch (kind) {
    case SoftwareKey::Kind::EcP256:
        return EVP_EC_gen("P-256");
    case SoftwareKey::Kind::EcP384:
        return EVP_EC_gen("P-384");
    case SoftwareKey::Kind::Rsa2048:
        return EVP_RSA_gen(2048);
    }
    return nullptr;
}

} // namespace

SoftwareKey::SoftwareKey(Kind kind) : m_key(makeKey(kind), EVP_PKEY_free)
{
    require(m_key != nullptr, "no key");
}

Bytes SoftwareKey::publicKeyDer() const
{
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(m_key.get(), &der);
    require(length > 0, "no public key");
    Bytes bytes(der, der + length);
    OPENSSL_free(der);
    return bytes;
}

Bytes SoftwareKey::sign(ByteView message) const
{
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto* digest = EVP_PKEY_get_bits(m_key.get()) == 384 ? EVP_sha384() : EVP_sha256();
    std::size_t length = 0;
    require(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, m_key.get()) == 1 &&
                EVP_DigestSign(context.get(), nullptr, &length, message.data(), message.size()) == 1,
            "cannot sign");
    Bytes signature(length);
    require(EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) == 1,
            "not signed");
    signature.resize(length);
    return signature;
}

Bytes SoftwareKey::vehicleCsr(const VehicleIdentity& identity) const
{
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), X509_REQ_free);
    auto* subject = X509_REQ_get_subject_name(request.get());
    const auto add = [&](const char* type, std::string_view value) {
        require(X509_NAME_add_entry_by_txt(subject, type, MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(value.data()),
                                           static_cast<int>(value.size()), -1, 0) == 1,
                "no subject");
    };
    add("CN", identity.deviceId.text());
    add("O", "Automotive OEM");
    add("OU", "Connected Vehicles");
    add("serialNumber", identity.vinHash.text());
    add("C", "US");
    require(X509_REQ_set_version(request.get(), 0) == 1 && X509_REQ_set_pubkey(request.get(), m_key.get()) == 1 &&
                X509_REQ_sign(request.get(), m_key.get(), EVP_sha256()) > 0,
            "no request");
    unsigned char* der = nullptr;
    const int length = i2d_X509_REQ(request.get(), &der);
    require(length > 0, "no request");
    Bytes bytes(der, der + length);
    OPENSSL_free(der);
    return bytes;
}

SoftwareSigner::SoftwareSigner(Time now, SoftwareKey::Kind issuingKey, const std::string& instance)
    : m_profiles(valueOf(pki::loadProfiles(V2C_SOURCE_DIR "/resources/profiles")))
{
    const auto serial = [] { return valueOf(CertificateSerial::random(fillFromSystemRandom)); };
    auto caProfile = m_profiles.at("device-issuing-ca");
    if (issuingKey == SoftwareKey::Kind::EcP256) caProfile.allowedKeys = {pki::KeyAlgorithm::EcP256};

    const SoftwareKey rootKey(SoftwareKey::Kind::EcP384);
    auto rootTbs =
        valueOf(pki::prepareSelfSigned(m_profiles.at("root-ca"), {}, rootKey.publicKeyDer(), "root-ca", serial(), now));
    const auto rootSignature = rootKey.sign(rootTbs.tbsDer());
    m_root = std::make_unique<pki::Certificate>(valueOf(pki::completeSelfSigned(std::move(rootTbs), rootSignature)));

    const SoftwareKey caKey(issuingKey);
    const auto keyLabel = "device-issuing-ca" + (instance.empty() ? "" : "-" + instance);
    const pki::Issuer rootIssuer{.certificate = *m_root, .keyLabel = "root-ca", .chain = {}};
    auto caTbs = valueOf(pki::prepareCertificate(caProfile, {{"instance_suffix", instance.empty() ? "" : " 2"}},
                                                 caKey.publicKeyDer(), rootIssuer, serial(), now));
    const auto caSignature = rootKey.sign(caTbs.tbsDer());
    const auto ca = valueOf(pki::completeCertificate(std::move(caTbs), caSignature, *m_root));
    m_issuer = std::make_unique<pki::Issuer>(pki::Issuer{.certificate = ca, .keyLabel = keyLabel, .chain = {ca}});
    m_keys.emplace(keyLabel, caKey);
}

Result<Bytes> SoftwareSigner::sign(const SignRequest& request)
{
    const int call = ++m_calls;
    if (m_fault) {
        if (auto allowed = m_fault(call); !allowed) return tl::unexpected(allowed.error());
    }
    const auto key = m_keys.find(request.keyLabel);
    if (key == m_keys.end()) return fail(ErrorCode::HsmUnavailable, "key-unknown", "no key " + request.keyLabel);
    const auto fits =
        request.kind == SignRequest::Kind::Crl
            ? pki::lintTbsCrl(request.tbs(), m_issuer->certificate)
            : pki::lintTbsCertificate(request.tbsDer, m_profiles.at(request.profile), &m_issuer->certificate);
    if (!fits) return tl::unexpected(fits.error());
    return key->second.sign(request.tbs());
}

} // namespace support
