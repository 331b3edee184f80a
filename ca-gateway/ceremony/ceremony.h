#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "contract/error.h"

namespace gateway {

struct CeremonyOptions
{
    bool guided = false;               ///< lead the people through it on a terminal; otherwise no question is asked
    bool rehearsal = false;            ///< the same file with scratch tokens, beside the real output
    bool renewal = false;              ///< the file must renew an intermediate by a root of an earlier ceremony
    bool lists = false;                ///< the file must sign CRLs of earlier CAs, and nothing else
    std::filesystem::path output = {}; ///< in place of the file's
    std::filesystem::path previousLists = {}; ///< folder of the last CRLs, in place of the file's 'previous'
};

/// Holds a key ceremony: makes the tokens, splits the root token's PIN among the key holders, makes the keys and
/// certificates of the hierarchy in the file's order, signs its CRLs, backs keys up, verifies every path, and writes a
/// signed transcript and a manifest. docs/ceremony.md describes file and output. The keys stay in the HSM, behind a
/// v2c-signer of its own.
///
/// Repeating it is harmless: a complete output is left as it is, a half-finished one is made anew, erasing the tokens
/// that its own journal names, and no other. A rehearsal always starts anew.
/// @param ceremonyFile  JSON; relative paths in it start at the working directory
/// @param in, out  the terminal of a guided ceremony; otherwise out gets one line for each thing done, without secrets
/// @return InvalidRequest "ceremony-file"; Conflict "token-exists", "token-missing", "ceremony-differs",
/// "ceremony-damaged", "crl-clock" or "crl-previous"; Forbidden with the types of combineShares(), parseShare() and
/// Desk; PolicyViolation from the profiles; HsmUnavailable
[[nodiscard]] Result<void> runCeremony(const std::filesystem::path& ceremonyFile, const CeremonyOptions& options,
                                       std::istream& in, std::ostream& out);

/// Puts a backed-up key on a fresh token, with the shares of the key-encryption key.
/// @param ceremonyFile  the one of the ceremony that backed it up
/// @param keyLabel  of the key
/// @param token  label of the token to make; its PIN goes to the secrets folder, as LABEL.pin
/// @return as runCeremony(); NotFound "no-backup"
[[nodiscard]] Result<void> restoreKey(const std::filesystem::path& ceremonyFile, const std::string& keyLabel,
                                      const std::string& token, const CeremonyOptions& options, std::istream& in,
                                      std::ostream& out);

/// Checks a ceremony's records with nothing but its root certificate: the transcript's signature, the hash of each file
/// it names (beside it), the path of each certificate, the signature of each CRL.
/// A transcript that an intermediate signed speaks of CRLs only.
/// @return PolicyViolation "transcript-signature", "transcript-signer", "crl-invalid", "transcript-file",
/// "path-invalid"; InvalidRequest "transcript"
[[nodiscard]] Result<void> verifyCeremony(const std::filesystem::path& rootFile,
                                          const std::filesystem::path& transcriptFile, std::ostream& out);

} // namespace gateway
