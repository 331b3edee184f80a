#include "crl/ca_lists.h"

#include <algorithm>
#include <set>

namespace gateway {

namespace {

constexpr std::string_view kExtension = ".crl";
constexpr std::chrono::minutes kClockDifference{5};
constexpr std::chrono::days kLongestNotice{30};

std::string numbered(const pki::CrlTimes& times)
{
    return "CRL " + std::to_string(times.number);
}

/// @return whether it is another one than is published
Result<bool> compare(ByteView der, const pki::CrlTimes& times, const std::filesystem::path& published,
                     const pki::Certificate& issuer)
{
    bool isNew = true;
    const auto read = readFile(published, [&](ByteView old) -> Result<void> {
        const auto last = pki::readCrl(old, issuer);
        if (!last)
            return fail(ErrorCode::Conflict, "crl-in-use",
                        published.string() + ": expected a list of " + issuer.subjectText() + ", got another (" +
                            last.error().detail + "); remove it to publish this one");
        isNew = !std::ranges::equal(old, der);
        if (!isNew) return {};
        if (times.number <= last->number)
            return fail(ErrorCode::PolicyViolation, "crl-older",
                        "expected a number above " + std::to_string(last->number) + ", which is published, got " +
                            std::to_string(times.number));
        const auto before = pki::readCrlEntries(old);
        const auto after = pki::readCrlEntries(der);
        if (!before) return tl::unexpected(before.error());
        if (!after) return tl::unexpected(after.error());
        std::set<CertificateSerial> listed;
        for (const auto& entry : *after)
            listed.insert(entry.serial);
        for (const auto& entry : *before)
            if (!listed.contains(entry.serial))
                return fail(ErrorCode::PolicyViolation, "crl-entry-lost",
                            "serial " + entry.serial.text() + " is revoked on the published " + numbered(*last) +
                                " and not on " + numbered(times) + "; sign one that follows the published list");
        return {};
    });
    if (read || read.error().type == "file-absent") return isNew;
    return tl::unexpected(read.error());
}

/// Both forms; the DER last, so that a repetition after a power cut finds what is missing.
Result<void> publish(ByteView der, const std::filesystem::path& published)
{
    auto text = published;
    text += ".pem";
    removeUnfinished(published);
    removeUnfinished(text);
    return replaceFile(text, asBytes(pki::crlPem(der))).and_then([&] { return replaceFile(published, der); });
}

} // namespace

Result<bool> publishCaList(const std::filesystem::path& file, const pki::Certificate& issuer,
                           const std::filesystem::path& folder, Time now,
                           const std::function<Result<void>(const pki::CrlTimes&)>& beforePublishing)
{
    Bytes der;
    const auto read = readFile(file, [&](ByteView content) -> Result<void> {
        der.assign(content.begin(), content.end());
        return {};
    });
    if (!read) return tl::unexpected(read.error());
    const auto times = pki::readCrl(der, issuer);
    if (!times) return tl::unexpected(times.error());
    if (times->nextUpdate <= now)
        return fail(ErrorCode::PolicyViolation, "crl-expired",
                    numbered(*times) + " is past its nextUpdate; expected one that is valid");
    if (times->thisUpdate > now + kClockDifference)
        return fail(ErrorCode::PolicyViolation, "crl-of-future",
                    "the thisUpdate of " + numbered(*times) + " is still to come; compare the clocks");
    const auto published = folder / file.filename();
    auto lockFile = published;
    const auto turn = FileLock::tryTake(lockFile += ".lock");
    if (!turn) return tl::unexpected(turn.error());
    if (!*turn)
        return fail(ErrorCode::Conflict, "crl-busy", published.string() + " is being written by another process");
    const auto isNew = compare(der, *times, published, issuer);
    if (!isNew || !*isNew) return isNew;
    if (const auto done = beforePublishing(*times); !done) return tl::unexpected(done.error());
    if (const auto done = publish(der, published); !done) return tl::unexpected(done.error());
    return true;
}

std::vector<std::string> namedLists(const std::vector<pki::Certificate>& authorities)
{
    std::set<std::string> names;
    for (const auto& certificate : authorities)
        for (const auto& url : certificate.crlUrls()) {
            const auto file = url.substr(url.rfind('/') + 1);
            if (file.size() > kExtension.size() && file.ends_with(kExtension))
                names.insert(file.substr(0, file.size() - kExtension.size()));
        }
    return {names.begin(), names.end()};
}

std::vector<CaListState> inspectCaLists(const std::filesystem::path& folder, const std::vector<std::string>& names,
                                        Time now)
{
    std::vector<CaListState> states;
    for (const auto& name : names) {
        auto& state = states.emplace_back(CaListState{name, {}, {}, false});
        const auto file = folder / (name + std::string(kExtension));
        const auto read = readFile(file, [&](ByteView der) -> Result<void> {
            const auto times = pki::inspectCrl(der); // import has verified it
            if (!times) return tl::unexpected(times.error());
            state.nextUpdate = times->nextUpdate;
            const std::chrono::seconds notice =
                std::min<std::chrono::seconds>((times->nextUpdate - times->thisUpdate) / 4, kLongestNotice);
            state.isExpiring = times->nextUpdate - now < notice;
            return {};
        });
        if (!read)
            state.fault = Error{ErrorCode::StoreUnavailable, "crl-not-published",
                                name + ".crl: expected the list of a ceremony, taken in by 'import', got none"};
        else if (*state.nextUpdate <= now)
            state.fault = Error{ErrorCode::StoreUnavailable, "crl-expired",
                                name + ".crl is past its nextUpdate; renew it by 'ceremony crl'"};
    }
    return states;
}

} // namespace gateway
