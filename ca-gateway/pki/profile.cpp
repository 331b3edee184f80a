#include "pki/profile.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <span>
#include <sstream>

#include <nlohmann/json.hpp>

#include "pki/der.h"
#include "pki/profile_template.h"
#include "pki/public_key.h"

namespace gateway::pki {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string_view>;

constexpr std::size_t kMaxFileBytes = 64 * 1024;

/// What a profile of one certificate type may say at most. A file can be changed by anyone who may install the
/// gateway; these limits only by a release.
struct TypeLimits
{
    std::string_view type;
    bool ca;
    int maxDays;
    int maxPathLength;
    std::vector<KeyAlgorithm> keys;
    Names usages;           ///< allowed
    Names requiredUsages;   ///< at least
    Names extended;         ///< allowed
    Names requiredExtended; ///< at least
};

const std::vector<TypeLimits>& typeLimits()
{
    using enum KeyAlgorithm;
    static const Names caUsages = {"keyCertSign", "cRLSign"};
    static const Names leafUsages = {"digitalSignature", "keyEncipherment", "keyAgreement"};
    static const std::vector<KeyAlgorithm> any = {EcP256, EcP384, Rsa2048, Rsa4096};
    static const std::vector<KeyAlgorithm> strong = {EcP384, Rsa4096};
    // Years as in the specification's "Certificate Roles", with the leap days that they can contain.
    static const std::vector<TypeLimits> limits = {
        {"root-ca", true, 7305, 2, strong, caUsages, {"keyCertSign"}, {}, {}},
        {"intermediate-ca", true, 3653, 1, strong, caUsages, {"keyCertSign"}, {}, {}},
        {"device-issuing-ca", true, 1827, 0, any, caUsages, {"keyCertSign"}, {}, {}},
        {"cloud-service-ca", true, 1827, 0, any, caUsages, {"keyCertSign"}, {}, {}},
        {"ocsp-responder-ca", true, 1096, 0, any, caUsages, {"keyCertSign"}, {}, {}},
        {"vehicle",
         false,
         365,
         0,
         {EcP256},
         leafUsages,
         {"digitalSignature"},
         {"clientAuth", "1.3.6.1.4.1.99999.1"},
         {"clientAuth"}},
        {"broker", false, 365, 0, any, leafUsages, {"digitalSignature"}, {"serverAuth"}, {"serverAuth"}},
        {"gateway", false, 365, 0, any, leafUsages, {"digitalSignature"}, {"serverAuth"}, {"serverAuth"}},
        {"station", false, 365, 0, any, leafUsages, {"digitalSignature"}, {"clientAuth"}, {"clientAuth"}},
        {"technician", false, 365, 0, any, leafUsages, {"digitalSignature"}, {"clientAuth"}, {"clientAuth"}},
        {"administrator", false, 365, 0, any, leafUsages, {"digitalSignature"}, {"clientAuth"}, {"clientAuth"}},
        {"audit-signer",
         false,
         1826,
         0,
         any,
         {"digitalSignature", "nonRepudiation"},
         {"digitalSignature"},
         {"1.3.6.1.4.1.99999.2"},
         {"1.3.6.1.4.1.99999.2"}},
        {"evidence-bundle-signer",
         false,
         365,
         0,
         any,
         {"digitalSignature"},
         {"digitalSignature"},
         {"1.3.6.1.4.1.99999.3"},
         {"1.3.6.1.4.1.99999.3"}},
        {"ocsp-signer", false, 7, 0, any, {"digitalSignature"}, {"digitalSignature"}, {"OCSPSigning"}, {"OCSPSigning"}},
    };
    return limits;
}

constexpr std::array<std::string_view, 7> kKeyUsages = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                                        "dataEncipherment", "keyAgreement",   "keyCertSign",
                                                        "cRLSign"};
constexpr std::array<std::string_view, 3> kExtendedUsages = {"clientAuth", "serverAuth", "OCSPSigning"};
constexpr std::array<std::string_view, 5> kAttributes = {"CN", "O", "OU", "serialNumber", "C"};

template <typename Range, typename Value>
bool contains(const Range& range, const Value& value)
{
    return std::find(range.begin(), range.end(), value) != range.end();
}

/// Reads a profile's fields; the first fault wins and is kept with the place it was found at.
class FileReader final
{
public:
    FileReader(std::string_view name, const Json& document) : m_name(name), m_document(document) {}

