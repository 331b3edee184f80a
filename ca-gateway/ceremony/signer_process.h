#pragma once

#include <filesystem>
#include <vector>

#include <sys/types.h>

#include "contract/messages.h"
#include "contract/secret_bytes.h"
#include "pki/profile.h"
#include "signer/connection.h"

namespace gateway::ceremony {

/// A `v2c-signer --ceremony` of one's own, on a socket that has no name. It ends with this object.
/// Errors: what the signer refused keeps its type, as PolicyViolation; HsmUnavailable "hsm-failure" or "signer-closed"
/// when it ended, after which nothing more can be asked.
class SignerProcess final
{
public:
    /// @param program  v2c-signer
    /// @param config   {"module": ..., "profiles": ...}
    [[nodiscard]] static Result<SignerProcess> start(const std::filesystem::path& program,
                                                     const std::filesystem::path& config);
    SignerProcess(SignerProcess&& other) noexcept;
    SignerProcess& operator=(SignerProcess&&) = delete;
    ~SignerProcess();

    [[nodiscard]] Result<std::vector<std::string>> tokens();
    /// Makes a token; an existing one of this label is erased, which needs its officer's PIN.
    [[nodiscard]] Result<void> initToken(const std::string& label, const SecretBytes& officerPin,
                                         const SecretBytes& userPin);
    /// @param algorithm  "RSA-2048", "RSA-4096", "EC-P256", "EC-P384"
    /// @return the public key, SubjectPublicKeyInfo
    [[nodiscard]] Result<Bytes> generateKey(const std::string& token, const SecretBytes& userPin,
                                            const std::string& keyLabel, const std::string& algorithm);

    /// An AES-256 key that never leaves its token.
    [[nodiscard]] Result<void> generateSecretKey(const std::string& token, const SecretBytes& userPin,
                                                 const std::string& keyLabel);

    struct BackedUpKey
    {
        Bytes publicKeyDer;
        Bytes wrapped;
    };
    /// @param wrappingKey  AES-256, 32 bytes
    [[nodiscard]] Result<BackedUpKey> generateBackedUpKey(const std::string& token, const SecretBytes& userPin,
                                                          const std::string& keyLabel, const std::string& algorithm,
                                                          const SecretBytes& wrappingKey);
    /// Puts a backed-up key on a token and has it sign. @return PolicyViolation "key-mismatch" when it is another
    /// certificate's
    [[nodiscard]] Result<void> restoreKey(const std::string& token, const SecretBytes& userPin,
                                          const std::string& keyLabel, const BackedUpKey& backup,
                                          const SecretBytes& wrappingKey);
    /// Public key, SubjectPublicKeyInfo, of a key that is there already.
    [[nodiscard]] Result<Bytes> findKey(const std::string& token, const SecretBytes& userPin,
                                        const std::string& keyLabel);
    /// Signature over signer::kTranscriptPrefix and the text.
    [[nodiscard]] Result<Bytes> signTranscript(const std::string& token, const SecretBytes& userPin,
                                               const std::string& keyLabel, std::string_view text);

    struct SignOrder
    {
        const std::string& token;
        const SecretBytes& userPin;
        const std::string& keyLabel;
        const pki::Profile& profile; ///< its name constraints and CRL URLs go along
        ByteView tbsDer;
        std::optional<Bytes> issuerDer; ///< none for a self-signed root
    };
    [[nodiscard]] Result<Bytes> sign(const SignOrder& order);
    /// @param issuerDer  of the certificate whose list it is
    [[nodiscard]] Result<Bytes> signCrl(const std::string& token, const SecretBytes& userPin,
                                        const std::string& keyLabel, ByteView tbsDer, const Bytes& issuerDer);

private:
    SignerProcess(pid_t process, signer::Connection connection)
        : m_process(process), m_connection(std::move(connection))
    {
    }
    [[nodiscard]] Result<signer::Response> ask(signer::Request request);

    pid_t m_process;
    signer::Connection m_connection;
};

} // namespace gateway::ceremony
