#include "client/client_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace gateway {
namespace {

namespace ssl = boost::asio::ssl;
using Context = std::shared_ptr<ssl::context>;

tl::unexpected<Error> badCredential(const std::string& expected)
{
    const unsigned long error = ERR_peek_last_error();
    const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
    ERR_clear_error();
    return fail(ErrorCode::InvalidRequest, "client-credential",
                "expected " + expected + ", got: " + (reason != nullptr ? reason : "something else"));
}

/// A key with a passphrase would otherwise ask for it on the terminal.
int refusePassphrase(char*, int, int, void*)
{
    return 0;
}

Result<Context> makeContext(const ClientSettings& settings)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_default_passwd_cb(native, refusePassphrase);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(native, settings.rootCertificate.c_str()) != 1)
        return badCredential("PEM root certificates in " + settings.rootCertificate.string());
    return context;
}

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

} // namespace

Result<Context> makeClientContext(const ClientSettings& settings, const FileCredential& credential)
{
    auto context = makeContext(settings);
    if (!context) return context;
    SSL_CTX* native = (*context)->native_handle();
    if (SSL_CTX_use_certificate_chain_file(native, credential.certificateChain.c_str()) != 1)
        return badCredential("a PEM certificate chain in " + credential.certificateChain.string());
    if (SSL_CTX_use_PrivateKey_file(native, credential.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return badCredential("the PEM key of the certificate, without passphrase, in " + credential.key.string());
    return context;
}

Result<Context> makeClientContext(const ClientSettings& settings, const KeyCredential& credential)
{
    auto context = makeContext(settings);
    if (!context) return context;
    SSL_CTX* native = (*context)->native_handle();
    const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
        BIO_new_mem_buf(credential.certificateChainPem.data(), int(credential.certificateChainPem.size())), &BIO_free);
    const X509Ptr leaf(PEM_read_bio_X509(pem.get(), nullptr, refusePassphrase, nullptr), &X509_free);
    if (!leaf || SSL_CTX_use_certificate(native, leaf.get()) != 1)
        return badCredential("a PEM client certificate first in the chain");
    while (const auto issuer = X509Ptr(PEM_read_bio_X509(pem.get(), nullptr, refusePassphrase, nullptr), &X509_free))
        if (SSL_CTX_add1_chain_cert(native, issuer.get()) != 1) return badCredential("a usable certificate chain");
    // The loop ends by "no start line", which is how OpenSSL says end of text.
    ERR_clear_error();
    if (credential.key == nullptr || SSL_CTX_use_PrivateKey(native, credential.key) != 1)
        return badCredential("the key of the client certificate");
    return context;
}

} // namespace gateway
