#include "ceremony/crl_stage.h"

#include <algorithm>
#include <ostream>

#include "ceremony/output_file.h"
#include "pki/path.h"

namespace gateway::ceremony {

namespace {

constexpr mode_t kPublicFile = 0644;

bool lists(const std::vector<pki::RevokedEntry>& entries, const CertificateSerial& serial)
{
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.serial == serial; });
}

} // namespace

Result<void> CrlStage::sign(SignerProcess& signer)
{
    for (const auto& order : m_plan.lists)
        if (const auto done = signOne(signer, order); !done)
            return fail(done.error().code, done.error().type, order.file + ": " + done.error().detail);
    return {};
}

Result<void> CrlStage::signOne(SignerProcess& signer, const Plan::ListOrder& order)
{
    const auto& made = m_signing.made(order.issuer);
    const auto& key = m_plan.order(order.issuer);
    const auto now = currentTime();
    std::vector<pki::RevokedEntry> entries;
    // As online: it rises after a list that was lost, too.
    auto number = static_cast<std::uint64_t>(now.time_since_epoch().count());
    if (const auto taken = takePrevious(order, now, entries, number); !taken) return taken;
    if (const auto revoked = revoke(order, now, entries); !revoked) return revoked;
    const pki::Issuer issuer{made.certificate, key.keyLabel, made.chain};
    const pki::CrlTimes times{number, now, now + order.lifetime};
    const auto tbs = pki::prepareCrl(issuer, entries, times.number, times.thisUpdate, times.nextUpdate);
    if (!tbs) return tl::unexpected(tbs.error());
    const auto signature =
        signer.signCrl(key.token, m_tokens.pin(key.token), key.keyLabel, *tbs, made.certificate.der());
    if (!signature) return tl::unexpected(signature.error());
    auto der = pki::completeCrl(*tbs, *signature, made.certificate);
    if (!der) return tl::unexpected(der.error());
    m_transcript.addCrl(order, times, entries, *der, key);
    m_transcript.add(4, order.file + ": CRL " + std::to_string(number) + " of " + made.certificate.subjectCommonName() +
                            ", " + std::to_string(entries.size()) + " revoked, until " + timeText(times.nextUpdate));
    m_progress << order.file << ": CRL " << number << " of " << made.certificate.subjectCommonName() << ", "
               << entries.size() << " revoked, until " << timeText(times.nextUpdate) << "\n";
    m_made.push_back({&order, times, std::move(*der)});
    return {};
}

/// Nothing that was revoked comes off a list by its renewal.
Result<void> CrlStage::takePrevious(const Plan::ListOrder& order, Time now, std::vector<pki::RevokedEntry>& entries,
                                    std::uint64_t& number) const
{
    if (order.previous.empty()) return {};
    const auto text = readFile(order.previous);
    if (!text) return tl::unexpected(text.error());
    const auto times = pki::readCrl(asBytes(*text), m_signing.made(order.issuer).certificate);
    if (!times)
        return fail(ErrorCode::Conflict, "crl-previous",
                    order.previous.string() + ": expected the last CRL of " + order.issuer + " in DER, got another " +
                        "(" + times.error().detail + ")");
    if (times->thisUpdate > now)
        return fail(ErrorCode::Conflict, "crl-clock",
                    order.previous.string() + " was signed at " + timeText(times->thisUpdate) + ", and it is " +
                        timeText(now) + " by this machine's clock; set the clock");
    auto listed = pki::readCrlEntries(asBytes(*text));
    if (!listed) return tl::unexpected(listed.error());
    entries = std::move(*listed);
    number = std::max(number, times->number + 1);
    return {};
}

Result<void> CrlStage::revoke(const Plan::ListOrder& order, Time now, std::vector<pki::RevokedEntry>& entries)
{
    const auto& issuer = m_signing.made(order.issuer);
    const auto& root = m_signing.made(m_plan.root().file).certificate;
    for (const auto& revocation : order.revocations) {
        const auto text = readFile(revocation.certificate);
        if (!text) return tl::unexpected(text.error());
        const auto bundle = pki::parsePemBundle(*text);
        if (!bundle || bundle->empty())
            return fail(ErrorCode::PolicyViolation, "crl-revoke",
                        revocation.certificate.string() + ": expected a certificate in PEM");
        const auto& certificate = bundle->front();
        const bool isOfIssuer = certificate.issuerDer() == issuer.certificate.subjectDer() &&
                                certificate.der() != issuer.certificate.der() &&
                                pki::verifyPath(certificate, issuer.chain, root, certificate.notBefore());
        if (!isOfIssuer)
            return fail(ErrorCode::PolicyViolation, "crl-revoke",
                        revocation.certificate.string() + ": expected a certificate signed by " +
                            issuer.certificate.subjectCommonName() + ", got " + certificate.subjectText() +
                            " signed by " + certificate.issuerText());
        if (lists(entries, certificate.serial())) continue; // by an earlier list: its date stays
        entries.push_back({certificate.serial(), now, revocation.reason});
        m_transcript.add(4, certificate.subjectText() + ", serial " + certificate.serial().text() + ": revoked, " +
                                std::string(name(revocation.reason)));
        m_progress << order.file << ": " << certificate.subjectCommonName() << " revoked, " << name(revocation.reason)
                   << "\n";
    }
    return {};
}

Result<void> CrlStage::write() const
{
    for (const auto& made : m_made) {
        const std::string_view content(reinterpret_cast<const char*>(made.der.data()), made.der.size());
        if (const auto written = writeFile(m_plan.output / made.order->file, content, kPublicFile); !written)
            return written;
        m_transcript.add(5, made.order->file);
    }
    return {};
}

Result<void> CrlStage::verify() const
{
    for (const auto& made : m_made) {
        const auto text = readFile(m_plan.output / made.order->file);
        if (!text) return tl::unexpected(text.error());
        const auto& issuer = m_signing.made(made.order->issuer).certificate;
        const auto times = pki::readCrl(asBytes(*text), issuer);
        if (!times || times->number != made.times.number)
            return fail(ErrorCode::Internal, "file-write",
                        made.order->file + ": what is on the disk is not what was signed");
        m_transcript.add(6, made.order->file + " verified with the key of " + issuer.subjectCommonName());
    }
    return {};
}

} // namespace gateway::ceremony
