#include "signer/ceremony_service.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/prepared_certificate.h"
#include "pki/public_key.h"

namespace gateway::signer {

namespace {

/// Writes all of it; the other side waits for nothing else.
bool sendAll(int socket, ByteView bytes)
{
    while (!bytes.empty()) {
        const auto written = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

bool answer(int socket, std::uint64_t id, Response response)
{
    return sendAll(socket, frame(encode(Numbered<Response>{id, std::move(response)})));
}

tl::unexpected<HsmFailure> protocolBroken(std::string detail)
{
    return tl::unexpected(HsmFailure{ExitCode::Usage, std::move(detail)});
}

} // namespace

HsmResult<CeremonyService> CeremonyService::open(const CeremonyConfig& config)
{
    auto profiles = pki::loadProfiles(config.profiles);
    if (!profiles) return tl::unexpected(HsmFailure{ExitCode::Configuration, profiles.error().detail});
    auto module = HsmModule::load(config.module);
    if (!module) return tl::unexpected(module.error());
    return CeremonyService(std::move(*module), std::move(*profiles));
}

HsmResult<Response> CeremonyService::handle(const Request& request)
{
    if (std::holds_alternative<HealthRequest>(request)) return Response(Done{});
    if (std::holds_alternative<ListTokensCommand>(request)) {
        auto labels = m_module.tokenLabels();
        if (!labels) return tl::unexpected(labels.error());
        return Response(TokenList{std::move(*labels)});
    }
    if (const auto* command = std::get_if<InitTokenCommand>(&request)) {
        const auto made = m_module.initToken(command->token, command->officerPin, command->userPin);
        if (!made) return tl::unexpected(made.error());
        return Response(Done{});
    }
    if (const auto* command = std::get_if<GenerateKeyCommand>(&request)) return generate(*command);
    if (const auto* command = std::get_if<GenerateSecretKeyCommand>(&request)) {
        const auto made = m_module.generateSecretKey(command->token, command->userPin, command->keyLabel);
        if (!made) return tl::unexpected(made.error());
        return Response(Done{});
    }
    if (const auto* command = std::get_if<RestoreKeyCommand>(&request)) return restore(*command);
    if (const auto* command = std::get_if<FindKeyCommand>(&request)) {
        const auto found = find(command->token, command->userPin, command->keyLabel);
        if (!found) return tl::unexpected(found.error());
        return Response(KeyList{{KeyEntry{command->keyLabel, found->publicKeyDer}}});
    }
    if (const auto* command = std::get_if<SignTranscriptCommand>(&request)) {
        Bytes text(kTranscriptPrefix.begin(), kTranscriptPrefix.end());
        text.insert(text.end(), command->text.begin(), command->text.end());
        auto found = find(command->token, command->userPin, command->keyLabel, text);
        if (!found) return tl::unexpected(found.error());
        return Response(Signature{std::move(found->signature)});
    }
    if (const auto* command = std::get_if<CeremonySignCommand>(&request)) return sign(*command);
    if (const auto* command = std::get_if<CeremonySignCrlCommand>(&request)) return signCrl(*command);
    return Response(Refusal{"unknown-operation", "not during a ceremony"});
}

HsmResult<Response> CeremonyService::generate(const GenerateKeyCommand& command)
{
    if (!command.wrappingKey.empty()) {
        auto wrapped = m_module.generateBackedUpKey(command.token, command.userPin, command.keyLabel, command.algorithm,
                                                    command.wrappingKey);
        if (!wrapped) return tl::unexpected(wrapped.error());
        auto found = find(command.token, command.userPin, command.keyLabel);
        if (!found) return tl::unexpected(found.error());
        return Response(BackedUpKey{std::move(found->publicKeyDer), std::move(*wrapped)});
    }
    const auto made = m_module.generateKey(command.token, command.userPin, command.keyLabel, command.algorithm);
    if (!made) return tl::unexpected(made.error());
    auto found = find(command.token, command.userPin, command.keyLabel);
    if (!found) return tl::unexpected(found.error());
    return Response(KeyList{{KeyEntry{command.keyLabel, std::move(found->publicKeyDer)}}});
}

HsmResult<CeremonyService::Found> CeremonyService::find(const std::string& tokenLabel, const SecretBytes& pin,
                                                        const std::string& keyLabel, ByteView toSign)
{
    const auto token = HsmToken::open(m_module, tokenLabel, pin);
    if (!token) return tl::unexpected(token.error());
    const auto key = token->findKey(keyLabel);
    if (!key) return tl::unexpected(key.error());
    Found found{key->publicKeyDer(), {}};
    if (toSign.empty()) return found;
    auto signature = key->sign(toSign);
    if (!signature) return tl::unexpected(signature.error());
    found.signature = std::move(*signature);
    return found;
}

HsmResult<Response> CeremonyService::restore(const RestoreKeyCommand& command)
{
    const auto publicKey = pki::PublicKey::parse(command.publicKeyDer);
    if (!publicKey) return Response(Refusal{publicKey.error().type, publicKey.error().detail});
    const auto made = m_module.restoreKey(command.token, command.userPin, command.keyLabel, command.publicKeyDer,
                                          command.wrappingKey, command.wrapped);
    if (!made) return tl::unexpected(made.error());
    // The public half on the token came from the caller: only a signature shows that the private one belongs to it.
    constexpr std::string_view kProof = "v2c restored key";
    auto found = find(command.token, command.userPin, command.keyLabel, asBytes(kProof));
    if (!found) return tl::unexpected(found.error());
    if (found->publicKeyDer != command.publicKeyDer || !publicKey->verifies(asBytes(kProof), found->signature))
        return Response(Refusal{"key-mismatch", "the restored key is not the one of the certificate"});
    return Response(KeyList{{KeyEntry{command.keyLabel, std::move(found->publicKeyDer)}}});
}

HsmResult<Response> CeremonyService::sign(const CeremonySignCommand& command)
{
    const auto found = m_profiles.find(command.profile);
    if (found == m_profiles.end()) return Response(Refusal{"unknown-profile", "no profile '" + command.profile + "'"});
    auto profile = found->second;
    if (!command.permittedDns.empty() || !command.permittedIp.empty())
        profile.nameConstraints = pki::NameConstraints{command.permittedDns, command.permittedIp};
    if (!command.crlUrls.empty()) profile.crlUrls = command.crlUrls;

    std::optional<pki::Certificate> issuer;
    if (command.issuerDer) {
        auto parsed = pki::Certificate::parseDer(*command.issuerDer);
        if (!parsed) return Response(Refusal{parsed.error().type, parsed.error().detail});
        issuer = std::move(*parsed);
    }
    const auto checked = pki::lintTbsCertificate(command.tbsDer, profile, issuer ? &*issuer : nullptr);
    if (!checked) return Response(Refusal{checked.error().type, checked.error().detail});
    return signWith(command.token, command.userPin, command.keyLabel, issuer, command.tbsDer);
}

HsmResult<Response> CeremonyService::signCrl(const CeremonySignCrlCommand& command)
{
    const auto issuer = pki::Certificate::parseDer(command.issuerDer);
    if (!issuer) return Response(Refusal{issuer.error().type, issuer.error().detail});
    if (const auto checked = pki::lintTbsCrl(command.tbsDer, *issuer); !checked)
        return Response(Refusal{checked.error().type, checked.error().detail});
    return signWith(command.token, command.userPin, command.keyLabel, *issuer, command.tbsDer);
}

HsmResult<Response> CeremonyService::signWith(const std::string& tokenLabel, const SecretBytes& pin,
                                              const std::string& keyLabel,
                                              const std::optional<pki::Certificate>& issuer, ByteView tbsDer)
{
    const auto token = HsmToken::open(m_module, tokenLabel, pin);
    if (!token) return tl::unexpected(token.error());
    const auto key = token->findKey(keyLabel);
    if (!key) return tl::unexpected(key.error());
    if (issuer && issuer->publicKeyDer() != key->publicKeyDer())
        return Response(Refusal{"key-mismatch", "key '" + keyLabel + "' is not the issuer's"});
    auto signature = key->sign(tbsDer);
    if (!signature) return tl::unexpected(signature.error());
    return Response(Signature{std::move(*signature)});
}

HsmResult<void> serveCeremony(RequestHandler& handler, int socket)
{
    FrameReader reader;
    std::array<std::uint8_t, 4096> buffer{};
    for (;;) {
        while (const auto body = reader.take()) {
            auto request = decodeRequest(*body);
            if (!request) return protocolBroken(request.error().detail);
            auto response = handler.handle(request->body);
            if (!response) {
                answer(socket, request->id, Refusal{"hsm-failure", response.error().detail});
                return tl::unexpected(response.error());
            }
            if (!answer(socket, request->id, std::move(*response))) return {};
        }
        const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return {};
        const auto fed = reader.feed({buffer.data(), static_cast<std::size_t>(count)});
        explicit_bzero(buffer.data(), static_cast<std::size_t>(count)); // it may have carried a PIN
        if (!fed) return protocolBroken(fed.error().detail);
    }
}

} // namespace gateway::signer
