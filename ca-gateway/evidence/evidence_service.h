#pragma once

#include <memory>

#include "evidence/endorsement_trust.h"
#include "evidence/evidence_key.h"
#include "issuance/clock.h"
#include "issuance/evidence_check.h"
#include "pki/certificate.h"

namespace gateway::evidence {

/// What a site asks of its units. Evidence that comes is checked under both.
enum class EvidencePolicy {
    Required, ///< nothing is issued without
    Recorded, ///< a unit may come without; the audit says so
};

struct EvidenceSettings
{
    EvidencePolicy policy = EvidencePolicy::Required;
    std::filesystem::path bundle;
    std::chrono::days alarm{30}; ///< before an end in the bundle
};

/// The CA's side of TPM evidence; docs/evidence.md tells the protocol and what it protects from. It keeps nothing, so
/// each replica with the same key can check what another one has asked for. Reads the bundle again when its file
/// changes; a new one that does not hold leaves the old one in use and shows in checkBundle(). Thread-safe.
class EvidenceService final : public EvidenceCheck
{
public:
    /// @param root  which the bundle's signer chains to
    /// @return InvalidRequest "evidence-bundle" when the bundle cannot be read or does not hold
    [[nodiscard]] static Result<std::unique_ptr<EvidenceService>> make(EvidenceSettings settings, EvidenceKey key,
                                                                       pki::Certificate root, Clock clock);
    ~EvidenceService() override;

    /// Checks EK certificate and AK, and makes what only this TPM can answer.
    /// @return as check(), as far as EK and AK are concerned
    [[nodiscard]] Result<EvidenceChallenge> challenge(const ChallengeRequest& request) const;

    /// @return InvalidRequest "evidence-malformed"; PolicyViolation with the cause:
    /// | type                     | what the evidence shows                                                         |
    /// |--------------------------|---------------------------------------------------------------------------------|
    /// | evidence-missing         | none came, and the policy requires it                                           |
    /// | evidence-ek-untrusted    | an EK certificate of no known manufacturer, or not an EK's                      |
    /// | evidence-ek-revoked      | it or an issuer is on a CRL                                                     |
    /// | evidence-ek-expired      | it or an issuer has expired                                                     |
    /// | evidence-ak-unsuitable   | not a restricted signing key made in and bound to its TPM                       |
    /// | evidence-signature       | the AK did not sign                                                             |
    /// | evidence-replay          | made for another transaction, EK or AK                                          |
    /// | evidence-credential      | the TPM of this EK does not hold this AK                                        |
    /// | evidence-key-mismatch    | speaks of another key than the CSR's                                            |
    /// | evidence-key-soft        | the key was not generated in a TPM                                              |
    /// | evidence-key-exportable  | the key may leave its TPM                                                       |
    /// | evidence-key-unsuitable  | not an unrestricted signing key on P-256                                        |
    ///
    /// StoreUnavailable "evidence-bundle-expired": the bundle's signer or a CRL that decides is past its end
    [[nodiscard]] Result<EvidenceOutcome> check(const IssueRequest& request, ByteView publicKeyDer) const override;

    /// What an operator must know of the bundle.
    struct BundleState
    {
        std::optional<Error> fault;        ///< it cannot be used as it is: units are or will soon be refused
        bool isExpiring = false;           ///< an end within the alarm time, or passed
        std::vector<TrustExpiry> expiries; ///< of certificates, CRLs and signer
    };
    [[nodiscard]] BundleState checkBundle() const;

private:
    struct Impl;
    explicit EvidenceService(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::evidence
