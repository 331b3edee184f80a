#include "pki/lint.h"

#include <algorithm>
#include <array>
#include <optional>

#include "pki/der.h"

namespace gateway::pki {
namespace {

constexpr std::size_t kMaxSerialOctets = 20;
constexpr std::size_t kMinSerialOctets = 8;
constexpr std::chrono::days kOcspSignerDays{7};

// Context-specific tags of GeneralName (RFC 5280 4.2.1.6).
constexpr std::uint8_t kDnsTag = 0x82;
constexpr std::uint8_t kUriTag = 0x86;
constexpr std::uint8_t kIpTag = 0x87;

constexpr unsigned kKeyCertSign = 1U << 5U;
constexpr unsigned kCrlSign = 1U << 6U;

/// The content of an OBJECT IDENTIFIER in dotted form; empty when malformed.
std::string dotted(ByteView content)
{
    std::string text;
    std::uint64_t arc = 0;
    bool isFirst = true;
    bool isOpen = false;
    for (const auto octet : content) {
        if (!isOpen && octet == 0x80) return {};
        if (arc > (UINT64_MAX >> 7U)) return {};
        arc = arc << 7U | (octet & 0x7FU);
        isOpen = (octet & 0x80U) != 0;
        if (isOpen) continue;
        if (isFirst) {
            const auto top = std::min<std::uint64_t>(arc / 40, 2);
            text = std::to_string(top) + '.' + std::to_string(arc - 40 * top);
            isFirst = false;
        } else {
            text += '.' + std::to_string(arc);
        }
        arc = 0;
    }
    return isOpen ? std::string() : text;
}

struct ReadExtension
{
    std::string oid;
    bool isCritical = false;
    ByteView value;
};

struct SubTree
{
    std::uint8_t tag = 0;
    ByteView base;
};

struct Fields
{
    ByteView serial;
    ByteView algorithm; ///< whole
    ByteView issuer;    ///< whole
    ByteView notBefore; ///< whole
    ByteView notAfter;  ///< whole
    ByteView subject;   ///< whole
    ByteView publicKey; ///< whole
    std::vector<ReadExtension> extensions;
    std::uint64_t version = 0;
};

/// Each element is of definite and shortest length all the way down (X.690 10.1), primitive strings (10.2), BOOLEAN
/// TRUE is 0xFF (11.1), an INTEGER is shortest (8.3.2), a SET OF is in order (11.6).
bool isDer(ByteView bytes, int depth = 0)
{
    if (depth > 20) return false;
    der::Reader reader(bytes);
    while (!reader.atEnd()) {
        const auto element = reader.next();
        if (!element) return false;
        const auto content = element->content;
        const auto tag = element->tag;
        const bool isConstructed = (tag & 0x20U) != 0;
        if ((tag & 0xC0U) == 0) {
            const auto number = tag & 0x1FU;
            if (isConstructed != (number == 16 || number == 17)) return false;
            if (number == 1 && (content.size() != 1 || (content[0] != 0 && content[0] != 0xFF))) return false;
            if (number == 2 || number == 10) {
                if (content.empty()) return false;
                if (content.size() > 1 &&
                    ((content[0] == 0 && content[1] < 0x80) || (content[0] == 0xFF && content[1] >= 0x80)))
                    return false;
            }
            if (number == 3 && (content.empty() || content[0] > 7 || (content.size() == 1 && content[0] != 0)))
                return false;
            if (number == 5 && !content.empty()) return false;
            if (number == 6 && dotted(content).empty()) return false;
            if (number == 17) {
                der::Reader members(content);
                ByteView previous;
                while (!members.atEnd()) {
                    const auto member = members.next();
                    if (!member) return false;
                    if (std::ranges::lexicographical_compare(member->whole, previous)) return false;
                    previous = member->whole;
                }
            }
        }
        if (isConstructed && !isDer(content, depth + 1)) return false;
    }
    return true;
}

/// The one element that a value consists of.
std::optional<der::Element> only(ByteView bytes, std::uint8_t tag)
{
    der::Reader reader(bytes);
    auto element = reader.next(tag);
    if (!element || !reader.atEnd()) return std::nullopt;
    return element;
}

std::optional<std::vector<ReadExtension>> readExtensions(ByteView sequence)
{
    const auto list = only(sequence, der::kSequence);
    if (!list || list->content.empty()) return std::nullopt;
    std::vector<ReadExtension> extensions;
    for (der::Reader reader(list->content); !reader.atEnd();) {
        const auto extension = reader.next(der::kSequence);
        if (!extension) return std::nullopt;
        der::Reader parts(extension->content);
        const auto oid = parts.next(der::kOid);
        if (!oid) return std::nullopt;
        ReadExtension read{dotted(oid->content), false, {}};
        if (parts.peek() == der::kBoolean) {
            const auto critical = parts.next(der::kBoolean);
            // FALSE is the default, which DER leaves out (X.690 11.5).
            if (!critical || critical->content.size() != 1 || critical->content[0] != 0xFF) return std::nullopt;
            read.isCritical = true;
        }
        const auto value = parts.next(der::kOctetString);
        if (!value || !parts.atEnd() || read.oid.empty()) return std::nullopt;
        read.value = value->content;
        extensions.push_back(std::move(read));
    }
    return extensions;
}

std::optional<Fields> readTbs(ByteView tbsDer)
{
    const auto tbs = only(tbsDer, der::kSequence);
    if (!tbs) return std::nullopt;
    der::Reader reader(tbs->content);
    Fields fields;
    if (reader.peek() == 0xA0) {
        const auto tagged = reader.next(0xA0);
        const auto version = tagged ? only(tagged->content, der::kInteger) : std::nullopt;
        const auto number = version ? der::readUnsigned(*version) : std::nullopt;
        if (!number) return std::nullopt;
        fields.version = *number;
    }
    const auto serial = reader.next(der::kInteger);
    const auto algorithm = reader.next(der::kSequence);
    const auto issuer = reader.next(der::kSequence);
    const auto validity = reader.next(der::kSequence);
    const auto subject = reader.next(der::kSequence);
    const auto publicKey = reader.next(der::kSequence);
    if (!serial || !algorithm || !issuer || !validity || !subject || !publicKey) return std::nullopt;
    der::Reader dates(validity->content);
    const auto notBefore = dates.next();
    const auto notAfter = dates.next();
    if (!notBefore || !notAfter || !dates.atEnd()) return std::nullopt;
    fields.serial = serial->content;
    fields.algorithm = algorithm->whole;
    fields.issuer = issuer->whole;
    fields.notBefore = notBefore->whole;
    fields.notAfter = notAfter->whole;
    fields.subject = subject->whole;
    fields.publicKey = publicKey->whole;
    if (reader.peek() == 0xA3) {
        const auto tagged = reader.next(0xA3);
        if (!tagged) return std::nullopt;
        auto extensions = readExtensions(tagged->content);
        if (!extensions) return std::nullopt;
        fields.extensions = std::move(*extensions);
    }
    if (!reader.atEnd()) return std::nullopt;
    return fields;
}

/// Which signature a key makes here; empty for a key that signs nothing here.
std::string expectedSignature(ByteView publicKey)
{
    const auto info = only(publicKey, der::kSequence);
    if (!info) return {};
    der::Reader reader(info->content);
    const auto algorithm = reader.next(der::kSequence);
    if (!algorithm) return {};
    der::Reader parts(algorithm->content);
    const auto oid = parts.next(der::kOid);
    if (!oid) return {};
    const auto kind = dotted(oid->content);
    if (kind == "1.2.840.113549.1.1.1") return "1.2.840.113549.1.1.11"; // sha256WithRSAEncryption
    const auto curve = parts.next(der::kOid);
    if (kind != "1.2.840.10045.2.1" || !curve) return {};
    const auto name = dotted(curve->content);
    if (name == "1.2.840.10045.3.1.7") return "1.2.840.10045.4.3.2"; // ecdsa-with-SHA256
    if (name == "1.3.132.0.34") return "1.2.840.10045.4.3.3";        // ecdsa-with-SHA384
    return {};
}

/// RSA carries NULL (RFC 4055 5), ECDSA nothing (RFC 5758 3.2).
bool isAlgorithm(ByteView algorithm, const std::string& oid)
{
    const auto sequence = only(algorithm, der::kSequence);
    if (!sequence || oid.empty()) return false;
    der::Reader parts(sequence->content);
    const auto found = parts.next(der::kOid);
    if (!found || dotted(found->content) != oid) return false;
    if (oid.starts_with("1.2.840.10045")) return parts.atEnd();
    const auto null = parts.next(der::kNull);
    return null && null->content.empty() && parts.atEnd();
}

bool isPrintable(ByteView text)
{
    return std::ranges::all_of(text, [](std::uint8_t octet) {
        return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') ||
               std::string_view(" '()+,-./:=?").find(static_cast<char>(octet)) != std::string_view::npos;
    });
}

/// @return the number of characters; nothing when it is not UTF-8
std::optional<std::size_t> utf8Length(ByteView text)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++count) {
        const auto lead = text[i];
        const std::size_t length = lead < 0x80                   ? 1
                                   : lead >= 0xC2 && lead < 0xE0 ? 2
                                   : lead >= 0xE0 && lead < 0xF0 ? 3
                                   : lead >= 0xF0 && lead < 0xF5 ? 4
                                                                 : 0;
        if (length == 0 || i + length > text.size()) return std::nullopt;
        for (std::size_t k = 1; k < length; ++k)
            if ((text[i + k] & 0xC0U) != 0x80) return std::nullopt;
        i += length;
    }
    return count;
}

