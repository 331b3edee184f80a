#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "ceremony/ceremony_plan.h"
#include "ceremony/key_backup.h"
#include "ceremony/signer_process.h"
#include "ceremony/token_stage.h"
#include "ceremony/transcript.h"
#include "pki/certificate.h"
#include "pki/profile.h"

namespace gateway::ceremony {

struct MadeKey
{
    Bytes publicKeyDer;
    SecretBytes privatePem; ///< of a software key
};

struct MadeCertificate
{
    pki::Certificate certificate;
    std::vector<pki::Certificate> chain; ///< upward, itself first, without the root
};

/// Steps 3 and 4 of a ceremony: keys and certificates, in memory. Nothing is written before everything is signed.
class SigningStage final
{
public:
    SigningStage(const Plan& plan, const std::map<std::string, pki::Profile>& profiles, const TokenStage& tokens,
                 Transcript& transcript, std::ostream& progress)
        : m_plan(plan), m_profiles(profiles), m_tokens(tokens), m_transcript(transcript), m_progress(progress)
    {
    }

    [[nodiscard]] Result<void> makeKeys(SignerProcess& signer);
    [[nodiscard]] Result<void> sign(SignerProcess& signer);

    [[nodiscard]] const MadeKey& key(const std::string& file) const { return m_keys.at(file); }
    [[nodiscard]] const MadeCertificate& made(const std::string& file) const { return m_made.at(file); }
    [[nodiscard]] const std::vector<KeyBackup>& backups() const { return m_backups; }

private:
    Result<MadeKey> makeKey(SignerProcess& signer, const Plan::CertificateOrder& order);
    Result<void> takeEarlier(const Plan::CertificateOrder& order);
    Result<void> signOne(SignerProcess& signer, const Plan::CertificateOrder& order);
    void keep(const Plan::CertificateOrder& order, const pki::Certificate& certificate);

    const Plan& m_plan;
    const std::map<std::string, pki::Profile>& m_profiles;
    const TokenStage& m_tokens;
    Transcript& m_transcript;
    std::ostream& m_progress;
    std::map<std::string, MadeKey> m_keys; ///< by certificate file, as the next
    std::map<std::string, MadeCertificate> m_made;
    std::vector<KeyBackup> m_backups;
};

} // namespace gateway::ceremony