    Result<Profile> read()
    {
        Profile profile;
        profile.name = m_name;
        onlyFields(m_document, "the profile",
                   {"certificate_type", "subject", "validity_days", "keys", "basic_constraints", "key_usage",
                    "extended_key_usage", "subject_alt_names", "name_constraints", "ocsp_no_check", "crl_urls",
                    "ocsp_urls", "ca_issuers_urls"});
        profile.certificateType = text(m_document, "certificate_type");
        readSubject(profile);
        profile.validity = std::chrono::days(number(m_document, "validity_days"));
        for (const auto& key : texts(m_document, "keys", true))
            readKey(profile, key);
        readBasicConstraints(profile);
        profile.keyUsage = texts(m_document, "key_usage", true);
        profile.extendedKeyUsage = texts(m_document, "extended_key_usage", false);
        if (const auto* names = object("subject_alt_names")) {
            onlyFields(*names, "subject_alt_names", {"dns", "uri", "ip"});
            profile.subjectAltDns = texts(*names, "dns", false);
            profile.subjectAltUri = texts(*names, "uri", false);
            profile.subjectAltIp = texts(*names, "ip", false);
        }
        if (const auto* constraints = object("name_constraints")) {
            onlyFields(*constraints, "name_constraints", {"permitted_dns", "permitted_ip"});
            profile.nameConstraints = NameConstraints{texts(*constraints, "permitted_dns", false),
                                                      texts(*constraints, "permitted_ip", false)};
        }
        profile.ocspNoCheck = boolean(m_document, "ocsp_no_check", false);
        profile.crlUrls = texts(m_document, "crl_urls", false);
        profile.ocspUrls = texts(m_document, "ocsp_urls", false);
        profile.caIssuersUrls = texts(m_document, "ca_issuers_urls", false);
        if (!m_fault.empty()) return fail(ErrorCode::InvalidRequest, "profile", m_name + ": " + m_fault);
        return profile;
    }

private:
    void fault(std::string detail)
    {
        if (m_fault.empty()) m_fault = std::move(detail);
    }

    void onlyFields(const Json& json, std::string_view where, const Names& known)
    {
        for (const auto& [field, value] : json.items())
            if (!contains(known, field)) fault("unknown field '" + field + "' in " + std::string(where));
    }

    const Json* object(const char* field)
    {
        const auto value = m_document.find(field);
        if (value == m_document.end()) return nullptr;
        if (value->is_object()) return &*value;
        fault(std::string("expected an object for '") + field + "'");
        return nullptr;
    }

    std::string text(const Json& json, const char* field)
    {
        const auto value = json.find(field);
        if (value != json.end() && value->is_string()) return value->get<std::string>();
        fault(std::string("expected a text for '") + field + "'");
        return {};
    }

    int number(const Json& json, const char* field)
    {
        const auto value = json.find(field);
        if (value != json.end() && value->is_number_unsigned() && value->get<std::uint64_t>() <= 1'000'000)
            return value->get<int>();
        fault(std::string("expected a whole number for '") + field + "'");
        return 0;
    }

    bool boolean(const Json& json, const char* field, std::optional<bool> otherwise)
    {
        const auto value = json.find(field);
        if (value == json.end() && otherwise) return *otherwise;
        if (value != json.end() && value->is_boolean()) return value->get<bool>();
        fault(std::string("expected true or false for '") + field + "'");
        return false;
    }

    std::vector<std::string> texts(const Json& json, const char* field, bool required)
    {
        const auto value = json.find(field);
        if (value == json.end() && !required) return {};
        std::vector<std::string> list;
        if (value != json.end() && value->is_array() && !value->empty())
            for (const auto& entry : *value)
                if (entry.is_string() && !contains(list, entry.get_ref<const std::string&>()))
                    list.push_back(entry.get<std::string>());
        if (list.empty() || list.size() != value->size())
            fault(std::string("expected a list of different texts for '") + field + "', at least one");
        return list;
    }

    void readSubject(Profile& profile)
    {
        const auto subject = m_document.find("subject");
        if (subject == m_document.end() || !subject->is_array() || subject->empty())
            return fault("expected a list for 'subject', at least one attribute");
        for (const auto& attribute : *subject) {
            if (!attribute.is_object() || attribute.size() != 1 || !attribute.begin()->is_string())
                return fault("an attribute of 'subject' is an object with one field, like {\"CN\": \"...\"}");
            profile.subject.push_back({attribute.begin().key(), attribute.begin()->get<std::string>()});
        }
    }

    void readKey(Profile& profile, const std::string& text)
    {
        using enum KeyAlgorithm;
        for (const auto algorithm : {EcP256, EcP384, Rsa2048, Rsa4096})
            if (pki::name(algorithm) == text) return profile.allowedKeys.push_back(algorithm);
        fault("unknown key '" + text + "'");
    }

    void readBasicConstraints(Profile& profile)
    {
        const auto* constraints = object("basic_constraints");
        if (constraints == nullptr) return fault("expected an object for 'basic_constraints'");
        onlyFields(*constraints, "basic_constraints", {"ca", "path_length"});
        profile.ca = boolean(*constraints, "ca", std::nullopt);
        if (constraints->contains("path_length")) profile.pathLength = number(*constraints, "path_length");
    }

