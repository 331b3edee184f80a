#include "pki/csr.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "pki/der.h"
#include "pki/profile_template.h"
#include "pki/public_key.h"

namespace gateway::pki {
namespace {

constexpr std::size_t kMaxBytes = 8 * 1024;
constexpr std::size_t kCoordinateBytes = 32;

using ExtensionsHandle = OpensslHandle<X509_EXTENSIONS, [](X509_EXTENSIONS* extensions) {
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}>;

tl::unexpected<Error> refuse(std::string type, std::string detail)
{
    return fail(ErrorCode::PolicyViolation, std::move(type), std::move(detail));
}

tl::unexpected<Error> malformed(std::string detail)
{
    return fail(ErrorCode::InvalidRequest, "csr-malformed", std::move(detail));
}

ByteView viewOf(const ASN1_STRING* text)
{
    return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// The three elements of a CertificationRequest (RFC 2986 4.2).
struct Parts
{
    ByteView info;
    ByteView algorithm;
    ByteView signature;
};

std::optional<Parts> splitRequest(ByteView der)
{
    der::Reader outer(der);
    const auto request = outer.next(der::kSequence);
    if (!request || !outer.atEnd()) return std::nullopt;
    der::Reader inner(request->content);
    const auto info = inner.next(der::kSequence);
    const auto algorithm = inner.next(der::kSequence);
    const auto signature = inner.next(der::kBitString);
    if (!info || !algorithm || !signature || !inner.atEnd()) return std::nullopt;
    if (signature->content.empty() || signature->content.front() != 0) return std::nullopt;
    return Parts{info->whole, algorithm->whole, signature->content.subspan(1)};
}

Result<void> checkSubject(const X509_NAME* subject, const Profile& profile, const TemplateValues& values)
{
    const auto count = static_cast<std::size_t>(X509_NAME_entry_count(subject));
    if (count != profile.subject.size())
        return refuse("csr-subject", "expected " + std::to_string(profile.subject.size()) + " attributes, got " +
                                         std::to_string(count));
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [type, pattern] = profile.subject[i];
        const std::string place = " at position " + std::to_string(i + 1);
        const auto* entry = X509_NAME_get_entry(subject, static_cast<int>(i));
        const auto* data = X509_NAME_ENTRY_get_data(entry);
        if (X509_NAME_ENTRY_set(entry) != static_cast<int>(i))
            return refuse("csr-subject", "expected one attribute per RelativeDistinguishedName" + place);
        if (const auto* name = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))); type != name)
            return refuse("csr-subject", "expected " + type + place + ", got " + name);
        const int form = ASN1_STRING_type(data);
        if (form != V_ASN1_UTF8STRING && form != V_ASN1_PRINTABLESTRING)
            return refuse("csr-subject", "expected a UTF8String or PrintableString for " + type);
        const auto expected = expandTemplate(pattern, values);
        if (!expected) return tl::unexpected(expected.error());
        const auto text = viewOf(data);
        // Byte by byte: OpenSSL's own comparison of names folds case and spaces.
        if (!std::equal(text.begin(), text.end(), expected->begin(), expected->end()))
            return refuse("csr-subject", type + " is not the one of this subject");
    }
    return {};
}

using AltNames = std::set<std::pair<int, std::string>>; ///< GeneralName's type and value

/// What the certificate will name, too: more than that cannot be asked for.
Result<AltNames> allowedAltNames(const Profile& profile, const TemplateValues& values)
{
    AltNames allowed;
    const auto add = [&](int type, const std::vector<std::string>& patterns) -> Result<void> {
        for (const auto& pattern : patterns) {
            auto texts = Result<std::vector<std::string>>(std::vector<std::string>());
            if (isListTemplate(pattern)) {
                texts = expandList(pattern, values);
            } else {
                const auto text = expandTemplate(pattern, values);
                if (!text) return tl::unexpected(text.error());
                texts->push_back(*text);
            }
            if (!texts) return tl::unexpected(texts.error());
            for (const auto& text : *texts) {
                const auto address = type == GEN_IPADD ? parseIpAddress(text) : std::vector<std::uint8_t>();
                allowed.emplace(type, type == GEN_IPADD ? std::string(address.begin(), address.end()) : text);
            }
        }
        return {};
    };
    auto added = add(GEN_DNS, profile.subjectAltDns);
    if (added) added = add(GEN_URI, profile.subjectAltUri);
    if (added) added = add(GEN_IPADD, profile.subjectAltIp);
    if (!added) return tl::unexpected(added.error());
    return allowed;
}

