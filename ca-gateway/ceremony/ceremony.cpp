#include "ceremony/ceremony.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <istream>
#include <map>
#include <ostream>
#include <set>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony_journal.h"
#include "ceremony/ceremony_plan.h"
#include "ceremony/desk.h"
#include "ceremony/key_backup.h"
#include "ceremony/output_file.h"
#include "ceremony/shares.h"
#include "ceremony/signer_process.h"
#include "ceremony/software_key.h"
#include "ceremony/transcript.h"
#include "identity/random.h"
#include "pki/certificate.h"
#include "pki/path.h"
#include "pki/prepared_certificate.h"

namespace gateway {

namespace {

using namespace ceremony;
using nlohmann::ordered_json;

constexpr mode_t kPublicFile = 0644;
constexpr mode_t kSecretFile = 0600;

/// The gateway imports manifest.json only, so that a rehearsal cannot be taken for the real thing.
std::filesystem::path manifestFile(const Plan& plan)
{
    return plan.output / (plan.rehearsal ? "rehearsal-manifest.json" : "manifest.json");
}

/// One ceremony from its plan to its manifest.
class Ceremony final
{
public:
    Ceremony(const Plan& plan, std::string ceremonyFileHash, Desk& desk, std::ostream& progress)
        : m_plan(plan),
          m_desk(desk),
          m_progress(progress),
          m_journal(plan.secrets / "ceremony-journal.json"),
          m_transcript(plan, std::move(ceremonyFileHash))
    {
    }

    Result<void> run()
    {
        return prepareFolders()
            .and_then([&] { return m_journal.load(); })
            .and_then([&] { return beginFirstStep(); })
            .and_then([&] { return startSigner(); })
            .and_then([&] { return checkTokens(); })
            .and_then([&] {
                return m_desk.beginStep(
                    2, "enter the key holders' shares",
                    {"only a key holder's own eyes see the screen while a share is shown or typed"});
            })
            .and_then([&] { return makeTokens(); })
            .and_then([&] { return makeBackupShares(); })
            .and_then([&] { return takeShares(); })
            .and_then([&] { return m_desk.beginStep(3, "generate the keys", {"everybody may see the screen again"}); })
            .and_then([&] { return makeKeys(); })
            .and_then([&] { return makeSecretKeys(); })
            .and_then(
                [&] { return m_desk.beginStep(4, "sign with the root CA", {"the names above are the right ones"}); })
            .and_then([&] { return signAll(); })
            .and_then([&] { return m_desk.beginStep(5, "export the certificates", {"the medium is in its drive"}); })
            .and_then([&] { return exportAll(); })
            .and_then([&] { return m_desk.beginStep(6, "verify the certificate chains", {}); })
            .and_then([&] { return verifyAll(); })
            .and_then([&] { return writeRecords(); })
            .and_then([&] { return powerDown(); });
    }

private:
    struct MadeKey
    {
        Bytes publicKeyDer;
        SecretBytes privatePem; ///< of a software key
    };
    struct Made
    {
        pki::Certificate certificate;
        std::vector<pki::Certificate> chain; ///< upward, itself first, without the root
    };

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

    Result<void> beginFirstStep()
    {
        std::vector<std::string> checklist = {"the room is closed, the machine has no network, the camera records"};
        for (const auto& person : m_plan.participants)
            checklist.push_back(person.role + " " + person.name + " is present");
        checklist.emplace_back("the HSM is on and connected");
        return m_desk.beginStep(1, "boot the HSM", checklist);
    }

    Result<void> startSigner()
    {
        const auto config = m_plan.secrets / "ceremony-signer.json";
        auto signer = startCeremonySigner(m_plan, config);
        if (!signer) return tl::unexpected(signer.error());
        m_signer.emplace(std::move(*signer));
        m_transcript.add(1, "signer started on module " + m_plan.module);
        return {};
    }

