#include "crl/crl_service.h"

#include "crl/atomic_file.h"

namespace gateway {

CrlService::CrlService(CrlSource& source, Signer& signer, const pki::Issuer& issuer, CrlSettings settings, Clock clock)
    : m_source(source),
      m_signer(signer),
      m_issuer(issuer),
      m_settings(std::move(settings)),
      m_clock(std::move(clock)),
      m_issuerText(issuer.certificate.subjectText())
{
}

std::shared_ptr<const PublishedCrl> CrlService::current()
{
    const std::lock_guard lock(m_mutex);
    return m_current;
}

Result<bool> CrlService::refreshIfNeeded()
{
    const std::lock_guard building(m_building);
    const auto now = m_clock();
    const auto published = current();
    if (published && now - published->thisUpdate < m_settings.leastDistance) return false;
    // Before the list itself: what is revoked in between is on the list, and counts as a change once more.
    auto version = m_source.version(m_issuerText, now);
    if (!version) return tl::unexpected(version.error());
    if (published && *version == m_version && now - published->thisUpdate < m_settings.rebuildAfter) return false;

    auto crl = build(now);
    if (!crl) return tl::unexpected(crl.error());
    if (auto done = publish(*crl); !done) return tl::unexpected(done.error());
    m_version = std::move(*version);
    const std::lock_guard lock(m_mutex);
    m_current = std::make_shared<const PublishedCrl>(std::move(*crl));
    return true;
}

Result<PublishedCrl> CrlService::build(Time now)
{
    const auto entries = m_source.revoked(m_issuerText, now);
    if (!entries) return tl::unexpected(entries.error());
    const auto number = m_source.reserveNumber(m_issuerText, now);
    if (!number) return tl::unexpected(number.error());
    const auto nextUpdate = now + m_settings.nextUpdate;
    auto tbs = pki::prepareCrl(m_issuer, *entries, *number, now, nextUpdate);
    if (!tbs) return tl::unexpected(tbs.error());
    const auto signature =
        m_signer.sign({.kind = SignRequest::Kind::Crl, .keyLabel = m_issuer.keyLabel, .profile = {}, .tbsDer = *tbs});
    if (!signature) return tl::unexpected(signature.error());
    auto der = pki::completeCrl(*tbs, *signature, m_issuer.certificate);
    if (!der) return tl::unexpected(der.error());
    return PublishedCrl{.der = std::move(*der), .number = *number, .thisUpdate = now, .nextUpdate = nextUpdate};
}

Result<void> CrlService::publish(const PublishedCrl& crl)
{
    if (auto pem = replaceFile(m_settings.folder / (m_settings.name + ".crl.pem"), asBytes(pki::crlPem(crl.der))); !pem)
        return pem;
    return replaceFile(m_settings.folder / (m_settings.name + ".crl"), crl.der);
}

} // namespace gateway
