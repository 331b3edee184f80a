#pragma once

#include "pki/crl.h"

namespace gateway {

/// Where the CRL builder reads what is revoked. Issuers are named by their subject, as pki::Certificate::subjectText()
/// prints it.
class CrlSource
{
public:
    virtual ~CrlSource() = default;

    /// A text that changes whenever the set of revoked certificates does; cheap.
    [[nodiscard]] virtual Result<std::string> version(const std::string& issuer, Time now) = 0;

    /// Every revoked certificate that has not been expired for long, in any order.
    [[nodiscard]] virtual Result<pki::RevokedList> revoked(const std::string& issuer, Time now) = 0;

    /// The next CRL number, stored: the largest of the time in seconds since 1970, the last number plus one, and
    /// `atLeast`, so that it also rises after a database restore and on a backup CA.
    [[nodiscard]] virtual Result<std::uint64_t> reserveNumber(const std::string& issuer, Time now,
                                                              std::uint64_t atLeast) = 0;
};

} // namespace gateway
