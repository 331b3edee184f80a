#include <ostream>

#include <nlohmann/json.hpp>

#include "ceremony/ceremony.h"
#include "ceremony/output_file.h"
#include "ceremony/transcript.h"
#include "pki/path.h"
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
    const auto key = pki::PublicKey::parse(root->publicKeyDer());
    if (!key) return tl::unexpected(key.error());
    if (!key->verifies(asBytes(std::string(signer::kTranscriptPrefix) + *text), asBytes(*signature)))
        return fail(ErrorCode::PolicyViolation, "transcript-signature",
                    "the transcript was changed, or is not signed by " + root->subjectText());

    const auto transcript = json::parse(*text, nullptr, false);
    const auto signedFiles = namedFiles(transcript, "signed", "certificate_sha256");
    if (!signedFiles) return tl::unexpected(signedFiles.error());
    const auto otherFiles = namedFiles(transcript, "files", "sha256");
    if (!otherFiles) return tl::unexpected(otherFiles.error());
    const auto folder = transcriptFile.parent_path();
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
    if (transcript.value("rehearsal", false)) out << "REHEARSAL: keys and certificates have no value\n";
    out << "transcript: signed by " << root->subjectText() << ", SHA-256 " << sha256Hex(asBytes(*text)) << "\n"
        << "certificates: " << certificates.size() << ", each as signed, with a path to the root\n"
        << "other files: " << otherFiles->size() << ", unchanged\n";
    return {};
}

} // namespace gateway
