#include "gateway/audit_commands.h"

#include <fstream>
#include <iterator>

#include "api/rfc3339.h"
#include "audit/export_reader.h"
#include "gateway/service_set.h"
#include "store/audit_export.h"

namespace gateway {
namespace {

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

} // namespace

Result<std::vector<std::string>> loadAuditChain(const AuditConfig& config)
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

Result<void> exportAudit(const GatewayConfig& config, const AuditExportRequest& request, std::ostream& out)
{
    if (!config.audit)
        return fail(ErrorCode::InvalidRequest, "config", "audit: expected an object for this command, got nothing");
    store::AuditExportScope scope;
    for (auto [text, time] : {std::pair(&request.from, &scope.from), std::pair(&request.until, &scope.to)}) {
        if (!*text) continue;
        const auto parsed = api::parseTimeOrDate(**text);
        if (!parsed) return tl::unexpected(parsed.error());
        *time = *parsed;
    }
    if (!request.previous.empty()) {
        const auto before = audit::readManifest(request.previous);
        if (!before) return tl::unexpected(before.error());
        scope.previousHead = before->head;
    }

    auto url = store::parseDatabaseUrl(config.database.gatewayUrl);
    if (!url) return tl::unexpected(url.error());
    store::Database database(std::move(*url));
    NoSigner signer;
    store::AuditLedger ledger(database, signer, config.audit->origin, config.audit->key, systemNow);
    auto certificates = loadAuditChain(*config.audit);
    if (!certificates) return tl::unexpected(certificates.error());
    const auto summary = store::writeAuditExport(ledger, std::move(*certificates), scope, request.output);
    if (!summary) return tl::unexpected(summary.error());
    out << request.output.string() << ": rows " << summary->first << " to " << summary->last - 1 << " of "
        << summary->head.size << ", sealed " << api::toRfc3339(summary->head.sealedAt) << '\n';
    if (summary->expired > 0)
        out << "  " << summary->expired << " of them have been dropped after their retention; their hashes are there\n";
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
    if (report->expired > 0)
        out << "  " << report->expired << " rows have been dropped, sealed more than "
            << audit::kShortestRetention.count() << " days before this export; an export from before has them\n";
    if (report->isTiedToPrevious) out << "  the audit has only grown since the export before\n";
    return {};
}

} // namespace gateway