Result<void> checkAltNames(const X509_EXTENSION* extension, const Profile& profile, const TemplateValues& values)
{
    const GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(X509V3_EXT_d2i(const_cast<X509_EXTENSION*>(extension))));
    if (!names) return refuse("csr-extension", "the subjectAltName cannot be read");
    auto allowed = allowedAltNames(profile, values);
    if (!allowed) return tl::unexpected(allowed.error());
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const auto* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
        if (type != GEN_DNS && type != GEN_URI && type != GEN_IPADD)
            return refuse("csr-extension", "a subjectAltName that is neither a DNS name nor a URI nor an address");
        const auto text = viewOf(static_cast<const ASN1_STRING*>(value));
        if (allowed->erase({type, std::string(text.begin(), text.end())}) == 0)
            return refuse("csr-extension", "a subjectAltName that is not this subject's, or one of them twice");
    }
    return {};
}

Result<void> checkExtensions(const X509_REQ* request, const Profile& profile, const TemplateValues& values)
{
    const int count = X509_REQ_get_attr_count(request);
    if (count <= 0) return {};
    auto* attribute = X509_REQ_get_attr(request, 0);
    if (count > 1 || OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != NID_ext_req ||
        X509_ATTRIBUTE_count(attribute) != 1)
        return refuse("csr-extension", "expected at most one attribute, an extensionRequest with one value");
    const auto* value = X509_ATTRIBUTE_get0_type(attribute, 0);
    if (value == nullptr || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
        return refuse("csr-extension", "the extensionRequest is not a SEQUENCE");
    const auto encoded = viewOf(value->value.sequence);
    const auto* position = encoded.data();
    const ExtensionsHandle extensions(d2i_X509_EXTENSIONS(nullptr, &position, static_cast<long>(encoded.size())));
    if (!extensions || position != encoded.data() + encoded.size())
        return refuse("csr-extension", "the extensionRequest cannot be read");
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions.get()); ++i) {
        auto* extension = sk_X509_EXTENSION_value(extensions.get(), i);
        const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if (nid == NID_basic_constraints) {
            const OpensslHandle<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free> constraints(
                static_cast<BASIC_CONSTRAINTS*>(X509V3_EXT_d2i(extension)));
            if (constraints && constraints->ca != 0)
                return refuse(
                    "csr-extension",
                    "the request asks for basicConstraints CA:TRUE; expected no extension but the two subjectAltNames");
        }
        if (nid != NID_subject_alt_name || i != 0)
            return refuse("csr-extension", std::string("asks for more than one subjectAltName extension: ") +
                                               (nid == NID_undef ? "an unknown one" : OBJ_nid2sn(nid)));
        if (const auto checked = checkAltNames(extension, profile, values); !checked) return checked;
    }
    return {};
}

/// x coordinates of G, 2G, … 32G: public keys whose private key (k, or the order minus k) anybody can guess, what a
/// unit with a dead random generator would send.
std::set<Bytes> makeGuessableX()
{
    constexpr int kMultiples = 32;
    const OpensslHandle<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const OpensslHandle<EC_POINT, EC_POINT_free> point(group ? EC_POINT_new(group.get()) : nullptr);
    const BnHandle x(BN_new());
    std::set<Bytes> found;
    for (int k = 1; group && point && x && k <= kMultiples; ++k) {
        const BnHandle factor(BN_new());
        Bytes octets(kCoordinateBytes);
        if (!factor || BN_set_word(factor.get(), static_cast<BN_ULONG>(k)) != 1 ||
            EC_POINT_mul(group.get(), point.get(), factor.get(), nullptr, nullptr, nullptr) != 1 ||
            EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, nullptr) != 1 ||
            BN_bn2binpad(x.get(), octets.data(), static_cast<int>(octets.size())) < 0)
            break;
        found.insert(std::move(octets));
    }
    if (found.size() != kMultiples) throw std::runtime_error("OpenSSL gave no multiples of the base point");
    return found;
}

bool isGuessable(ByteView spki)
{
    static const std::set<Bytes> guessable = makeGuessableX();
    const auto x = spki.last(2 * kCoordinateBytes).first(kCoordinateBytes);
    return guessable.contains(Bytes(x.begin(), x.end()));
}

/// "ecdsa-with-SHA256" and the like. @param der  AlgorithmIdentifier
std::string algorithmName(const Bytes& der)
{
    const auto* position = der.data();
    const OpensslHandle<X509_ALGOR, X509_ALGOR_free> identifier(
        d2i_X509_ALGOR(nullptr, &position, static_cast<long>(der.size())));
    const char* text = identifier ? OBJ_nid2ln(OBJ_obj2nid(identifier->algorithm)) : nullptr;
    return text != nullptr ? text : "another algorithm";
}

