#include "http/tls_context.h"

#include <ctime>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/tls_grace.h"

namespace gateway::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr long kMaxClientChainOctets = 16 * 1024;
constexpr long kMaxSessions = 1024;

int allowRecentlyExpiredLeaf(int isOk, X509_STORE_CTX* context)
{
    if (isOk == 1) return 1;
    if (X509_STORE_CTX_get_error(context) != X509_V_ERR_CERT_HAS_EXPIRED ||
        X509_STORE_CTX_get_error_depth(context) != 0)
        return 0;
    std::time_t limit = std::time(nullptr) - std::chrono::seconds(kExpiredClientGrace).count();
    if (X509_cmp_time(X509_get0_notAfter(X509_STORE_CTX_get_current_cert(context)), &limit) <= 0) return 0;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/// A key with a passphrase would otherwise ask for it on the terminal.
int refusePassphrase(char*, int, int, void*)
{
    return 0;
}

tl::unexpected<Error> badFile(const char* what, const std::filesystem::path& file)
{
    const unsigned long error = ERR_peek_last_error();
    std::string reason =
        error != 0 && ERR_reason_error_string(error) != nullptr ? ERR_reason_error_string(error) : "unreadable";
    ERR_clear_error();
    return fail(ErrorCode::Internal, "tls-files",
                std::string("expected ") + what + " in " + file.string() + ", got: " + reason);
}

} // namespace

Result<std::shared_ptr<ssl::context>> makeServerContext(const TlsFiles& files)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    // A client sends a chain of three; OpenSSL would take 100 KB of them, and keep 20,000 sessions.
    SSL_CTX_set_max_cert_list(native, kMaxClientChainOctets);
    SSL_CTX_sess_set_cache_size(native, kMaxSessions);
    SSL_CTX_set_default_passwd_cb(native, refusePassphrase);
    // Without a context of its own a server that asks for certificates refuses every resumption.
    constexpr std::string_view kSessionContext = "v2c-ca-gateway";
    SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                   unsigned(kSessionContext.size()));

    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(native, files.certificateChain.c_str()) != 1)
        return badFile("a PEM certificate chain", files.certificateChain);
    if (SSL_CTX_use_PrivateKey_file(native, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return badFile("the PEM key of the certificate, without passphrase,", files.key);
    if (SSL_CTX_check_private_key(native) != 1) return badFile("the key of the certificate", files.key);
    if (SSL_CTX_load_verify_file(native, files.root.c_str()) != 1) return badFile("PEM root certificates", files.root);
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files.root.c_str());
    if (names == nullptr) return badFile("PEM root certificates", files.root);
    SSL_CTX_set_client_CA_list(native, names);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, allowRecentlyExpiredLeaf);
    return context;
}

Result<void> checkIsValidNow(ssl::context& context, const TlsFiles& files)
{
    const X509* own = SSL_CTX_get0_certificate(context.native_handle());
    if (X509_cmp_current_time(X509_get0_notBefore(own)) < 0 && X509_cmp_current_time(X509_get0_notAfter(own)) > 0)
        return {};
    return fail(ErrorCode::Internal, "tls-files",
                "expected a certificate that is valid now in " + files.certificateChain.string() +
                    ", got one that has expired or is not valid yet");
}

} // namespace gateway::http