    Result<void> checkTokens()
    {
        const auto existing = m_signer->tokens();
        if (!existing) return tl::unexpected(existing.error());
        for (const auto& token : m_plan.tokens) {
            const auto count = std::count(existing->begin(), existing->end(), token.label);
            if (token.isEarlier()) {
                if (count == 1) continue;
                return fail(ErrorCode::Conflict, "token-missing",
                            "expected one token '" + token.label + "' of an earlier ceremony, found " +
                                std::to_string(count));
            }
            if (count == 0) continue;
            if (count > 1 || !m_journal.knows(token.label))
                return fail(ErrorCode::Conflict, "token-exists",
                            "token '" + token.label +
                                "' exists and is not the rest of this ceremony; choose another label, or erase it");
            m_progress << "token " << token.label
                       << ": left by an unfinished ceremony, made anew; shares handed out then are void\n";
            m_transcript.add(1, "token " + token.label + " of an unfinished ceremony is erased");
        }
        return {};
    }

    Result<void> makeTokens()
    {
        for (const auto& token : m_plan.tokens) {
            const auto opened = token.isEarlier() ? openEarlierToken(token) : makeToken(token);
            if (!opened) return opened;
        }
        return {};
    }

    Result<void> openEarlierToken(const Plan::Token& token)
    {
        if (token.shared) {
            m_sharedToken = &token;
            if (token.earlierRecords.empty()) return {};
            const auto text = readFile(token.earlierRecords);
            if (!text) return tl::unexpected(text.error());
            const auto sets = parseShareSets(*text);
            if (!sets) return tl::unexpected(sets.error());
            for (const auto& set : *sets)
                if (set.purpose == "pin") m_pinShares = set;
            return {};
        }
        auto pin = readPin(token.earlierSecrets / (token.label + ".pin"));
        if (!pin) return tl::unexpected(pin.error());
        m_pins.emplace(token.label, std::move(*pin));
        return {};
    }

    Result<void> makeToken(const Plan::Token& token)
    {
        const auto officerPin = m_journal.officerPin(token.label);
        if (!officerPin) return tl::unexpected(officerPin.error());
        auto pin = randomPin();
        if (!pin) return tl::unexpected(pin.error());
        if (const auto made = m_signer->initToken(token.label, *officerPin, *pin); !made) return made;
        m_transcript.add(2, "token " + token.label + " made");
        if (token.shared) {
            m_sharedToken = &token;
            auto set = handOut("pin", *pin);
            if (!set) return tl::unexpected(set.error());
            m_pinShares = std::move(*set);
            m_progress << "token " << token.label << ": made, its PIN split among " << m_plan.holders.size()
                       << " key holders, " << m_plan.threshold << " open it\n";
            return {}; // this copy of the PIN goes here: from now on only the shares give it
        }
        const auto line = std::string(pin->revealText()) + "\n";
        if (const auto written = writeFile(m_plan.secrets / (token.label + ".pin"), line, kSecretFile); !written)
            return written;
        m_pins.emplace(token.label, std::move(*pin));
        m_progress << "token " << token.label << ": made\n";
        return {};
    }

    Result<ShareSet> handOut(const std::string& purpose, const SecretBytes& secret)
    {
        const auto shares = splitSecret(secret, m_plan.holders, m_plan.threshold);
        if (!shares) return tl::unexpected(shares.error());
        auto set = describe(purpose, *shares);
        for (const auto& share : *shares) {
            if (const auto given = m_desk.handOut(set, share); !given) return tl::unexpected(given.error());
            m_transcript.add(2, "share " + std::to_string(share.index) + " (" + purpose + ") given to " + share.holder +
                                    ", check value " + checkValue(share));
        }
        return set;
    }

    /// The key-encryption key is used only as the shares give it back, so a set that does not is noticed here.
    Result<void> makeBackupShares()
    {
        const bool isWanted = std::any_of(m_plan.certificates.begin(), m_plan.certificates.end(),
                                          [](const auto& order) { return order.backup; });
        if (!isWanted) return {};
        Bytes bytes(32);
        if (!fillFromSystemRandom(bytes)) return fail(ErrorCode::Internal, "random", "no random bytes");
        const SecretBytes key(std::move(bytes));
        auto set = handOut("backup", key);
        if (!set) return tl::unexpected(set.error());
        m_backupShares = std::move(*set);
        m_progress << "key-encryption key: made, split as the PIN is\n";
        return {};
    }

