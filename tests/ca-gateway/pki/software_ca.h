#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "pki/openssl_types.h"
#include "pki/prepared_certificate.h"

/// Software keys and a hierarchy made with them, for tests of code that is given signatures.
namespace gateway::pki::test {

inline const Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(12);

class SoftwareKey final
{
public:
    static SoftwareKey ec(const char* curve) { return SoftwareKey(EVP_EC_gen(curve)); }
    static SoftwareKey rsa(unsigned bits) { return SoftwareKey(EVP_RSA_gen(bits)); }
    explicit SoftwareKey(EVP_PKEY* key) : m_key(key)
    {
        if (key == nullptr) throw std::runtime_error("no key");
    }

    [[nodiscard]] EVP_PKEY* handle() const { return m_key.get(); }
    [[nodiscard]] Bytes publicKeyDer() const { return encodeDer(i2d_PUBKEY, m_key.get()); }

    /// PKCS#1 v1.5 with SHA-256, or ECDSA with the digest that fits the curve.
    [[nodiscard]] Bytes sign(ByteView data) const
    {
        const auto* digest = EVP_PKEY_get_bits(handle()) == 384 ? EVP_sha384() : EVP_sha256();
        const EvpDigestContextHandle context(EVP_MD_CTX_new());
        std::size_t length = 0;
        if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, handle()) != 1 ||
            EVP_DigestSign(context.get(), nullptr, &length, data.data(), data.size()) != 1)
            throw std::runtime_error("cannot sign");
        Bytes signature(length);
        if (EVP_DigestSign(context.get(), signature.data(), &length, data.data(), data.size()) != 1)
            throw std::runtime_error("cannot sign");
        signature.resize(length);
        return signature;
    }

private:
    OpensslHandle<EVP_PKEY, EVP_PKEY_free> m_key;
};

/// Stops a test at once with the error's text instead of an empty expected.
template <typename T>
T must(Result<T> result)
{
    if (!result) throw std::runtime_error(result.error().type + ": " + result.error().detail);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline CertificateSerial serialOf(std::uint8_t last)
{
    Bytes bytes(16, 0x42);
    bytes.back() = last;
    return must(CertificateSerial::fromBytes(bytes));
}

/// Root, intermediate and the three CAs under it, with keys of the specification's kinds.
struct SoftwareHierarchy
{
    explicit SoftwareHierarchy(const std::filesystem::path& profileFolder)
        : profiles(must(loadProfiles(profileFolder))),
          rootKey(SoftwareKey::ec("P-384")),
          intermediateKey(SoftwareKey::rsa(4096)),
          deviceKey(SoftwareKey::rsa(2048)),
          cloudKey(SoftwareKey::rsa(2048)),
          ocspKey(SoftwareKey::rsa(2048)),
          root(makeRoot()),
          intermediate(makeCa("intermediate-ca", intermediateKey, root, rootKey, 2)),
          device(makeCa("device-issuing-ca", deviceKey, intermediate, intermediateKey, 3)),
          cloud(makeCa("cloud-service-ca", cloudKey, intermediate, intermediateKey, 4)),
          ocsp(makeCa("ocsp-responder-ca", ocspKey, intermediate, intermediateKey, 5))
    {
    }

    [[nodiscard]] const Profile& profile(const std::string& name) const { return profiles.at(name); }

    Issuer makeRoot()
    {
        auto prepared =
            must(prepareSelfSigned(profile("root-ca"), {}, rootKey.publicKeyDer(), "root-ca", serialOf(1), kNow));
        const Bytes signature = rootKey.sign(prepared.tbsDer());
        return {must(completeSelfSigned(std::move(prepared), signature)), "root-ca", {}};
    }

    Issuer makeCa(const std::string& name, const SoftwareKey& key, const Issuer& issuer, const SoftwareKey& issuerKey,
                  std::uint8_t serial)
    {
        auto certificate = issue(name, {}, key.publicKeyDer(), issuer, issuerKey, serialOf(serial));
        std::vector<Certificate> chain{certificate};
        chain.insert(chain.end(), issuer.chain.begin(), issuer.chain.end());
        return {std::move(certificate), name, std::move(chain)};
    }

    [[nodiscard]] Certificate issue(const std::string& name, const ProfileValues& values, ByteView publicKeyDer,
                                    const Issuer& issuer, const SoftwareKey& issuerKey, const CertificateSerial& serial,
                                    Time now = kNow) const
    {
        auto prepared = must(prepareCertificate(profile(name), values, publicKeyDer, issuer, serial, now));
        const Bytes signature = issuerKey.sign(prepared.tbsDer());
        return must(completeCertificate(std::move(prepared), signature, issuer.certificate));
    }

    std::map<std::string, Profile> profiles;
    SoftwareKey rootKey;
    SoftwareKey intermediateKey;
    SoftwareKey deviceKey;
    SoftwareKey cloudKey;
    SoftwareKey ocspKey;
    Issuer root;
    Issuer intermediate;
    Issuer device;
    Issuer cloud;
    Issuer ocsp;
};

/// OpenSSL's own view of a certificate, parsed afresh.
inline X509Handle certificateHandle(const Certificate& certificate)
{
    const auto* position = certificate.der().data();
    return X509Handle(d2i_X509(nullptr, &position, static_cast<long>(certificate.der().size())));
}

inline const std::string kDeviceId = "7959A243F1F08C3F15E60D145C395D93";
inline const std::string kVinHash = "d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af";

inline ProfileValues vehicleValues()
{
    return {{"device_id", kDeviceId}, {"vin_hash", kVinHash}};
}

} // namespace gateway::pki::test
