#include "pki/profile_binding.h"

#include <algorithm>
#include <array>
#include <bit>

#include <arpa/inet.h>

#include "pki/certificate_impl.h"

namespace gateway::pki {

namespace {

using Texts = std::vector<std::string>;

bool contains(const Texts& list, std::string_view text)
{
    return std::find(list.begin(), list.end(), text) != list.end();
}

std::string joined(const Texts& list)
{
    std::string text;
    for (const auto& entry : list)
        text += (text.empty() ? "" : ", ") + entry;
    return text.empty() ? "none" : text;
}

std::string networkText(ByteView network)
{
    const auto half = network.size() / 2;
    std::array<char, 48> text{};
    inet_ntop(half == 4 ? AF_INET : AF_INET6, network.data(), text.data(), text.size());
    int bits = 0;
    for (const auto octet : network.subspan(half))
        bits += std::popcount(octet);
    return std::string(text.data()) + "/" + std::to_string(bits);
}

std::string networksText(const std::vector<Bytes>& networks)
{
    Texts texts;
    for (const auto& network : networks)
        texts.push_back(networkText(network));
    return joined(texts);
}

/// Whether all names that end like this are inside the subtree (RFC 5280 4.2.1.10); a constraint that begins with a dot
/// leaves out the domain itself.
bool isInsideDns(std::string_view ending, bool isWhole, std::string_view subtree)
{
    const bool isBelowOnly = subtree.starts_with('.');
    const auto domain = isBelowOnly ? subtree.substr(1) : subtree;
    if (isWhole && !isBelowOnly && ending == domain) return true;
    return ending.size() > domain.size() && ending.ends_with(domain) &&
           ending[ending.size() - domain.size() - 1] == '.';
}

/// @param network  address and mask; an address alone has a mask of ones
bool isInsideNetwork(ByteView network, ByteView subtree)
{
    if (network.size() != subtree.size()) return false;
    const auto half = subtree.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
        const auto mask = subtree[half + i];
        if ((network[i] & mask) != (subtree[i] & mask) || (network[half + i] & mask) != mask) return false;
    }
    return true;
}

/// A name of a profile: its end is known even where a placeholder stands before it.
struct NamePattern
{
    std::string text;
    std::string_view ending;
    bool isWhole; ///< no placeholder
};

class BindingCheck final
{
public:
    BindingCheck(const Profile& profile, std::span<const Authority> path, const TemplateValues* values)
        : m_profile(profile), m_path(path), m_values(values)
    {
    }

    Result<void> run()
    {
        for (std::size_t depth = 0; depth < m_path.size(); ++depth) {
            checkSigning(m_path[depth], depth);
            checkPathLength(m_path[depth], static_cast<int>(depth));
            checkUsages(m_path[depth]);
            if (const auto checked = checkNames(m_path[depth]); !checked) return checked;
        }
        if (m_fault.empty()) return {};
        return fail(ErrorCode::PolicyViolation, "profile-exceeds-ca", m_profile.name + ": " + m_fault);
    }

private:
    /// The first fault counts.
    void require(bool condition, const char* field, const std::string& expected, const std::string& got)
    {
        if (!condition && m_fault.empty()) m_fault = std::string(field) + ": expected " + expected + ", got " + got;
    }

    void checkSigning(const Authority& authority, std::size_t depth)
    {
        require(contains(authority.keyUsage, "keyCertSign"), "issuer", "a CA that may sign certificates (keyCertSign)",
                authority.name + ", which may not");
        const auto days = std::chrono::floor<std::chrono::days>(authority.lifetime).count();
        require(m_profile.validity.count() <= days, "validity_days",
                "at most " + std::to_string(days) + ", the lifetime of " + authority.name,
                std::to_string(m_profile.validity.count()));
        require(!authority.requiresPolicy, "certificate policies", "one, as " + authority.name + " requires",
                "none, as profiles have no policies");
        if (depth != 0) return;
        if (m_profile.ca)
            for (const auto& usage : m_profile.keyUsage)
                require(contains(authority.keyUsage, usage), "key_usage",
                        "what " + authority.name + " has (" + joined(authority.keyUsage) + ")", usage);
        const bool mayList = contains(authority.keyUsage, "cRLSign");
        require(mayList || m_profile.crlUrls.empty(), "crl_urls", "none, as " + authority.name + " may not sign CRLs",
                joined(m_profile.crlUrls));
    }

