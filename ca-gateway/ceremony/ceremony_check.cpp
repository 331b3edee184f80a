#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony.h"
#include "ceremony/output_file.h"
#include "ceremony/transcript.h"
#include "pki/crl.h"
#include "pki/path.h"
#include "pki/profile_binding.h"
#include "pki/public_key.h"
#include "signer/protocol.h"

namespace gateway {

using namespace ceremony;
using nlohmann::json;

namespace {

tl::unexpected<Error> malformed(const std::string& detail)
{
    return fail(ErrorCode::InvalidRequest, "transcript", detail);
}

struct Named
{
    std::string file;
    std::string sha256;
};

/// @return the entries of one list of the transcript; each file is beside it, so its name has no folder
Result<std::vector<Named>> namedFiles(const json& transcript, const char* list, const char* hash)
{
    if (!transcript.is_object() || !transcript.contains(list) || !transcript[list].is_array())
        return malformed(std::string("no list '") + list + "'");
    std::vector<Named> result;
    for (const auto& entry : transcript[list]) {
        if (!entry.is_object() || !entry.contains("file") || !entry["file"].is_string() || !entry.contains(hash) ||
            !entry[hash].is_string())
            return malformed(std::string("an entry of '") + list + "' has no file or no hash");
        Named named{entry["file"], entry[hash]};
        if (named.file.empty() || std::filesystem::path(named.file).filename() != named.file)
            return malformed("'" + named.file + "' is no file name");
        result.push_back(std::move(named));
    }
    return result;
}

tl::unexpected<Error> changed(const std::string& file)
{
    return fail(ErrorCode::PolicyViolation, "transcript-file", file + " is missing, or not the one of the ceremony");
}

/// A certificate file of the folder with a path to the root.
Result<pki::Certificate> certificateIn(const std::filesystem::path& file, const pki::Certificate& root,
                                       const std::vector<pki::Certificate>& intermediates)
{
    const auto content = readFile(file);
    if (!content) return changed(file.filename().string());
    const auto bundle = pki::parsePemBundle(*content);
    if (!bundle || bundle->empty()) return changed(file.filename().string());
    const auto& certificate = bundle->front();
    const auto verified = pki::verifyPath(certificate, intermediates, root, certificate.notBefore());
    if (!verified) return tl::unexpected(verified.error());
    return certificate;
}

/// The root, or a CA directly below it that signed lists while the root stayed in its safe. Nothing of the
/// transcript is believed yet: what it names must have a path to the root, and then the signature must be of it.
Result<pki::Certificate> signerOf(const json& transcript, const std::filesystem::path& folder,
                                  const pki::Certificate& root)
{
    if (!transcript.is_object() || !transcript.contains("signed_by")) return root;
    const auto& name = transcript["signed_by"];
    if (!name.is_string() || name.get_ref<const std::string&>().empty() ||
        std::filesystem::path(name.get<std::string>()).filename() != name.get<std::string>())
        return malformed("'signed_by' is no file name");
    auto signer = certificateIn(folder / name.get<std::string>(), root, {});
    if (!signer || signer->der() == root.der()) return signer;
    const auto usages = pki::authorityOf(*signer).keyUsage;
    const bool mayList = std::find(usages.begin(), usages.end(), "cRLSign") != usages.end();
    if (!mayList || (transcript.contains("signed") && !transcript["signed"].empty()))
        return fail(ErrorCode::PolicyViolation, "transcript-signer",
                    "expected the root, or for CRLs alone a CA below it, got a transcript signed by " +
                        signer->subjectText());
    return signer;
}

/// @return how many there are
Result<std::size_t> checkLists(const json& transcript, const std::filesystem::path& folder,
                               const pki::Certificate& root, const std::vector<pki::Certificate>& certificates)
{
    if (!transcript.contains("crls")) return std::size_t{0};
    const auto lists = namedFiles(transcript, "crls", "crl_sha256");
    if (!lists) return tl::unexpected(lists.error());
    for (std::size_t i = 0; i < lists->size(); ++i) {
        const auto& entry = transcript["crls"][i];
        const auto& named = (*lists)[i];
        const auto content = readFile(folder / named.file);
        if (!content || sha256Hex(asBytes(*content)) != named.sha256) return changed(named.file);
        const bool isComplete = entry.contains("issuer") && entry["issuer"].is_string() && entry.contains("number") &&
                                entry["number"].is_number_unsigned();
        const auto issuerFile = isComplete ? entry["issuer"].get<std::string>() : std::string();
        if (issuerFile.empty() || std::filesystem::path(issuerFile).filename() != issuerFile)
            return malformed("an entry of 'crls' has no issuer or no number");
        const auto issuer = certificateIn(folder / issuerFile, root, certificates);
        if (!issuer) return tl::unexpected(issuer.error());
        const auto times = pki::readCrl(asBytes(*content), *issuer);
        if (!times || times->number != entry["number"].get<std::uint64_t>())
            return fail(ErrorCode::PolicyViolation, "crl-invalid",
                        named.file + ": expected CRL " + std::to_string(entry["number"].get<std::uint64_t>()) + " of " +
                            issuer->subjectText() + ", got " +
                            (times ? "CRL " + std::to_string(times->number) : times.error().detail));
    }
    return lists->size();
}

} // namespace

Result<void> verifyCeremony(const std::filesystem::path& rootFile, const std::filesystem::path& transcriptFile,
                            std::ostream& out)
{
    const auto rootText = readFile(rootFile);
    if (!rootText) return tl::unexpected(rootText.error());
    const auto root = pki::Certificate::parsePem(*rootText);
    if (!root) return tl::unexpected(root.error());
    const auto text = readFile(transcriptFile);
    if (!text) return tl::unexpected(text.error());
    auto signatureFile = transcriptFile;
    const auto signature = readFile(signatureFile.replace_extension(".sig"));
    if (!signature) return tl::unexpected(signature.error());
    const auto transcript = json::parse(*text, nullptr, false);
    const auto folder = transcriptFile.parent_path();
    const auto signer = signerOf(transcript, folder, *root);
    if (!signer) return tl::unexpected(signer.error());
    const auto key = pki::PublicKey::parse(signer->publicKeyDer());
    if (!key) return tl::unexpected(key.error());
    if (!key->verifies(asBytes(std::string(signer::kTranscriptPrefix) + *text), asBytes(*signature)))
        return fail(ErrorCode::PolicyViolation, "transcript-signature",
                    "the transcript was changed, or is not signed by " + signer->subjectText());

    const auto signedFiles = namedFiles(transcript, "signed", "certificate_sha256");
    if (!signedFiles) return tl::unexpected(signedFiles.error());
    const auto otherFiles = namedFiles(transcript, "files", "sha256");
    if (!otherFiles) return tl::unexpected(otherFiles.error());
    std::vector<pki::Certificate> certificates;
    for (const auto& named : *signedFiles) {
        const auto content = readFile(folder / named.file);
        if (!content) return changed(named.file);
        const auto bundle = pki::parsePemBundle(*content); // the certificate, then perhaps its chain
        if (!bundle || sha256Hex(bundle->front().der()) != named.sha256) return changed(named.file);
        certificates.push_back(bundle->front());
    }
    for (const auto& named : *otherFiles) {
        const auto content = readFile(folder / named.file);
        if (!content || sha256Hex(asBytes(*content)) != named.sha256) return changed(named.file);
    }
    for (const auto& certificate : certificates)
        if (const auto verified = pki::verifyPath(certificate, certificates, *root, certificate.notBefore()); !verified)
            return verified;
    const auto lists = checkLists(transcript, folder, *root, certificates);
    if (!lists) return tl::unexpected(lists.error());
    if (transcript.value("rehearsal", false)) out << "REHEARSAL: keys and certificates have no value\n";
    out << "transcript: signed by " << signer->subjectText() << ", SHA-256 " << sha256Hex(asBytes(*text)) << "\n"
        << "certificates: " << certificates.size() << ", each as signed, with a path to the root\n"
        << "CRLs: " << *lists << ", each as signed, by a CA with a path to the root\n"
        << "other files: " << otherFiles->size() << ", unchanged\n";
    return {};
}

} // namespace gateway