    Result<void> takeShares()
    {
        if (!m_sharedToken && !m_backupShares) return {};
        const auto present = m_desk.holdersPresent(m_pinShares ? &*m_pinShares : nullptr);
        if (!present) return tl::unexpected(present.error());
        m_transcript.setPresent(*present);
        if (m_sharedToken) {
            FileDesk earlier(m_plan, m_sharedToken->earlierSecrets);
            const bool fromFolder = m_sharedToken->isEarlier() && dynamic_cast<FileDesk*>(&m_desk);
            auto& desk = fromFolder ? static_cast<Desk&>(earlier) : m_desk;
            auto pin = take(desk, "pin", m_pinShares, *present);
            if (!pin) return tl::unexpected(pin.error());
            m_pins.emplace(m_sharedToken->label, std::move(*pin));
            m_transcript.add(2, "token " + m_sharedToken->label + " opened");
        }
        if (m_backupShares) {
            auto key = take(m_desk, "backup", m_backupShares, *present);
            if (!key) return tl::unexpected(key.error());
            m_wrappingKey = std::move(*key);
        }
        return {};
    }

    Result<SecretBytes> take(Desk& desk, const std::string& purpose, const std::optional<ShareSet>& set,
                             const std::vector<std::string>& present)
    {
        return takeSecret(desk, purpose, set ? &*set : nullptr, present, [&](const std::string& holder) {
            m_progress << "share of " << holder << ": taken\n";
            m_transcript.add(2, "share (" + purpose + ") of " + holder + " taken");
        });
    }

    Result<void> makeKeys()
    {
        for (const auto& order : m_plan.certificates) {
            auto key = makeKey(order);
            if (!key) return fail(key.error().code, key.error().type, order.file + ": " + key.error().detail);
            m_progress << "key of " << order.file << ": " << order.algorithm
                       << (order.isInHsm() ? " in token " + order.token : " in software") << "\n";
            m_keys.emplace(order.file, std::move(*key));
        }
        return {};
    }

    Result<MadeKey> makeKey(const Plan::CertificateOrder& order)
    {
        if (!order.isInHsm()) {
            auto key = generateSoftwareKey(order.algorithm);
            if (!key) return tl::unexpected(key.error());
            m_transcript.add(3, order.algorithm + " key for " + order.file + " in software");
            return MadeKey{std::move(key->publicKeyDer), std::move(key->privatePem)};
        }
        const auto& pin = m_pins.at(order.token);
        const auto place = order.keyLabel + " in token " + order.token;
        if (!order.earlier.empty() || order.reuseKey) {
            auto found = m_signer->findKey(order.token, pin, order.keyLabel);
            if (!found) return tl::unexpected(found.error());
            m_transcript.add(3, "key " + place + " found");
            return MadeKey{std::move(*found), {}};
        }
        if (order.backup) {
            auto made = m_signer->generateBackedUpKey(order.token, pin, order.keyLabel, order.algorithm, m_wrappingKey);
            if (!made) return tl::unexpected(made.error());
            m_backups.push_back({order.keyLabel, order.algorithm, made->publicKeyDer, made->wrapped});
            m_transcript.add(3, order.algorithm + " key " + place + ", backed up, SHA-256 of the backup " +
                                    sha256Hex(made->wrapped));
            return MadeKey{std::move(made->publicKeyDer), {}};
        }
        auto made = m_signer->generateKey(order.token, pin, order.keyLabel, order.algorithm);
        if (!made) return tl::unexpected(made.error());
        m_transcript.add(3, order.algorithm + " key " + place + ", never extractable");
        return MadeKey{std::move(*made), {}};
    }

    Result<void> makeSecretKeys()
    {
        for (const auto& key : m_plan.secretKeys) {
            const auto made = m_signer->generateSecretKey(key.token, m_pins.at(key.token), key.keyLabel);
            if (!made) return made;
            m_transcript.add(3, "AES-256 key " + key.keyLabel + " in token " + key.token + ", never extractable");
            m_progress << "secret key " << key.keyLabel << ": made in token " << key.token << "\n";
        }
        return {};
    }

    Result<void> signAll()
    {
        for (const auto& order : m_plan.certificates) {
            const auto done = order.earlier.empty() ? signOne(order) : takeEarlier(order);
            if (!done) return fail(done.error().code, done.error().type, order.file + ": " + done.error().detail);
        }
        return {};
    }

