#pragma once

#include <map>
#include <optional>

#include "pki/certificate.h"
#include "pki/profile.h"
#include "signer/request_handler.h"
#include "signer/signer_config.h"

namespace gateway::signer {

/// What the signer does during a ceremony: makes tokens and keys, and signs certificates that fit their profile with
/// any of them. Serves one process over one private socket, one request at a time.
class CeremonyService final : public RequestHandler
{
public:
    [[nodiscard]] static HsmResult<CeremonyService> open(const CeremonyConfig& config);

    /// Refusals: "unknown-profile", the types of pki's lint, "unknown-operation" for what belongs to the online signer.
    [[nodiscard]] HsmResult<Response> handle(const Request& request) override;

private:
    CeremonyService(HsmModule module, std::map<std::string, pki::Profile> profiles)
        : m_module(std::move(module)), m_profiles(std::move(profiles))
    {
    }
    [[nodiscard]] HsmResult<Response> generate(const GenerateKeyCommand& command);
    struct Found
    {
        Bytes publicKeyDer;
        Bytes signature; ///< over toSign, when there is something
    };
    [[nodiscard]] HsmResult<Found> find(const std::string& tokenLabel, const SecretBytes& pin,
                                        const std::string& keyLabel, ByteView toSign = {});
    [[nodiscard]] HsmResult<Response> restore(const RestoreKeyCommand& command);
    [[nodiscard]] HsmResult<Response> sign(const CeremonySignCommand& command);
    [[nodiscard]] HsmResult<Response> signCrl(const CeremonySignCrlCommand& command);
    [[nodiscard]] HsmResult<Response> signWith(const std::string& tokenLabel, const SecretBytes& pin,
                                               const std::string& keyLabel,
                                               const std::optional<pki::Certificate>& issuer, ByteView tbsDer);

    HsmModule m_module;
    std::map<std::string, pki::Profile> m_profiles;
};

/// Answers the requests on a connected socket until the other side closes it.
/// @return the failure after which the process must end; the other side has been told of it by a refusal "hsm-failure"
[[nodiscard]] HsmResult<void> serveCeremony(RequestHandler& handler, int socket);

} // namespace gateway::signer
