#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ceremony/ceremony_journal.h"
#include "ceremony/ceremony_plan.h"
#include "ceremony/desk.h"
#include "ceremony/signer_process.h"
#include "ceremony/transcript.h"

namespace gateway::ceremony {

/// Steps 1 and 2 of a ceremony: its tokens are made or found, the root token's PIN and the key-encryption key are split
/// among the holders, and from then on are what the holders' shares give back.
class TokenStage final
{
public:
    TokenStage(const Plan& plan, Desk& desk, Journal& journal, Transcript& transcript, std::ostream& progress)
        : m_plan(plan), m_desk(desk), m_journal(journal), m_transcript(transcript), m_progress(progress)
    {
    }

    /// @return Conflict "token-exists", "token-missing": the HSM is not as the plan says
    [[nodiscard]] Result<void> check(SignerProcess& signer);
    /// Makes or finds every token. @return Forbidden with the types of Desk and combineShares()
    [[nodiscard]] Result<void> open(SignerProcess& signer);

    [[nodiscard]] const SecretBytes& pin(const std::string& token) const { return m_pins.at(token); }
    [[nodiscard]] const SecretBytes& wrappingKey() const { return m_wrappingKey; }
    [[nodiscard]] std::vector<ShareSet> shareSets() const;
    [[nodiscard]] const Plan::Token* sharedToken() const { return m_sharedToken; }

private:
    Result<void> openEarlier(const Plan::Token& token);
    Result<void> make(SignerProcess& signer, const Plan::Token& token);
    Result<void> makeWrappingKey();
    Result<ShareSet> handOut(const std::string& purpose, const SecretBytes& secret);
    Result<void> takeShares();
    Result<SecretBytes> take(Desk& desk, const std::string& purpose, const std::optional<ShareSet>& set,
                             const std::vector<std::string>& present);

    const Plan& m_plan;
    Desk& m_desk;
    Journal& m_journal;
    Transcript& m_transcript;
    std::ostream& m_progress;
    const Plan::Token* m_sharedToken = nullptr;
    std::optional<ShareSet> m_pinShares;
    std::optional<ShareSet> m_backupShares;
    SecretBytes m_wrappingKey;
    std::map<std::string, SecretBytes> m_pins; ///< of the tokens that are open
};

} // namespace gateway::ceremony
