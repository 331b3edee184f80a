#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate.h"

/// Checks on what is about to be signed, read from the DER itself: nothing here is shared with the code that builds
/// certificates and CRLs but the reader of elements. docs/profiles.md lists the rules.
namespace gateway::pki {

struct LintFinding
{
    std::string_view rule;   ///< "cert.serial.length"
    std::string_view source; ///< "RFC 5280 4.1.2.2"
    std::string detail;
};

/// @param authorities  the issuer first, then as many above it as are known; empty for a root
/// @return what is wrong, everything that could be read being checked; empty when nothing is
[[nodiscard]] std::vector<LintFinding> lintCertificateDer(ByteView tbsDer, std::span<const Certificate> authorities);

/// A TBSCertList of this issuer; the entries, which may be a million, are read once.
[[nodiscard]] std::vector<LintFinding> lintCrlDer(ByteView tbsDer, const Certificate& issuer);

/// @return PolicyViolation "lint" with the first finding's rule, source and detail, and the number of others
[[nodiscard]] Result<void> lintResult(const std::vector<LintFinding>& findings);

} // namespace gateway::pki
