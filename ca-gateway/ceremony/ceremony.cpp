#include "ceremony/ceremony.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include "ceremony/ceremony_plan.h"
#include "ceremony/output_file.h"
#include "ceremony/shares.h"
#include "ceremony/signer_process.h"
#include "ceremony/software_key.h"
#include "identity/random.h"
#include "pki/certificate.h"
#include "pki/prepared_certificate.h"

namespace gateway {

namespace {

using namespace ceremony;
using nlohmann::ordered_json;

constexpr mode_t kPublicFile = 0644;
constexpr mode_t kSecretFile = 0600;

Time now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string timeText(Time time)
{
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string sha256Hex(ByteView bytes)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(bytes.data(), bytes.size(), digest.data());
    return toLowerHex(digest);
}

/// 32 hex digits: 128 random bits that every token takes as a PIN.
Result<SecretBytes> randomPin()
{
    std::array<std::uint8_t, 16> bytes{};
    if (!fillFromSystemRandom(bytes)) return fail(ErrorCode::Internal, "random", "no random bytes");
    return SecretBytes(toLowerHex(bytes));
}

SecretBytes copy(const SecretBytes& secret)
{
    return SecretBytes(secret.revealText());
}

/// The security officers' PINs of the tokens that an unfinished ceremony has made, so that the next attempt can erase
/// them. It goes with the ceremony's end: from then on nobody can reset a token's PIN.
class Journal final
{
public:
    explicit Journal(std::filesystem::path file) : m_file(std::move(file)) {}

    Result<void> load()
    {
        if (!std::filesystem::exists(m_file)) return {};
        const auto text = readFile(m_file);
        if (!text) return tl::unexpected(text.error());
        const auto json = ordered_json::parse(*text, nullptr, false);
        if (!json.is_object()) return fail(ErrorCode::Conflict, "ceremony-damaged", m_file.string() + " is not JSON");
        for (const auto& [label, pin] : json.items())
            if (pin.is_string()) m_pins.insert_or_assign(label, SecretBytes(pin.get_ref<const std::string&>()));
        return {};
    }

    [[nodiscard]] bool knows(const std::string& token) const { return m_pins.contains(token); }

    /// The token's officer PIN: the one on file, or a fresh one that is on disk before it is used.
    Result<SecretBytes> officerPin(const std::string& token)
    {
        if (!knows(token)) {
            auto pin = randomPin();
            if (!pin) return pin;
            m_pins.insert_or_assign(token, std::move(*pin));
            ordered_json json = ordered_json::object();
            for (const auto& [label, value] : m_pins)
                json[label] = value.revealText();
            if (const auto written = writeFile(m_file, json.dump(), kSecretFile); !written)
                return tl::unexpected(written.error());
        }
        return copy(m_pins.at(token));
    }

    void remove() const
    {
        std::error_code error;
        std::filesystem::remove(m_file, error);
    }

private:
    std::filesystem::path m_file;
    std::map<std::string, SecretBytes> m_pins;
};

/// One ceremony from its plan to its manifest.
class Ceremony final
{
public:
    Ceremony(const Plan& plan, std::ostream& progress)
        : m_plan(plan), m_progress(progress), m_journal(plan.secrets / "ceremony-journal.json"), m_start(now())
    {
    }

    Result<void> run()
    {
        return prepareFolders()
            .and_then([&] { return m_journal.load(); })
            .and_then([&] { return startSigner(); })
            .and_then([&] { return checkTokens(); })
            .and_then([&] { return makeTokens(); })
            .and_then([&] { return unlockSharedToken(); })
            .and_then([&] { return makeCertificates(); })
            .and_then([&] { return makeSecretKeys(); })
            .and_then([&] { return writeChains(); })
            .and_then([&] { return writeRecords(); });
    }

private:
    Result<void> prepareFolders()
    {
        std::error_code error;
        std::filesystem::create_directories(m_plan.output, error);
        if (!error) std::filesystem::create_directories(m_plan.secrets, error);
        if (!error)
            std::filesystem::permissions(m_plan.secrets, std::filesystem::perms::owner_all,
                                         std::filesystem::perm_options::replace, error);
        if (error) return fail(ErrorCode::Internal, "file-write", "folders: " + error.message());
        auto profiles = pki::loadProfiles(m_plan.profiles);
        if (!profiles) return tl::unexpected(profiles.error());
        m_profiles = std::move(*profiles);
        for (const auto& order : m_plan.certificates)
            if (!m_profiles.contains(order.profile))
                return fail(ErrorCode::InvalidRequest, "ceremony-file",
                            order.file + ": no profile '" + order.profile + "' in " + m_plan.profiles.string());
        return {};
    }

