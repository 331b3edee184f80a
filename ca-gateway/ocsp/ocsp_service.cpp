#include "ocsp/ocsp_service.h"

#include <array>

#include "identity/random.h"
#include "issuance/signing.h"
#include "pki/prepared_certificate.h"

namespace gateway {
namespace {

constexpr std::chrono::hours kHealthyRemainder{24};

/// OCSPResponse { responseStatus tryLater (3) }, RFC 6960 4.2.1: unsigned, so it needs no signer.
constexpr std::array<std::uint8_t, 5> kTryLater{0x30, 0x03, 0x0A, 0x01, 0x03};

} // namespace

struct OcspService::Current
{
    pki::OcspSigner signer;
    Time notBefore;
    Time notAfter;
};

OcspService::OcspService(OcspStatusSource& statuses, IssuedCertificateLog& log, Signer& signer,
                         const pki::Issuer& issuer, const pki::Profile& profile, std::string responder, Clock clock,
                         pki::OcspLifetimes lifetimes)
    : m_statuses(statuses),
      m_log(log),
      m_signer(signer),
      m_issuer(issuer),
      m_profile(profile),
      m_responder(std::move(responder)),
      m_clock(std::move(clock)),
      m_lifetimes(lifetimes),
      m_issuerText(issuer.certificate.subjectText())
{
}

OcspService::~OcspService() = default;

std::shared_ptr<const OcspService::Current> OcspService::current()
{
    const std::lock_guard lock(m_mutex);
    return m_current;
}

Result<bool> OcspService::renewSignerIfDue()
{
    const std::lock_guard renewing(m_renewing);
    const auto now = m_clock();
    if (const auto present = current();
        present && now < present->notBefore + (present->notAfter - present->notBefore) / 2)
        return false;

    auto fresh = pki::OcspSigner::generate();
    if (!fresh) return tl::unexpected(fresh.error());
    const auto serial = CertificateSerial::random(fillFromSystemRandom);
    if (!serial) return tl::unexpected(serial.error());
    auto prepared =
        pki::prepareCertificate(m_profile, {{"responder", m_responder}}, fresh->publicKeyDer(), m_issuer, *serial, now);
    if (!prepared) return tl::unexpected(prepared.error());
    const auto certificate = signPrepared(m_signer, std::move(*prepared), m_issuer.certificate);
    if (!certificate) return tl::unexpected(certificate.error());

    const Caller self{.kind = Caller::Kind::Gateway, .name = m_responder, .certificateDer = {}, .traceId = {}};
    auto audit = makeAuditEvent("certificate_issued", self, now);
    audit.serial = certificate->serial();
    audit.metadata =
        issuingMetadata(m_issuer, certificate->notBefore(), certificate->notAfter(), certificate->keyAlgorithmText());
    audit.metadata.emplace("type", m_profile.certificateType);
    const auto recorded =
        m_log.record(makeCertificateRecord(*certificate, m_profile.certificateType, m_responder), audit);
    if (!recorded) return tl::unexpected(recorded.error());
    if (auto fits = fresh->setCertificate(*certificate); !fits) return tl::unexpected(fits.error());

    auto next = std::make_shared<const Current>(Current{
        .signer = std::move(*fresh), .notBefore = certificate->notBefore(), .notAfter = certificate->notAfter()});
    const std::lock_guard lock(m_mutex);
    m_current = std::move(next);
    return true;
}

pki::OcspResponse OcspService::answer(ByteView requestDer)
{
    const auto now = m_clock();
    const auto present = current();
    if (!present || now > present->notAfter) {
        pki::OcspResponse response;
        response.der.assign(kTryLater.begin(), kTryLater.end());
        return response;
    }
    return pki::answerOcsp(
        requestDer, m_issuer, present->signer,
        [&](const CertificateSerial& serial) { return m_statuses.status(m_issuerText, serial, now); }, now,
        m_lifetimes);
}

Result<void> OcspService::checkHealth()
{
    const auto present = current();
    if (!present || m_clock() + kHealthyRemainder > present->notAfter)
        return fail(ErrorCode::HsmUnavailable, "ocsp-signer-missing",
                    "no OCSP signer certificate that is valid for another 24 hours");
    return {};
}

} // namespace gateway
