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
    takePublished();
}

std::filesystem::path CrlService::file(const char* extension) const
{
    return m_settings.folder / (m_settings.name + extension);
}

void CrlService::takePublished()
{
    const auto stamp = stampOf(file(".crl"));
    if (stamp == m_published) return;
    m_published = stamp;
    (void)readFile(file(".crl"), [&](ByteView der) -> Result<void> {
        // One of another issuer, or a damaged one, is replaced soon.
        const auto times = pki::readCrl(der, m_issuer.certificate);
        const std::lock_guard lock(m_mutex);
        if (times) m_current = *times;
        return {};
    });
}

std::optional<pki::CrlTimes> CrlService::current()
{
    const std::lock_guard lock(m_mutex);
    return m_current;
}

Result<bool> CrlService::refreshIfNeeded()
{
    const std::lock_guard building(m_building);
    const auto now = m_clock();
    takePublished();
    auto published = current();
    const bool hasBuilt = !m_version.empty();
    if (hasBuilt && now - published->thisUpdate < m_settings.leastDistance) return false;
    // Before the list itself: what is revoked in between is on the list, and counts as a change once more.
    auto version = m_source.version(m_issuerText, now);
    if (!version) return tl::unexpected(version.error());
    if (hasBuilt && *version == m_version && now - published->thisUpdate < m_settings.rebuildAfter) return false;
    const auto turn = FileLock::tryTake(file(".crl.lock"));
    if (!turn) return tl::unexpected(turn.error());
    if (!*turn) return false; // another process is at it
    takePublished();
    published = current();
    if (!hasBuilt) {
        removeUnfinished(file(".crl"));
        removeUnfinished(file(".crl.pem"));
    }

    auto crl = build(now, published ? published->number : 0);
    if (!crl) return tl::unexpected(crl.error());
    m_version = std::move(*version);
    m_published = stampOf(file(".crl"));
    const std::lock_guard lock(m_mutex);
    m_current = *crl;
    return true;
}

Result<pki::CrlTimes> CrlService::build(Time now, std::uint64_t last)
{
    auto entries = m_source.revoked(m_issuerText, now);
    if (!entries) return tl::unexpected(entries.error());
    entries->sort();
    const auto number = m_source.reserveNumber(m_issuerText, now, last + 1);
    if (!number) return tl::unexpected(number.error());
    const auto nextUpdate = now + m_settings.nextUpdate;
    std::shared_ptr<const SealedBytes> sealed;
    Result<void> written;
    // A million entries are 53 MB: they are written once, where the signer reads them too.
    const auto reserved = pki::tbsCrlSize(m_issuer, *entries, *number, now, nextUpdate);
    if (!reserved) return tl::unexpected(reserved.error());
    auto made = SealedBytes::make(*reserved, [&](std::span<std::uint8_t> space) {
        written = pki::writeTbsCrl(m_issuer, *entries, *number, now, nextUpdate, space);
    });
    if (!made) return tl::unexpected(made.error());
    if (!written) return tl::unexpected(written.error());
    *entries = {};
    const auto signature = m_signer.sign(
        {.kind = SignRequest::Kind::Crl, .keyLabel = m_issuer.keyLabel, .profile = {}, .tbsDer = {}, .sealed = *made});
    if (!signature) return tl::unexpected(signature.error());
    const auto frame = pki::frameCrl((*made)->view(), *signature, m_issuer.certificate);
    if (!frame) return tl::unexpected(frame.error());
    if (auto done = publish((*made)->view(), *frame, *number); !done) return tl::unexpected(done.error());
    return pki::CrlTimes{.number = *number, .thisUpdate = now, .nextUpdate = nextUpdate};
}

Result<void> CrlService::publish(ByteView tbs, const pki::CrlFrame& frame, std::uint64_t number)
{
    auto text = FileReplacement::begin(file(".crl.pem"));
    if (!text) return tl::unexpected(text.error());
    auto binary = FileReplacement::begin(file(".crl"));
    if (!binary) return tl::unexpected(binary.error());
    pki::PemWriter pem([&text](std::string_view lines) { return text->write(asBytes(lines)); });
    for (const ByteView part : {ByteView(frame.before), tbs, ByteView(frame.after)}) {
        if (auto done = pem.add(part); !done) return done;
        if (auto done = binary->write(part); !done) return done;
    }
    if (auto done = pem.finish(); !done) return done;
    // What brokers will read is read first.
    if (auto done = binary->commit([&](ByteView der) -> Result<void> {
            const auto times = pki::readCrl(der, m_issuer.certificate);
            if (!times) return tl::unexpected(times.error());
            if (times->number == number) return {};
            return fail(ErrorCode::Internal, "crl-write", "the list on the disk is not the one that was written");
        });
        !done)
        return done;
    return text->commit([](ByteView) -> Result<void> { return {}; });
}

} // namespace gateway
