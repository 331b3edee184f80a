#include "pki/prepared_certificate.h"

#include <algorithm>
#include <array>
#include <set>

#include <arpa/inet.h>

#include <openssl/err.h>

#include "pki/certificate_impl.h"
#include "pki/der.h"
#include "pki/lint.h"
#include "pki/profile_template.h"
#include "pki/public_key.h"

namespace gateway::pki {

struct PreparedCertificateAccess
{
    static PreparedCertificate make(Bytes tbs, CertificateSerial serial, Time notBefore, Time notAfter,
                                    std::string profile, std::string key)
    {
        return {std::move(tbs), std::move(serial), notBefore, notAfter, std::move(profile), std::move(key)};
    }
};

namespace {

constexpr std::string_view kOidCommonName = "2.5.4.3";
constexpr std::string_view kOidBasicConstraints = "2.5.29.19";
constexpr std::string_view kOidKeyUsage = "2.5.29.15";
constexpr std::string_view kOidExtendedKeyUsage = "2.5.29.37";
constexpr std::string_view kOidSubjectKeyIdentifier = "2.5.29.14";
constexpr std::string_view kOidAuthorityKeyIdentifier = "2.5.29.35";
constexpr std::string_view kOidSubjectAltName = "2.5.29.17";
constexpr std::string_view kOidNameConstraints = "2.5.29.30";
constexpr std::string_view kOidAuthorityInfoAccess = "1.3.6.1.5.5.7.1.1";
constexpr std::string_view kOidCrlDistributionPoints = "2.5.29.31";
constexpr std::string_view kOidOcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
constexpr std::string_view kOidAccessOcsp = "1.3.6.1.5.5.7.48.1";
constexpr std::string_view kOidAccessCaIssuers = "1.3.6.1.5.5.7.48.2";

// Context-specific tags of GeneralName (RFC 5280 4.2.1.6).
constexpr std::uint8_t kDnsNameTag = 0x82;
constexpr std::uint8_t kUriTag = 0x86;
constexpr std::uint8_t kIpAddressTag = 0x87;

tl::unexpected<Error> lintFault(std::string rule)
{
    return fail(ErrorCode::PolicyViolation, "lint", std::move(rule));
}

struct AttributeForm
{
    std::string_view type;
    std::string_view oid;
    std::uint8_t tag;
    std::size_t maxCharacters; ///< upper bounds of RFC 5280 appendix A.1
};

constexpr std::array<AttributeForm, 5> kAttributeForms = {{
    {"CN", kOidCommonName, der::kUtf8String, 64},
    {"O", "2.5.4.10", der::kUtf8String, 64},
    {"OU", "2.5.4.11", der::kUtf8String, 64},
    {"serialNumber", "2.5.4.5", der::kPrintableString, 64},
    {"C", "2.5.4.6", der::kPrintableString, 2},
}};

/// One extension as it stands in a certificate.
struct Extension
{
    std::string_view name; ///< for messages
    Bytes oid;
    bool critical = false;
    Bytes value; ///< what the OCTET STRING holds