    /// @param below  CAs between this authority and the certificate
    void checkPathLength(const Authority& authority, int below)
    {
        if (!authority.pathLength) return;
        const auto most = *authority.pathLength - below;
        const auto of = authority.name + " (path length " + std::to_string(*authority.pathLength) + ")";
        if (!m_profile.ca) {
            require(most >= 0, "path_length", "at most " + std::to_string(*authority.pathLength) + " CAs below " + of,
                    std::to_string(below));
            return;
        }
        require(most >= 1, "path_length", "no further CA below " + of, "a CA");
        require(m_profile.pathLength.value_or(most) <= most - 1, "path_length",
                "at most " + std::to_string(most - 1) + " below " + of,
                m_profile.pathLength ? std::to_string(*m_profile.pathLength) : "none");
    }

    void checkUsages(const Authority& authority)
    {
        if (!authority.extendedKeyUsage) return;
        const auto allowed = joined(*authority.extendedKeyUsage) + ", those of " + authority.name;
        require(!m_profile.extendedKeyUsage.empty(), "extended_key_usage", allowed, "none, which means any");
        for (const auto& usage : m_profile.extendedKeyUsage)
            require(contains(*authority.extendedKeyUsage, usage), "extended_key_usage", allowed, usage);
    }

    Result<void> checkNames(const Authority& authority)
    {
        require(!authority.permitted.others && !authority.excluded.others, "name_constraints",
                "DNS names and networks in those of " + authority.name, "another kind, which fits no profile's names");
        const auto dns = patterns(m_profile.subjectAltDns);
        if (!dns) return tl::unexpected(dns.error());
        for (const auto& name : *dns)
            requireDns(authority, "subject_alt_names.dns", name);
        const auto ip = patterns(m_profile.subjectAltIp);
        if (!ip) return tl::unexpected(ip.error());
        for (const auto& name : *ip) {
            auto network = name.isWhole ? parseIpAddress(name.text) : Bytes();
            network.resize(2 * network.size(), 0xFF);
            if (!network.empty()) requireIp(authority, "subject_alt_names.ip", network, name.text);
        }
        if (!m_profile.nameConstraints) return {};
        for (const auto& name : m_profile.nameConstraints->permittedDns)
            requireDns(authority, "name_constraints.permitted_dns", {name, name, true});
        for (const auto& network : m_profile.nameConstraints->permittedIp)
            requireIp(authority, "name_constraints.permitted_ip", parseIpNetwork(network), network);
        return {};
    }

    void requireDns(const Authority& authority, const char* field, const NamePattern& name)
    {
        const auto isInside = [&](const std::string& subtree) {
            return isInsideDns(name.ending, name.isWhole, subtree);
        };
        const auto& permitted = authority.permitted.dns;
        require(permitted.empty() || std::any_of(permitted.begin(), permitted.end(), isInside), field,
                "names in " + joined(permitted) + ", permitted by " + authority.name, name.text);
        const auto& excluded = authority.excluded.dns;
        require(std::none_of(excluded.begin(), excluded.end(), isInside), field,
                "no name in " + joined(excluded) + ", excluded by " + authority.name, name.text);
    }

    void requireIp(const Authority& authority, const char* field, ByteView network, const std::string& text)
    {
        const auto isInside = [&](const Bytes& subtree) { return isInsideNetwork(network, subtree); };
        const auto& permitted = authority.permitted.ip;
        require(permitted.empty() || std::any_of(permitted.begin(), permitted.end(), isInside), field,
                "addresses in " + networksText(permitted) + ", permitted by " + authority.name, text);
        const auto& excluded = authority.excluded.ip;
        require(std::none_of(excluded.begin(), excluded.end(), isInside), field,
                "no address in " + networksText(excluded) + ", excluded by " + authority.name, text);
    }

    /// Without those that a placeholder alone decides, as long as there are no values.
    [[nodiscard]] Result<std::vector<NamePattern>> patterns(const Texts& templates) const
    {
        std::vector<NamePattern> result;
        const auto add = [&](std::string text) {
            const auto close = text.rfind('}');
            result.push_back({std::move(text), {}, close == std::string::npos});
        };
        for (const auto& text : templates) {
            if (m_values && isListTemplate(text)) {
                auto entries = expandList(text, *m_values);
                if (!entries) return tl::unexpected(entries.error());
                for (auto& entry : *entries)
                    add(std::move(entry));
            } else if (m_values) {
                auto expanded = expandTemplate(text, *m_values);
                if (!expanded) return tl::unexpected(expanded.error());
                add(std::move(*expanded));
            } else if (!(text.starts_with('{') && text.find('}') == text.size() - 1)) {
                add(text);
            }
        }
        for (auto& pattern : result) // once the texts stay where they are
            pattern.ending = std::string_view(pattern.text).substr(pattern.text.rfind('}') + 1);
        return result;
    }

