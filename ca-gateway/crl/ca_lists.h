#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crl/atomic_file.h"
#include "pki/certificate.h"
#include "pki/crl.h"

/// The CRLs of root and intermediates, which come from ceremonies and are published as they are.
namespace gateway {

/// Puts a ceremony's CRL in the place of the one that is published, as NAME.crl (DER) and NAME.crl.pem. What was
/// published stays when the new one is refused.
/// @param file  of the ceremony; its name is that of the published file
/// @param beforePublishing  called when the list is new, before anybody can see it
/// @return whether it is new; PolicyViolation "signature-invalid" and of its parts, "crl-expired", "crl-of-future",
/// "crl-older" than the published one, "crl-entry-lost" when a published revocation is not on it; Conflict
/// "crl-in-use" for the name of another issuer's list, or "crl-busy"; Internal "crl-write"
[[nodiscard]] Result<bool> publishCaList(const std::filesystem::path& file, const pki::Certificate& issuer,
                                         const std::filesystem::path& folder, Time now,
                                         const std::function<Result<void>(const pki::CrlTimes&)>& beforePublishing);

/// The lists that CA certificates name, without what is made online: "intermediate-ca" of
/// "http://crl.v2c.example.com/intermediate-ca.crl".
[[nodiscard]] std::vector<std::string> namedLists(const std::vector<pki::Certificate>& authorities);

struct CaListState
{
    std::string name;
    std::optional<Time> nextUpdate; ///< of what is published
    std::optional<Error> fault;     ///< StoreUnavailable "crl-not-published", "crl-expired"
    bool isExpiring = false;        ///< the last quarter of its lifetime, at most 30 days, has begun
};
/// What is published of these.
[[nodiscard]] std::vector<CaListState> inspectCaLists(const std::filesystem::path& folder,
                                                      const std::vector<std::string>& names, Time now);

} // namespace gateway
