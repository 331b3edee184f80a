#include "ceremony/signing_stage.h"

#include <optional>
#include <ostream>

#include "ceremony/output_file.h"
#include "ceremony/profile_check.h"
#include "ceremony/software_key.h"
#include "identity/random.h"
#include "pki/prepared_certificate.h"

namespace gateway::ceremony {

Result<void> SigningStage::makeKeys(SignerProcess& signer)
{
    for (const auto& order : m_plan.certificates) {
        if (!order.hasKey()) continue;
        auto key = makeKey(signer, order);
        if (!key) return fail(key.error().code, key.error().type, order.file + ": " + key.error().detail);
        m_progress << "key of " << order.file << ": " << order.algorithm
                   << (order.isInHsm() ? " in token " + order.token : " in software") << "\n";
        m_keys.emplace(order.file, std::move(*key));
    }
    for (const auto& key : m_plan.secretKeys) {
        const auto made = signer.generateSecretKey(key.token, m_tokens.pin(key.token), key.keyLabel);
        if (!made) return made;
        m_transcript.add(3, "AES-256 key " + key.keyLabel + " in token " + key.token + ", never extractable");
        m_progress << "secret key " << key.keyLabel << ": made in token " << key.token << "\n";
    }
    return {};
}

Result<MadeKey> SigningStage::makeKey(SignerProcess& signer, const Plan::CertificateOrder& order)
{
    if (!order.isInHsm()) {
        auto key = generateSoftwareKey(order.algorithm);
        if (!key) return tl::unexpected(key.error());
        m_transcript.add(3, order.algorithm + " key for " + order.file + " in software");
        return MadeKey{std::move(key->publicKeyDer), std::move(key->privatePem)};
    }
    const auto& pin = m_tokens.pin(order.token);
    const auto place = order.keyLabel + " in token " + order.token;
    if (!order.earlier.empty() || order.reuseKey) {
        auto found = signer.findKey(order.token, pin, order.keyLabel);
        if (!found) return tl::unexpected(found.error());
        m_transcript.add(3, "key " + place + " found");
        return MadeKey{std::move(*found), {}};
    }
    if (order.backup) {
        auto made =
            signer.generateBackedUpKey(order.token, pin, order.keyLabel, order.algorithm, m_tokens.wrappingKey());
        if (!made) return tl::unexpected(made.error());
        m_backups.push_back({order.keyLabel, order.algorithm, made->publicKeyDer, made->wrapped});
        m_transcript.add(3, order.algorithm + " key " + place + ", backed up, SHA-256 of the backup " +
                                sha256Hex(made->wrapped));
        return MadeKey{std::move(made->publicKeyDer), {}};
    }
    auto made = signer.generateKey(order.token, pin, order.keyLabel, order.algorithm);
    if (!made) return tl::unexpected(made.error());
    m_transcript.add(3, order.algorithm + " key " + place + ", never extractable");
    return MadeKey{std::move(*made), {}};
}

Result<void> SigningStage::sign(SignerProcess& signer)
{
    for (const auto& order : m_plan.certificates) {
        const auto done = order.earlier.empty() ? signOne(signer, order) : takeEarlier(order);
        if (!done) return fail(done.error().code, done.error().type, order.file + ": " + done.error().detail);
    }
    return {};
}

Result<void> SigningStage::takeEarlier(const Plan::CertificateOrder& order)
{
    const auto text = readFile(order.earlier);
    if (!text) return tl::unexpected(text.error());
    const auto certificate = pki::Certificate::parsePem(*text);
    if (!certificate) return tl::unexpected(certificate.error());
    if (order.hasKey() && certificate->publicKeyDer() != m_keys.at(order.file).publicKeyDer)
        return fail(ErrorCode::Conflict, "key-mismatch",
                    "key '" + order.keyLabel + "' is not the one of " + order.earlier.string());
    m_transcript.add(4, order.file + " of an earlier ceremony takes part, SHA-256 " + sha256Hex(certificate->der()));
    keep(order, *certificate);
    return {};
}

Result<void> SigningStage::signOne(SignerProcess& signer, const Plan::CertificateOrder& order)
{
    const auto profile = profileOf(order, m_profiles);
    const auto& publicKey = m_keys.at(order.file).publicKeyDer;
    const auto serial = CertificateSerial::random(fillFromSystemRandom);
    if (!serial) return tl::unexpected(serial.error());

    std::optional<pki::Issuer> issuer;
    const auto& signing = order.issuer.empty() ? order : m_plan.order(order.issuer);
    if (!order.issuer.empty()) {
        const auto& made = m_made.at(order.issuer);
        issuer = pki::Issuer{made.certificate, signing.keyLabel, made.chain};
    }
    auto prepared =
        issuer ? pki::prepareCertificate(profile, order.values, publicKey, *issuer, *serial, currentTime())
               : pki::prepareSelfSigned(profile, order.values, publicKey, order.keyLabel, *serial, currentTime());
    if (!prepared) return tl::unexpected(prepared.error());
    const auto signature =
        signer.sign({signing.token, m_tokens.pin(signing.token), signing.keyLabel, profile, prepared->tbsDer(),
                     issuer ? std::optional(issuer->certificate.der()) : std::nullopt});
    if (!signature) return tl::unexpected(signature.error());
    const auto certificate = issuer ? pki::completeCertificate(std::move(*prepared), *signature, issuer->certificate)
                                    : pki::completeSelfSigned(std::move(*prepared), *signature);
    if (!certificate) return tl::unexpected(certificate.error());
    m_transcript.addSigned(order, *certificate, signing.token, signing.keyLabel);
    m_transcript.add(4, order.file + ": " + certificate->subjectText());
    m_progress << order.file << ": " << certificate->keyAlgorithmText() << ", signed by "
               << (issuer ? issuer->certificate.subjectCommonName() : "itself") << "\n";
    keep(order, *certificate);
    return {};
}

void SigningStage::keep(const Plan::CertificateOrder& order, const pki::Certificate& certificate)
{
    std::vector<pki::Certificate> chain;
    if (!order.issuer.empty()) { // the root is not part of a chain
        const auto& above = m_made.at(order.issuer).chain;
        chain.push_back(certificate);
        chain.insert(chain.end(), above.begin(), above.end());
    }
    m_made.emplace(order.file, MadeCertificate{certificate, std::move(chain)});
}

} // namespace gateway::ceremony
