#pragma once

#include <map>
#include <string>

#include "contract/messages.h"

namespace gateway {

/// What issuing may rely on after the evidence has been looked at.
struct EvidenceOutcome
{
    Bytes ekSha256; ///< of the EK's SubjectPublicKeyInfo; empty when none came and policy allows it
    std::map<std::string, std::string>
        metadata; ///< for the audit: "evidence": "verified" or "missing", EK manufacturer
};

/// Decides whether a key may be certified by what its TPM says. Thread-safe.
class EvidenceCheck
{
public:
    virtual ~EvidenceCheck() = default;

    /// @param publicKeyDer  SubjectPublicKeyInfo of the CSR
    /// @return PolicyViolation "evidence-missing", "evidence-..." with the cause
    [[nodiscard]] virtual Result<EvidenceOutcome> check(const IssueRequest& request, ByteView publicKeyDer) const = 0;
};

} // namespace gateway
