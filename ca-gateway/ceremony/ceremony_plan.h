#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/revocation_reason.h"
#include "pki/prepared_certificate.h"

namespace gateway::ceremony {

/// What a ceremony file asks for.
struct Plan
{
    struct Token
    {
        std::string label;
        bool shared = false; ///< its PIN is split among the key holders, else it stands in a file
        /// Of a token of an earlier ceremony: the folder with its PIN's file or shares, and the shares' records.
        std::filesystem::path earlierSecrets;
        std::filesystem::path earlierRecords;

        [[nodiscard]] bool isEarlier() const { return !earlierSecrets.empty(); }
    };
    struct Participant ///< beside the key holders
    {
        std::string role; ///< "CSO", "CISO", "Legal Counsel", ...
        std::string name;
    };
    struct CertificateOrder
    {
        std::string file;
        std::string profile;
        std::string issuer;    ///< file of the issuer's certificate, earlier in the list; empty for a self-signed root
        std::string algorithm; ///< "RSA-2048", "RSA-4096", "EC-P256", "EC-P384"
        std::string token;     ///< with keyLabel: a key in the HSM; none of an earlier certificate that signs nothing
        std::string keyLabel;
        std::string privateKeyFile; ///< instead: a software key, PKCS#8 PEM; the certificate's file gets the chain too
        pki::ProfileValues values;
        std::optional<pki::NameConstraints> nameConstraints; ///< in place of the profile's own
        std::vector<std::string> crlUrls;                    ///< in place of the profile's own
        std::filesystem::path earlier; ///< the certificate of an earlier ceremony, which takes part as an issuer
        bool reuseKey = false;         ///< a new certificate for a key that is on its token already
        bool backup = false;           ///< the key is backed up under the key-encryption key

        [[nodiscard]] bool isInHsm() const { return privateKeyFile.empty(); }
        [[nodiscard]] bool hasKey() const { return !isInHsm() || !keyLabel.empty(); }
    };
    struct RevocationOrder
    {
        std::filesystem::path certificate; ///< PEM
        RevocationReason reason{};
    };
    struct ListOrder ///< a CRL
    {
        std::string file;
        std::string issuer; ///< file of its certificate
        std::chrono::days lifetime{};
        std::filesystem::path previous; ///< the issuer's last list, whose entries stay; empty for the first one
        std::vector<RevocationOrder> revocations;
    };
    struct SecretKey ///< AES-256
    {
        std::string token;
        std::string keyLabel;
    };
    struct Chain
    {
        std::string file;
        std::string of; ///< file of the lowest certificate; its issuers follow, without the root
    };

    std::filesystem::path signer; ///< program
    std::string module;
    std::filesystem::path profiles;
    std::filesystem::path output;
    std::filesystem::path secrets;
    unsigned threshold = 0;
    std::vector<std::string> holders;
    std::vector<std::string> present; ///< the holders whose shares are used
    std::vector<Participant> participants;
    std::vector<Token> tokens;
    std::vector<CertificateOrder> certificates;
    std::vector<ListOrder> lists;
    std::vector<SecretKey> secretKeys;
    std::vector<Chain> chains;
    /// SoftHSM only: at the end the shared token's folder moves from the first to the second.
    std::filesystem::path tokenFolder;
    std::filesystem::path offlineFolder;
    bool rehearsal = false;

    [[nodiscard]] const CertificateOrder& order(const std::string& file) const;
    [[nodiscard]] const CertificateOrder& root() const; ///< the one without an issuer
    /// Whose key signs the transcript: the root, or the first CA with a key where the root stays in its safe.
    [[nodiscard]] const CertificateOrder& witness() const;
};

/// The same ceremony beside the real one: other folders, tokens of SoftHSM, and everything of an earlier ceremony made
/// anew.
[[nodiscard]] Plan rehearsalOf(Plan plan);

/// What stands on the command line in place of the file's own.
struct PlanOverrides
{
    std::filesystem::path output;
    std::filesystem::path previousLists; ///< folder of the last CRLs, named as the new ones are
};

/// @return InvalidRequest "ceremony-file" with the first thing that is wrong
[[nodiscard]] Result<Plan> parsePlan(std::string_view json, const PlanOverrides& overrides = {});

} // namespace gateway::ceremony
