#pragma once

#include <filesystem>
#include <ostream>

#include "contract/error.h"

namespace gateway {

/// Holds a key ceremony without a question asked: makes the tokens, splits the root token's PIN among the key holders,
/// makes the keys and certificates of the hierarchy in the file's order, and writes them with a transcript and a
/// manifest. docs/ceremony.md describes file and output. The keys stay in the HSM, behind a v2c-signer of its own.
///
/// Repeating it is harmless: a complete output is left as it is, a half-finished one is made anew, erasing the tokens
/// that its own journal names, and no other.
/// @param ceremonyFile  JSON; relative paths in it start at the working directory
/// @param progress      one line for each thing done; no secrets
/// @return InvalidRequest "ceremony-file"; Conflict "token-exists", "ceremony-differs" or "ceremony-damaged"; Forbidden
/// with the types of combineShares() and parseShare(); PolicyViolation from the profiles; HsmUnavailable
[[nodiscard]] Result<void> runCeremony(const std::filesystem::path& ceremonyFile, std::ostream& progress);

} // namespace gateway