    Result<void> startSigner()
    {
        const auto config = m_plan.secrets / "ceremony-signer.json";
        const ordered_json json = {{"module", m_plan.module}, {"profiles", m_plan.profiles.string()}};
        if (const auto written = writeFile(config, json.dump(2), kSecretFile); !written) return written;
        auto signer = SignerProcess::start(m_plan.signer, config);
        std::error_code error;
        std::filesystem::remove(config, error);
        if (!signer) return tl::unexpected(signer.error());
        m_signer.emplace(std::move(*signer));
        return {};
    }

    Result<void> checkTokens()
    {
        const auto existing = m_signer->tokens();
        if (!existing) return tl::unexpected(existing.error());
        for (const auto& token : m_plan.tokens) {
            const auto count = std::count(existing->begin(), existing->end(), token.label);
            if (count == 0) continue;
            if (count > 1 || !m_journal.knows(token.label))
                return fail(ErrorCode::Conflict, "token-exists",
                            "token '" + token.label +
                                "' exists and is not the rest of this ceremony; choose another label, or erase it");
            m_progress << "token " << token.label << ": left by an unfinished ceremony, made anew\n";
        }
        return {};
    }

    Result<void> makeTokens()
    {
        for (const auto& token : m_plan.tokens) {
            const auto officerPin = m_journal.officerPin(token.label);
            if (!officerPin) return tl::unexpected(officerPin.error());
            auto pin = randomPin();
            if (!pin) return tl::unexpected(pin.error());
            if (const auto made = m_signer->initToken(token.label, *officerPin, *pin); !made) return made;
            if (token.shared) {
                m_sharedToken = token.label;
                if (const auto shared = writeShares(*pin); !shared) return shared;
                m_progress << "token " << token.label << ": made, its PIN split among " << m_plan.holders.size()
                           << " key holders, " << m_plan.threshold << " open it\n";
                continue; // this copy of the PIN goes here: from now on only the shares give it
            }
            const auto line = std::string(pin->revealText()) + "\n";
            if (const auto written = writeFile(m_plan.secrets / (token.label + ".pin"), line, kSecretFile); !written)
                return written;
            m_pins.emplace(token.label, std::move(*pin));
            m_progress << "token " << token.label << ": made\n";
        }
        return {};
    }

    [[nodiscard]] std::filesystem::path shareFile(const std::string& holder) const
    {
        const auto position = std::find(m_plan.holders.begin(), m_plan.holders.end(), holder) - m_plan.holders.begin();
        return m_plan.secrets / ("share-" + std::to_string(position + 1) + ".json");
    }

    Result<void> writeShares(const SecretBytes& pin)
    {
        const auto shares = splitSecret(pin, m_plan.holders, m_plan.threshold);
        if (!shares) return tl::unexpected(shares.error());
        for (const auto& share : *shares) {
            if (const auto written = writeFile(shareFile(share.holder), toJson(share), kSecretFile); !written)
                return written;
            m_shareRecords.push_back({{"holder", share.holder}, {"index", share.index}, {"check", checkValue(share)}});
        }
        return {};
    }

    /// The key holders who are present hand in their shares.
    Result<void> unlockSharedToken()
    {
        if (m_sharedToken.empty()) return {};
        std::vector<Share> shares;
        for (const auto& holder : m_plan.present) {
            const auto text = readFile(shareFile(holder));
            if (!text) return tl::unexpected(text.error());
            auto share = parseShare(*text);
            if (!share) return tl::unexpected(share.error());
            shares.push_back(std::move(*share));
            m_progress << "share of " << holder << ": taken\n";
        }
        auto pin = combineShares(shares);
        if (!pin) return tl::unexpected(pin.error());
        m_pins.emplace(m_sharedToken, std::move(*pin));
        return {};
    }

    Result<void> makeCertificates()
    {
        for (const auto& order : m_plan.certificates)
            if (const auto made = makeCertificate(order); !made)
                return fail(made.error().code, made.error().type, order.file + ": " + made.error().detail);
        return {};
    }

