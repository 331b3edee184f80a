#include "pki/software_signature.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "pki/public_key.h"

namespace gateway::pki {

Result<Bytes> signWithKeyFile(ByteView message, const std::filesystem::path& key, const Certificate& certificate)
{
    const auto refuse = [&](const char* what) {
        ERR_clear_error();
        return fail(ErrorCode::InvalidRequest, "key-file", key.string() + ": " + what);
    };
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(key.c_str(), "r"), BIO_free);
    if (!file) return refuse("cannot be read");
    const auto noPassphrase = [](char*, int, int, void*) { return 0; };
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> handle(
        PEM_read_bio_PrivateKey(file.get(), nullptr, noPassphrase, nullptr), EVP_PKEY_free);
    if (!handle) return refuse("expected a private key in PEM without passphrase");
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::size_t length = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, handle.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &length, message.data(), message.size()) != 1)
        return refuse("the key cannot sign");
    Bytes signature(length);
    if (EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) != 1)
        return refuse("the key did not sign");
    signature.resize(length);
    const auto publicKey = PublicKey::parse(certificate.publicKeyDer());
    if (!publicKey || !publicKey->verifies(message, signature)) return refuse("is not the key of the certificate");
    return signature;
}

} // namespace gateway::pki
