#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "ceremony/ceremony_plan.h"
#include "ceremony/desk.h"
#include "ceremony/signer_process.h"

namespace gateway::ceremony {

/// A private key outside its token: PKCS#8 under the key-encryption key (CKM_AES_KEY_WRAP_PAD).
struct KeyBackup
{
    std::string keyLabel;
    std::string algorithm;
    Bytes publicKeyDer;
    Bytes wrapped;
};

[[nodiscard]] std::string toJson(const std::vector<KeyBackup>& backups);
/// @return InvalidRequest "key-backup"
[[nodiscard]] Result<std::vector<KeyBackup>> parseKeyBackups(std::string_view json);

/// @param taken  called after each holder
/// @return Forbidden with the types of Desk::takeBack() and combineShares()
[[nodiscard]] Result<SecretBytes> takeSecret(Desk& desk, const std::string& purpose, const ShareSet* set,
                                             const std::vector<std::string>& holders,
                                             const std::function<void(const std::string& holder)>& taken);

/// @param config  where its configuration is written; removed once it has been read
[[nodiscard]] Result<SignerProcess> startCeremonySigner(const Plan& plan, const std::filesystem::path& config);

[[nodiscard]] Result<SecretBytes> readPin(const std::filesystem::path& file);

/// Moves the folder of the shared token where the plan says ("offline"; SoftHSM only). Repeating it does nothing.
[[nodiscard]] Result<void> takeRootOffline(const Plan& plan, std::ostream& progress);

} // namespace gateway::ceremony