    std::string m_name;
    const Json& m_document;
    std::string m_fault;
};

bool isPlainText(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

bool isHttpUrl(std::string_view url)
{
    constexpr std::string_view kScheme = "http://";
    return isPlainText(url) && url.substr(0, kScheme.size()) == kScheme && url.size() > kScheme.size() &&
           url.find_first_of(" \"<>{}") == std::string_view::npos;
}

namespace {

/// A template that becomes a DNS name once its placeholders are one label each.
bool isDnsTemplate(std::string_view text)
{
    std::string flattened;
    for (bool inside = false; const char character : text) {
        if (character == '{') inside = true;
        if (!inside) flattened.push_back(character);
        if (character != '}') continue;
        inside = false;
        flattened.push_back('x');
    }
    return isDnsName(flattened);
}

/// @return what is wrong, empty when nothing is
std::string findSubjectFault(const Profile& profile)
{
    std::set<std::string> seen;
    for (const auto& [type, value] : profile.subject) {
        if (!contains(kAttributes, type)) return "unknown attribute '" + type + "' in the subject";
        if (!seen.insert(type).second) return "attribute '" + type + "' twice in the subject";
        if (!isPlainText(value)) return "attribute '" + type + "' is empty or not plain ASCII";
        if (const auto checked = checkTemplate(value); !checked) return checked.error().detail;
        if (isListTemplate(value)) return "a list placeholder in the subject";
        const bool country =
            value.size() == 2 && value[0] >= 'A' && value[0] <= 'Z' && value[1] >= 'A' && value[1] <= 'Z';
        if (type == "C" && !country) return "C has two capital letters, got '" + value + "'";
    }
    if (!seen.contains("CN")) return "the subject has no CN";
    if (profile.certificateType != "vehicle") return {};
    const auto holds = [&](std::string_view type, std::string_view value) {
        return std::any_of(profile.subject.begin(), profile.subject.end(), [&](const NameAttribute& attribute) {
            return attribute.type == type && attribute.value == value;
        });
    };
    if (!holds("CN", "{device_id}") || !holds("serialNumber", "{vin_hash}"))
        return "a vehicle's CN is {device_id} and its serialNumber {vin_hash}";
    return {};
}

std::string findAltNameFault(const Profile& profile)
{
    for (const auto* list : {&profile.subjectAltDns, &profile.subjectAltUri, &profile.subjectAltIp})
        for (const auto& entry : *list) {
            if (!isPlainText(entry)) return "a subjectAltName is empty or not plain ASCII";
            if (const auto checked = checkTemplate(entry); !checked) return checked.error().detail;
            if (!isListTemplate(entry)) continue;
            if (&entry != &list->back()) return "a list placeholder stands last";
            if (list == &profile.subjectAltUri || (listName(entry) == "dns_names") != (list == &profile.subjectAltDns))
                return "'" + entry + "' is in the wrong list";
        }
    for (const auto& entry : profile.subjectAltDns)
        if (!isDnsTemplate(entry)) return "'" + entry + "' is not a DNS name";
    for (const auto& entry : profile.subjectAltUri)
        if (entry.find(':') == std::string::npos || entry.find(' ') != std::string::npos)
            return "'" + entry + "' is not a URI";
    for (const auto& entry : profile.subjectAltIp)
        if (!isListTemplate(entry) && parseIpAddress(entry).empty()) return "'" + entry + "' is not an IP address";
    return {};
}

std::string findUsageFault(const Profile& profile, const TypeLimits& limits)
{
    for (const auto& usage : profile.keyUsage) {
        if (!contains(kKeyUsages, usage)) return "unknown key usage '" + usage + "'";
        if (!contains(limits.usages, usage))
            return "key usage '" + usage + "' is not for type " + std::string(limits.type);
    }
    for (const auto usage : limits.requiredUsages)
        if (!contains(profile.keyUsage, usage))
            return "type " + std::string(limits.type) + " needs the key usage " + std::string(usage);
    for (const auto& usage : profile.extendedKeyUsage) {
        if (usage == "anyExtendedKeyUsage" || usage == "2.5.29.37.0") return "anyExtendedKeyUsage is never allowed";
        if (!contains(kExtendedUsages, usage) && !der::oid(usage)) return "unknown extended key usage '" + usage + "'";
        if (!contains(limits.extended, usage))
            return "extended key usage '" + usage + "' is not for type " + std::string(limits.type);
    }
    for (const auto usage : limits.requiredExtended)
        if (!contains(profile.extendedKeyUsage, usage))
            return "type " + std::string(limits.type) + " needs the extended key usage " + std::string(usage);
    return {};
}

std::string findConstraintFault(const Profile& profile, const TypeLimits& limits)
{
    if (profile.ca != limits.ca) return "type " + std::string(limits.type) + (limits.ca ? " is a CA" : " is not a CA");
    if (profile.ca && !profile.pathLength) return "a CA needs a path_length";
    if (!profile.ca && profile.pathLength) return "only a CA has a path_length";
    if (profile.ca && *profile.pathLength > limits.maxPathLength)
        return "path_length of type " + std::string(limits.type) + " is at most " +
               std::to_string(limits.maxPathLength) + ", got " + std::to_string(*profile.pathLength);
    if (profile.nameConstraints) {
        if (!profile.ca) return "only a CA has name_constraints";
        const auto& [dns, ip] = *profile.nameConstraints;
        if (dns.empty() && ip.empty()) return "name_constraints are empty";
        for (const auto& name : dns)
            if (!isDnsName(name)) return "'" + name + "' in name_constraints is not a DNS name";
        for (const auto& network : ip)
            if (parseIpNetwork(network).empty())
                return "'" + network + "' in name_constraints is not a network like 10.0.0.0/8";
    }
    if (profile.ca && !(profile.subjectAltDns.empty() && profile.subjectAltUri.empty() && profile.subjectAltIp.empty()))
        return "a CA has no subjectAltNames";
    return {};
}

std::string findFault(const Profile& profile)
{
    const auto limits = std::find_if(typeLimits().begin(), typeLimits().end(),
                                     [&](const TypeLimits& entry) { return entry.type == profile.certificateType; });
    if (limits == typeLimits().end()) return "unknown certificate_type '" + profile.certificateType + "'";
    for (const auto& found : {findConstraintFault(profile, *limits), findUsageFault(profile, *limits),
                              findSubjectFault(profile), findAltNameFault(profile)})
        if (!found.empty()) return found;
    if (profile.validity.count() < 1 || profile.validity.count() > limits->maxDays)
        return "validity_days of type " + profile.certificateType + " are 1 to " + std::to_string(limits->maxDays) +
               ", got " + std::to_string(profile.validity.count());
    for (const auto key : profile.allowedKeys)
        if (!contains(limits->keys, key))
            return "key " + std::string(name(key)) + " is not for type " + profile.certificateType;
    for (const auto* urls : {&profile.crlUrls, &profile.ocspUrls, &profile.caIssuersUrls})
        for (const auto& url : *urls)
            if (!isHttpUrl(url)) return "expected a URL with http://, got '" + url + "'";
    const bool ocspSigner = profile.certificateType == "ocsp-signer";
    if (profile.ocspNoCheck != ocspSigner) return "ocsp_no_check is for type ocsp-signer, and needed there";
    if (ocspSigner && !(profile.crlUrls.empty() && profile.ocspUrls.empty()))
        return "an ocsp-signer names no CRL and no OCSP responder: its own status is never asked";
    return {};
}

} // namespace

Result<Profile> Profile::parse(std::string_view json, std::string_view name)
{
    const auto refuse = [&](const std::string& detail) {
        return fail(ErrorCode::InvalidRequest, "profile", std::string(name) + ": " + detail);
    };
    if (json.size() > kMaxFileBytes)
        return refuse("a profile has at most 65536 bytes, got " + std::to_string(json.size()));
    // The parser keeps the last of two equal names; which one a reader of the file sees is another matter.
    std::vector<std::set<std::string>> open;
    std::string twice;
    const Json::parser_callback_t watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open.emplace_back();
        if (event == Json::parse_event_t::object_end && !open.empty()) open.pop_back();
        if (event == Json::parse_event_t::key && !open.empty() && !open.back().insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    const auto document = Json::parse(json.begin(), json.end(), watch, /*allow_exceptions=*/false);
    if (!document.is_object()) return refuse("expected a JSON object");
    if (!twice.empty()) return refuse("field '" + twice + "' twice");
    auto profile = FileReader(name, document).read();
    if (!profile) return profile;
    if (const auto fault = findFault(*profile); !fault.empty()) return refuse(fault);
    return profile;
}

Result<Profile> Profile::load(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::stringstream content;
    content << stream.rdbuf();
    if (!stream || content.fail()) return fail(ErrorCode::InvalidRequest, "profile", "cannot read " + file.string());
    return parse(content.str(), file.stem().string());
}

Result<std::map<std::string, Profile>> loadProfiles(const std::filesystem::path& folder)
{
    std::error_code error;
    std::map<std::string, Profile> profiles;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() != ".json") continue;
        auto profile = Profile::load(entry->path());
        if (!profile) return tl::unexpected(profile.error());
        profiles.emplace(profile->name, std::move(*profile));
    }
    if (error)
        return fail(ErrorCode::InvalidRequest, "profile", "cannot read " + folder.string() + ": " + error.message());
    if (profiles.empty()) return fail(ErrorCode::InvalidRequest, "profile", "no profile in " + folder.string());
    return profiles;
}

} // namespace gateway::pki
