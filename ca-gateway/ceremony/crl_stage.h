#pragma once

#include <iosfwd>
#include <vector>

#include "ceremony/ceremony_plan.h"
#include "ceremony/signer_process.h"
#include "ceremony/signing_stage.h"
#include "ceremony/token_stage.h"
#include "ceremony/transcript.h"
#include "pki/crl.h"

namespace gateway::ceremony {

/// The CRLs of a ceremony, in memory until everything is signed.
class CrlStage final
{
public:
    CrlStage(const Plan& plan, const SigningStage& signing, const TokenStage& tokens, Transcript& transcript,
             std::ostream& progress)
        : m_plan(plan), m_signing(signing), m_tokens(tokens), m_transcript(transcript), m_progress(progress)
    {
    }

    /// @return Conflict "crl-clock" when the last list is of the future, "crl-previous" when it is not the issuer's;
    /// PolicyViolation "crl-revoke" for a certificate that the issuer has not signed
    [[nodiscard]] Result<void> sign(SignerProcess& signer);
    [[nodiscard]] Result<void> write() const;
    /// What is on disk.
    [[nodiscard]] Result<void> verify() const;

private:
    struct Made
    {
        const Plan::ListOrder* order;
        pki::CrlTimes times;
        Bytes der;
    };
    Result<void> signOne(SignerProcess& signer, const Plan::ListOrder& order);
    Result<void> takePrevious(const Plan::ListOrder& order, Time now, std::vector<pki::RevokedEntry>& entries,
                              std::uint64_t& number) const;
    Result<void> revoke(const Plan::ListOrder& order, Time now, std::vector<pki::RevokedEntry>& entries);

    const Plan& m_plan;
    const SigningStage& m_signing;
    const TokenStage& m_tokens;
    Transcript& m_transcript;
    std::ostream& m_progress;
    std::vector<Made> m_made;
};

} // namespace gateway::ceremony
