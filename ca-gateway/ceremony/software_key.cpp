#include "ceremony/software_key.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace gateway::ceremony {

namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

EVP_PKEY* generate(const std::string& algorithm)
{
    if (algorithm == "RSA-2048") return EVP_RSA_gen(2048);
    if (algorithm == "RSA-4096") return EVP_RSA_gen(4096);
    if (algorithm == "EC-P256") return EVP_EC_gen("P-256");
    if (algorithm == "EC-P384") return EVP_EC_gen("P-384");
    return nullptr;
}

} // namespace

Result<SoftwareKey> generateSoftwareKey(const std::string& algorithm)
{
    const auto failed = [&] { return fail(ErrorCode::Internal, "software-key", "cannot make a key " + algorithm); };
    const KeyPointer key(generate(algorithm), EVP_PKEY_free);
    const BioPointer pem(BIO_new(BIO_s_secmem()), BIO_free_all);
    if (!key || !pem || PEM_write_bio_PKCS8PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failed();
    char* text = nullptr;
    const auto length = BIO_get_mem_data(pem.get(), &text);
    std::uint8_t* der = nullptr;
    const int derLength = i2d_PUBKEY(key.get(), &der);
    if (length <= 0 || derLength <= 0) return failed();
    SoftwareKey result{SecretBytes(std::string_view(text, static_cast<std::size_t>(length))),
                       Bytes(der, der + derLength)};
    OPENSSL_free(der);
    return result;
}

} // namespace gateway::ceremony
