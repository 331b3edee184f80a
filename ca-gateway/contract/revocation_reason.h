#pragma once

#include <optional>
#include <string_view>

namespace gateway {

/// CRLReason of RFC 5280 5.3.1; the numbers are those on the wire. 7 is unused, 8 (removeFromCRL) belongs to delta
/// CRLs.
enum class RevocationReason {
    Unspecified = 0,
    KeyCompromise = 1,
    CaCompromise = 2,
    AffiliationChanged = 3,
    Superseded = 4,
    CessationOfOperation = 5,
    CertificateHold = 6,
    PrivilegeWithdrawn = 9,
    AaCompromise = 10,
};

/// The API's spelling, RFC 5280's name in upper snake case: "KEY_COMPROMISE". Source: specification note 20.
[[nodiscard]] std::string_view name(RevocationReason reason);
[[nodiscard]] std::optional<RevocationReason> parseRevocationReason(std::string_view text);

/// Severity of the specification's "Revocation Triggers".
enum class Severity { P0, P1, P2, P3, P4 };

[[nodiscard]] std::string_view name(Severity severity);
[[nodiscard]] std::optional<Severity> parseSeverity(std::string_view text);

} // namespace gateway