    [[nodiscard]] Bytes der() const
    {
        static constexpr std::array<std::uint8_t, 3> kTrue = {der::kBoolean, 1, 0xFF};
        return der::sequence({oid, critical ? ByteView(kTrue) : ByteView(), der::element(der::kOctetString, value)});
    }
};

/// Everything that a TBSCertificate is made of besides the profile.
struct TbsParts
{
    const ProfileValues& values;
    ByteView publicKeyDer;
    Bytes issuerName;
    Bytes issuerKeyIdentifier;
    Bytes signatureAlgorithm;
    CertificateSerial serial;
    Time notBefore;
    Time notAfter;
};

Result<Bytes> makeSubject(const Profile& profile, const ProfileValues& values)
{
    Bytes name;
    for (const auto& [type, pattern] : profile.subject) {
        const auto value = expandTemplate(pattern, values);
        if (!value) return tl::unexpected(value.error());
        const auto form = std::find_if(kAttributeForms.begin(), kAttributeForms.end(),
                                       [&](const AttributeForm& candidate) { return candidate.type == type; });
        if (form == kAttributeForms.end()) return lintFault("unknown subject attribute " + type);
        if (value->empty() || value->size() > form->maxCharacters)
            return fail(ErrorCode::InvalidRequest, "profile-value",
                        type + " has 1 to " + std::to_string(form->maxCharacters) + " characters, got " +
                            std::to_string(value->size()));
        const Bytes attribute = der::sequence({der::knownOid(form->oid), der::element(form->tag, asBytes(*value))});
        der::append(name, der::element(der::kSet, attribute));
    }
    return der::element(der::kSequence, name);
}

/// The names of one kind after expansion, without repetitions.
Result<std::vector<std::string>> expandNames(const std::vector<std::string>& patterns, const ProfileValues& values)
{
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const auto& pattern : patterns) {
        if (isListTemplate(pattern)) {
            const auto entries = expandList(pattern, values);
            if (!entries) return tl::unexpected(entries.error());
            std::for_each(entries->begin(), entries->end(), add);
            continue;
        }
        const auto name = expandTemplate(pattern, values);
        if (!name) return tl::unexpected(name.error());
        add(*name);
    }
    return names;
}

/// @return GeneralNames; empty when the profile and the values give none
Result<Bytes> makeAltNames(const Profile& profile, const ProfileValues& values)
{
    const auto dns = expandNames(profile.subjectAltDns, values);
    if (!dns) return tl::unexpected(dns.error());
    const auto uris = expandNames(profile.subjectAltUri, values);
    if (!uris) return tl::unexpected(uris.error());
    const auto addresses = expandNames(profile.subjectAltIp, values);
    if (!addresses) return tl::unexpected(addresses.error());
    Bytes names;
    for (const auto& name : *dns) {
        if (!isDnsName(name)) return fail(ErrorCode::InvalidRequest, "profile-value", "'" + name + "' is no DNS name");
        der::append(names, der::element(kDnsNameTag, asBytes(name)));
    }
    for (const auto& uri : *uris)
        der::append(names, der::element(kUriTag, asBytes(uri)));
    for (const auto& address : *addresses)
        der::append(names, der::element(kIpAddressTag, parseIpAddress(address)));
    if (names.empty()) return names;
    return der::element(der::kSequence, names);
}

Result<Bytes> makeKeyUsage(const Profile& profile)
{
    static constexpr std::array<std::string_view, 7> kBits = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                                              "dataEncipherment", "keyAgreement",   "keyCertSign",
                                                              "cRLSign"};
    std::uint8_t octet = 0;
    for (const auto& usage : profile.keyUsage) {
        const auto bit = std::find(kBits.begin(), kBits.end(), usage) - kBits.begin();
        if (bit == static_cast<std::ptrdiff_t>(kBits.size())) return lintFault("unknown key usage " + usage);
        octet = static_cast<std::uint8_t>(octet | 0x80 >> bit);
    }
    if (octet == 0) return lintFault("no key usage");
    // DER drops the zero bits at the end of a named bit list (X.690 11.2.2).
    std::uint8_t unused = 0;
    while ((octet >> unused & 1) == 0)
        ++unused;
    return der::element(der::kBitString, std::array<std::uint8_t, 2>{unused, octet});
}

Result<Bytes> makeExtendedKeyUsage(const Profile& profile)
{
    static const std::map<std::string_view, std::string_view> kNames = {
        {"serverAuth", "1.3.6.1.5.5.7.3.1"}, {"clientAuth", "1.3.6.1.5.5.7.3.2"}, {"OCSPSigning", "1.3.6.1.5.5.7.3.9"}};
    Bytes usages;
    for (const auto& usage : profile.extendedKeyUsage) {
        const auto known = kNames.find(usage);
        const auto encoded = der::oid(known == kNames.end() ? std::string_view(usage) : known->second);
        if (!encoded) return lintFault("unknown extended key usage " + usage);
        der::append(usages, *encoded);
    }
    return der::element(der::kSequence, usages);
}

Result<Bytes> makeNameConstraints(const NameConstraints& constraints)
{
    Bytes subtrees;
    for (const auto& name : constraints.permittedDns) {
        if (!isDnsName(name)) return lintFault("'" + name + "' in the name constraints is not a DNS name");
        der::append(subtrees, der::sequence({der::element(kDnsNameTag, asBytes(name))}));
    }
    for (const auto& network : constraints.permittedIp) {
        const auto bytes = parseIpNetwork(network);
        if (bytes.empty()) return lintFault("'" + network + "' in the name constraints is not a network");
        der::append(subtrees, der::sequence({der::element(kIpAddressTag, bytes)}));
    }
    if (subtrees.empty()) return lintFault("the name constraints are empty");
    return der::sequence({der::element(0xA0, subtrees)});
}

