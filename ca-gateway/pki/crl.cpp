#include "pki/crl.h"

#include <algorithm>
#include <memory>
#include <new>

#include <openssl/evp.h>

#include "pki/certificate_impl.h"
#include "pki/der.h"
#include "pki/lint.h"
#include "pki/public_key.h"

namespace gateway::pki {
namespace {

constexpr std::string_view kOidReasonCode = "2.5.29.21";
constexpr std::string_view kOidCrlNumber = "2.5.29.20";
constexpr std::string_view kOidAuthorityKeyIdentifier = "2.5.29.35";
constexpr std::size_t kPemLineBytes = 48; // RFC 7468 2: lines of 64 characters
constexpr std::size_t kPemLineChars = 64;

tl::unexpected<Error> refuse(std::string detail)
{
    return fail(ErrorCode::PolicyViolation, "crl-lint", std::move(detail));
}

/// Order of numbers, not of texts.
bool isBelow(ByteView one, ByteView other)
{
    if (one.size() != other.size()) return one.size() < other.size();
    return std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end());
}

Bytes makeExtension(ByteView oid, ByteView value)
{
    return der::sequence({oid, der::element(der::kOctetString, value)});
}

/// The extensions of an entry with that reason; one octet tells them apart, the last.
Bytes reasonExtensions(std::uint8_t reason)
{
    return der::sequence({makeExtension(der::knownOid(kOidReasonCode), Bytes{der::kEnumerated, 1, reason})});
}

/// An entry is measured and written; the lengths in front of the list need the one before the other.
class EntryWriter final
{
public:
    [[nodiscard]] std::size_t size(const RevokedList::Entry& entry)
    {
        // Serials are short enough for lengths of one octet everywhere.
        return 2 + contentSize(entry);
    }

    std::uint8_t* write(const RevokedList::Entry& entry, std::uint8_t* at)
    {
        *at++ = der::kSequence;
        *at++ = static_cast<std::uint8_t>(contentSize(entry));
        const bool needsZero = (entry.serial[0] & 0x80) != 0;
        *at++ = der::kInteger;
        *at++ = static_cast<std::uint8_t>(entry.length + (needsZero ? 1 : 0));
        if (needsZero) *at++ = 0;
        at = std::copy_n(entry.serial.data(), entry.length, at);
        at = writeDate(entry.revokedAt, at);
        if (entry.reason == 0) return at;
        at = std::copy(m_reason.begin(), m_reason.end(), at);
        at[-1] = entry.reason;
        return at;
    }

private:
    static constexpr std::int64_t kDaySeconds = 86400;
    static constexpr std::size_t kTimeDigits = 6; // HHMMSS, before the Z

    [[nodiscard]] std::size_t contentSize(const RevokedList::Entry& entry)
    {
        return 2U + entry.length + ((entry.serial[0] & 0x80) != 0 ? 1U : 0U) + midnight(entry.revokedAt).size() +
               (entry.reason == 0 ? 0U : m_reason.size());
    }

    /// The day is what costs, and there are few of them.
    const Bytes& midnight(std::int64_t seconds)
    {
        const auto day = (seconds >= 0 ? seconds : seconds - kDaySeconds + 1) / kDaySeconds;
        auto& slot = m_days[static_cast<std::size_t>(day) % m_days.size()];
        if (slot.second.empty() || slot.first != day)
            slot = {day, der::time(Time(std::chrono::seconds(day * kDaySeconds)))};
        return slot.second;
    }

    std::uint8_t* writeDate(std::int64_t seconds, std::uint8_t* at)
    {
        const auto& date = midnight(seconds);
        at = std::copy(date.begin(), date.end(), at);
        auto rest = static_cast<unsigned>((seconds % kDaySeconds + kDaySeconds) % kDaySeconds);
        auto* digit = at - 1 - kTimeDigits;
        for (const unsigned value : {rest / 3600, rest / 60 % 60, rest % 60}) {
            *digit++ = static_cast<std::uint8_t>('0' + value / 10);
            *digit++ = static_cast<std::uint8_t>('0' + value % 10);
        }
        return at;
    }