bool isHostName(std::string_view name)
{
    if (name.empty() || name.size() > 253) return false;
    while (true) {
        const auto dot = name.find('.');
        const auto label = name.substr(0, dot);
        const bool fits =
            !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
            std::ranges::all_of(label, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
            });
        if (!fits) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

/// A scheme, a colon and something behind it, of the characters of RFC 3986.
bool isUri(std::string_view uri)
{
    const auto colon = uri.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == uri.size()) return false;
    const auto isAlpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (!isAlpha(uri.front())) return false;
    return std::ranges::all_of(uri, [](char c) {
        return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
    });
}

std::string_view textOf(ByteView bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (auto& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool isWithin(const SubTree& tree, const SubTree& name)
{
    if (tree.tag == kDnsTag) {
        const auto base = lower(textOf(tree.base));
        const auto host = lower(textOf(name.base));
        return base.empty() || host == base || host.ends_with('.' + base);
    }
    if (tree.base.size() != 2 * name.base.size()) return false;
    for (std::size_t i = 0; i < name.base.size(); ++i)
        if (((name.base[i] ^ tree.base[i]) & tree.base[i + name.base.size()]) != 0) return false;
    return true;
}

std::vector<SubTree> subTrees(ByteView value, std::uint8_t which)
{
    std::vector<SubTree> trees;
    const auto constraints = only(value, der::kSequence);
    if (!constraints) return trees;
    for (der::Reader reader(constraints->content); !reader.atEnd();) {
        const auto part = reader.next();
        if (!part) break;
        if (part->tag != which) continue;
        for (der::Reader list(part->content); !list.atEnd();) {
            const auto tree = list.next(der::kSequence);
            if (!tree) break;
            der::Reader base(tree->content);
            if (const auto name = base.next()) trees.push_back({name->tag, name->content});
        }
    }
    return trees;
}

/// TBSCertificate inside a whole certificate.
ByteView tbsOf(ByteView certificate)
{
    const auto outer = only(certificate, der::kSequence);
    if (!outer) return {};
    der::Reader reader(outer->content);
    const auto tbs = reader.next(der::kSequence);
    return tbs ? tbs->whole : ByteView();
}

class Linter
{
public:
    std::vector<LintFinding> findings;

protected:
    void require(bool holds, std::string_view rule, std::string_view source, std::string detail)
    {
        if (!holds) findings.push_back({rule, source, std::move(detail)});
    }
};

const ReadExtension* find(const std::vector<ReadExtension>& extensions, std::string_view oid)
{
    const auto found = std::ranges::find(extensions, oid, &ReadExtension::oid);
    return found == extensions.end() ? nullptr : &*found;
}

Bytes keyIdentifierOf(const std::vector<ReadExtension>& extensions)
{
    const auto* extension = find(extensions, "2.5.29.14");
    const auto octets = extension ? only(extension->value, der::kOctetString) : std::nullopt;
    return octets ? Bytes(octets->content.begin(), octets->content.end()) : Bytes();
}

struct BasicConstraints
{
    bool isCa = false;
    std::optional<std::uint64_t> pathLength;
};

std::optional<BasicConstraints> readBasicConstraints(ByteView value)
{
    const auto sequence = only(value, der::kSequence);
    if (!sequence) return std::nullopt;
    der::Reader reader(sequence->content);
    BasicConstraints read;
    if (reader.peek() == der::kBoolean) {
        const auto ca = reader.next();
        if (!ca || ca->content.size() != 1 || ca->content[0] != 0xFF) return std::nullopt;
        read.isCa = true;
    }
    if (reader.peek() == der::kInteger) {
        const auto length = reader.next();
        read.pathLength = length ? der::readUnsigned(*length) : std::nullopt;
        if (!read.pathLength) return std::nullopt;
    }
    return reader.atEnd() ? std::optional(read) : std::nullopt;
}

/// Bit i of the result is bit i of the named bit list. @return nothing when malformed or with zero bits at the end
std::optional<unsigned> readKeyUsage(ByteView value)
{
    const auto bits = only(value, der::kBitString);
    if (!bits || bits->content.size() < 2 || bits->content.size() > 3) return std::nullopt;
    const unsigned unused = bits->content[0];
    const unsigned last = bits->content.back();
    if (unused > 7 || (last & ((1U << unused) - 1U)) != 0 || (last >> unused & 1U) == 0) return std::nullopt;
    unsigned usage = 0;
    for (std::size_t i = 0; i < 8 * (bits->content.size() - 1); ++i)
        if ((bits->content[1 + i / 8] >> (7 - i % 8) & 1U) != 0) usage |= 1U << i;
    return usage;
}

class CertificateLinter final : public Linter
{
public:
    CertificateLinter(ByteView tbsDer, std::span<const Certificate> authorities) : m_authorities(authorities)
    {
        const auto fields = readTbs(tbsDer);
        require(fields && isDer(tbsDer), "cert.der", "RFC 5280 4.1, X.690", "not a TBSCertificate in DER");
        if (!fields) return;
        m_fields = *fields;
        if (!authorities.empty()) m_issuer = readTbs(tbsOf(authorities.front().der()));
        checkFields();
        checkName(m_fields.subject, "subject");
        checkExtensionList();
        checkConstraints();
        checkKeyIdentifiers();
        checkAltNames();
        checkNameConstraints();
        checkUsages();
    }

private:
    void checkFields()
    {
        require(m_fields.version == 2, "cert.version", "RFC 5280 4.1.2.1", "expected version 3 (2)");
        const auto serial = m_fields.serial;
        const bool isPositive = !serial.empty() && serial[0] < 0x80 && (serial.size() > 1 || serial[0] != 0);
        require(isPositive, "cert.serial.positive", "RFC 5280 4.1.2.2", "expected a serial above zero");
        require(serial.size() <= kMaxSerialOctets, "cert.serial.length", "RFC 5280 4.1.2.2",
                "expected at most 20 octets, got " + std::to_string(serial.size()));
        require(serial.size() >= kMinSerialOctets, "cert.serial.entropy", "CA/Browser Forum BR 7.1",
                "expected at least 8 octets, got " + std::to_string(serial.size()));
        const auto signer = m_issuer ? m_issuer->publicKey : m_fields.publicKey;
        require(isAlgorithm(m_fields.algorithm, expectedSignature(signer)), "cert.signature.algorithm",
                "RFC 5280 4.1.2.3, RFC 4055 5, RFC 5758 3.2", "not the algorithm of the issuer's key");
        require(std::ranges::equal(m_fields.issuer, m_issuer ? m_issuer->subject : m_fields.subject),
                "cert.issuer.name", "RFC 5280 4.1.2.4", "not the issuer's subject byte by byte");
        const auto notBefore = timeOf(m_fields.notBefore);
        const auto notAfter = timeOf(m_fields.notAfter);
        require(notBefore && notAfter, "cert.validity.encoding", "RFC 5280 4.1.2.5",
                "expected UTCTime until 2049 and GeneralizedTime after, with seconds and Z");
        if (!notBefore || !notAfter) return;
        m_lifetime = *notAfter - *notBefore;
        require(*notBefore < *notAfter, "cert.validity.order", "RFC 5280 4.1.2.5", "notAfter is not after notBefore");
        if (m_authorities.empty()) return;
        require(*notAfter <= m_authorities.front().notAfter(), "cert.validity.issuer", "specification note 14",
                "the certificate would outlive its issuer");
        require(*notBefore >= m_authorities.front().notBefore(), "cert.validity.issuer", "specification note 14",
                "the certificate would begin before its issuer");
    }

    static std::optional<std::chrono::sys_seconds> timeOf(ByteView whole)
    {
        der::Reader reader(whole);
        const auto element = reader.next();
        return element ? der::readTime(*element) : std::nullopt;
    }

    void checkName(ByteView name, const std::string& where)
    {
        struct Bound
        {
            std::string_view oid;
            std::size_t most;
            bool isPrintable;
        };
        // Upper bounds of RFC 5280 appendix A.1.
        static constexpr std::array<Bound, 7> kBounds = {{{"2.5.4.3", 64, false},
                                                          {"2.5.4.10", 64, false},
                                                          {"2.5.4.11", 64, false},
                                                          {"2.5.4.5", 64, true},
                                                          {"2.5.4.6", 2, true},
                                                          {"2.5.4.7", 128, false},
                                                          {"2.5.4.8", 128, false}}};
        const auto sequence = only(name, der::kSequence);
        if (!sequence) return;
        require(!sequence->content.empty(), "cert.name.empty", "RFC 5280 4.1.2.6", where + " is empty");
        for (der::Reader reader(sequence->content); !reader.atEnd();) {
            const auto set = reader.next(der::kSet);
            const auto attribute = set ? only(set->content, der::kSequence) : std::nullopt;
            if (!attribute) {
                require(false, "cert.name.encoding", "RFC 5280 4.1.2.4", where + ": expected one attribute per RDN");
                return;
            }
            der::Reader parts(attribute->content);
            const auto oid = parts.next(der::kOid);
            const auto value = parts.next();
            if (!oid || !value || !parts.atEnd()) {
                require(false, "cert.name.encoding", "RFC 5280 4.1.2.4", where + ": a malformed attribute");
                return;
            }
            const auto type = dotted(oid->content);
            const auto bound = std::ranges::find(kBounds, type, &Bound::oid);
            const bool isPrintableString = value->tag == der::kPrintableString;
            const auto length = isPrintableString ? value->content.size() : utf8Length(value->content);
            const bool fits = isPrintableString ? isPrintable(value->content)
                                                : value->tag == der::kUtf8String && length.has_value() &&
                                                      (bound == kBounds.end() || !bound->isPrintable);
            require(fits, "cert.name.encoding", "RFC 5280 4.1.2.4, A.1",
                    where + ": " + type + " is in the wrong kind of string, or not what it says it is");
            require(length.value_or(1) != 0, "cert.name.length", "RFC 5280 A.1", where + ": " + type + " is empty");
            if (bound != kBounds.end() && length)
                require(*length <= bound->most, "cert.name.length", "RFC 5280 A.1",
                        where + ": " + type + " has " + std::to_string(*length) + " characters, at most " +
                            std::to_string(bound->most) + " fit");
        }
    }

    void checkExtensionList()
    {
        static constexpr std::array<std::string_view, 10> kKnown = {
            "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19",         "2.5.29.30",
            "2.5.29.31", "2.5.29.35", "2.5.29.37", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.48.1.5"};
        for (auto one = m_fields.extensions.begin(); one != m_fields.extensions.end(); ++one) {
            const bool isTwice =
                std::any_of(m_fields.extensions.begin(), one, [&](const auto& other) { return other.oid == one->oid; });
            require(!isTwice, "cert.extension.duplicate", "RFC 5280 4.2", one->oid + " appears twice");
            const bool isKnown = std::ranges::find(kKnown, one->oid) != kKnown.end();
            require(isKnown || !one->isCritical, "cert.extension.critical", "RFC 5280 4.2",
                    one->oid + " is critical and unknown here");
            require(isDer(one->value) && !one->value.empty(), "cert.extension.der", "RFC 5280 4.2",
                    one->oid + " does not hold DER");
            for (const std::string_view plain :
                 {"2.5.29.14", "2.5.29.35", "2.5.29.31", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.48.1.5"})
                require(one->oid != plain || !one->isCritical, "cert.extension.critical",
                        "RFC 5280 4.2.1.1, 4.2.1.2, 4.2.1.13, 4.2.2.1", one->oid + " must not be critical");
        }
    }

    void checkConstraints()
    {
        const auto* extension = find(m_fields.extensions, "2.5.29.19");
        require(extension != nullptr, "cert.basic-constraints.present", "RFC 5280 4.2.1.9, specification",
                "basicConstraints is missing");
        const auto read = extension ? readBasicConstraints(extension->value) : std::nullopt;
        require(!extension || read, "cert.basic-constraints.syntax", "RFC 5280 4.2.1.9", "not a BasicConstraints");
        const auto constraints = read.value_or(BasicConstraints{});
        m_isCa = constraints.isCa;
        if (m_isCa)
            require(extension->isCritical, "cert.basic-constraints.critical", "RFC 5280 4.2.1.9",
                    "a CA's basicConstraints must be critical");
        require(m_isCa || !constraints.pathLength, "cert.path-length.leaf", "RFC 5280 4.2.1.9",
                "only a CA has a path length");

        const auto* usageExtension = find(m_fields.extensions, "2.5.29.15");
        require(usageExtension != nullptr && usageExtension->isCritical, "cert.key-usage.critical", "RFC 5280 4.2.1.3",
                "expected keyUsage, critical");
        const auto usage = usageExtension ? readKeyUsage(usageExtension->value) : std::nullopt;
        require(!usageExtension || usage, "cert.key-usage.syntax", "RFC 5280 4.2.1.3, X.690 11.2.2",
                "not a KeyUsage with at least one bit and no zero bits at the end");
        if (const auto bits = usage.value_or(0U); bits != 0) {
            const bool maySign = (bits & kKeyCertSign) != 0;
            require(maySign == m_isCa, "cert.key-usage.ca", "RFC 5280 4.2.1.3, 4.2.1.9",
                    "keyCertSign belongs to CAs, and every CA has it");
            require(m_isCa || (bits & kCrlSign) == 0, "cert.key-usage.ca", "RFC 5280 4.2.1.3",
                    "cRLSign without being a CA");
        }
        if (!m_issuer) return;
        const auto* above = find(m_issuer->extensions, "2.5.29.19");
        const auto issuer = above ? readBasicConstraints(above->value) : std::nullopt;
        const auto* issuerUsage = find(m_issuer->extensions, "2.5.29.15");
        const auto usageAbove = issuerUsage ? readKeyUsage(issuerUsage->value) : std::nullopt;
        require(issuer && issuer->isCa && usageAbove && (*usageAbove & kKeyCertSign) != 0, "cert.issuer.ca",
                "RFC 5280 6.1.4 k, n", "the issuer may not sign certificates");
        // Counted along all that is known of the path (RFC 5280 6.1.4 m).
        std::uint64_t below = 0;
        for (const auto& authority : m_authorities) {
            const auto fields = readTbs(tbsOf(authority.der()));
            const auto* found = fields ? find(fields->extensions, "2.5.29.19") : nullptr;
            const auto limits = found ? readBasicConstraints(found->value) : std::nullopt;
            if (limits && limits->pathLength) {
                require(below + (m_isCa ? 1 : 0) <= *limits->pathLength, "cert.path-length.issuer",
                        "RFC 5280 4.2.1.9, 6.1.4 m",
                        "more CAs than the path length " + std::to_string(*limits->pathLength) + " of " +
                            authority.subjectText() + " allows");
                // A path length that no path can use is a mistake.
                if (m_isCa && constraints.pathLength)
                    require(*constraints.pathLength + below + 1 <= *limits->pathLength, "cert.path-length.issuer",
                            "RFC 5280 4.2.1.9", "pathLenConstraint is not below that of " + authority.subjectText());
            }
            ++below;
        }
    }

    void checkKeyIdentifiers()
    {
        const auto own = keyIdentifierOf(m_fields.extensions);
        require(!own.empty(), "cert.ski.present", "RFC 5280 4.2.1.2", "subjectKeyIdentifier is missing or empty");
        require(own.size() == 32, "cert.ski.length", "specification note 3",
                "expected the 32 bytes of a SHA-256, got " + std::to_string(own.size()));
        const auto* extension = find(m_fields.extensions, "2.5.29.35");
        require(extension != nullptr, "cert.aki.present", "RFC 5280 4.2.1.1", "authorityKeyIdentifier is missing");
        if (extension == nullptr) return;
        const auto sequence = only(extension->value, der::kSequence);
        der::Reader reader(sequence ? sequence->content : ByteView());
        const auto identifier = reader.next(0x80);
        const auto expected = m_issuer ? keyIdentifierOf(m_issuer->extensions) : own;
        require(identifier && std::ranges::equal(identifier->content, expected), "cert.aki.issuer", "RFC 5280 4.2.1.1",
                "authorityKeyIdentifier is not the issuer's subjectKeyIdentifier");
    }

    void checkAltNames()
    {
        const auto* extension = find(m_fields.extensions, "2.5.29.17");
        if (extension == nullptr) return;
        const auto sequence = only(extension->value, der::kSequence);
        require(sequence && !sequence->content.empty(), "cert.san.empty", "RFC 5280 4.2.1.6",
                "subjectAltName without a name");
        if (!sequence) return;
        for (der::Reader reader(sequence->content); !reader.atEnd();) {
            const auto name = reader.next();
            if (!name) break;
            m_altNames.push_back({name->tag, name->content});
            const auto text = std::string(textOf(name->content));
            if (name->tag == kDnsTag)
                require(isHostName(text), "cert.san.dns", "RFC 5280 4.2.1.6, RFC 1123 2.1", "not a host name");
            else if (name->tag == kUriTag)
                require(isUri(text), "cert.san.uri", "RFC 5280 4.2.1.6, RFC 3986 3", "not an absolute URI");
            else if (name->tag == kIpTag)
                require(name->content.size() == 4 || name->content.size() == 16, "cert.san.ip", "RFC 5280 4.2.1.6",
                        "expected 4 or 16 octets");
            else
                require(false, "cert.san.kind", "docs/profiles.md", "only DNS names, URIs and IP addresses are used");
        }
    }

    void checkNameConstraints()
    {
        const auto* own = find(m_fields.extensions, "2.5.29.30");
        require(!own || (own->isCritical && m_isCa), "cert.name-constraints.critical", "RFC 5280 4.2.1.10",
                "name constraints belong to a CA and must be critical");
        if (own != nullptr)
            require(!subTrees(own->value, 0xA0).empty() || !subTrees(own->value, 0xA1).empty(),
                    "cert.name-constraints.empty", "RFC 5280 4.2.1.10", "name constraints without a subtree");
        for (const auto& authority : m_authorities) {
            const auto fields = readTbs(tbsOf(authority.der()));
            const auto* extension = fields ? find(fields->extensions, "2.5.29.30") : nullptr;
            if (extension == nullptr) continue;
            const auto permitted = subTrees(extension->value, 0xA0);
            const auto excluded = subTrees(extension->value, 0xA1);
            for (const auto& name : m_altNames) {
                if (name.tag != kDnsTag && name.tag != kIpTag) continue;
                const auto isOfKind = [&](const SubTree& tree) { return tree.tag == name.tag; };
                const auto holds = [&](const SubTree& tree) { return isOfKind(tree) && isWithin(tree, name); };
                const bool isFine =
                    (std::ranges::none_of(permitted, isOfKind) || std::ranges::any_of(permitted, holds)) &&
                    std::ranges::none_of(excluded, holds);
                require(isFine, "cert.name-constraints.issuer", "RFC 5280 4.2.1.10, 6.1.3 b, c",
                        "a subjectAltName is outside the name constraints of " + authority.subjectText());
            }
        }
    }

    void checkUsages()
    {
        std::vector<std::string> usages;
        if (const auto* extension = find(m_fields.extensions, "2.5.29.37")) {
            const auto sequence = only(extension->value, der::kSequence);
            require(sequence && !sequence->content.empty(), "cert.eku.syntax", "RFC 5280 4.2.1.12",
                    "extKeyUsage without a usage");
            for (der::Reader reader(sequence ? sequence->content : ByteView()); !reader.atEnd();) {
                const auto oid = reader.next(der::kOid);
                if (!oid) {
                    require(false, "cert.eku.syntax", "RFC 5280 4.2.1.12", "something other than an identifier");
                    break;
                }
                usages.push_back(dotted(oid->content));
            }
        }
        require(m_isCa ? usages.empty() : !usages.empty(), "cert.eku.present", "specification",
                "every certificate has an extKeyUsage, and no CA has");
        require(std::ranges::find(usages, "2.5.29.37.0") == usages.end(), "cert.eku.any", "RFC 5280 4.2.1.12",
                "anyExtendedKeyUsage makes the others void");
        const bool isOcspSigner = std::ranges::find(usages, "1.3.6.1.5.5.7.3.9") != usages.end();
        const auto* noCheck = find(m_fields.extensions, "1.3.6.1.5.5.7.48.1.5");
        require(isOcspSigner == (noCheck != nullptr), "cert.ocsp.no-check", "RFC 6960 4.2.2.2.1",
                "id-pkix-ocsp-nocheck belongs to OCSP signers, and every one has it");
        if (noCheck != nullptr)
            require(std::ranges::equal(noCheck->value, std::array<std::uint8_t, 2>{der::kNull, 0}),
                    "cert.ocsp.no-check", "RFC 6960 4.2.2.2.1", "expected NULL");
        if (!isOcspSigner) return;
        require(usages.size() == 1, "cert.ocsp.usage", "RFC 6960 4.2.2.2", "an OCSP signer has no other usage");
        require(m_lifetime <= kOcspSignerDays, "cert.ocsp.days", "RFC 6960 4.2.2.2.1, docs/profiles.md",
                "a certificate that nobody checks lives 7 days at most");
    }

    std::span<const Certificate> m_authorities;
    Fields m_fields;
    std::optional<Fields> m_issuer;
    std::vector<SubTree> m_altNames;
    std::chrono::seconds m_lifetime{0};
    bool m_isCa = false;
};

bool isBelow(ByteView one, ByteView other)
{
    if (one.size() != other.size()) return one.size() < other.size();
    return std::ranges::lexicographical_compare(one, other);
}

class CrlLinter final : public Linter
{
public:
    CrlLinter(ByteView tbsDer, const Certificate& issuer)
    {
        const auto issuerFields = readTbs(tbsOf(issuer.der()));
        const auto tbs = only(tbsDer, der::kSequence);
        require(tbs && issuerFields, "crl.der", "RFC 5280 5.1", "not a TBSCertList in DER");
        if (!tbs || !issuerFields) return;
        der::Reader reader(tbs->content);
        const auto version = reader.next(der::kInteger);
        require(version && der::readUnsigned(*version) == 1U, "crl.version", "RFC 5280 5.1.2.1",
                "expected version 2 (1)");
        const auto algorithm = reader.next(der::kSequence);
        require(algorithm && isAlgorithm(algorithm->whole, expectedSignature(issuerFields->publicKey)),
                "crl.signature.algorithm", "RFC 5280 5.1.2.2", "not the algorithm of the issuer's key");
        const auto name = reader.next(der::kSequence);
        require(name && std::ranges::equal(name->whole, issuerFields->subject), "crl.issuer.name", "RFC 5280 5.1.2.3",
                "not the issuer's subject byte by byte");
        const auto first = reader.next();
        const auto second = reader.next();
        const auto thisUpdate = first ? der::readTime(*first) : std::nullopt;
        const auto nextUpdate = second ? der::readTime(*second) : std::nullopt;
        require(thisUpdate && nextUpdate, "crl.update.encoding", "RFC 5280 5.1.2.4, 5.1.2.5",
                "thisUpdate or nextUpdate is missing or in the wrong form");
        if (thisUpdate && nextUpdate)
            require(*thisUpdate < *nextUpdate, "crl.update.order", "RFC 5280 5.1.2.5",
                    "nextUpdate is not after thisUpdate");
        if (reader.peek() == der::kSequence) {
            const auto list = reader.next();
            require(list && !list->content.empty(), "crl.entries.empty", "RFC 5280 5.1.2.6",
                    "an empty list of entries must be absent");
            if (list) checkEntries(list->content, thisUpdate.value_or(std::chrono::sys_seconds::max()));
        }
        const auto tagged = reader.next(0xA0);
        const auto extensions = tagged ? readExtensions(tagged->content) : std::nullopt;
        require(extensions && reader.atEnd(), "crl.extensions", "RFC 5280 5.1.2.7",
                "expected extensions and nothing after them");
        if (extensions) checkExtensions(*extensions, keyIdentifierOf(issuerFields->extensions));
        const auto* usageExtension = find(issuerFields->extensions, "2.5.29.15");
        const auto usage = usageExtension ? readKeyUsage(usageExtension->value) : std::nullopt;
        require(usage && (*usage & kCrlSign) != 0, "crl.issuer.usage", "RFC 5280 6.3.3 f",
                "the issuer may not sign CRLs");
    }

private:
    void checkEntries(ByteView entries, std::chrono::sys_seconds thisUpdate)
    {
        ByteView previous;
        for (der::Reader reader(entries); !reader.atEnd();) {
            const auto entry = reader.next(der::kSequence);
            if (!entry) {
                require(false, "crl.entry.der", "RFC 5280 5.1.2.6", "an entry that is not a SEQUENCE");
                return;
            }
            const auto before = findings.size();
            checkEntry(entry->content, previous, thisUpdate);
            if (findings.size() != before) return; // one entry tells; the others are likely alike
        }
    }

    void checkEntry(ByteView content, ByteView& previous, std::chrono::sys_seconds thisUpdate)
    {
        der::Reader fields(content);
        const auto serial = fields.next(der::kInteger);
        const auto date = fields.next();
        const auto revokedAt = date ? der::readTime(*date) : std::nullopt;
        require(serial && revokedAt, "crl.entry.der", "RFC 5280 5.1.2.6", "an entry without serial and date");
        if (!serial || !revokedAt) return;
        const auto number = serial->content;
        const bool isFine = !number.empty() && number[0] < 0x80 && number.size() <= kMaxSerialOctets &&
                            (number.size() == 1 ? number[0] != 0 : number[0] != 0 || number[1] >= 0x80);
        require(isFine, "crl.entry.serial", "RFC 5280 4.1.2.2", "not a positive shortest INTEGER of at most 20 octets");
        require(previous.empty() || isBelow(previous, number), "crl.entry.order", "docs/profiles.md",
                "expected rising serials, each once");
        previous = number;
        require(*revokedAt <= thisUpdate, "crl.entry.date", "RFC 5280 5.1.2.6", "revoked after thisUpdate");
        if (fields.atEnd()) return;
        const auto rest = content.last(content.size() - serial->whole.size() - date->whole.size());
        // Of a million entries most have the extensions of the one before.
        if (std::ranges::equal(rest, m_fineExtensions)) return;
        const auto before = findings.size();
        const auto extensions = readExtensions(rest);
        require(extensions.has_value(), "crl.entry.der", "RFC 5280 5.3", "an entry's extensions cannot be read");
        if (!extensions) return;
        for (const auto& extension : *extensions) {
            require(!extension.isCritical, "crl.entry.critical", "RFC 5280 5.3",
                    "no entry extension used here may be critical");
            if (extension.oid != "2.5.29.21") continue;
            const auto code = only(extension.value, der::kEnumerated);
            const bool isReason = code && code->content.size() == 1 && code->content[0] >= 1 &&
                                  code->content[0] <= 10 && code->content[0] != 7 && code->content[0] != 8;
            require(isReason, "crl.entry.reason", "RFC 5280 5.3.1",
                    "unspecified (0) is left out, 7 is unused, removeFromCRL (8) belongs to delta CRLs");
        }
        if (findings.size() == before) m_fineExtensions = rest;
    }

    void checkExtensions(const std::vector<ReadExtension>& extensions, const Bytes& issuerKeyIdentifier)
    {
        for (auto one = extensions.begin(); one != extensions.end(); ++one) {
            const bool isTwice =
                std::any_of(extensions.begin(), one, [&](const auto& other) { return other.oid == one->oid; });
            require(!isTwice, "crl.extension.duplicate", "RFC 5280 4.2", one->oid + " appears twice");
            const bool isIdp = one->oid == "2.5.29.28";
            require(!isIdp || one->isCritical, "crl.idp.critical", "RFC 5280 5.2.5",
                    "issuingDistributionPoint must be critical");
            require(isIdp || !one->isCritical, "crl.extension.critical", "RFC 5280 5.2",
                    one->oid + " is critical and unknown here, or must not be");
            require(one->oid != "2.5.29.27", "crl.delta", "specification note 6", "no delta CRLs are made");
        }
        const auto* number = find(extensions, "2.5.29.20");
        const auto value = number ? only(number->value, der::kInteger) : std::nullopt;
        require(value && der::readUnsigned(*value), "crl.number", "RFC 5280 5.2.3",
                "cRLNumber is missing, negative or too long");
        const auto* authority = find(extensions, "2.5.29.35");
        const auto sequence = authority ? only(authority->value, der::kSequence) : std::nullopt;
        der::Reader reader(sequence ? sequence->content : ByteView());
        const auto identifier = reader.next(0x80);
        require(identifier && std::ranges::equal(identifier->content, issuerKeyIdentifier), "crl.aki", "RFC 5280 5.2.1",
                "authorityKeyIdentifier is missing or not the issuer's");
    }

    ByteView m_fineExtensions; ///< of an entry that had no finding
};

} // namespace

std::vector<LintFinding> lintCertificateDer(ByteView tbsDer, std::span<const Certificate> authorities)
{
    return std::move(CertificateLinter(tbsDer, authorities).findings);
}

std::vector<LintFinding> lintCrlDer(ByteView tbsDer, const Certificate& issuer)
{
    return std::move(CrlLinter(tbsDer, issuer).findings);
}

Result<void> lintResult(const std::vector<LintFinding>& findings)
{
    if (findings.empty()) return {};
    const auto& first = findings.front();
    std::string text = std::string(first.rule) + " (" + std::string(first.source) + "): " + first.detail;
    if (findings.size() > 1) text += "; and " + std::to_string(findings.size() - 1) + " more";
    return fail(ErrorCode::PolicyViolation, "lint", std::move(text));
}

} // namespace gateway::pki