    Result<void> takeEarlier(const Plan::CertificateOrder& order)
    {
        const auto text = readFile(order.earlier);
        if (!text) return tl::unexpected(text.error());
        const auto certificate = pki::Certificate::parsePem(*text);
        if (!certificate) return tl::unexpected(certificate.error());
        if (certificate->publicKeyDer() != m_keys.at(order.file).publicKeyDer)
            return fail(ErrorCode::Conflict, "key-mismatch",
                        "key '" + order.keyLabel + "' is not the one of " + order.earlier.string());
        m_transcript.add(4,
                         order.file + " of an earlier ceremony takes part, SHA-256 " + sha256Hex(certificate->der()));
        keep(order, *certificate);
        return {};
    }

    Result<void> signOne(const Plan::CertificateOrder& order)
    {
        auto profile = m_profiles.at(order.profile);
        if (order.nameConstraints) profile.nameConstraints = order.nameConstraints;
        const auto& publicKey = m_keys.at(order.file).publicKeyDer;
        const auto serial = CertificateSerial::random(fillFromSystemRandom);
        if (!serial) return tl::unexpected(serial.error());

        std::optional<pki::Issuer> issuer;
        const auto& signing = order.issuer.empty() ? order : orderOf(order.issuer);
        if (!order.issuer.empty()) {
            const auto& made = m_made.at(order.issuer);
            issuer = pki::Issuer{made.certificate, signing.keyLabel, made.chain};
        }
        auto prepared =
            issuer ? pki::prepareCertificate(profile, order.values, publicKey, *issuer, *serial, currentTime())
                   : pki::prepareSelfSigned(profile, order.values, publicKey, order.keyLabel, *serial, currentTime());
        if (!prepared) return tl::unexpected(prepared.error());
        const auto signature =
            m_signer->sign({signing.token, m_pins.at(signing.token), signing.keyLabel, profile, prepared->tbsDer(),
                            issuer ? std::optional(issuer->certificate.der()) : std::nullopt});
        if (!signature) return tl::unexpected(signature.error());
        const auto certificate = issuer
                                     ? pki::completeCertificate(std::move(*prepared), *signature, issuer->certificate)
                                     : pki::completeSelfSigned(std::move(*prepared), *signature);
        if (!certificate) return tl::unexpected(certificate.error());
        m_transcript.addSigned(order, *certificate, signing.token, signing.keyLabel);
        m_transcript.add(4, order.file + ": " + certificate->subjectText());
        m_progress << order.file << ": " << certificate->keyAlgorithmText() << ", signed by "
                   << (issuer ? issuer->certificate.subjectCommonName() : "itself") << "\n";
        keep(order, *certificate);
        return {};
    }

    [[nodiscard]] const Plan::CertificateOrder& orderOf(const std::string& file) const
    {
        return *std::find_if(m_plan.certificates.begin(), m_plan.certificates.end(),
                             [&](const auto& order) { return order.file == file; });
    }

    void keep(const Plan::CertificateOrder& order, const pki::Certificate& certificate)
    {
        std::vector<pki::Certificate> chain;
        if (!order.issuer.empty()) { // the root is not part of a chain
            const auto& above = m_made.at(order.issuer).chain;
            chain.push_back(certificate);
            chain.insert(chain.end(), above.begin(), above.end());
        }
        m_made.emplace(order.file, Made{certificate, std::move(chain)});
    }

    Result<void> exportAll()
    {
        const auto writePublic = [&](const std::string& name, const std::string& content) {
            return writeFile(m_plan.output / name, content, kPublicFile);
        };
        for (const auto& order : m_plan.certificates) {
            const auto& made = m_made.at(order.file);
            std::string content = made.certificate.pem();
            if (!order.isInHsm()) {
                const auto& key = m_keys.at(order.file).privatePem;
                if (const auto written = writeFile(m_plan.output / order.privateKeyFile, key.revealText(), kSecretFile);
                    !written)
                    return written;
                for (std::size_t i = 1; i < made.chain.size(); ++i)
                    content += made.chain[i].pem();
            }
            if (const auto written = writePublic(order.file, content); !written) return written;
            m_transcript.add(5, order.file);
        }
        for (const auto& chain : m_plan.chains) {
            std::string content;
            for (const auto& certificate : m_made.at(chain.of).chain)
                content += certificate.pem();
            if (const auto written = writePublic(chain.file, content); !written) return written;
            m_transcript.addFile(chain.file, content);
        }
        std::vector<ShareSet> sets;
        for (const auto& set : {m_pinShares, m_backupShares})
            if (set) sets.push_back(*set);
        m_transcript.setShares(sets);
        if (!sets.empty()) {
            const auto content = toJson(sets);
            if (const auto written = writePublic("shares.json", content); !written) return written;
            m_transcript.addFile("shares.json", content);
        }
        if (m_backups.empty()) return {};
        const auto content = toJson(m_backups);
        m_transcript.addFile("key-backup.json", content);
        m_transcript.add(5, "key-backup.json");
        return writeFile(m_plan.output / "key-backup.json", content, kSecretFile);
    }