    Result<Bytes> makeKey(const Plan::CertificateOrder& order)
    {
        if (order.isInHsm())
            return m_signer->generateKey(order.token, m_pins.at(order.token), order.keyLabel, order.algorithm);
        auto key = generateSoftwareKey(order.algorithm);
        if (!key) return tl::unexpected(key.error());
        const auto written = writeFile(m_plan.output / order.privateKeyFile, key->privatePem.revealText(), kSecretFile);
        if (!written) return tl::unexpected(written.error());
        return std::move(key->publicKeyDer);
    }

    Result<void> makeCertificate(const Plan::CertificateOrder& order)
    {
        auto profile = m_profiles.at(order.profile);
        if (order.nameConstraints) profile.nameConstraints = order.nameConstraints;
        const auto publicKey = makeKey(order);
        if (!publicKey) return tl::unexpected(publicKey.error());
        const auto serial = CertificateSerial::random(fillFromSystemRandom);
        if (!serial) return tl::unexpected(serial.error());

        const bool isRoot = order.issuer.empty();
        const auto* issuer = isRoot ? nullptr : &m_authorities.at(order.issuer);
        auto prepared =
            isRoot ? pki::prepareSelfSigned(profile, order.values, *publicKey, order.keyLabel, *serial, now())
                   : pki::prepareCertificate(profile, order.values, *publicKey, issuer->issuer, *serial, now());
        if (!prepared) return tl::unexpected(prepared.error());

        const auto& signingToken = isRoot ? order.token : issuer->token;
        const auto& signingKey = isRoot ? order.keyLabel : issuer->issuer.keyLabel;
        const auto tbsHash = sha256Hex(prepared->tbsDer());
        const auto signature =
            m_signer->sign({signingToken, m_pins.at(signingToken), signingKey, profile, prepared->tbsDer(),
                            isRoot ? std::nullopt : std::optional(issuer->issuer.certificate.der())});
        if (!signature) return tl::unexpected(signature.error());
        const auto certificate =
            isRoot ? pki::completeSelfSigned(std::move(*prepared), *signature)
                   : pki::completeCertificate(std::move(*prepared), *signature, issuer->issuer.certificate);
        if (!certificate) return tl::unexpected(certificate.error());
        m_signed.push_back({{"file", order.file},
                            {"profile", order.profile},
                            {"subject", certificate->subjectText()},
                            {"serial", certificate->serial().text()},
                            {"not_before", timeText(certificate->notBefore())},
                            {"not_after", timeText(certificate->notAfter())},
                            {"signed_by_token", signingToken},
                            {"signed_by_key", signingKey},
                            {"tbs_sha256", tbsHash},
                            {"certificate_sha256", sha256Hex(certificate->der())}});
        return keep(order, profile, *certificate, issuer);
    }

    Result<void> makeSecretKeys()
    {
        for (const auto& key : m_plan.secretKeys) {
            const auto made = m_signer->generateSecretKey(key.token, m_pins.at(key.token), key.keyLabel);
            if (!made) return made;
            m_secretKeys.push_back({{"token", key.token}, {"key", key.keyLabel}, {"algorithm", "AES-256"}});
            m_progress << "secret key " << key.keyLabel << ": made in token " << key.token << "\n";
        }
        return {};
    }

    struct Authority
    {
        pki::Issuer issuer;
        std::string token;
    };

    /// Writes the certificate; one of an authority can issue from now on.
    Result<void> keep(const Plan::CertificateOrder& order, const pki::Profile& profile,
                      const pki::Certificate& certificate, const Authority* issuer)
    {
        std::string content = certificate.pem();
        if (!order.isInHsm())
            for (const auto& above : issuer->issuer.chain)
                content += above.pem();
        if (const auto written = writeFile(m_plan.output / order.file, content, kPublicFile); !written) return written;
        m_manifest.push_back({{"file", order.file},
                              {"profile", order.profile},
                              {"type", profile.certificateType},
                              {"key_label", order.isInHsm() ? ordered_json(order.keyLabel) : ordered_json(nullptr)}});
        m_progress << order.file << ": " << certificate.keyAlgorithmText() << ", signed by "
                   << (issuer ? issuer->issuer.certificate.subjectCommonName() : "itself") << "\n";
        if (!order.isInHsm()) return {};

        std::vector<pki::Certificate> chain;
        if (issuer) { // the root is not part of a chain
            chain.push_back(certificate);
            chain.insert(chain.end(), issuer->issuer.chain.begin(), issuer->issuer.chain.end());
        }
        m_authorities.emplace(order.file, Authority{{certificate, order.keyLabel, std::move(chain)}, order.token});
        return {};
    }

