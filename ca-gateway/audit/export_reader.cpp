#include "audit/export_reader.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <unordered_map>

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "audit/audit_row.h"
#include "pki/certificate_impl.h"

namespace gateway::audit {
namespace {

using nlohmann::json;

constexpr std::uintmax_t kMaxManifestBytes = 4U << 20U;
constexpr std::size_t kMaxFindings = 20;

tl::unexpected<Error> badFormat(std::string detail)
{
    return fail(ErrorCode::InvalidRequest, "export-format", std::move(detail));
}

std::optional<std::vector<TreeHash>> hashList(const json& value)
{
    if (!value.is_array()) return std::nullopt;
    std::vector<TreeHash> hashes;
    for (const auto& element : value) {
        const auto hash = element.is_string() ? parseTreeHash(element.get_ref<const std::string&>()) : std::nullopt;
        if (!hash) return std::nullopt;
        hashes.push_back(*hash);
    }
    return hashes;
}

std::optional<SignedHead> signedHead(const json& value)
{
    if (!value.is_object() || !value.contains("text") || !value["text"].is_string() || !value.contains("signature") ||
        !value["signature"].is_string())
        return std::nullopt;
    auto signature = parseBase64(value["signature"].get_ref<const std::string&>());
    if (!signature) return std::nullopt;
    return SignedHead{value["text"].get<std::string>(), std::move(*signature)};
}

bool hasUsage(X509* certificate, const char* usage)
{
    const pki::OpensslHandle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
    const pki::OpensslHandle<ASN1_OBJECT, ASN1_OBJECT_free> wanted(OBJ_txt2obj(usage, 1));
    for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i)
        if (OBJ_cmp(sk_ASN1_OBJECT_value(usages.get(), i), wanted.get()) == 0) return true;
    return false;
}

struct FreeStack
{
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); } // not what is on it
};

/// A path to the root, valid at that time.
bool hasPath(const std::vector<pki::Certificate>& chain, const pki::Certificate& root, Time time)
{
    const pki::OpensslHandle<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    const pki::OpensslHandle<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    const std::unique_ptr<STACK_OF(X509), FreeStack> between(sk_X509_new_null());
    if (!store || !context || !between || X509_STORE_add_cert(store.get(), root.impl().x509.get()) != 1) return false;
    for (std::size_t i = 1; i < chain.size(); ++i)
        sk_X509_push(between.get(), chain[i].impl().x509.get());
    if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().impl().x509.get(), between.get()) != 1)
        return false;
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, time.time_since_epoch().count());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    const bool valid = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return valid;
}

/// Reads a text file line by line; a line without its LF is the last one and counts.
class Lines final
{
public:
    explicit Lines(const std::filesystem::path& file) : m_stream(file, std::ios::binary) {}
    [[nodiscard]] bool isOpen() const { return m_stream.is_open(); }
    [[nodiscard]] bool next(std::string& line) { return static_cast<bool>(std::getline(m_stream, line)); }

private:
    std::ifstream m_stream;
};

/// What is wrong, up to a number that a person would read.
class Findings final
{
public:
    explicit Findings(std::vector<std::string>& list) : m_list(list) {}
    void add(std::string finding)
    {
        if (m_list.size() < kMaxFindings) m_list.push_back(std::move(finding));
        if (m_list.size() == kMaxFindings) m_list.emplace_back("and more");
    }

private:
    std::vector<std::string>& m_list;
};

std::vector<TreeHash> readLeaves(const std::filesystem::path& file, std::uint64_t count, Findings& findings)
{
    std::vector<TreeHash> leaves;
    Lines lines(file);
    std::string line;
    while (lines.next(line) && leaves.size() <= count) {
        const auto hash = parseTreeHash(line);
        if (!hash) {
            findings.add("leaves.txt line " + std::to_string(leaves.size() + 1) + ": expected 64 hex digits");
            return {};
        }
        leaves.push_back(*hash);
    }
    if (leaves.size() != count) {
        findings.add("leaves.txt: expected " + std::to_string(count) + " lines, found " +
                     (leaves.size() > count ? "more" : std::to_string(leaves.size())));
        return {};
    }
    return leaves;
}

struct HashOfHash
{
    std::size_t operator()(const TreeHash& hash) const noexcept
    {
        std::size_t value = 0;
        std::memcpy(&value, hash.data(), sizeof value);
        return value;
    }
};