    /// Of what is on disk, not of what was meant to be written.
    Result<void> verifyAll()
    {
        const auto& root = m_made.at(rootOrder().file).certificate;
        for (const auto& order : m_plan.certificates) {
            const auto text = readFile(m_plan.output / order.file);
            if (!text) return tl::unexpected(text.error());
            const auto bundle = pki::parsePemBundle(*text); // the certificate, then perhaps its chain
            if (!bundle) return tl::unexpected(bundle.error());
            const auto& chain = m_made.at(order.file).chain;
            if (const auto verified = pki::verifyPath(bundle->front(), chain, root, currentTime()); !verified)
                return verified;
            m_transcript.add(6, order.file + " verified up to " + root.subjectCommonName());
        }
        m_progress << "verified: the path of each certificate\n";
        return {};
    }

    [[nodiscard]] const Plan::CertificateOrder& rootOrder() const { return orderOf(rootFile()); }
    [[nodiscard]] std::string rootFile() const
    {
        for (const auto& order : m_plan.certificates)
            if (order.issuer.empty()) return order.file;
        return {};
    }

    /// The manifest comes last: with it the ceremony is complete.
    Result<void> writeRecords()
    {
        const auto& root = rootOrder();
        m_transcript.add(7, "the signer ends and the HSM is powered down once this transcript is signed");
        const auto transcript = m_transcript.finish();
        const auto signature = m_signer->signTranscript(root.token, m_pins.at(root.token), root.keyLabel, transcript);
        if (!signature) return tl::unexpected(signature.error());
        ordered_json manifest = ordered_json::array();
        for (const auto& order : m_plan.certificates)
            manifest.push_back({{"file", order.file},
                                {"profile", order.profile},
                                {"type", m_profiles.at(order.profile).certificateType},
                                {"key_label", order.isInHsm() ? ordered_json(order.keyLabel) : ordered_json(nullptr)}});
        const std::string_view signatureText(reinterpret_cast<const char*>(signature->data()), signature->size());
        const auto& rootCertificate = m_made.at(root.file).certificate;
        return writeFile(m_plan.output / "transcript.json", transcript, kPublicFile)
            .and_then([&] { return writeFile(m_plan.output / "transcript.sig", signatureText, kPublicFile); })
            .and_then([&] {
                return writeFile(m_plan.output / "transcript.pdf",
                                 m_transcript.pdf(transcript, rootCertificate.subjectText()), kPublicFile);
            })
            .and_then([&] { return writeFile(manifestFile(m_plan), manifest.dump(2) + "\n", kPublicFile); })
            .map([&] { m_journal.remove(); });
    }

    Result<void> powerDown()
    {
        m_signer.reset(); // its end logs out of every token
        if (const auto done = takeRootOffline(m_plan, m_progress); !done) return done;
        m_progress << "ceremony complete: " << m_transcript.signedCount() << " certificates in "
                   << m_plan.output.string() << "\n";
        const auto token = m_sharedToken ? m_sharedToken->label : std::string("the root's token");
        return m_desk.beginStep(7, "power down the HSM",
                                {"the HSM is off", token + " is in its numbered bag, in the safe",
                                 "transcript.pdf is printed and signed by everybody present"});
    }

