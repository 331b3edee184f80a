#include "ceremony/profile_check.h"

#include <vector>

#include "ceremony/output_file.h"
#include "pki/certificate.h"
#include "pki/profile_binding.h"

namespace gateway::ceremony {

namespace {

Result<pki::Authority> authorityOf(const Plan::CertificateOrder& order,
                                   const std::map<std::string, pki::Profile>& profiles)
{
    if (order.earlier.empty()) return pki::authorityOf(profileOf(order, profiles), order.file);
    const auto text = readFile(order.earlier);
    if (!text) return tl::unexpected(text.error());
    const auto certificate = pki::Certificate::parsePem(*text);
    if (!certificate) return tl::unexpected(certificate.error());
    auto authority = pki::authorityOf(*certificate);
    authority.name = order.file;
    return authority;
}

Result<void> checkOrder(const Plan& plan, const Plan::CertificateOrder& order,
                        const std::map<std::string, pki::Profile>& profiles)
{
    if (!order.earlier.empty()) return {}; // made already
    std::vector<pki::Authority> path;
    for (const auto* above = &order; !above->issuer.empty();) {
        above = &plan.order(above->issuer);
        auto authority = authorityOf(*above, profiles);
        if (!authority) return tl::unexpected(authority.error());
        path.push_back(std::move(*authority));
    }
    return pki::checkBinding(profileOf(order, profiles), path, &order.values);
}

} // namespace

pki::Profile profileOf(const Plan::CertificateOrder& order, const std::map<std::string, pki::Profile>& profiles)
{
    auto profile = profiles.at(order.profile);
    if (order.nameConstraints) profile.nameConstraints = order.nameConstraints;
    if (!order.crlUrls.empty()) profile.crlUrls = order.crlUrls;
    return profile;
}

Result<std::map<std::string, pki::Profile>> loadBoundProfiles(const Plan& plan)
{
    auto profiles = pki::loadProfiles(plan.profiles);
    if (!profiles) return profiles;
    for (const auto& order : plan.certificates)
        if (!profiles->contains(order.profile))
            return fail(ErrorCode::InvalidRequest, "ceremony-file",
                        order.file + ": no profile '" + order.profile + "' in " + plan.profiles.string());
    for (const auto& order : plan.certificates)
        if (const auto checked = checkOrder(plan, order, *profiles); !checked)
            return fail(checked.error().code, checked.error().type, order.file + ": " + checked.error().detail);
    return profiles;
}

} // namespace gateway::ceremony