/// Compares the rows with the leaf hashes that the head proves, and the table with the rows.
/// @param mayExpire  rows below this index may have been dropped after their retention
/// @return how many have been
std::uint64_t checkRows(const std::filesystem::path& folder, std::uint64_t first, const std::vector<TreeHash>& leaves,
                        std::uint64_t mayExpire, Findings& findings)
{
    std::unordered_map<TreeHash, std::uint64_t, HashOfHash> places;
    for (std::uint64_t i = 0; i < leaves.size(); ++i)
        places.emplace(leaves[i], i);

    Lines rows(folder / kRowsFile);
    Lines table(folder / kTableFile);
    if (!rows.isOpen()) findings.add(std::string(kRowsFile) + " is missing");
    if (!table.isOpen()) findings.add(std::string(kTableFile) + " is missing");
    std::string row;
    std::string csv;
    bool tableFits = table.next(csv) && csv + '\n' == csvHeader();
    std::uint64_t count = 0;
    std::uint64_t misplaced = 0;
    std::uint64_t expired = 0;
    std::vector<bool> seen(leaves.size());
    for (; rows.next(row); ++count) {
        const auto expectedCsv = csvLine(first + count, row);
        if (!expectedCsv)
            findings.add("row " + std::to_string(first + count) + ": " + expectedCsv.error().detail);
        else if (!table.next(csv) || csv + '\n' != *expectedCsv)
            tableFits = false;
        const auto expiredLeaf = parseExpiredLine(row);
        if (expiredLeaf && first + count >= mayExpire) {
            findings.add("row " + std::to_string(first + count) + " is not there, and too young to have expired");
        } else if (expiredLeaf) {
            ++expired;
        }
        const auto hash = expiredLeaf ? *expiredLeaf : leafHash(asBytes(row));
        if (count < leaves.size() && leaves[count] == hash) {
            seen[count] = true;
            continue;
        }
        const auto place = places.find(hash);
        if (place == places.end()) {
            findings.add("row " + std::to_string(first + count) + " was changed or put in");
        } else {
            seen[place->second] = true;
            ++misplaced;
        }
    }
    if (misplaced > 0) findings.add(std::to_string(misplaced) + " rows are not in their place");
    for (std::uint64_t i = 0; i < leaves.size(); ++i)
        if (!seen[i]) findings.add("row " + std::to_string(first + i) + " as it was sealed is not there");
    if (count != leaves.size())
        findings.add("expected " + std::to_string(leaves.size()) + " rows, found " + std::to_string(count));
    if (table.next(csv)) tableFits = false;
    if (!tableFits) findings.add(std::string(kTableFile) + " does not say what " + kRowsFile + " says");
    return expired;
}

/// Up to which index rows may have expired: all were sealed under a head that is old enough, and that this audit begins
/// with.
std::uint64_t provenOld(const ExportManifest& manifest, const AuditHead& head, const pki::Certificate& root,
                        Findings& findings)
{
    if (!manifest.expiry) return 0;
    const auto old = parseHead(manifest.expiry->head.text);
    if (!old || old->origin != head.origin) {
        findings.add("the head before the retention cannot be read or is of another audit");
        return 0;
    }
    if (old->sealedAt + kShortestRetention > head.sealedAt) {
        findings.add("the head before the retention is younger than " + std::to_string(kShortestRetention.count()) +
                     " days");
        return 0;
    }
    if (auto valid = verifyHead(manifest.expiry->head, manifest.certificates, root); !valid) {
        findings.add("the head before the retention: " + valid.error().detail);
        return 0;
    }
    if (!verifyConsistency(old->size, old->root, head.size, head.root, manifest.expiry->consistencyProof)) {
        findings.add("the audit does not begin with its head before the retention");
        return 0;
    }
    return old->size;
}

void checkPrevious(const ExportManifest& manifest, const AuditHead& head, const pki::Certificate& root,
                   const std::filesystem::path& previous, ExportReport& report, Findings& findings)
{
    if (!previous.empty()) {
        const auto before = readManifest(previous);
        if (!before) {
            findings.add("the previous export: " + before.error().detail);
            return;
        }
        if (!manifest.previousHead || manifest.previousHead->text != before->head.text) {
            findings.add("this export is not tied to the head of " + previous.string());
            return;
        }
        if (auto valid = verifyHead(before->head, before->certificates, root); !valid) {
            findings.add("the previous export's head: " + valid.error().detail);
            return;
        }
    }
    if (!manifest.previousHead) return;
    const auto before = parseHead(manifest.previousHead->text);
    if (!before || before->origin != head.origin) {
        findings.add("the previous head cannot be read or is of another audit");
        return;
    }
    if (auto valid = verifyHead(*manifest.previousHead, manifest.certificates, root); !valid && previous.empty()) {
        findings.add("the previous head: " + valid.error().detail);
        return;
    }
    if (!verifyConsistency(before->size, before->root, head.size, head.root, manifest.consistencyProof)) {
        findings.add("the audit does not begin with what was exported before: rows were changed or removed since");
        return;
    }
    report.isTiedToPrevious = true;
}

} // namespace

