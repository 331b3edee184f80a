#include "ceremony/ceremony.h"

#include <algorithm>
#include <istream>
#include <map>
#include <ostream>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony_folder.h"
#include "ceremony/ceremony_journal.h"
#include "ceremony/ceremony_plan.h"
#include "ceremony/crl_stage.h"
#include "ceremony/desk.h"
#include "ceremony/key_backup.h"
#include "ceremony/output_file.h"
#include "ceremony/profile_check.h"
#include "ceremony/signer_process.h"
#include "ceremony/signing_stage.h"
#include "ceremony/token_stage.h"
#include "ceremony/transcript.h"
#include "pki/path.h"

namespace gateway {

namespace {

using namespace ceremony;
using nlohmann::ordered_json;

constexpr mode_t kPublicFile = 0644;
constexpr mode_t kSecretFile = 0600;

/// One ceremony from its plan to its manifest.
class Ceremony final
{
public:
    Ceremony(const Plan& plan, std::string ceremonyFileHash, Desk& desk, std::ostream& progress)
        : m_plan(plan),
          m_desk(desk),
          m_progress(progress),
          m_journal(journalFile(plan)),
          m_transcript(plan, std::move(ceremonyFileHash)),
          m_tokens(plan, desk, m_journal, m_transcript, progress),
          m_signing(plan, m_profiles, m_tokens, m_transcript, progress),
          m_lists(plan, m_signing, m_tokens, m_transcript, progress)
    {
    }

