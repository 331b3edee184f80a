#pragma once

#include <memory>
#include <mutex>

#include "issuance/clock.h"
#include "issuance/signer.h"
#include "ocsp/issued_certificate_log.h"
#include "ocsp/status_source.h"
#include "pki/ocsp.h"
#include "pki/profile.h"

namespace gateway {

/// The responder for one issuing CA. Its key lives in this process only, with a short-lived certificate issued directly
/// by that CA (specification note 5), and is replaced at half of its life. Thread-safe.
class OcspService final
{
public:
    /// @param profile    "ocsp-signer"
    /// @param responder  value of the profile's {responder}: names this replica, e.g. its host
    OcspService(OcspStatusSource& statuses, IssuedCertificateLog& log, Signer& signer, const pki::Issuer& issuer,
                const pki::Profile& profile, std::string responder, Clock clock, pki::OcspLifetimes lifetimes = {});
    ~OcspService();

    /// Gets the first signer certificate, and the next one from half of its life on; cheap when nothing is due. To be
    /// called at start and then every minute. While it fails, the current one goes on to its end.
    /// @return whether there is a new one; HsmUnavailable, StoreUnavailable, PolicyViolation
    [[nodiscard]] Result<bool> renewSignerIfDue();

    /// Whether the request is about certificates of this responder's CA.
    [[nodiscard]] bool speaksFor(ByteView requestDer) const
    {
        return pki::isOcspRequestFor(requestDer, m_issuer.certificate);
    }

    /// @return tryLater while there is no valid signer
    [[nodiscard]] pki::OcspResponse answer(ByteView requestDer);

    /// The CA's subject as pki::Certificate::subjectText() prints it.
    [[nodiscard]] const std::string& issuer() const { return m_issuerText; }

    /// @return HsmUnavailable "ocsp-signer-missing" unless the signer is valid for another 24 hours
    [[nodiscard]] Result<void> checkHealth();

private:
    struct Current;

    [[nodiscard]] std::shared_ptr<const Current> current();

    OcspStatusSource& m_statuses;
    IssuedCertificateLog& m_log;
    Signer& m_signer;
    const pki::Issuer& m_issuer;
    const pki::Profile& m_profile;
    std::string m_responder;
    Clock m_clock;
    pki::OcspLifetimes m_lifetimes;
    std::string m_issuerText;
    std::mutex m_renewing; ///< held while a signer is made; answers do not wait for it
    std::mutex m_mutex;    ///< guards m_current
    std::shared_ptr<const Current> m_current;
};

} // namespace gateway