    const Plan& m_plan;
    Desk& m_desk;
    std::ostream& m_progress;
    Journal m_journal;
    Transcript m_transcript;
    std::map<std::string, pki::Profile> m_profiles;
    std::optional<SignerProcess> m_signer;
    const Plan::Token* m_sharedToken = nullptr;
    std::optional<ShareSet> m_pinShares;
    std::optional<ShareSet> m_backupShares;
    SecretBytes m_wrappingKey;
    std::map<std::string, SecretBytes> m_pins; ///< of the tokens that are open
    std::map<std::string, MadeKey> m_keys;     ///< by certificate file, as the next
    std::map<std::string, Made> m_made;
    std::vector<KeyBackup> m_backups;
};

/// Compares what is there with what the plan asks for.
/// @return false when no ceremony has been completed here
Result<bool> isComplete(const Plan& plan)
{
    const auto text = readFile(manifestFile(plan));
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

/// Scratch tokens of this rehearsal alone. What an earlier one left is removed, when it is marked as such.
Result<void> prepareRehearsal(const Plan& plan, std::ostream& out)
{
    constexpr const char* kMarker = "REHEARSAL";
    std::error_code error;
    for (const auto& folder : {plan.output, plan.secrets}) {
        if (std::filesystem::exists(folder / kMarker)) std::filesystem::remove_all(folder, error);
        if (error || std::filesystem::exists(folder))
            return fail(ErrorCode::Conflict, "rehearsal-folder",
                        folder.string() + " exists and is not marked as a rehearsal's");
        std::filesystem::create_directories(folder, error);
        const auto marked = writeFile(folder / kMarker,
                                      "Made by a rehearsal. Keys and certificates here have no value.\n", kPublicFile);
        if (!marked) return marked;
    }
    const auto tokens = std::filesystem::absolute(plan.secrets / "tokens");
    std::filesystem::create_directories(tokens, error);
    const auto config = std::filesystem::absolute(plan.secrets / "softhsm2.conf");
    const auto written = writeFile(
        config, "directories.tokendir = " + tokens.string() + "\nobjectstore.backend = file\nlog.level = ERROR\n",
        kSecretFile);
    if (!written) return written;
    ::setenv("SOFTHSM2_CONF", config.c_str(), 1);
    out << "REHEARSAL: scratch tokens, output in " << plan.output.string() << "\n";
    return {};
}

Result<void> checkRenewal(const Plan& plan, const std::filesystem::path& file)
{
    const bool hasEarlierRoot = std::any_of(plan.certificates.begin(), plan.certificates.end(), [](const auto& order) {
        return order.issuer.empty() && !order.earlier.empty();
    });
    const bool hasIntermediate = std::any_of(plan.certificates.begin(), plan.certificates.end(), [](const auto& order) {
        return order.profile == "intermediate-ca" && order.earlier.empty();
    });
    if (hasEarlierRoot && hasIntermediate) return {};
    return fail(ErrorCode::InvalidRequest, "ceremony-file",
                file.string() + ": a renewal has a root of an earlier ceremony and a new intermediate-ca");
}

} // namespace

Result<void> runCeremony(const std::filesystem::path& ceremonyFile, const CeremonyOptions& options, std::istream& in,
                         std::ostream& out)
{
    const auto text = readFile(ceremonyFile);
    if (!text) return fail(ErrorCode::InvalidRequest, "ceremony-file", text.error().detail);
    auto plan = parsePlan(*text);
    if (!plan) return tl::unexpected(plan.error());
    if (options.renewal)
        if (const auto fits = checkRenewal(*plan, ceremonyFile); !fits) return fits;
    if (options.rehearsal) {
        *plan = rehearsalOf(std::move(*plan));
        if (const auto prepared = prepareRehearsal(*plan, out); !prepared) return prepared;
    }
    const auto complete = isComplete(*plan);
    if (!complete) return tl::unexpected(complete.error());
    if (*complete) {
        out << "ceremony already complete in " << plan->output.string() << ", nothing done\n";
        Journal(plan->secrets / "ceremony-journal.json").remove();
        return takeRootOffline(*plan, out);
    }
    FileDesk files(*plan, plan->secrets);
    TerminalDesk terminal(*plan, in, out);
    auto& desk = options.guided ? static_cast<Desk&>(terminal) : files;
    return Ceremony(*plan, sha256Hex(asBytes(*text)), desk, out).run();
}

} // namespace gateway