struct OpenedRequest
{
    X509RequestHandle request;
    Bytes spki;
};

/// Reads the request and checks that it is DER, that its key is of an allowed kind, and that this key signed it.
/// @param kinds  the allowed kinds in words
Result<OpenedRequest> openRequest(ByteView der, const std::vector<KeyAlgorithm>& allowed, const char* keySlug,
                                  const std::string& kinds)
{
    if (der.size() > kMaxBytes)
        return malformed("a CSR has at most " + std::to_string(kMaxBytes) + " bytes, got " +
                         std::to_string(der.size()));
    const auto parts = splitRequest(der);
    if (!parts) return malformed("not one DER CertificationRequest");
    const auto* position = der.data();
    X509RequestHandle request(d2i_X509_REQ(nullptr, &position, static_cast<long>(der.size())));
    ERR_clear_error();
    if (!request || position != der.data() + der.size()) return malformed("not a CertificationRequest");
    // Written again it must give the same bytes, or it was not DER and two readers could see two things in it.
    const Bytes info = encodeDer(i2d_re_X509_REQ_tbs, request.get());
    if (!std::equal(info.begin(), info.end(), parts->info.begin(), parts->info.end())) return malformed("not DER");
    if (X509_REQ_get_version(request.get()) != 0) return malformed("expected version 1 (0)");

    Bytes spki = encodeDer(i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request.get()));
    const auto key = PublicKey::fromDecoded(spki, X509_REQ_get0_pubkey(request.get()));
    if (!key) return refuse(keySlug, "expected a " + kinds + " key: " + key.error().detail);
    if (std::ranges::find(allowed, key->algorithm()) == allowed.end())
        return refuse(keySlug, "expected a " + kinds + " key, got " + std::string(name(key->algorithm())));

    const Bytes algorithm = key->signatureAlgorithmDer();
    if (!std::equal(algorithm.begin(), algorithm.end(), parts->algorithm.begin(), parts->algorithm.end()))
        return refuse("csr-signature", "expected " + algorithmName(algorithm) + ", got another signature algorithm");
    const bool verified = key->verifies(parts->info, parts->signature);
    ERR_clear_error();
    if (!verified) return refuse("csr-signature", "the signature is not by the request's own key");
    return OpenedRequest{std::move(request), std::move(spki)};
}

Result<void> checkNames(const X509_REQ* request, const Profile& profile, const TemplateValues& values)
{
    if (auto checked = checkSubject(X509_REQ_get_subject_name(request), profile, values); !checked) return checked;
    auto extensions = checkExtensions(request, profile, values);
    ERR_clear_error();
    return extensions;
}

} // namespace

Result<CheckedCsr> checkVehicleCsr(ByteView der, const VehicleIdentity& expected, const Profile& profile,
                                   const WeakKeys& weakKeys)
{
    const auto opened = openRequest(der, {KeyAlgorithm::EcP256}, "csr-key-not-p256", "P-256");
    if (!opened) return tl::unexpected(opened.error());
    const TemplateValues values = {{"device_id", std::string(expected.deviceId.text())},
                                   {"vin_hash", std::string(expected.vinHash.text())}};
    if (const auto checked = checkNames(opened->request.get(), profile, values); !checked)
        return tl::unexpected(checked.error());
    if (isGuessable(opened->spki)) return refuse("csr-key-weak", "the private key is a small number");

    CheckedCsr checked;
    checked.m_publicKeySha256 = sha256(opened->spki);
    if (weakKeys.contains(checked.m_publicKeySha256))
        return refuse("csr-key-weak", "the private key has been published");
    checked.m_publicKeyDer = opened->spki;
    checked.m_csrSha256 = sha256(der);
    return checked;
}

Result<CheckedCsr> checkServiceCsr(ByteView der, const std::map<std::string, std::string>& values,
                                   const Profile& profile)
{
    std::string kinds;
    for (const auto kind : profile.allowedKeys)
        kinds += (kinds.empty() ? "" : " or ") + std::string(name(kind));
    const auto opened = openRequest(der, profile.allowedKeys, "csr-key-not-allowed", kinds);
    if (!opened) return tl::unexpected(opened.error());
    if (const auto checked = checkNames(opened->request.get(), profile, values); !checked)
        return tl::unexpected(checked.error());

    CheckedCsr checked;
    checked.m_publicKeySha256 = sha256(opened->spki);
    checked.m_publicKeyDer = opened->spki;
    checked.m_csrSha256 = sha256(der);
    return checked;
}

} // namespace gateway::pki