Bytes makeAuthorityInfoAccess(const Profile& profile)
{
    Bytes descriptions;
    for (const auto& url : profile.ocspUrls)
        der::append(descriptions, der::sequence({der::knownOid(kOidAccessOcsp), der::element(kUriTag, asBytes(url))}));
    for (const auto& url : profile.caIssuersUrls)
        der::append(descriptions,
                    der::sequence({der::knownOid(kOidAccessCaIssuers), der::element(kUriTag, asBytes(url))}));
    return der::element(der::kSequence, descriptions);
}

Bytes makeCrlDistributionPoints(const Profile& profile)
{
    Bytes points;
    for (const auto& url : profile.crlUrls) {
        const Bytes fullName = der::element(0xA0, der::element(kUriTag, asBytes(url)));
        der::append(points, der::sequence({der::element(0xA0, fullName)}));
    }
    return der::element(der::kSequence, points);
}

Result<std::vector<Extension>> makeExtensions(const Profile& profile, const TbsParts& parts)
{
    std::vector<Extension> extensions;
    const auto add = [&](std::string_view name, std::string_view oid, bool critical, Bytes value) {
        extensions.push_back({name, der::knownOid(oid), critical, std::move(value)});
    };
    static constexpr std::array<std::uint8_t, 3> kTrue = {der::kBoolean, 1, 0xFF};
    Bytes pathLength;
    if (profile.pathLength) pathLength = der::smallInteger(static_cast<std::uint64_t>(*profile.pathLength));
    add("basicConstraints", kOidBasicConstraints, profile.ca,
        der::sequence({profile.ca ? ByteView(kTrue) : ByteView(), pathLength}));
    auto usage = makeKeyUsage(profile);
    if (!usage) return tl::unexpected(usage.error());
    add("keyUsage", kOidKeyUsage, true, std::move(*usage));
    if (!profile.extendedKeyUsage.empty()) {
        auto extended = makeExtendedKeyUsage(profile);
        if (!extended) return tl::unexpected(extended.error());
        add("extKeyUsage", kOidExtendedKeyUsage, false, std::move(*extended));
    }
    add("subjectKeyIdentifier", kOidSubjectKeyIdentifier, false,
        der::element(der::kOctetString, makeSubjectKeyIdentifier(parts.publicKeyDer)));
    add("authorityKeyIdentifier", kOidAuthorityKeyIdentifier, false,
        der::sequence({der::element(0x80, parts.issuerKeyIdentifier)}));
    auto altNames = makeAltNames(profile, parts.values);
    if (!altNames) return tl::unexpected(altNames.error());
    if (!altNames->empty()) add("subjectAltName", kOidSubjectAltName, false, std::move(*altNames));
    if (profile.nameConstraints) {
        auto constraints = makeNameConstraints(*profile.nameConstraints);
        if (!constraints) return tl::unexpected(constraints.error());
        add("nameConstraints", kOidNameConstraints, true, std::move(*constraints));
    }
    if (!profile.ocspUrls.empty() || !profile.caIssuersUrls.empty())
        add("authorityInfoAccess", kOidAuthorityInfoAccess, false, makeAuthorityInfoAccess(profile));
    if (!profile.crlUrls.empty())
        add("cRLDistributionPoints", kOidCrlDistributionPoints, false, makeCrlDistributionPoints(profile));
    if (profile.ocspNoCheck) add("ocspNoCheck", kOidOcspNoCheck, false, der::element(der::kNull, {}));
    return extensions;
}

