#include "gateway/audit_commands.h"

#include <fstream>
#include <iterator>

#include "api/rfc3339.h"
#include "audit/export_reader.h"
#include "audit/export_writer.h"
#include "gateway/service_set.h"
#include "store/audit_ledger.h"

namespace gateway {
namespace {

constexpr std::uint64_t kRowsAtATime = 2000;

/// An export signs nothing: its head was signed when the rows were sealed.
class NoSigner final : public Signer
{
public:
    Result<Bytes> sign(const SignRequest&) override
    {
        return fail(ErrorCode::Internal, "no-signer", "an export signs nothing");
    }
    Result<void> checkHealth() override { return {}; }
};

Result<pki::Certificate> loadRoot(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::InvalidRequest, "config", "cannot read " + file.string());
    const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    auto root = pki::Certificate::parsePem(pem);
    if (!root) return fail(ErrorCode::InvalidRequest, "config", file.string() + ": " + root.error().detail);
    return root;
}

Result<std::vector<std::string>> loadChain(const AuditConfig& config)
{
    std::vector<std::string> pems;
    for (const auto& file : {config.certificate, config.chain}) {
        std::ifstream stream(file, std::ios::binary);
        const std::string pem{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        const auto certificates = pki::parsePemBundle(pem);
        if (!stream || !certificates)
            return fail(ErrorCode::InvalidRequest, "config", file.string() + ": expected certificates as PEM");
        for (const auto& certificate : *certificates)
            pems.push_back(certificate.pem());
    }
    return pems;
}

/// Which rows of the tree the request means.
Result<std::pair<std::uint64_t, std::uint64_t>> rangeOf(const AuditExportRequest& request, store::AuditLedger& ledger,
                                                        std::uint64_t first, std::uint64_t size)
{
    if (request.from || request.until) {
        const auto from = api::parseRfc3339(request.from.value_or("1970-01-01T00:00:00Z"));
        if (!from) return tl::unexpected(from.error());
        const auto until = api::parseRfc3339(request.until.value_or("9999-12-31T23:59:59Z"));
        if (!until) return tl::unexpected(until.error());
        const auto range = ledger.range(*from, *until, size);
        if (!range) return tl::unexpected(range.error());
        if (!*range || (*range)->second <= first)
            return fail(ErrorCode::NotFound, "audit-empty", "no sealed row lies in that time");
        return std::pair(std::max(first, (*range)->first), (*range)->second);
    }
    if (first >= size) return fail(ErrorCode::NotFound, "audit-empty", "nothing was sealed since the previous export");
    return std::pair(first, size);
}

} // namespace

Result<void> exportAudit(const GatewayConfig& config, const AuditExportRequest& request, std::ostream& out)
{
    if (!config.audit)
        return fail(ErrorCode::InvalidRequest, "config", "audit: expected an object for this command, got nothing");
    auto certificates = loadChain(*config.audit);
    if (!certificates) return tl::unexpected(certificates.error());
    std::optional<audit::AuditHead> previous;
    audit::ExportManifest manifest;
    if (!request.previous.empty()) {
        const auto before = audit::readManifest(request.previous);
        if (!before) return tl::unexpected(before.error());
        const auto head = audit::parseHead(before->head.text);
        if (!head) return tl::unexpected(head.error());
        previous = *head;
        manifest.previousHead = before->head;
    }

    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    NoSigner signer;
    store::AuditLedger ledger(database, signer, config.audit->origin, config.audit->key, systemNow);
    const auto head = ledger.head();
    if (!head) return tl::unexpected(head.error());
    const auto parsed = audit::parseHead(head->text);
    if (!parsed) return tl::unexpected(parsed.error());
    if (previous && previous->size > parsed->size)
        return fail(ErrorCode::Conflict, "audit-tampered",
                    "the previous export has " + std::to_string(previous->size) + " rows, the audit now only " +
                        std::to_string(parsed->size));
    const auto range = rangeOf(request, ledger, previous ? previous->size : 0, parsed->size);
    if (!range) return tl::unexpected(range.error());
    const auto [first, last] = *range;

    auto writer = audit::ExportWriter::create(request.output, first);
    if (!writer) return tl::unexpected(writer.error());
    for (auto at = first; at < last; at += kRowsAtATime) {
        const auto lines = ledger.lines(at, std::min(at + kRowsAtATime, last));
        if (!lines) return tl::unexpected(lines.error());
        for (const auto& line : *lines)
            if (auto added = writer->add(line); !added) return added;
    }
    auto proof = ledger.rangeProof(first, last, parsed->size);
    if (!proof) return tl::unexpected(proof.error());
    manifest.head = *head;
    manifest.rangeProof = std::move(*proof);
    manifest.certificates = std::move(*certificates);
    if (previous) {
        auto consistency = ledger.consistencyProof(previous->size, parsed->size);
        if (!consistency) return tl::unexpected(consistency.error());
        manifest.consistencyProof = std::move(*consistency);
    }
    if (auto finished = writer->finish(std::move(manifest)); !finished) return finished;
    out << request.output.string() << ": rows " << first << " to " << last - 1 << " of " << parsed->size << ", sealed "
        << api::toRfc3339(parsed->sealedAt) << '\n';
    return {};
}

Result<void> verifyAuditExport(const std::filesystem::path& folder, const std::filesystem::path& root,
                               const std::filesystem::path& previous, std::ostream& out)
{
    const auto anchor = loadRoot(root);
    if (!anchor) return tl::unexpected(anchor.error());
    const auto report = audit::verifyExport(folder, *anchor, previous);
    if (!report) return tl::unexpected(report.error());
    out << folder.string() << ": rows " << report->first << " to " << report->first + report->count - 1 << " of "
        << report->head.size << " of " << report->head.origin << ", sealed " << api::toRfc3339(report->head.sealedAt)
        << '\n';
    for (const auto& finding : report->findings)
        out << "  WRONG: " << finding << '\n';
    if (!report->findings.empty())
        return fail(ErrorCode::Conflict, "audit-tampered",
                    "the export is not what was sealed: " + std::to_string(report->findings.size()) + " findings");
    out << "  every row is as it was sealed, and none is missing\n";
    if (report->isTiedToPrevious) out << "  the audit has only grown since the export before\n";
    return {};
}

} // namespace gateway