    const Profile& m_profile;
    std::span<const Authority> m_path;
    const TemplateValues* m_values;
    std::string m_fault;
};

Texts signingUsages(std::uint32_t bits)
{
    Texts usages;
    if ((bits & KU_KEY_CERT_SIGN) != 0) usages.emplace_back("keyCertSign");
    if ((bits & KU_CRL_SIGN) != 0) usages.emplace_back("cRLSign");
    return usages;
}

/// As profiles name them. @return nothing when any usage is allowed
std::optional<Texts> extendedUsages(X509* x509)
{
    const OpensslHandle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> list(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
    if (!list) return std::nullopt;
    Texts usages;
    for (int i = 0; i < sk_ASN1_OBJECT_num(list.get()); ++i) {
        const auto* object = sk_ASN1_OBJECT_value(list.get(), i);
        const int nid = OBJ_obj2nid(object);
        if (nid == NID_anyExtendedKeyUsage) return std::nullopt;
        std::array<char, 80> dotted{};
        OBJ_obj2txt(dotted.data(), dotted.size(), object, 1);
        usages.emplace_back(nid == NID_client_auth   ? "clientAuth"
                            : nid == NID_server_auth ? "serverAuth"
                            : nid == NID_OCSP_sign   ? "OCSPSigning"
                                                     : dotted.data());
    }
    return usages;
}

Authority::Names subtrees(const STACK_OF(GENERAL_SUBTREE) * list)
{
    Authority::Names names;
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); ++i) {
        const auto* base = sk_GENERAL_SUBTREE_value(list, i)->base;
        if (base->type == GEN_DNS) {
            const auto* text = base->d.dNSName;
            names.dns.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                   static_cast<std::size_t>(ASN1_STRING_length(text)));
        } else if (base->type == GEN_IPADD) {
            const auto* bytes = ASN1_STRING_get0_data(base->d.iPAddress);
            names.ip.emplace_back(bytes, bytes + ASN1_STRING_length(base->d.iPAddress));
        } else {
            names.others = true;
        }
    }
    return names;
}

} // namespace

Authority authorityOf(const Certificate& certificate)
{
    auto* x509 = certificate.impl().x509.get();
    Authority authority;
    authority.name = "'" + certificate.subjectCommonName() + "'";
    // X509_get_key_usage() answers all bits when the extension is missing, as RFC 5280 4.2.1.3 means it.
    if ((X509_get_extension_flags(x509) & EXFLAG_CA) != 0) authority.keyUsage = signingUsages(X509_get_key_usage(x509));
    authority.lifetime = certificate.notAfter() - certificate.notBefore();
    if (const auto length = X509_get_pathlen(x509); length >= 0) authority.pathLength = static_cast<int>(length);
    authority.extendedKeyUsage = extendedUsages(x509);
    const NameConstraintsHandle constraints(
        static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(x509, NID_name_constraints, nullptr, nullptr)));
    if (constraints) {
        authority.permitted = subtrees(constraints->permittedSubtrees);
        authority.excluded = subtrees(constraints->excludedSubtrees);
    }
    const OpensslHandle<POLICY_CONSTRAINTS, POLICY_CONSTRAINTS_free> policies(
        static_cast<POLICY_CONSTRAINTS*>(X509_get_ext_d2i(x509, NID_policy_constraints, nullptr, nullptr)));
    authority.requiresPolicy = policies && policies->requireExplicitPolicy != nullptr;
    return authority;
}

Authority authorityOf(const Profile& profile, std::string name)
{
    Authority authority;
    authority.name = std::move(name);
    for (const auto& usage : profile.keyUsage)
        if (profile.ca && (usage == "keyCertSign" || usage == "cRLSign")) authority.keyUsage.push_back(usage);
    authority.lifetime = profile.validity;
    authority.pathLength = profile.pathLength;
    if (!profile.extendedKeyUsage.empty()) authority.extendedKeyUsage = profile.extendedKeyUsage;
    if (profile.nameConstraints) {
        authority.permitted.dns = profile.nameConstraints->permittedDns;
        for (const auto& network : profile.nameConstraints->permittedIp)
            authority.permitted.ip.push_back(parseIpNetwork(network));
    }
    return authority;
}

Result<void> checkBinding(const Profile& profile, std::span<const Authority> path, const TemplateValues* values)
{
    return BindingCheck(profile, path, values).run();
}

} // namespace gateway::pki
