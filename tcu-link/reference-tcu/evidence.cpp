#include "reference-tcu/evidence.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "reference-tcu/certificates.h"

namespace tcu {

namespace {

template <typename First, typename Second>
Bytes joined(const First& first, const Second& second)
{
    Bytes bytes(first.begin(), first.end());
    bytes.insert(bytes.end(), second.begin(), second.end());
    return bytes;
}

} // namespace

TpmResult<EvidenceRecord> makeEvidence(Tpm& tpm, std::uint32_t handle, const CertifyRequest& request)
{
    const auto connection = tpm.connect();
    if (!connection) return tl::unexpected(connection.error());
    auto credential = tpm.activateCredential(request.credentialBlob, request.encryptedSecret);
    if (!credential) return tl::unexpected(credential.error());
    auto certified = tpm.certify(handle, sha256(joined(request.transaction, request.nonce)));
    if (!certified) {
        OPENSSL_cleanse(credential->data(), credential->size());
        return tl::unexpected(certified.error());
    }
    const auto message = joined(request.transaction, sha256(certified->certifyInfo));
    Bytes proof(Sha256{}.size());
    unsigned int length = 0;
    const bool isMade = HMAC(EVP_sha256(), credential->data(), static_cast<int>(credential->size()), message.data(),
                             message.size(), proof.data(), &length) != nullptr;
    OPENSSL_cleanse(credential->data(), credential->size());
    if (!isMade) return tl::unexpected(TpmError{TpmFault::Refused, "HMAC-SHA-256 of the proof"});
    return EvidenceRecord{request.nonce, std::move(certified->keyPublic), std::move(certified->certifyInfo),
                          std::move(certified->signature), std::move(proof)};
}

} // namespace tcu
