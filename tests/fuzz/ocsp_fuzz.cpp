#include <algorithm>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "fuzz/expect.h"
#include "pki/ocsp.h"
#include "pki/prepared_certificate.h"
#include "support/software_signer.h"

using namespace gateway;

namespace {

constexpr Time kNow{std::chrono::seconds(1'790'000'000)};

struct Responder
{
    support::SoftwareSigner ca{kNow - std::chrono::days(1), support::SoftwareKey::Kind::EcP256};
    pki::OcspSigner signer = *pki::OcspSigner::generate();

    Responder()
    {
        auto prepared =
            pki::prepareCertificate(ca.profile("ocsp-signer"), {{"responder", "fuzz"}}, signer.publicKeyDer(),
                                    ca.issuer(), *CertificateSerial::parse("5078208CB47E061F67B6B0F925D9F4CC"), kNow);
        const auto signature = ca.sign({.kind = SignRequest::Kind::Certificate,
                                        .keyLabel = prepared->keyLabel(),
                                        .profile = prepared->profileName(),
                                        .tbsDer = Bytes(prepared->tbsDer().begin(), prepared->tbsDer().end())});
        V2C_EXPECT(
            signer.setCertificate(*pki::completeCertificate(std::move(*prepared), *signature, ca.issuer().certificate))
                .has_value());
    }
};

/// The corpus has runs of N for the hash of the issuer's name and of K for that of its key, which is new each time.
Bytes withIssuer(ByteView request, const pki::Certificate& issuer)
{
    Bytes result(request.begin(), request.end());
    auto* x509 = [&] {
        const auto* position = issuer.der().data();
        return d2i_X509(nullptr, &position, static_cast<long>(issuer.der().size()));
    }();
    for (const auto* digest : {EVP_sha1(), EVP_sha256()}) {
        Bytes name(static_cast<std::size_t>(EVP_MD_get_size(digest)));
        Bytes key(name.size());
        X509_NAME_digest(X509_get_subject_name(x509), digest, name.data(), nullptr);
        X509_pubkey_digest(x509, digest, key.data(), nullptr);
        Bytes placeholder{0x04, static_cast<std::uint8_t>(name.size())};
        placeholder.resize(placeholder.size() + name.size(), 'N');
        placeholder.insert(placeholder.end(), {0x04, static_cast<std::uint8_t>(key.size())});
        placeholder.resize(placeholder.size() + key.size(), 'K');
        for (auto at = result.begin();
             (at = std::search(at, result.end(), placeholder.begin(), placeholder.end())) != result.end();) {
            std::copy(name.begin(), name.end(), at + 2);
            std::copy(key.begin(), key.end(), at + 4 + static_cast<std::ptrdiff_t>(name.size()));
        }
    }
    X509_free(x509);
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Responder responder;
    const auto request = withIssuer({data, size}, responder.ca.issuer().certificate);
    const auto answer = pki::answerOcsp(
        request, responder.ca.issuer(), responder.signer,
        [](const CertificateSerial&) {
            return pki::OcspStatus{.kind = pki::OcspStatus::Kind::Good, .revokedAt = {}, .goodUntil = {}};
        },
        kNow);
    const auto* position = answer.der.data();
    auto* response = d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(answer.der.size()));
    V2C_EXPECT(response != nullptr && position == answer.der.data() + answer.der.size());
    const int status = OCSP_response_status(response);
    OCSP_RESPONSE_free(response);
    V2C_EXPECT(status == OCSP_RESPONSE_STATUS_SUCCESSFUL || status == OCSP_RESPONSE_STATUS_MALFORMEDREQUEST ||
               status == OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    V2C_EXPECT(status == OCSP_RESPONSE_STATUS_SUCCESSFUL || !answer.cacheable);
    if (const auto plain = pki::plainOcspRequest(request)) V2C_EXPECT(pki::plainOcspRequest(*plain) == plain);
    V2C_EXPECT(ERR_peek_error() == 0);
    return 0;
}