    Bytes m_reason = reasonExtensions(0);
    std::array<std::pair<std::int64_t, Bytes>, 4096> m_days;
};

bool isReason(ByteView enumerated)
{
    // RFC 5280 5.3.1: 0 is left out, 7 is unused, 8 belongs to delta CRLs.
    return enumerated.size() == 1 && enumerated[0] >= 1 && enumerated[0] <= 10 && enumerated[0] != 7 &&
           enumerated[0] != 8;
}

Result<void> lintEntry(const der::Element& entry, ByteView reasonExtensionsOfAny, ByteView& previous)
{
    der::Reader fields(entry.content);
    const auto serial = fields.next(der::kInteger);
    const auto date = fields.next();
    if (!serial || !date || !der::readTime(*date)) return refuse("an entry without serial and date");
    auto number = serial->content;
    if (number.size() > 1 && number[0] == 0 && number[1] >= 0x80)
        number = number.subspan(1);
    else if (number.empty() || number[0] == 0 || number[0] >= 0x80)
        return refuse("a serial that is not a positive shortest INTEGER");
    if (number.size() > CertificateSerial::kMaxOctets) return refuse("a serial of more than 20 octets");
    if (!previous.empty() && !isBelow(previous, number)) return refuse("the serials do not rise");
    previous = number;
    if (fields.atEnd()) return {};
    const auto extensions = fields.next(der::kSequence);
    if (!extensions || !fields.atEnd()) return refuse("an entry with something after its extensions");
    const auto whole = extensions->whole;
    if (whole.size() != reasonExtensionsOfAny.size() ||
        !std::ranges::equal(whole.first(whole.size() - 1), reasonExtensionsOfAny.first(whole.size() - 1)))
        return refuse("expected reasonCode as the only entry extension, not critical");
    if (!isReason(whole.last(1))) return refuse("not a reason code of RFC 5280 5.3.1");
    return {};
}

} // namespace

RevokedList::RevokedList(const std::vector<RevokedEntry>& entries)
{
    reserve(entries.size());
    for (const auto& entry : entries)
        add(entry.serial, entry.revokedAt, entry.reason);
    sort();
}

void RevokedList::add(const CertificateSerial& serial, Time revokedAt, RevocationReason reason)
{
    auto& entry = m_entries.emplace_back();
    entry.revokedAt = revokedAt.time_since_epoch().count();
    entry.reason = static_cast<std::uint8_t>(reason);
    entry.length = static_cast<std::uint8_t>(serial.bytes().size());
    std::ranges::copy(serial.bytes(), entry.serial.begin());
}

void RevokedList::sort()
{
    std::sort(m_entries.begin(), m_entries.end(), [](const Entry& one, const Entry& other) {
        return one.length != other.length ? one.length < other.length : one.serial < other.serial;
    });
}

namespace {

/// Everything of a TBSCertList but its entries.
struct TbsParts
{
    EntryWriter writer;
    Bytes front; ///< up to the entries, the outer header too
    Bytes back;
    std::size_t listSize = 0;

    [[nodiscard]] std::size_t size() const { return front.size() + listSize + back.size(); }
};

Result<std::unique_ptr<TbsParts>> makeParts(const Issuer& issuer, const RevokedList& list, std::uint64_t number,
                                            Time thisUpdate, Time nextUpdate)
{
    const auto& key = issuer.certificate.impl().publicKey;
    if (!key) return refuse("the issuer's key: " + key.error().detail);
    auto parts = std::make_unique<TbsParts>();
    for (const auto& entry : list.entries())
        parts->listSize += parts->writer.size(entry);
    Bytes fields = der::smallInteger(1); // v2
    der::append(fields, key->signatureAlgorithmDer());
    der::append(fields, issuer.certificate.subjectDer());
    der::append(fields, der::time(thisUpdate));
    der::append(fields, der::time(nextUpdate));
    if (parts->listSize != 0) der::appendHeader(fields, der::kSequence, parts->listSize);
    const Bytes extensions =
        der::sequence({makeExtension(der::knownOid(kOidAuthorityKeyIdentifier),
                                     der::sequence({der::element(0x80, issuer.certificate.subjectKeyIdentifier())})),
                       makeExtension(der::knownOid(kOidCrlNumber), der::smallInteger(number))});
    parts->back = der::element(0xA0, extensions);
    der::appendHeader(parts->front, der::kSequence, fields.size() + parts->listSize + parts->back.size());
    der::append(parts->front, fields);
    return parts;
}

} // namespace

