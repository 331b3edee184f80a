#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ceremony/ceremony_plan.h"
#include "ceremony/desk.h"
#include "contract/messages.h"
#include "pki/certificate.h"
#include "pki/crl.h"

namespace gateway::ceremony {

[[nodiscard]] Time currentTime();
[[nodiscard]] std::string timeText(Time time); ///< RFC 3339, UTC
[[nodiscard]] std::string sha256Hex(ByteView bytes);

/// What was done in a ceremony, in the order in which it was done.
class Transcript final
{
public:
    Transcript(const Plan& plan, std::string ceremonyFileHash);
    ~Transcript();
    Transcript(const Transcript&) = delete;
    Transcript& operator=(const Transcript&) = delete;

    /// Something done within a step of the specification's script, 1 to 7.
    void add(unsigned step, const std::string& what);
    void addSigned(const Plan::CertificateOrder& order, const pki::Certificate& certificate,
                   const std::string& signingToken, const std::string& signingKey);
    void addCrl(const Plan::ListOrder& order, const pki::CrlTimes& times, const std::vector<pki::RevokedEntry>& entries,
                ByteView der, const Plan::CertificateOrder& signing);
    void setPresent(const std::vector<std::string>& holders);
    void setShares(const std::vector<ShareSet>& sets);
    /// A file that goes with the transcript.
    void addFile(const std::string& name, std::string_view content);
    [[nodiscard]] std::size_t signedCount() const;

    /// The JSON document, which is what is signed.
    [[nodiscard]] std::string finish();
    /// The same to be printed, with the hash of the document it shows.
    [[nodiscard]] std::string pdf(const std::string& document, const std::string& signer) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::ceremony
