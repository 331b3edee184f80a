#include "pki/path.h"

#include <memory>

#include <openssl/x509_vfy.h>

#include "pki/certificate_impl.h"

namespace gateway::pki {

Result<void> verifyPath(const Certificate& certificate, const std::vector<Certificate>& intermediates,
                        const Certificate& root, Time at)
{
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                  X509_STORE_CTX_free);
    const auto free = [](STACK_OF(X509) * stack) { sk_X509_free(stack); };
    const std::unique_ptr<STACK_OF(X509), decltype(free)> untrusted(sk_X509_new_null(), free);
    bool ready = store && context && untrusted && X509_STORE_add_cert(store.get(), root.impl().x509.get()) == 1;
    for (const auto& intermediate : intermediates)
        ready = ready && sk_X509_push(untrusted.get(), intermediate.impl().x509.get()) > 0;
    if (!ready || X509_STORE_CTX_init(context.get(), store.get(), certificate.impl().x509.get(), untrusted.get()) != 1)
        return fail(ErrorCode::Internal, "path-invalid", "OpenSSL could not be set up");
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(at));
    if (X509_verify_cert(context.get()) == 1) return {};
    return fail(ErrorCode::PolicyViolation, "path-invalid",
                certificate.subjectText() + ": " +
                    X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

} // namespace gateway::pki
