#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pki/certificate.h"
#include "pki/profile.h"
#include "pki/profile_template.h"

/// A profile is checked against the release's limits when it is loaded, and here against the CA it is used with, before
/// anything is asked to be signed: what could never be issued is found at start-up and not on the line.
namespace gateway::pki {

/// What a CA allows below it.
struct Authority
{
    struct Names
    {
        std::vector<std::string> dns;
        std::vector<Bytes> ip; ///< address and mask, 8 or 32 bytes
        bool others = false;   ///< constraints of other kinds, which no profile can be measured by
    };
    std::string name;
    std::vector<std::string> keyUsage; ///< "keyCertSign" and "cRLSign", those that it has
    std::chrono::seconds lifetime{0};  ///< from its notBefore to its notAfter
    std::optional<int> pathLength;
    std::optional<std::vector<std::string>> extendedKeyUsage; ///< none: any
    Names permitted;
    Names excluded;
    bool requiresPolicy = false; ///< RFC 5280 4.2.1.11 requireExplicitPolicy
};

[[nodiscard]] Authority authorityOf(const Certificate& certificate);
/// Of a CA that is yet to be made from a profile.
[[nodiscard]] Authority authorityOf(const Profile& profile, std::string name);

/// @param path  the issuer first, then as many above it as are known; empty for a root
/// @param values  of the placeholders, when they are known. Names that a placeholder alone decides are otherwise left
/// to the lint of each certificate
/// @return PolicyViolation "profile-exceeds-ca": profile, field, what the CA allows and what the profile asks for
[[nodiscard]] Result<void> checkBinding(const Profile& profile, std::span<const Authority> path,
                                        const TemplateValues* values = nullptr);

} // namespace gateway::pki
