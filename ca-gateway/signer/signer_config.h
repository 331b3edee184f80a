#pragma once

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include "contract/error.h"
#include "contract/secret_bytes.h"

namespace gateway::signer {

/// One key and what it may be used for: a CA's key signs, a vault's key wraps data keys.
struct KeyConfig
{
    enum class Kind { Ca, Vault };

    std::string label;
    std::filesystem::path certificate; ///< PEM; its public key must be the token's
    std::vector<std::string> profiles; ///< of the certificates it may sign
    bool crl = false;                  ///< may sign CRLs of this issuer
    bool auditHeads = false;           ///< may sign the audit's heads, and then nothing else
    Kind kind = Kind::Ca;
    std::set<std::string> operations = {}; ///< of a vault's key: "make", "open", "rewrap"
};

/// Configuration of the online signer, see resources/config/signer.json.
struct SignerConfig
{
    std::filesystem::path socket;
    mode_t socketMode = 0600;       ///< 0600, or 0660 for a front of another user in the same group
    std::vector<uid_t> allowedUids; ///< who may connect; default: the signer's own user
    std::filesystem::path profiles;
    std::string module;
    std::string token;
    std::filesystem::path pinFile;
    std::vector<KeyConfig> keys;
    unsigned threads = 0;                         ///< 0: twice the number of cores; at most 16
    std::chrono::milliseconds hsmTimeout{10'000}; ///< a call into the module that takes longer ends the process
};

/// Configuration of `v2c-signer --ceremony`.
struct CeremonyConfig
{
    std::filesystem::path profiles;
    std::string module;
};

/// @return InvalidRequest "signer-config" with the field: missing, of the wrong type, or unknown
[[nodiscard]] Result<SignerConfig> parseSignerConfig(std::string_view json);
[[nodiscard]] Result<SignerConfig> loadSignerConfig(const std::filesystem::path& file);
[[nodiscard]] Result<CeremonyConfig> loadCeremonyConfig(const std::filesystem::path& file);

/// Reads a PIN file: one line. @return Forbidden "pin-file-readable" when group or others may read it
[[nodiscard]] Result<SecretBytes> loadPin(const std::filesystem::path& file);

} // namespace gateway::signer
