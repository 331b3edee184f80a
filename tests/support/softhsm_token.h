#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ceremony/signer_process.h"
#include "pki/certificate.h"
#include "pki/prepared_certificate.h"

namespace gateway::test {

inline constexpr const char* kSoftHsmModule = "/usr/lib/softhsm/libsofthsm2.so";

/// A folder with a SoftHSM configuration of its own, in the environment (SOFTHSM2_CONF) of this process and its
/// children from now on. Removed at the end. Failures abort: a test without its HSM proves nothing.
class SoftHsmFolder final
{
public:
    SoftHsmFolder();
    ~SoftHsmFolder();
    SoftHsmFolder(const SoftHsmFolder&) = delete;
    SoftHsmFolder& operator=(const SoftHsmFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

/// A fresh token with keys and certificates as a test needs them, made through `v2c-signer --ceremony`, so that the
/// test's own process never loads a PKCS#11 module.
///
///     SoftHsmToken hsm;
///     const auto issuer = hsm.makeIssuer("device-issuing-ca", "device-issuing-ca");
///     const auto config = hsm.writeSignerConfig({{issuer, {"vehicle-device"}, true}});
///     SignerDaemon daemon(config);            // v2c-signer, ready
///     SignerClient signer({{hsm.socket()}});
class SoftHsmToken final
{
public:
    explicit SoftHsmToken(std::string label = "v2c-test");

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder.path(); }
    [[nodiscard]] const std::string& label() const { return m_label; }
    [[nodiscard]] std::string_view pin() const { return m_pin.revealText(); }
    [[nodiscard]] std::filesystem::path pinFile() const { return folder() / "pin"; }
    [[nodiscard]] std::filesystem::path socket() const { return folder() / "signer.sock"; }

    /// @param algorithm  "RSA-2048", "RSA-4096", "EC-P256", "EC-P384"
    /// @return SubjectPublicKeyInfo
    Bytes generateKey(const std::string& keyLabel, const std::string& algorithm);

    /// An AES-256 key, as the vault's.
    void generateSecretKey(const std::string& keyLabel);

    /// A self-signed root, EC P-384 because that is quick; made once.
    const pki::Certificate& root();

    /// An authority, or an audit signer, with its key on the token and a certificate by root().
    /// @param profile    one of resources/profiles for an issuing authority, or "audit-signer"
    /// @param algorithm  one that the profile allows
    pki::Issuer makeIssuer(const std::string& keyLabel, const std::string& profile,
                           const std::string& algorithm = "RSA-2048");

    struct Binding
    {
        const pki::Issuer& issuer;
        std::vector<std::string> profiles;
        bool crl = true;
        bool auditHeads = false;
    };
    /// Ends the ceremony's signer, which would disturb another login, and writes a configuration for v2c-signer.
    /// @param vaultKeys  labels with their operations
    std::filesystem::path writeSignerConfig(const std::vector<Binding>& bindings,
                                            const std::map<std::string, std::vector<std::string>>& vaultKeys = {});

private:
    ceremony::SignerProcess& signer();
    pki::Certificate sign(pki::PreparedCertificate prepared, const pki::Profile& profile,
                          const pki::Certificate* issuer);

    SoftHsmFolder m_folder;
    std::string m_label;
    SecretBytes m_pin{std::string_view("0123456789abcdef")};
    std::optional<ceremony::SignerProcess> m_signer;
    std::optional<pki::Certificate> m_root;
};

/// The profiles that are shipped.
[[nodiscard]] std::filesystem::path profileFolder();
[[nodiscard]] pki::Profile loadProfile(const std::string& name);

} // namespace gateway::test