Result<std::size_t> tbsCrlSize(const Issuer& issuer, const RevokedList& list, std::uint64_t number, Time thisUpdate,
                               Time nextUpdate)
{
    return makeParts(issuer, list, number, thisUpdate, nextUpdate).map([](const auto& parts) { return parts->size(); });
}

Result<void> writeTbsCrl(const Issuer& issuer, const RevokedList& list, std::uint64_t number, Time thisUpdate,
                         Time nextUpdate, std::span<std::uint8_t> space)
{
    const auto parts = makeParts(issuer, list, number, thisUpdate, nextUpdate);
    if (!parts) return tl::unexpected(parts.error());
    if (space.size() != (*parts)->size())
        return fail(ErrorCode::Internal, "crl-space", "the list does not fit the space that was made for it");
    // Through OpenSSL's objects a million entries take 14 s and half a gigabyte.
    auto* at = std::ranges::copy((*parts)->front, space.data()).out;
    for (const auto& entry : list.entries())
        at = (*parts)->writer.write(entry, at);
    std::ranges::copy((*parts)->back, at);
    return {};
}

Result<Bytes> prepareCrl(const Issuer& issuer, const std::vector<RevokedEntry>& entries, std::uint64_t number,
                         Time thisUpdate, Time nextUpdate)
{
    const RevokedList list(entries);
    const auto size = tbsCrlSize(issuer, list, number, thisUpdate, nextUpdate);
    if (!size) return tl::unexpected(size.error());
    Bytes tbs(*size);
    if (auto done = writeTbsCrl(issuer, list, number, thisUpdate, nextUpdate, tbs); !done)
        return tl::unexpected(done.error());
    if (const auto checked = lintTbsCrl(tbs, issuer.certificate); !checked) return tl::unexpected(checked.error());
    return tbs;
}

Result<CrlFrame> frameCrl(ByteView tbsDer, ByteView signature, const Certificate& issuer)
{
    const auto& key = issuer.impl().publicKey;
    if (!key) return refuse("the issuer's key: " + key.error().detail);
    if (!key->verifies(tbsDer, signature))
        return fail(ErrorCode::PolicyViolation, "signature-invalid",
                    "the signature does not verify with the key of " + issuer.subjectText());
    CrlFrame frame;
    Bytes bits{0};
    der::append(bits, signature);
    frame.after = key->signatureAlgorithmDer();
    der::append(frame.after, der::element(der::kBitString, bits));
    der::appendHeader(frame.before, der::kSequence, tbsDer.size() + frame.after.size());
    return frame;
}

Result<Bytes> completeCrl(ByteView tbsDer, ByteView signature, const Certificate& issuer)
{
    if (const auto checked = lintTbsCrl(tbsDer, issuer); !checked) return tl::unexpected(checked.error());
    auto frame = frameCrl(tbsDer, signature, issuer);
    if (!frame) return tl::unexpected(frame.error());
    Bytes crl = std::move(frame->before);
    crl.reserve(crl.size() + tbsDer.size() + frame->after.size());
    der::append(crl, tbsDer);
    der::append(crl, frame->after);
    return crl;
}

namespace {

struct SignedList
{
    der::Element tbs;
    ByteView signature;
};

Result<SignedList> splitCrl(ByteView der)
{
    der::Reader outer(der);
    const auto crl = outer.next(der::kSequence);
    if (!crl || !outer.atEnd()) return refuse("not one DER SEQUENCE");
    der::Reader parts(crl->content);
    const auto tbs = parts.next(der::kSequence);
    const auto algorithm = parts.next(der::kSequence);
    const auto signature = parts.next(der::kBitString);
    if (!tbs || !algorithm || !signature || !parts.atEnd() || signature->content.empty())
        return refuse("not a CertificateList");
    return SignedList{*tbs, signature->content.subspan(1)};
}

} // namespace

Result<CrlTimes> readCrl(ByteView der, const Certificate& issuer)
{
    const auto list = splitCrl(der);
    if (!list) return tl::unexpected(list.error());
    const auto& key = issuer.impl().publicKey;
    if (!key) return refuse("the issuer's key: " + key.error().detail);
    if (!key->verifies(list->tbs.whole, list->signature))
        return fail(ErrorCode::PolicyViolation, "signature-invalid",
                    "the signature does not verify with the key of " + issuer.subjectText());
    return inspectCrl(der);
}