    Result<void> writeChains()
    {
        for (const auto& chain : m_plan.chains) {
            std::string content;
            for (const auto& certificate : m_authorities.at(chain.of).issuer.chain)
                content += certificate.pem();
            if (const auto written = writeFile(m_plan.output / chain.file, content, kPublicFile); !written)
                return written;
        }
        return {};
    }

    /// The manifest comes last: with it the ceremony is complete.
    Result<void> writeRecords()
    {
        ordered_json tokens = ordered_json::array();
        for (const auto& token : m_plan.tokens)
            tokens.push_back({{"label", token.label}, {"pin", token.shared ? "shares" : "file"}});
        const ordered_json transcript = {{"started", timeText(m_start)},  {"finished", timeText(now())},
                                         {"module", m_plan.module},       {"tokens", tokens},
                                         {"threshold", m_plan.threshold}, {"shares", m_shareRecords},
                                         {"present", m_plan.present},     {"signed", m_signed},
                                         {"secret_keys", m_secretKeys}};
        return writeFile(m_plan.output / "transcript.json", transcript.dump(2) + "\n", kPublicFile)
            .and_then(
                [&] { return writeFile(m_plan.output / "manifest.json", m_manifest.dump(2) + "\n", kPublicFile); })
            .map([&] {
                m_journal.remove();
                m_progress << "ceremony complete: " << m_signed.size() << " certificates in " << m_plan.output.string()
                           << "\n";
            });
    }

    const Plan& m_plan;
    std::ostream& m_progress;
    Journal m_journal;
    Time m_start;
    std::map<std::string, pki::Profile> m_profiles;
    std::optional<SignerProcess> m_signer;
    std::string m_sharedToken;
    std::map<std::string, SecretBytes> m_pins;      ///< of the tokens that are open
    std::map<std::string, Authority> m_authorities; ///< by certificate file
    ordered_json m_shareRecords = ordered_json::array();
    ordered_json m_signed = ordered_json::array();
    ordered_json m_secretKeys = ordered_json::array();
    ordered_json m_manifest = ordered_json::array();
};

/// Compares what is there with what the plan asks for.
/// @return false when no ceremony has been completed here
Result<bool> isComplete(const Plan& plan)
{
    const auto text = readFile(plan.output / "manifest.json");
    if (!text) return false;
    const auto manifest = ordered_json::parse(*text, nullptr, false);
    if (!manifest.is_array()) return fail(ErrorCode::Conflict, "ceremony-damaged", "the manifest is not a JSON list");
    std::set<std::string> listed;
    for (const auto& entry : manifest)
        if (entry.is_object() && entry.contains("file") && entry["file"].is_string())
            listed.insert(entry["file"].get<std::string>());
    std::set<std::string> wanted;
    for (const auto& order : plan.certificates)
        wanted.insert(order.file);
    if (listed != wanted)
        return fail(ErrorCode::Conflict, "ceremony-differs",
                    plan.output.string() + " holds the result of a ceremony with other certificates");
    for (const auto& file : wanted) {
        const auto content = readFile(plan.output / file);
        if (!content || !pki::parsePemBundle(*content))
            return fail(ErrorCode::Conflict, "ceremony-damaged",
                        (plan.output / file).string() + ": expected a certificate");
    }
    return true;
}

} // namespace

Result<void> runCeremony(const std::filesystem::path& ceremonyFile, std::ostream& progress)
{
    const auto text = readFile(ceremonyFile);
    if (!text) return fail(ErrorCode::InvalidRequest, "ceremony-file", text.error().detail);
    const auto plan = parsePlan(*text);
    if (!plan) return tl::unexpected(plan.error());
    const auto complete = isComplete(*plan);
    if (!complete) return tl::unexpected(complete.error());
    if (*complete) {
        progress << "ceremony already complete in " << plan->output.string() << ", nothing done\n";
        Journal(plan->secrets / "ceremony-journal.json").remove();
        return {};
    }
    return Ceremony(*plan, progress).run();
}

} // namespace gateway
