#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "contract/messages.h"

namespace test {

/// The unit's side of TPM evidence on a real TPM, with the ways to get it wrong. By ESAPI, apart from the unit's own
/// code, so that the two sides are not proved by one reading of the specification. Throws on any failure.
class TpmRig final
{
public:
    enum class EkKind { Rsa2048, P256, P384 };
    enum class AkKind { EcDsa, RsaSsa, RsaPss, Unrestricted };
    enum class KeyKind { Good, Exportable, P384, Restricted };

    /// A key in the TPM, persistent where that is possible: a TPM has three slots for transient objects.
    struct Key
    {
        std::uint32_t handle = 0;  ///< ESYS_TR
        gateway::Bytes publicArea; ///< TPM2B_PUBLIC
        gateway::Bytes spki;       ///< SubjectPublicKeyInfo
    };

    explicit TpmRig(const std::string& tcti);
    ~TpmRig();
    TpmRig(const TpmRig&) = delete;
    TpmRig& operator=(const TpmRig&) = delete;

    /// By the TCG's templates L-1, L-2 and H-3.
    [[nodiscard]] Key createEk(EkKind kind);
    [[nodiscard]] Key createAk(AkKind kind);
    [[nodiscard]] Key createKey(KeyKind kind);
    /// A P-256 key made by OpenSSL and loaded beside the hierarchies.
    [[nodiscard]] Key loadSoftKey();

    void remove(const Key& key);

    /// TPM2_ActivateCredential with the EK's policy.
    /// @return nothing when the TPM refuses
    [[nodiscard]] std::optional<gateway::Bytes> activate(const Key& ek, EkKind kind, const Key& ak,
                                                         const gateway::EvidenceChallenge& challenge);

    /// Certifies the key for the transaction and proves the credential.
    [[nodiscard]] gateway::TpmEvidence prove(const gateway::TransactionId& transaction,
                                             const gateway::EvidenceChallenge& challenge,
                                             const gateway::Bytes& credential, const gateway::Bytes& ekCertificateDer,
                                             const Key& ak, const Key& key);

private:
    struct Session;

    std::unique_ptr<Session> m_session;
};

} // namespace test