Result<std::vector<RevokedEntry>> readCrlEntries(ByteView der)
{
    const auto list = splitCrl(der);
    if (!list) return tl::unexpected(list.error());
    der::Reader fields(list->tbs.content);
    for (int i = 0; i < 5; ++i) // version, algorithm, issuer, thisUpdate, nextUpdate
        if (!fields.next()) return refuse("not a TBSCertList");
    std::vector<RevokedEntry> entries;
    if (fields.peek() != der::kSequence) return entries;
    const auto revoked = fields.next();
    if (!revoked) return refuse("the entries cannot be read");
    const Bytes anyReason = reasonExtensions(0);
    ByteView previous;
    for (der::Reader each(revoked->content); !each.atEnd();) {
        const auto entry = each.next(der::kSequence);
        if (!entry) return refuse("an entry that is not a SEQUENCE");
        if (const auto checked = lintEntry(*entry, anyReason, previous); !checked)
            return tl::unexpected(checked.error());
        der::Reader parts(entry->content);
        const auto number = parts.next();
        const auto date = parts.next();
        const auto extensions = parts.next();
        const auto serial = CertificateSerial::fromBytes(number->content);
        if (!serial) return tl::unexpected(serial.error());
        entries.push_back(
            {*serial, *der::readTime(*date),
             extensions ? static_cast<RevocationReason>(extensions->whole.back()) : RevocationReason::Unspecified});
    }
    return entries;
}

Result<CrlTimes> inspectCrl(ByteView der)
{
    const auto split = splitCrl(der);
    if (!split) return tl::unexpected(split.error());
    der::Reader fields(split->tbs.content);
    const auto version = fields.next(der::kInteger);
    const auto signedWith = fields.next(der::kSequence);
    const auto name = fields.next(der::kSequence);
    const auto first = fields.next();
    const auto second = fields.next();
    const auto thisUpdate = first ? der::readTime(*first) : std::nullopt;
    const auto nextUpdate = second ? der::readTime(*second) : std::nullopt;
    if (fields.peek() == der::kSequence && !fields.next()) return refuse("the entries cannot be read");
    const auto tagged = fields.next(0xA0);
    der::Reader wrapper(tagged ? tagged->content : ByteView());
    const auto extensions = wrapper.next(der::kSequence);
    if (!version || !signedWith || !name || !thisUpdate || !nextUpdate || !extensions)
        return refuse("not a TBSCertList");
    for (der::Reader list(extensions->content); !list.atEnd();) {
        const auto extension = list.next(der::kSequence);
        if (!extension) break;
        der::Reader fieldsOfIt(extension->content);
        const auto oid = fieldsOfIt.next(der::kOid);
        if (!oid || !std::ranges::equal(oid->whole, der::knownOid(kOidCrlNumber))) continue;
        const auto value = fieldsOfIt.next(der::kOctetString);
        der::Reader content(value ? value->content : ByteView());
        const auto integer = content.next(der::kInteger);
        const auto number = integer ? der::readUnsigned(*integer) : std::nullopt;
        if (!number) break;
        return CrlTimes{.number = *number, .thisUpdate = *thisUpdate, .nextUpdate = *nextUpdate};
    }
    return refuse("cRLNumber is missing");
}

