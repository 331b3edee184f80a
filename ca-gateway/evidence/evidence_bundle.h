#pragma once

#include <string>
#include <string_view>

#include "evidence/endorsement_trust.h"
#include "pki/certificate.h"

namespace gateway::evidence {

/// Extended key usage of the certificate that may sign bundles, in the specification's private arc.
inline constexpr std::string_view kBundleSigningUsage = "1.3.6.1.4.1.99999.3";

/// A bundle whose signature holds.
struct SignedBundle
{
    TrustContent content;
    Time createdAt;
    std::string signer; ///< subject of the signing certificate
    Time signerEnds;    ///< the first end in its chain
};

/// Writes {"format": "v2c-evidence-bundle-1", "payload": base64, "signature": base64, "signer": [PEM ...]}; the payload
/// is JSON too: {"created_at", "roots", "intermediates", "crls": [base64 DER ...]}. The signature is over the format's
/// name, a line feed and the payload: ECDSA or PKCS#1 v1.5 with SHA-256.
/// @param signerChainPem  the signer's certificate first, then its issuers without the root
/// @param keyPem  the signer's private key
/// @return InvalidRequest "evidence-bundle" when the key is not the certificate's, or a chain is none
[[nodiscard]] Result<std::string> signBundle(const TrustContent& content, Time createdAt,
                                             std::string_view signerChainPem, std::string_view keyPem);

/// Reads a bundle and checks its signature, and the signer's chain to the root at this time with kBundleSigningUsage.
/// @return InvalidRequest "evidence-bundle" saying what does not hold
[[nodiscard]] Result<SignedBundle> openBundle(std::string_view json, const pki::Certificate& root, Time now);

} // namespace gateway::evidence