Result<Bytes> makeTbs(const Profile& profile, const TbsParts& parts)
{
    const auto subject = makeSubject(profile, parts.values);
    if (!subject) return tl::unexpected(subject.error());
    const auto extensions = makeExtensions(profile, parts);
    if (!extensions) return tl::unexpected(extensions.error());
    Bytes extensionList;
    for (const auto& extension : *extensions)
        der::append(extensionList, extension.der());
    return der::sequence({der::element(0xA0, der::smallInteger(2)), der::unsignedInteger(parts.serial.bytes()),
                          parts.signatureAlgorithm, parts.issuerName,
                          der::sequence({der::time(parts.notBefore), der::time(parts.notAfter)}), *subject,
                          parts.publicKeyDer, der::element(0xA3, der::element(der::kSequence, extensionList))});
}

/// @return TBSCertificate, signature algorithm and value as a certificate
Bytes assemble(ByteView tbsDer, ByteView algorithm, ByteView signature)
{
    Bytes bits{0};
    der::append(bits, signature);
    return der::sequence({tbsDer, algorithm, der::element(der::kBitString, bits)});
}

/// Parses a TBSCertificate by putting a signature of one zero byte behind it.
Result<Certificate> parseTbs(ByteView tbsDer, ByteView algorithm)
{
    der::Reader reader(tbsDer);
    if (!reader.next(der::kSequence) || !reader.atEnd()) return lintFault("not one DER SEQUENCE");
    auto parsed = Certificate::parseDer(assemble(tbsDer, algorithm, std::array<std::uint8_t, 1>{0}));
    if (!parsed) return lintFault(parsed.error().detail);
    return parsed;
}

/// The names and keys of the authority that is to sign.
struct Authority
{
    Bytes name;
    Bytes keyIdentifier;
    Bytes signatureAlgorithm;
};

Result<Authority> authorityOf(const Certificate& issuer, const Profile& profile)
{
    const auto& key = issuer.impl().publicKey;
    if (!key) return lintFault("the issuer's key: " + key.error().detail);
    if (issuer.subjectKeyIdentifier().empty()) return lintFault("the issuer has no subjectKeyIdentifier");
    auto* x509 = issuer.impl().x509.get();
    if ((X509_get_extension_flags(x509) & EXFLAG_CA) == 0 || (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) == 0)
        return lintFault("the issuer may not sign certificates");
    // RFC 5280 4.2.1.9: the path length counts the CAs that may follow.
    const long pathLength = X509_get_pathlen(x509);
    if (profile.ca && pathLength >= 0 && profile.pathLength.value_or(pathLength) >= pathLength)
        return lintFault("pathLenConstraint is not below the issuer's " + std::to_string(pathLength));
    return Authority{issuer.subjectDer(), issuer.subjectKeyIdentifier(), key->signatureAlgorithmDer()};
}

/// Finds the values that turn the profile's subject into this one.
Result<void> matchSubject(const Profile& profile, const X509_NAME* subject, ProfileValues& values)
{
    if (X509_NAME_entry_count(subject) != static_cast<int>(profile.subject.size()))
        return lintFault("subject: expected " + std::to_string(profile.subject.size()) + " attributes, got " +
                         std::to_string(X509_NAME_entry_count(subject)));
    for (std::size_t i = 0; i < profile.subject.size(); ++i) {
        const auto& [type, pattern] = profile.subject[i];
        const auto* entry = X509_NAME_get_entry(subject, static_cast<int>(i));
        const auto* data = X509_NAME_ENTRY_get_data(entry);
        const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
                                    static_cast<std::size_t>(ASN1_STRING_length(data)));
        const std::string_view found = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
        if (found != type)
            return lintFault("subject: expected " + type + " at position " + std::to_string(i + 1) + ", got " +
                             std::string(found));
        if (!matchTemplate(pattern, text, values)) return lintFault("subject: " + type + " is not '" + pattern + "'");
    }
    return {};
}

