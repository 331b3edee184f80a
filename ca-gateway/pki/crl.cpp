#include "pki/crl.h"

#include <algorithm>
#include <new>
#include <numeric>

#include <openssl/pem.h>

#include "pki/certificate_impl.h"
#include "pki/der.h"
#include "pki/lint.h"
#include "pki/public_key.h"

namespace gateway::pki {
namespace {

constexpr std::string_view kOidReasonCode = "2.5.29.21";
constexpr std::string_view kOidCrlNumber = "2.5.29.20";
constexpr std::string_view kOidAuthorityKeyIdentifier = "2.5.29.35";
constexpr std::size_t kEntryBytes = 64;

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

void appendEntry(Bytes& list, const RevokedEntry& entry, ByteView reasonOid)
{
    Bytes extensions;
    if (entry.reason != RevocationReason::Unspecified) {
        const auto code = static_cast<std::uint8_t>(entry.reason);
        extensions = der::sequence({makeExtension(reasonOid, der::element(der::kEnumerated, {&code, 1}))});
    }
    der::append(list,
                der::sequence({der::unsignedInteger(entry.serial.bytes()), der::time(entry.revokedAt), extensions}));
}

bool isReason(ByteView enumerated)
{
    // RFC 5280 5.3.1: 0 is left out, 7 is unused, 8 belongs to delta CRLs.
    return enumerated.size() == 1 && enumerated[0] >= 1 && enumerated[0] <= 10 && enumerated[0] != 7 &&
           enumerated[0] != 8;
}

Result<void> lintEntry(const der::Element& entry, ByteView reasonOid, Bytes& previous)
{
    der::Reader fields(entry.content);
    const auto serial = fields.next(der::kInteger);
    const auto date = fields.next();
    if (!serial || !date || !der::readTime(*date)) return refuse("an entry without serial and date");
    const auto number = CertificateSerial::fromBytes(serial->content);
    if (!number || der::unsignedInteger(number->bytes()) != Bytes(serial->whole.begin(), serial->whole.end()))
        return refuse("a serial that is not a positive INTEGER of at most 20 octets");
    if (!previous.empty() && !isBelow(previous, number->bytes())) return refuse("the serials do not rise");
    previous.assign(number->bytes().begin(), number->bytes().end());
    if (fields.atEnd()) return {};
    const auto extensions = fields.next(der::kSequence);
    if (!extensions || !fields.atEnd()) return refuse("an entry with something after its extensions");
    der::Reader list(extensions->content);
    const auto extension = list.next(der::kSequence);
    if (!extension || !list.atEnd()) return refuse("expected one entry extension");
    der::Reader parts(extension->content);
    const auto oid = parts.next(der::kOid);
    const auto value = parts.next(der::kOctetString);
    if (!oid || !value || !parts.atEnd() || !std::ranges::equal(oid->whole, reasonOid))
        return refuse("expected reasonCode as the only entry extension, not critical");
    der::Reader content(value->content);
    const auto code = content.next(der::kEnumerated);
    if (!code || !content.atEnd() || !isReason(code->content)) return refuse("not a reason code of RFC 5280 5.3.1");
    return {};
}

} // namespace

Result<Bytes> prepareCrl(const Issuer& issuer, const std::vector<RevokedEntry>& entries, std::uint64_t number,
                         Time thisUpdate, Time nextUpdate)
{
    const auto& key = issuer.certificate.impl().publicKey;
    if (!key) return refuse("the issuer's key: " + key.error().detail);
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
        return isBelow(entries[one].serial.bytes(), entries[other].serial.bytes());
    });
    // Written straight into one buffer: through OpenSSL's objects a million entries take 14 s and half a gigabyte.
    const Bytes reasonOid = der::knownOid(kOidReasonCode);
    Bytes list;
    list.reserve(entries.size() * kEntryBytes);
    for (const auto index : order)
        appendEntry(list, entries[index], reasonOid);
    const Bytes extensions =
        der::sequence({makeExtension(der::knownOid(kOidAuthorityKeyIdentifier),
                                     der::sequence({der::element(0x80, issuer.certificate.subjectKeyIdentifier())})),
                       makeExtension(der::knownOid(kOidCrlNumber), der::smallInteger(number))});

    Bytes content = der::smallInteger(1); // v2
    content.reserve(list.size() + 1024);
    der::append(content, key->signatureAlgorithmDer());
    der::append(content, issuer.certificate.subjectDer());
    der::append(content, der::time(thisUpdate));
    der::append(content, der::time(nextUpdate));
    if (!list.empty()) {
        der::appendHeader(content, der::kSequence, list.size());
        der::append(content, list);
    }
    der::append(content, der::element(0xA0, extensions));
    list = {};
    Bytes tbs = der::element(der::kSequence, content);
    if (const auto checked = lintTbsCrl(tbs, issuer.certificate); !checked) return tl::unexpected(checked.error());
    return tbs;
}

Result<Bytes> completeCrl(ByteView tbsDer, ByteView signature, const Certificate& issuer)
{
    if (const auto checked = lintTbsCrl(tbsDer, issuer); !checked) return tl::unexpected(checked.error());
    const auto& key = issuer.impl().publicKey;
    if (!key) return refuse("the issuer's key: " + key.error().detail);
    if (!key->verifies(tbsDer, signature))
        return fail(ErrorCode::PolicyViolation, "signature-invalid",
                    "the signature does not verify with the key of " + issuer.subjectText());
    Bytes bits{0};
    der::append(bits, signature);
    return der::sequence({tbsDer, key->signatureAlgorithmDer(), der::element(der::kBitString, bits)});
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
        const Bytes reasonOid = der::knownOid(kOidReasonCode);
        Bytes previous;
        for (der::Reader entries(list->content); !entries.atEnd();) {
            const auto entry = entries.next(der::kSequence);
            if (!entry) return refuse("an entry that is not a SEQUENCE");
            if (const auto checked = lintEntry(*entry, reasonOid, previous); !checked) return checked;
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

std::string crlPem(ByteView der)
{
    const BioHandle bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio(bio.get(), PEM_STRING_X509_CRL, "", der.data(), static_cast<long>(der.size())) <= 0)
        throw std::bad_alloc();
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(length)};
}

} // namespace gateway::pki
