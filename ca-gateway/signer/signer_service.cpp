#include "signer/signer_service.h"

#include <array>
#include <fstream>
#include <iterator>

#include "audit/audit_head.h"
#include "pki/crl.h"
#include "pki/prepared_certificate.h"
#include "pki/profile_binding.h"

namespace gateway::signer {

namespace {

tl::unexpected<HsmFailure> configurationFailed(std::string detail)
{
    return tl::unexpected(HsmFailure{ExitCode::Configuration, std::move(detail)});
}

HsmResult<pki::Certificate> loadCertificate(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    const std::string pem(std::istreambuf_iterator<char>(stream), {});
    auto certificate = pki::Certificate::parsePem(pem);
    if (!certificate) return configurationFailed(file.string() + ": " + certificate.error().detail);
    return std::move(*certificate);
}

Response refuse(std::string type, std::string detail)
{
    return Refusal{std::move(type), std::move(detail)};
}

} // namespace

HsmResult<std::unique_ptr<SignerService>> SignerService::open(const SignerConfig& config)
{
    const auto profiles = pki::loadProfiles(config.profiles);
    if (!profiles) return configurationFailed(profiles.error().detail);
    const auto pin = loadPin(config.pinFile);
    if (!pin) return configurationFailed(pin.error().detail);

    // What needs no HSM is checked first, so that a mistake in the file costs no login.
    struct Wanted
    {
        pki::Certificate certificate;
        std::map<std::string, pki::Profile> profiles;
    };
    std::map<std::string, Wanted> wanted;
    for (const auto& key : config.keys) {
        if (key.kind == KeyConfig::Kind::Vault) continue;
        auto certificate = loadCertificate(key.certificate);
        if (!certificate) return tl::unexpected(certificate.error());
        Wanted entry{std::move(*certificate), {}};
        for (const auto& name : key.profiles) {
            const auto profile = profiles->find(name);
            if (profile == profiles->end())
                return configurationFailed("key '" + key.label + "': no profile '" + name + "' in " +
                                           config.profiles.string());
            const std::array path = {pki::authorityOf(entry.certificate)};
            if (const auto bound = pki::checkBinding(profile->second, path); !bound)
                return configurationFailed("key '" + key.label + "': " + bound.error().detail);
            entry.profiles.insert(*profile);
        }
        wanted.emplace(key.label, std::move(entry));
    }

    std::unique_ptr<SignerService> service(new SignerService);
    auto module = HsmModule::load(config.module);
    if (!module) return tl::unexpected(module.error());
    service->m_module.emplace(std::move(*module));
    auto token = HsmToken::open(*service->m_module, config.token, *pin);
    if (!token) return tl::unexpected(token.error());
    service->m_token.emplace(std::move(*token));
    for (const auto& keyConfig : config.keys) {
        if (keyConfig.kind == KeyConfig::Kind::Vault) {
            auto key = HsmVaultKey::find(*service->m_module, config.token, *pin, keyConfig.label);
            if (!key) return tl::unexpected(key.error());
            service->m_vaultKeys.emplace(keyConfig.label, BoundVaultKey{std::move(*key), keyConfig.operations});
            continue;
        }
        auto key = service->m_token->findKey(keyConfig.label);
        if (!key) return tl::unexpected(key.error());
        auto& entry = wanted.at(keyConfig.label);
        if (key->publicKeyDer() != entry.certificate.publicKeyDer())
            return tl::unexpected(HsmFailure{ExitCode::KeyMismatch, "key '" + keyConfig.label +
                                                                        "' is not the one certified in " +
                                                                        keyConfig.certificate.string()});
        service->m_keys.emplace(keyConfig.label,
                                BoundKey{std::move(*key), std::move(entry.certificate), std::move(entry.profiles),
                                         keyConfig.crl, keyConfig.auditHeads});
    }
    return service;
}

HsmResult<Response> SignerService::handle(const Request& request)
{
    if (std::holds_alternative<HealthRequest>(request)) return Response(Done{});
    if (std::holds_alternative<KeysRequest>(request)) return keyList();
    if (const auto* command = std::get_if<SignCommand>(&request)) return sign(*command);
    if (const auto* command = std::get_if<VaultCommand>(&request)) return useVault(*command);
    return refuse("unknown-operation", "only a ceremony may do this");
}

Response SignerService::keyList() const
{
    KeyList list;
    for (const auto& [label, bound] : m_keys)
        list.keys.push_back({label, bound.key.publicKeyDer()});
    return list;
}

HsmResult<Response> SignerService::sign(const SignCommand& command)
{
    const auto found = m_keys.find(command.keyLabel);
    if (found == m_keys.end()) return refuse("unknown-key", "no key '" + command.keyLabel + "' in the configuration");
    const auto& bound = found->second;

    Result<void> checked;
    switch (command.kind) {
    case SignCommand::Kind::Crl:
        if (!bound.crl) return refuse("crl-not-allowed", "key '" + command.keyLabel + "' signs no CRL");
        checked = pki::lintTbsCrl(command.tbs(), bound.certificate);
        break;
    case SignCommand::Kind::AuditHead: {
        if (!bound.auditHeads)
            return refuse("audit-head-not-allowed", "key '" + command.keyLabel + "' signs no audit heads");
        checked = audit::parseHead({reinterpret_cast<const char*>(command.tbsDer.data()), command.tbsDer.size()})
                      .and_then([&](audit::AuditHead head) { return takeHead(command.keyLabel, std::move(head)); });
        break;
    }
    case SignCommand::Kind::Certificate: {
        const auto profile = bound.profiles.find(command.profile);
        if (profile == bound.profiles.end())
            return refuse("profile-not-allowed",
                          "key '" + command.keyLabel + "' is not bound to profile '" + command.profile + "'");
        checked = pki::lintTbsCertificate(command.tbsDer, profile->second, &bound.certificate);
        break;
    }
    }
    if (!checked) return refuse(checked.error().type, checked.error().detail);

    auto signature = bound.key.sign(command.tbs());
    if (!signature) return tl::unexpected(signature.error());
    return Response(Signature{std::move(*signature)});
}

Result<void> SignerService::takeHead(const std::string& keyLabel, audit::AuditHead head)
{
    const std::lock_guard lock(m_headsMutex);
    const auto [at, isFirst] = m_heads.try_emplace({keyLabel, head.origin}, head);
    if (isFirst) return {};
    auto& largest = at->second;
    if (head.size < largest.size)
        return fail(ErrorCode::PolicyViolation, "audit-head-shrinks",
                    "expected a head of at least " + std::to_string(largest.size) + " rows, got one of " +
                        std::to_string(head.size));
    if (head.size == largest.size && head.root != largest.root)
        return fail(ErrorCode::PolicyViolation, "audit-head-forks",
                    "expected root " + toLowerHex(largest.root) + " of " + std::to_string(head.size) + " rows, got " +
                        toLowerHex(head.root));
    largest = std::move(head);
    return {};
}

HsmResult<Response> SignerService::useVault(const VaultCommand& command) const
{
    static constexpr std::array<const char*, 3> kNames = {"make", "open", "rewrap"}; // in the order of Kind
    const std::string operation = kNames[static_cast<std::size_t>(command.kind)];
    const auto find = [&](const std::string& label) {
        const auto found = m_vaultKeys.find(label);
        return found == m_vaultKeys.end() ? nullptr : &found->second;
    };
    const auto* bound = find(command.keyLabel);
    const auto* from = command.kind == VaultCommand::Kind::Rewrap ? find(command.fromLabel) : bound;
    if (!bound || !from) return refuse("unknown-key", "no such vault key in the configuration");
    if (!bound->operations.contains(operation) || !from->operations.contains(operation))
        return refuse("vault-operation-not-allowed", "key '" + command.keyLabel + "' is not bound to " + operation);
    if (command.context.size() != HsmVaultKey::kContextBytes)
        return refuse("vault-context", "expected a context of 16 bytes, got " + std::to_string(command.context.size()));

    if (command.kind == VaultCommand::Kind::Make) {
        if (!command.wrapped.empty()) return refuse("vault-key-damaged", "a new key comes without a wrapped one");
        auto made = bound->key.make(command.context);
        if (!made) return tl::unexpected(made.error());
        return Response(VaultKeyAnswer{std::move(made->plain), std::move(made->wrapped)});
    }
    auto opened = from->key.open(command.context, command.wrapped);
    if (!opened) return tl::unexpected(opened.error());
    if (!*opened) return refuse("vault-key-damaged", "not a data key that this vault key has wrapped for this context");
    if (command.kind == VaultCommand::Kind::Open) return Response(VaultKeyAnswer{std::move(**opened), {}});
    auto wrapped = bound->key.wrap(command.context, **opened);
    if (!wrapped) return tl::unexpected(wrapped.error());
    return Response(VaultKeyAnswer{{}, std::move(*wrapped)});
}

} // namespace gateway::signer