std::string addressText(ByteView bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (bytes.size() != 4 && bytes.size() != 16) return {};
    inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

/// Matches the names of one kind with the profile's patterns in order; a list placeholder takes the rest.
bool matchNames(const std::vector<std::string>& patterns, const std::vector<std::string>& names, ProfileValues& values)
{
    std::size_t next = 0;
    for (const auto& pattern : patterns) {
        if (!isListTemplate(pattern)) {
            if (next == names.size() || !matchTemplate(pattern, names[next], values)) return false;
            ++next;
            continue;
        }
        std::string list;
        for (; next < names.size(); ++next) {
            if (names[next].find(',') != std::string::npos) return false;
            list += (list.empty() ? "" : ",") + names[next];
        }
        values[std::string(listName(pattern))] = list;
    }
    return next == names.size();
}

Result<void> matchAltNames(const Profile& profile, const X509* x509, ProfileValues& values)
{
    std::vector<std::string> dns;
    std::vector<std::string> uris;
    std::vector<std::string> addresses;
    const GeneralNamesHandle names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const auto* value =
            static_cast<ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
        if (type != GEN_DNS && type != GEN_URI && type != GEN_IPADD)
            return lintFault("subjectAltName: only DNS, URI and IP names are allowed");
        const ByteView bytes(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
        const std::string text(bytes.begin(), bytes.end());
        if (type == GEN_DNS) dns.push_back(text);
        if (type == GEN_URI) uris.push_back(text);
        if (type == GEN_IPADD) addresses.push_back(addressText(bytes));
    }
    if (!matchNames(profile.subjectAltDns, dns, values) || !matchNames(profile.subjectAltUri, uris, values) ||
        !matchNames(profile.subjectAltIp, addresses, values))
        return lintFault("subjectAltName: not the names of the profile, or not those that the subject asks for");
    return {};
}

Result<void> compareExtensions(const X509* x509, const std::vector<Extension>& expected)
{
    std::set<Bytes> seen;
    for (int i = 0; i < X509_get_ext_count(x509); ++i) {
        auto* extension = X509_get_ext(x509, i);
        const Bytes oid = encodeDer(i2d_ASN1_OBJECT, X509_EXTENSION_get_object(extension));
        if (!seen.insert(oid).second) return lintFault("an extension appears twice");
        const auto wanted = std::find_if(expected.begin(), expected.end(),
                                         [&](const Extension& candidate) { return candidate.oid == oid; });
        if (wanted == expected.end()) return lintFault("an extension that the profile does not have");
        if ((X509_EXTENSION_get_critical(extension) == 1) != wanted->critical)
            return lintFault(std::string(wanted->name) +
                             (wanted->critical ? " must be critical" : " must not be critical"));
        const auto* value = X509_EXTENSION_get_data(extension);
        const ByteView bytes(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
        if (!std::equal(bytes.begin(), bytes.end(), wanted->value.begin(), wanted->value.end()))
            return lintFault(std::string(wanted->name) + " is not what the profile asks for");
    }
    for (const auto& extension : expected)
        if (!seen.contains(extension.oid)) return lintFault(std::string(extension.name) + " is missing");
    return {};
}

/// Takes the values back out of the TBSCertificate, makes it again from them, and compares.
/// @return the parsed TBSCertificate
Result<Certificate> lint(ByteView tbsDer, const Profile& profile, const Certificate* issuer)
{
    Authority authority;
    if ((profile.certificateType == "root-ca") != (issuer == nullptr))
        return lintFault("a root is signed by itself, and nothing else is");
    if (issuer != nullptr) {
        const auto found = authorityOf(*issuer, profile);
        if (!found) return tl::unexpected(found.error());
        authority = *found;
    }
    const auto parsed = parseTbs(tbsDer, issuer != nullptr ? authority.signatureAlgorithm
                                                           : der::sequence({der::knownOid("1.2.840.10045.4.3.2")}));
    if (!parsed) return tl::unexpected(parsed.error());
    auto* x509 = parsed->impl().x509.get();
    if (X509_get_version(x509) != X509_VERSION_3) return lintFault("version is not 3");
    const auto& key = parsed->impl().publicKey;
    if (!key) return lintFault("subjectPublicKeyInfo: " + key.error().detail);
    if (std::find(profile.allowedKeys.begin(), profile.allowedKeys.end(), key->algorithm()) ==
        profile.allowedKeys.end())
        return lintFault("subjectPublicKeyInfo: " + std::string(name(key->algorithm())) +
                         " is not a key of the profile");
    if (issuer == nullptr)
        authority = {parsed->subjectDer(), makeSubjectKeyIdentifier(parsed->publicKeyDer()),
                     key->signatureAlgorithmDer()};
    if (parsed->issuerDer() != authority.name) return lintFault("the issuer's name is not the issuer's subject");
    if (encodeDer(i2d_X509_ALGOR, X509_get0_tbs_sigalg(x509)) != authority.signatureAlgorithm)
        return lintFault("the signature algorithm is not that of the issuer's key");
    if (parsed->notAfter() - parsed->notBefore() != profile.validity)
        return lintFault("validity is not " + std::to_string(profile.validity.count()) + " days");
    if (issuer != nullptr && parsed->notAfter() > issuer->notAfter())
        return fail(ErrorCode::PolicyViolation, "outlives-issuer",
                    "the certificate would be valid for longer than its issuer; the issuing CA is due for rotation");

    ProfileValues values;
    if (const auto matched = matchSubject(profile, X509_get_subject_name(x509), values); !matched)
        return tl::unexpected(matched.error());
    if (const auto matched = matchAltNames(profile, x509, values); !matched) return tl::unexpected(matched.error());
    const Bytes publicKeyDer = parsed->publicKeyDer();
    const TbsParts parts{
        values,           publicKeyDer,        authority.name,    authority.keyIdentifier, authority.signatureAlgorithm,
        parsed->serial(), parsed->notBefore(), parsed->notAfter()};
    const auto expected = makeExtensions(profile, parts);
    if (!expected) return lintFault(expected.error().detail);
    if (const auto compared = compareExtensions(x509, *expected); !compared) return tl::unexpected(compared.error());
    const auto again = makeTbs(profile, parts);
    if (!again) return lintFault(again.error().detail);
    if (!std::equal(again->begin(), again->end(), tbsDer.begin(), tbsDer.end()))
        return lintFault("not the encoding that the profile gives");
    return *parsed;
}

/// Name constraints count along the whole path (RFC 5280 6.1.4 g), so those of the issuer's issuers too.
Result<void> checkNameConstraints(const Certificate& subject, const std::vector<Certificate>& authorities)
{
    auto* x509 = subject.impl().x509.get();
    for (const auto& authority : authorities) {
        const NameConstraintsHandle constraints(static_cast<NAME_CONSTRAINTS*>(
            X509_get_ext_d2i(authority.impl().x509.get(), NID_name_constraints, nullptr, nullptr)));
        if (!constraints) continue;
        if (NAME_CONSTRAINTS_check(x509, constraints.get()) != X509_V_OK)
            return lintFault("a subjectAltName is outside the name constraints of " + authority.subjectText());
        // As OpenSSL's path validation does: without DNS names a CN that looks like a host counts as one.
        if (X509_get_ext_by_NID(x509, NID_subject_alt_name, -1) < 0 &&
            (X509_get_extension_flags(x509) & EXFLAG_CA) == 0 &&
            NAME_CONSTRAINTS_check_CN(x509, constraints.get()) != X509_V_OK)
            return lintFault("the CN is outside the name constraints of " + authority.subjectText());
    }
    return {};
}

std::vector<Certificate> authoritiesOf(const Issuer& issuer)
{
    std::vector<Certificate> authorities = issuer.chain;
    authorities.push_back(issuer.certificate);
    return authorities;
}

/// The second opinion: the rules of RFC 5280, by code that knows no profiles.
Result<void> lintAlone(ByteView tbsDer, const Issuer& issuer)
{
    std::vector<Certificate> upward = issuer.chain;
    if (upward.empty() || upward.front().der() != issuer.certificate.der())
        upward.insert(upward.begin(), issuer.certificate);
    return lintResult(lintCertificateDer(tbsDer, upward));
}

PreparedCertificate makePrepared(ByteView tbsDer, const Certificate& parsed, const Profile& profile,
                                 const std::string& keyLabel)
{
    return PreparedCertificateAccess::make(Bytes(tbsDer.begin(), tbsDer.end()), parsed.serial(), parsed.notBefore(),
                                           parsed.notAfter(), profile.name, keyLabel);
}

Result<Certificate> complete(ByteView tbsDer, ByteView signature, const Certificate& issuer)
{
    const auto& key = issuer.impl().publicKey;
    if (!key) return fail(ErrorCode::PolicyViolation, "issuer-key", key.error().detail);
    auto certificate = Certificate::parseDer(assemble(tbsDer, key->signatureAlgorithmDer(), signature));
    if (!certificate) return tl::unexpected(certificate.error());
    auto* x509 = certificate->impl().x509.get();
    if (certificate->issuerDer() != issuer.subjectDer())
        return fail(ErrorCode::PolicyViolation, "other-issuer", "the certificate was prepared for another issuer");
    if (!key->verifies(tbsDer, signature))
        return fail(ErrorCode::PolicyViolation, "signature-invalid",
                    "the signature does not verify with the key of " + certificate->issuerText());
    const Bytes signedBytes = encodeDer(i2d_re_X509_tbs, x509);
    if (!std::equal(signedBytes.begin(), signedBytes.end(), tbsDer.begin(), tbsDer.end()))
        return fail(ErrorCode::Internal, "signature-invalid", "the signed bytes are not the prepared ones");
    return certificate;
}

} // namespace

Result<PreparedCertificate> prepareCertificate(const Profile& profile, const ProfileValues& values,
                                               ByteView subjectPublicKeyDer, const Issuer& issuer,
                                               const CertificateSerial& serial, Time now)
{
    const auto authority = authorityOf(issuer.certificate, profile);
    if (!authority) return tl::unexpected(authority.error());
    const auto tbs = makeTbs(profile, {values, subjectPublicKeyDer, authority->name, authority->keyIdentifier,
                                       authority->signatureAlgorithm, serial, now, now + profile.validity});
    if (!tbs) return tl::unexpected(tbs.error());
    return restorePrepared(*tbs, profile, issuer);
}

Result<PreparedCertificate> prepareSelfSigned(const Profile& profile, const ProfileValues& values,
                                              ByteView publicKeyDer, const std::string& keyLabel,
                                              const CertificateSerial& serial, Time now)
{
    const auto key = PublicKey::parse(publicKeyDer);
    if (!key) return lintFault("subjectPublicKeyInfo: " + key.error().detail);
    const auto subject = makeSubject(profile, values);
    if (!subject) return tl::unexpected(subject.error());
    const auto tbs = makeTbs(profile, {values, publicKeyDer, *subject, makeSubjectKeyIdentifier(publicKeyDer),
                                       key->signatureAlgorithmDer(), serial, now, now + profile.validity});
    if (!tbs) return tl::unexpected(tbs.error());
    const auto parsed = lint(*tbs, profile, nullptr);
    if (!parsed) return tl::unexpected(parsed.error());
    if (const auto sound = lintResult(lintCertificateDer(*tbs, {})); !sound) return tl::unexpected(sound.error());
    return makePrepared(*tbs, *parsed, profile, keyLabel);
}

Result<PreparedCertificate> restorePrepared(ByteView tbsDer, const Profile& profile, const Issuer& issuer)
{
    const auto parsed = lint(tbsDer, profile, &issuer.certificate);
    if (!parsed) return tl::unexpected(parsed.error());
    if (const auto allowed = checkNameConstraints(*parsed, authoritiesOf(issuer)); !allowed)
        return tl::unexpected(allowed.error());
    if (const auto sound = lintAlone(tbsDer, issuer); !sound) return tl::unexpected(sound.error());
    return makePrepared(tbsDer, *parsed, profile, issuer.keyLabel);
}

Result<void> lintTbsCertificate(ByteView tbsDer, const Profile& profile, const Certificate* issuer)
{
    const auto parsed = lint(tbsDer, profile, issuer);
    if (!parsed) return tl::unexpected(parsed.error());
    if (issuer == nullptr) return lintResult(lintCertificateDer(tbsDer, {}));
    if (const auto allowed = checkNameConstraints(*parsed, {*issuer}); !allowed) return allowed;
    return lintResult(lintCertificateDer(tbsDer, {issuer, 1}));
}

Result<Certificate> completeCertificate(PreparedCertificate&& prepared, ByteView signature, const Certificate& issuer)
{
    const PreparedCertificate used = std::move(prepared);
    return complete(used.tbsDer(), signature, issuer);
}

Result<Certificate> completeSelfSigned(PreparedCertificate&& prepared, ByteView signature)
{
    const PreparedCertificate used = std::move(prepared);
    const auto parsed = parseTbs(used.tbsDer(), der::sequence({der::knownOid("1.2.840.10045.4.3.2")}));
    if (!parsed) return tl::unexpected(parsed.error());
    return complete(used.tbsDer(), signature, *parsed);
}

} // namespace gateway::pki