Result<ExportManifest> readManifest(const std::filesystem::path& folder)
{
    const auto file = folder / kManifestFile;
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return badFormat(file.string() + ": " + error.message());
    if (size > kMaxManifestBytes) return badFormat(file.string() + " is larger than 4 MiB");
    std::ifstream stream(file, std::ios::binary);
    const auto document = json::parse(stream, nullptr, false);
    const auto unsignedAt = [&](const char* field) -> std::optional<std::uint64_t> {
        if (!document.contains(field) || !document[field].is_number_unsigned()) return std::nullopt;
        return document[field].get<std::uint64_t>();
    };
    if (!document.is_object() || !document.contains("format") || document["format"] != "v2c-audit-export/1")
        return badFormat(file.string() + ": expected an object of format v2c-audit-export/1");
    for (const auto* field : {"head", "range_proof", "consistency_proof", "previous_head", "expiry", "certificates"})
        if (!document.contains(field)) return badFormat(file.string() + ": no " + field);
    const auto first = unsignedAt("first");
    const auto count = unsignedAt("count");
    if (!first || !count || *count == 0 || *count > (1ULL << 40U) || *first > (1ULL << 60U))
        return badFormat(file.string() + ": expected numbers as first and count");
    auto head = signedHead(document["head"]);
    auto range = hashList(document["range_proof"]);
    auto consistency = hashList(document["consistency_proof"]);
    if (!head || !range || !consistency) return badFormat(file.string() + ": head or proofs are unreadable");
    ExportManifest manifest{.first = *first,
                            .count = *count,
                            .head = std::move(*head),
                            .rangeProof = std::move(*range),
                            .previousHead = {},
                            .consistencyProof = std::move(*consistency),
                            .expiry = {},
                            .certificates = {}};
    if (!document["previous_head"].is_null()) {
        manifest.previousHead = signedHead(document["previous_head"]);
        if (!manifest.previousHead) return badFormat(file.string() + ": previous_head is unreadable");
    }
    if (const auto& expiry = document["expiry"]; !expiry.is_null()) {
        auto old = signedHead(expiry);
        auto proof = old && expiry.contains("consistency_proof") ? hashList(expiry["consistency_proof"]) : std::nullopt;
        if (!proof) return badFormat(file.string() + ": expiry is unreadable");
        manifest.expiry = ExpiryProof{std::move(*old), std::move(*proof)};
    }
    if (!document["certificates"].is_array()) return badFormat(file.string() + ": expected a list of certificates");
    for (const auto& pem : document["certificates"]) {
        if (!pem.is_string()) return badFormat(file.string() + ": expected certificates as PEM");
        manifest.certificates.push_back(pem.get<std::string>());
    }
    return manifest;
}

Result<void> verifyHead(const SignedHead& head, const std::vector<std::string>& certificates,
                        const pki::Certificate& root)
{
    const auto refuse = [](const char* detail) { return fail(ErrorCode::InvalidRequest, "audit-signature", detail); };
    const auto parsed = parseHead(head.text);
    if (!parsed) return tl::unexpected(parsed.error());
    std::vector<pki::Certificate> chain;
    for (const auto& pem : certificates) {
        auto certificate = pki::Certificate::parsePem(pem);
        if (!certificate) return refuse("a certificate cannot be read");
        chain.push_back(std::move(*certificate));
    }
    if (chain.empty()) return refuse("no certificate of the signer");
    auto* signer = chain.front().impl().x509.get();
    if (!hasUsage(signer, kAuditSignerUsage)) return refuse("the signer's certificate is not an audit signer's");
    if (!hasPath(chain, root, parsed->sealedAt))
        return refuse("no valid path from the signer's certificate to this root at the time of the head");
    const pki::EvpDigestContextHandle context(EVP_MD_CTX_new());
    const bool verified =
        context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(signer)) == 1 &&
        EVP_DigestVerify(context.get(), head.signature.data(), head.signature.size(), asBytes(head.text).data(),
                         head.text.size()) == 1;
    ERR_clear_error();
    if (!verified) return refuse("the signature does not fit the head");
    return {};
}

Result<ExportReport> verifyExport(const std::filesystem::path& folder, const pki::Certificate& root,
                                  const std::filesystem::path& previous)
{
    const auto manifest = readManifest(folder);
    if (!manifest) return tl::unexpected(manifest.error());
    ExportReport report{.first = manifest->first, .count = manifest->count, .head = {}, .findings = {}};
    Findings findings(report.findings);
    const auto head = parseHead(manifest->head.text);
    if (!head) return badFormat("the head: " + head.error().detail);
    report.head = *head;
    if (auto valid = verifyHead(manifest->head, manifest->certificates, root); !valid)
        findings.add("the head: " + valid.error().detail);
    if (manifest->first + manifest->count > head->size)
        findings.add("rows " + std::to_string(manifest->first) + " to " +
                     std::to_string(manifest->first + manifest->count - 1) + " are beyond the head's " +
                     std::to_string(head->size));

    const auto leaves = readLeaves(folder / kLeavesFile, manifest->count, findings);
    if (!leaves.empty()) {
        if (rootOfRange(manifest->first, leaves, head->size, manifest->rangeProof) != head->root)
            findings.add("the leaf hashes do not lead to the signed root");
        report.expired =
            checkRows(folder, manifest->first, leaves, provenOld(*manifest, *head, root, findings), findings);
    }
    checkPrevious(*manifest, *head, root, previous, report, findings);
    return report;
}

} // namespace gateway::audit
