#pragma once

#include <string>

#include "contract/bytes.h"
#include "contract/error.h"
#include "contract/sealed_bytes.h"

namespace gateway {

/// What is to be signed: the key's label and the profile travel, keys never do.
struct SignRequest
{
    enum class Kind { Certificate, Crl, AuditHead };

    Kind kind = Kind::Certificate;
    std::string keyLabel;                           ///< "device-issuing-ca"
    std::string profile;                            ///< profile name for certificates, else empty
    Bytes tbsDer;                                   ///< TBSCertificate, TBSCertList, or the text of an audit head
    std::shared_ptr<const SealedBytes> sealed = {}; ///< in the place of tbsDer: a TBSCertList of any length

    [[nodiscard]] ByteView tbs() const { return sealed ? sealed->view() : ByteView(tbsDer); }
};

/// Signs with an HSM key. Implemented in keys/ by a client of v2c-signer, in tests also by a software key.
/// Thread-safe. Errors: HsmUnavailable (not signed, or in doubt), PolicyViolation (the signer's own check refused).
class Signer
{
public:
    virtual ~Signer() = default;

    /// @return the signature value: PKCS#1 v1.5, or a DER ECDSA-Sig-Value
    [[nodiscard]] virtual Result<Bytes> sign(const SignRequest& request) = 0;
    [[nodiscard]] virtual Result<void> checkHealth() = 0;
};

} // namespace gateway