Result<void> lintTbsCrl(ByteView tbsDer, const Certificate& issuer)
{
    const auto& key = issuer.impl().publicKey;
    if (!key) return refuse("the issuer's key: " + key.error().detail);
    if ((X509_get_key_usage(issuer.impl().x509.get()) & KU_CRL_SIGN) == 0)
        return refuse("the issuer may not sign CRLs");
    der::Reader outer(tbsDer);
    const auto tbs = outer.next(der::kSequence);
    if (!tbs || !outer.atEnd()) return refuse("not one DER SEQUENCE");
    der::Reader fields(tbs->content);
    const auto version = fields.next(der::kInteger);
    if (!version || der::readUnsigned(*version) != 1U) return refuse("version is not 2");
    const auto algorithm = fields.next(der::kSequence);
    if (!algorithm || !std::ranges::equal(algorithm->whole, key->signatureAlgorithmDer()))
        return refuse("the signature algorithm is not that of the issuer's key");
    const auto name = fields.next(der::kSequence);
    if (!name || !std::ranges::equal(name->whole, issuer.subjectDer()))
        return refuse("the issuer's name is not the issuer's subject");
    const auto first = fields.next();
    const auto second = fields.next();
    const auto thisUpdate = first ? der::readTime(*first) : std::nullopt;
    const auto nextUpdate = second ? der::readTime(*second) : std::nullopt;
    if (!thisUpdate || !nextUpdate) return refuse("thisUpdate or nextUpdate is missing or malformed");
    if (*nextUpdate <= *thisUpdate) return refuse("nextUpdate is not after thisUpdate");

    if (fields.peek() == der::kSequence) {
        const auto list = fields.next();
        if (!list || list->content.empty()) return refuse("an empty list of entries must be absent");
        const Bytes anyReason = reasonExtensions(0);
        ByteView previous;
        for (der::Reader entries(list->content); !entries.atEnd();) {
            const auto entry = entries.next(der::kSequence);
            if (!entry) return refuse("an entry that is not a SEQUENCE");
            if (const auto checked = lintEntry(*entry, anyReason, previous); !checked) return checked;
        }
    }
    const auto tagged = fields.next(0xA0);
    if (!tagged || !fields.atEnd()) return refuse("expected extensions and nothing after them");
    const Bytes identifier = makeExtension(der::knownOid(kOidAuthorityKeyIdentifier),
                                           der::sequence({der::element(0x80, issuer.subjectKeyIdentifier())}));
    der::Reader wrapper(tagged->content);
    const auto extensions = wrapper.next(der::kSequence);
    if (!extensions || !wrapper.atEnd()) return refuse("the extensions cannot be read");
    der::Reader list(extensions->content);
    const auto authority = list.next(der::kSequence);
    if (!authority || !std::ranges::equal(authority->whole, identifier))
        return refuse("expected the authorityKeyIdentifier of the issuer first");
    const auto numberExtension = list.next(der::kSequence);
    if (!numberExtension || !list.atEnd()) return refuse("expected cRLNumber and no further extension");
    der::Reader parts(numberExtension->content);
    const auto oid = parts.next(der::kOid);
    const auto value = parts.next(der::kOctetString);
    if (!oid || !value || !parts.atEnd() || !std::ranges::equal(oid->whole, der::knownOid(kOidCrlNumber)))
        return refuse("expected cRLNumber, not critical");
    der::Reader content(value->content);
    const auto number = content.next(der::kInteger);
    if (!number || !content.atEnd() || !der::readUnsigned(*number)) return refuse("cRLNumber is not a number");
    return lintResult(lintCrlDer(tbsDer, issuer));
}

Result<void> PemWriter::writeLines(ByteView bytes)
{
    std::string text;
    text.reserve(bytes.size() / kPemLineBytes * (kPemLineChars + 1) + kPemLineChars + 1);
    std::array<unsigned char, kPemLineChars + 1> line{};
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(kPemLineBytes, bytes.size()))) {
        const auto length =
            EVP_EncodeBlock(line.data(), bytes.data(), static_cast<int>(std::min(kPemLineBytes, bytes.size())));
        text.append(reinterpret_cast<const char*>(line.data()), static_cast<std::size_t>(length)).push_back('\n');
    }
    return m_sink(text);
}

Result<void> PemWriter::add(ByteView bytes)
{
    if (!m_hasBegun) {
        m_hasBegun = true;
        if (auto done = m_sink("-----BEGIN X509 CRL-----\n"); !done) return done;
    }
    constexpr std::size_t kPiece = kPemLineBytes * 4096;
    while (!bytes.empty()) {
        const auto take = std::min(bytes.size(), kPiece - m_rest.size());
        m_rest.insert(m_rest.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
        bytes = bytes.subspan(take);
        if (m_rest.size() < kPiece) break;
        if (auto done = writeLines(m_rest); !done) return done;
        m_rest.clear();
    }
    return {};
}

Result<void> PemWriter::finish()
{
    if (auto done = writeLines(m_rest); !done) return done;
    m_rest.clear();
    return m_sink("-----END X509 CRL-----\n");
}

std::string crlPem(ByteView der)
{
    std::string pem;
    PemWriter writer([&pem](std::string_view text) -> Result<void> {
        pem += text;
        return {};
    });
    if (!writer.add(der) || !writer.finish()) throw std::bad_alloc();
    return pem;
}

} // namespace gateway::pki