    Result<void> run()
    {
        return prepare()
            .and_then([&] { return beginFirstStep(); })
            .and_then([&] { return startSigner(); })
            .and_then([&] { return m_tokens.check(*m_signer); })
            .and_then([&] {
                return m_desk.beginStep(
                    2, "enter the key holders' shares",
                    {"only a key holder's own eyes see the screen while a share is shown or typed"});
            })
            .and_then([&] { return m_tokens.open(*m_signer); })
            .and_then([&] { return m_desk.beginStep(3, "generate the keys", {"everybody may see the screen again"}); })
            .and_then([&] { return m_signing.makeKeys(*m_signer); })
            .and_then(
                [&] { return m_desk.beginStep(4, "sign with the root CA", {"the names above are the right ones"}); })
            .and_then([&] { return m_signing.sign(*m_signer); })
            .and_then([&] { return m_lists.sign(*m_signer); })
            .and_then([&] { return m_desk.beginStep(5, "export the certificates", {"the medium is in its drive"}); })
            .and_then([&] { return exportAll(); })
            .and_then([&] { return m_desk.beginStep(6, "verify the certificate chains", {}); })
            .and_then([&] { return verifyAll(); })
            .and_then([&] { return writeRecords(); })
            .and_then([&] { return powerDown(); });
    }

private:
    /// Nothing is made before all that can be known beforehand is right.
    Result<void> prepare()
    {
        auto profiles = loadBoundProfiles(m_plan);
        if (!profiles) return tl::unexpected(profiles.error());
        m_profiles = std::move(*profiles);
        return m_journal.load().and_then([&] { return clearUnfinished(m_plan, m_journal, m_progress); }).and_then([&] {
            return m_journal.begin();
        });
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

    Result<void> exportAll()
    {
        const auto writePublic = [&](const std::string& name, const std::string& content) {
            return writeFile(m_plan.output / name, content, kPublicFile);
        };
        for (const auto& order : m_plan.certificates) {
            const auto& made = m_signing.made(order.file);
            std::string content = made.certificate.pem();
            if (!order.isInHsm()) {
                const auto& key = m_signing.key(order.file).privatePem;
                if (const auto written = writeFile(m_plan.output / order.privateKeyFile, key.revealText(), kSecretFile);
                    !written)
                    return written;
                for (std::size_t i = 1; i < made.chain.size(); ++i)
                    content += made.chain[i].pem();
            }
            if (const auto written = writePublic(order.file, content); !written) return written;
            m_transcript.add(5, order.file);
        }
        if (const auto written = m_lists.write(); !written) return written;
        for (const auto& chain : m_plan.chains) {
            std::string content;
            for (const auto& certificate : m_signing.made(chain.of).chain)
                content += certificate.pem();
            if (const auto written = writePublic(chain.file, content); !written) return written;
            m_transcript.addFile(chain.file, content);
        }
        const auto sets = m_tokens.shareSets();
        m_transcript.setShares(sets);
        if (!sets.empty()) {
            const auto content = toJson(sets);
            if (const auto written = writePublic("shares.json", content); !written) return written;
            m_transcript.addFile("shares.json", content);
        }
        if (m_signing.backups().empty()) return {};
        const auto content = toJson(m_signing.backups());
        m_transcript.addFile("key-backup.json", content);
        m_transcript.add(5, "key-backup.json");
        return writeFile(m_plan.output / "key-backup.json", content, kSecretFile);
    }

    /// Of what is on disk, not of what was meant to be written.
    Result<void> verifyAll()
    {
        const auto& root = m_signing.made(m_plan.root().file).certificate;
        for (const auto& order : m_plan.certificates) {
            const auto text = readFile(m_plan.output / order.file);
            if (!text) return tl::unexpected(text.error());
            const auto bundle = pki::parsePemBundle(*text); // the certificate, then perhaps its chain
            if (!bundle) return tl::unexpected(bundle.error());
            const auto& chain = m_signing.made(order.file).chain;
            if (const auto verified = pki::verifyPath(bundle->front(), chain, root, currentTime()); !verified)
                return verified;
            m_transcript.add(6, order.file + " verified up to " + root.subjectCommonName());
        }
        m_progress << "verified: the path of each certificate\n";
        return m_lists.verify();
    }

    /// The manifest comes last: with it the ceremony is complete.
    Result<void> writeRecords()
    {
        const auto& witness = m_plan.witness();
        m_transcript.add(7, "the signer ends and the HSM is powered down once this transcript is signed");
        const auto transcript = m_transcript.finish();
        const auto signature =
            m_signer->signTranscript(witness.token, m_tokens.pin(witness.token), witness.keyLabel, transcript);
        if (!signature) return tl::unexpected(signature.error());
        ordered_json manifest = ordered_json::array();
        for (const auto& order : m_plan.certificates)
            manifest.push_back({{"file", order.file},
                                {"profile", order.profile},
                                {"type", m_profiles.at(order.profile).certificateType},
                                {"key_label", order.isInHsm() && order.hasKey() ? ordered_json(order.keyLabel)
                                                                                : ordered_json(nullptr)}});
        for (const auto& order : m_plan.lists)
            manifest.push_back({{"file", order.file}, {"type", "crl"}, {"issuer", order.issuer}});
        const std::string_view signatureText(reinterpret_cast<const char*>(signature->data()), signature->size());
        const auto& signer = m_signing.made(witness.file).certificate;
        return writeFile(m_plan.output / "transcript.json", transcript, kPublicFile)
            .and_then([&] { return writeFile(m_plan.output / "transcript.sig", signatureText, kPublicFile); })
            .and_then([&] {
                return writeFile(m_plan.output / "transcript.pdf", m_transcript.pdf(transcript, signer.subjectText()),
                                 kPublicFile);
            })
            .and_then([&] { return writeFile(manifestFile(m_plan), manifest.dump(2) + "\n", kPublicFile); })
            .map([&] { m_journal.remove(); });
    }

    Result<void> powerDown()
    {
        m_signer.reset(); // its end logs out of every token
        if (const auto done = takeRootOffline(m_plan, m_progress); !done) return done;
        m_progress << "ceremony complete: " << m_transcript.signedCount() << " certificates and " << m_plan.lists.size()
                   << " CRLs in " << m_plan.output.string() << "\n";
        const auto* shared = m_tokens.sharedToken();
        const auto token = shared                   ? shared->label
                           : m_plan.root().hasKey() ? std::string("the root's token")
                                                    : m_plan.witness().token;
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
    TokenStage m_tokens;
    SigningStage m_signing;
    CrlStage m_lists;
};

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

Result<void> checkListsOnly(const Plan& plan, const std::filesystem::path& file)
{
    const bool hasOnlyEarlier = std::all_of(plan.certificates.begin(), plan.certificates.end(),
                                            [](const auto& order) { return !order.earlier.empty(); });
    if (hasOnlyEarlier && !plan.lists.empty() && plan.secretKeys.empty()) return {};
    return fail(ErrorCode::InvalidRequest, "ceremony-file",
                file.string() + ": expected 'crls' of certificates that are all 'earlier', and nothing to be made");
}

} // namespace

Result<void> runCeremony(const std::filesystem::path& ceremonyFile, const CeremonyOptions& options, std::istream& in,
                         std::ostream& out)
{
    const auto text = readFile(ceremonyFile);
    if (!text) return fail(ErrorCode::InvalidRequest, "ceremony-file", text.error().detail);
    auto plan = parsePlan(*text, {options.output, options.previousLists});
    if (!plan) return tl::unexpected(plan.error());
    if (options.lists)
        if (const auto fits = checkListsOnly(*plan, ceremonyFile); !fits) return fits;
    if (options.renewal)
        if (const auto fits = checkRenewal(*plan, ceremonyFile); !fits) return fits;
    if (options.rehearsal) {
        *plan = rehearsalOf(std::move(*plan));
        if (const auto prepared = prepareRehearsal(*plan, out); !prepared) return prepared;
    }
    const auto lock = lockFolders(*plan);
    if (!lock) return tl::unexpected(lock.error());
    const auto complete = isComplete(*plan);
    if (!complete) return tl::unexpected(complete.error());
    if (*complete) {
        out << "ceremony already complete in " << plan->output.string() << ", nothing done\n";
        Journal(journalFile(*plan)).remove();
        return takeRootOffline(*plan, out);
    }
    FileDesk files(*plan, plan->secrets);
    TerminalDesk terminal(*plan, in, out);
    auto& desk = options.guided ? static_cast<Desk&>(terminal) : files;
    return Ceremony(*plan, sha256Hex(asBytes(*text)), desk, out).run();
}

} // namespace gateway
