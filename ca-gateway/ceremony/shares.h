#pragma once

#include <string>
#include <vector>

#include "contract/error.h"
#include "contract/secret_bytes.h"

namespace gateway::ceremony {

/// One key holder's part of a secret (Shamir over GF(256)). A share alone, or one fewer than the threshold, tells
/// nothing about the secret. The scheme itself does not notice a wrong share, so each carries a check value, and all
/// carry one of the secret.
struct Share
{
    std::string set;    ///< 32 hex digits, the same for all shares of one secret
    unsigned index = 0; ///< 1 to 255, of this share in its set
    unsigned threshold = 0;
    std::string holder;
    SecretBytes value;
    std::string secretCheck; ///< of the whole secret, 16 hex digits
};

/// 16 hex digits over everything in the share: tells a corrupted share. It does not protect against a forger.
[[nodiscard]] std::string checkValue(const Share& share);

/// @param secret     random, at least 16 bytes: its check value would betray a guessable one
/// @param threshold  at least 2, at most the number of holders
[[nodiscard]] Result<std::vector<Share>> splitSecret(const SecretBytes& secret, const std::vector<std::string>& holders,
                                                     unsigned threshold);

/// @return Forbidden "shares-too-few"; "share-repeated" (one share twice); "shares-mixed" (of different secrets);
/// "share-secret" (each fits, and together they give another secret)
[[nodiscard]] Result<SecretBytes> combineShares(const std::vector<Share>& shares);

[[nodiscard]] std::string toJson(const Share& share);
/// @return InvalidRequest "share-malformed"; Forbidden "share-corrupted" when the check value does not fit
[[nodiscard]] Result<Share> parseShare(std::string_view json);

} // namespace gateway::ceremony
