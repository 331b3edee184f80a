#include "support/softhsm_token.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <nlohmann/json.hpp>

#include "ceremony/output_file.h"
#include "identity/random.h"
#include "pki/prepared_certificate.h"

namespace gateway::test {

namespace {

/// The value, or the end of the test program.
template <typename T>
T need(Result<T> result)
{
    if (!result) {
        std::fprintf(stderr, "test support: %s: %s\n", result.error().type.c_str(), result.error().detail.c_str());
        std::abort();
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

} // namespace

SoftHsmFolder::SoftHsmFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "v2c-softhsm-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) std::abort();
    m_path = pattern;
    std::filesystem::create_directory(m_path / "tokens");
    std::ofstream(m_path / "softhsm2.conf") << "directories.tokendir = " << (m_path / "tokens").string()
                                            << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (m_path / "softhsm2.conf").c_str(), 1);
}

SoftHsmFolder::~SoftHsmFolder()
{
    std::error_code error;
    std::filesystem::remove_all(m_path, error);
}

SoftHsmToken::SoftHsmToken(std::string label) : m_label(std::move(label))
{
    need(ceremony::writeFile(pinFile(), std::string(pin()) + "\n", 0600));
    need(signer().initToken(m_label, SecretBytes(std::string_view("officer-0123456789")), m_pin));
}

ceremony::SignerProcess& SoftHsmToken::signer()
{
    if (!m_signer) {
        const nlohmann::json config = {{"module", kSoftHsmModule}, {"profiles", profileFolder().string()}};
        need(ceremony::writeFile(folder() / "ceremony-signer.json", config.dump(), 0600));
        m_signer.emplace(need(ceremony::SignerProcess::start(std::filesystem::path(V2C_BIN_DIR) / "v2c-signer",
                                                             folder() / "ceremony-signer.json")));
    }
    return *m_signer;
}

Bytes SoftHsmToken::generateKey(const std::string& keyLabel, const std::string& algorithm)
{
    return need(signer().generateKey(m_label, m_pin, keyLabel, algorithm));
}

void SoftHsmToken::generateSecretKey(const std::string& keyLabel)
{
    need(signer().generateSecretKey(m_label, m_pin, keyLabel));
}

const pki::Certificate& SoftHsmToken::root()
{
    if (!m_root) {
        const auto publicKey = generateKey("root-ca", "EC-P384");
        const auto profile = loadProfile("root-ca");
        const auto serial = need(CertificateSerial::random(fillFromSystemRandom));
        auto prepared = need(pki::prepareSelfSigned(profile, {}, publicKey, "root-ca", serial, now()));
        m_root = sign(std::move(prepared), profile, nullptr);
    }
    return *m_root;
}

pki::Issuer SoftHsmToken::makeIssuer(const std::string& keyLabel, const std::string& profileName,
                                     const std::string& algorithm)
{
    const pki::Issuer rootIssuer{root(), "root-ca", {}};
    const auto publicKey = generateKey(keyLabel, algorithm);
    const auto profile = loadProfile(profileName);
    const auto serial = need(CertificateSerial::random(fillFromSystemRandom));
    auto prepared = need(pki::prepareCertificate(profile, {{"instance_suffix", ""}, {"audit_signer", "audit-01"}},
                                                 publicKey, rootIssuer, serial, now()));
    const auto certificate = sign(std::move(prepared), profile, &rootIssuer.certificate);
    need(ceremony::writeFile(folder() / (keyLabel + ".pem"), certificate.pem(), 0644));
    return {certificate, keyLabel, {certificate}};
}

pki::Certificate SoftHsmToken::sign(pki::PreparedCertificate prepared, const pki::Profile& profile,
                                    const pki::Certificate* issuer)
{
    const std::string rootKey = "root-ca";
    const auto signature = need(signer().sign(
        {m_label, m_pin, rootKey, profile, prepared.tbsDer(), issuer ? std::optional(issuer->der()) : std::nullopt}));
    return need(issuer ? pki::completeCertificate(std::move(prepared), signature, *issuer)
                       : pki::completeSelfSigned(std::move(prepared), signature));
}

std::filesystem::path SoftHsmToken::writeSignerConfig(const std::vector<Binding>& bindings,
                                                      const std::map<std::string, std::vector<std::string>>& vaultKeys)
{
    m_signer.reset();
    auto keys = nlohmann::json::array();
    for (const auto& binding : bindings)
        keys.push_back({{"label", binding.issuer.keyLabel},
                        {"certificate", (folder() / (binding.issuer.keyLabel + ".pem")).string()},
                        {"profiles", binding.profiles},
                        {"crl", binding.crl},
                        {"audit_heads", binding.auditHeads}});
    for (const auto& [label, operations] : vaultKeys)
        keys.push_back({{"label", label}, {"kind", "vault"}, {"operations", operations}});
    const nlohmann::json config = {{"socket", socket().string()},    {"profiles", profileFolder().string()},
                                   {"module", kSoftHsmModule},       {"token", m_label},
                                   {"pin_file", pinFile().string()}, {"keys", keys}};
    const auto file = folder() / "signer.json";
    need(ceremony::writeFile(file, config.dump(2), 0644));
    return file;
}

std::filesystem::path profileFolder()
{
    return std::filesystem::path(V2C_SOURCE_DIR) / "resources/profiles";
}

pki::Profile loadProfile(const std::string& name)
{
    return need(pki::Profile::load(profileFolder() / (name + ".json")));
}

} // namespace gateway::test
