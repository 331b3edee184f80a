#include "store/audit_export.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "audit/export_writer.h"

namespace gateway::store {
namespace {

constexpr std::uint64_t kRowsAtATime = 2000;
constexpr std::uint64_t kMaxRowsOfArchive = 50'000;

/// Which rows of the tree the scope means.
Result<std::pair<std::uint64_t, std::uint64_t>> rangeOf(const AuditExportScope& scope, AuditLedger& ledger,
                                                        std::uint64_t first, std::uint64_t size)
{
    if (scope.from || scope.to) {
        const auto range = ledger.range(scope.from.value_or(Time{}), scope.to.value_or(Time::max()), size);
        if (!range) return tl::unexpected(range.error());
        if (!*range || (*range)->second <= first)
            return fail(ErrorCode::NotFound, "audit-empty", "no sealed row lies in that time");
        return std::pair(std::max(first, (*range)->first), (*range)->second);
    }
    if (first >= size) return fail(ErrorCode::NotFound, "audit-empty", "nothing was sealed since the previous export");
    return std::pair(first, size);
}

/// Proves that what has expired was old enough; nothing when no head is.
Result<std::optional<audit::ExpiryProof>> expiryProof(AuditLedger& ledger, const audit::AuditHead& head)
{
    auto old = ledger.headUntil(head.sealedAt - audit::kShortestRetention);
    if (!old) return tl::unexpected(old.error());
    if (!*old) return std::optional<audit::ExpiryProof>();
    const auto parsed = audit::parseHead((*old)->text);
    if (!parsed) return tl::unexpected(parsed.error());
    auto proof = ledger.consistencyProof(parsed->size, head.size);
    if (!proof) return tl::unexpected(proof.error());
    return audit::ExpiryProof{std::move(**old), std::move(*proof)};
}

/// A folder that goes with everything in it.
class TemporaryFolder final
{
public:
    TemporaryFolder()
    {
        auto name = (std::filesystem::temp_directory_path() / "v2c-audit-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) m_path = name;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        if (!m_path.empty()) std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path; ///< empty when there is none
};

struct CloseArchive
{
    void operator()(archive* target) const { archive_write_free(target); }
};
struct FreeEntry
{
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t appendTo(archive*, void* text, const void* data, std::size_t size)
{
    static_cast<std::string*>(text)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
}

Result<std::string> tarOf(const std::filesystem::path& folder, Time time)
{
    std::string tar;
    const std::unique_ptr<archive, CloseArchive> target(archive_write_new());
    const auto failed = [&] {
        const char* text = archive_error_string(target.get());
        return fail(ErrorCode::Internal, "audit-archive", text != nullptr ? text : "the archive cannot be written");
    };
    if (archive_write_set_format_ustar(target.get()) != ARCHIVE_OK ||
        archive_write_open(target.get(), &tar, nullptr, appendTo, nullptr) != ARCHIVE_OK)
        return failed();
    for (const auto* file : {audit::kManifestFile, audit::kRowsFile, audit::kTableFile, audit::kLeavesFile}) {
        std::ifstream stream(folder / file, std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        if (!stream) return fail(ErrorCode::Internal, "audit-archive", std::string("cannot read ") + file);
        const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), (folder.filename() / file).c_str());
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0640);
        archive_entry_set_mtime(entry.get(), time.time_since_epoch().count(), 0);
        if (archive_write_header(target.get(), entry.get()) != ARCHIVE_OK ||
            archive_write_data(target.get(), content.data(), content.size()) != static_cast<la_ssize_t>(content.size()))
            return failed();
    }
    if (archive_write_close(target.get()) != ARCHIVE_OK) return failed();
    return tar;
}

} // namespace

Result<AuditExportSummary> writeAuditExport(AuditLedger& ledger, std::vector<std::string> certificates,
                                            const AuditExportScope& scope, const std::filesystem::path& folder)
{
    std::uint64_t previousSize = 0;
    if (scope.previousHead) {
        const auto previous = audit::parseHead(scope.previousHead->text);
        if (!previous) return tl::unexpected(previous.error());
        previousSize = previous->size;
    }
    auto signedHead = ledger.head();
    if (!signedHead) return tl::unexpected(signedHead.error());
    const auto head = audit::parseHead(signedHead->text);
    if (!head) return tl::unexpected(head.error());
    if (previousSize > head->size)
        return fail(ErrorCode::Conflict, "audit-tampered",
                    "the previous export has " + std::to_string(previousSize) + " rows, the audit now only " +
                        std::to_string(head->size));
    const auto range = rangeOf(scope, ledger, previousSize, head->size);
    if (!range) return tl::unexpected(range.error());
    const auto [first, last] = *range;
    if (last - first > scope.maxRows)
        return fail(ErrorCode::InvalidRequest, "audit-export-size",
                    "expected at most " + std::to_string(scope.maxRows) + " rows, got " + std::to_string(last - first) +
                        ": narrow it by from and to");

    auto writer = audit::ExportWriter::create(folder, first);
    if (!writer) return tl::unexpected(writer.error());
    for (auto at = first; at < last; at += kRowsAtATime) {
        const auto lines = ledger.lines(at, std::min(at + kRowsAtATime, last));
        if (!lines) return tl::unexpected(lines.error());
        for (const auto& line : *lines)
            if (auto added = writer->add(line); !added) return tl::unexpected(added.error());
    }
    audit::ExportManifest manifest{.head = std::move(*signedHead),
                                   .rangeProof = {},
                                   .previousHead = scope.previousHead,
                                   .consistencyProof = {},
                                   .expiry = {},
                                   .certificates = std::move(certificates)};
    auto proof = ledger.rangeProof(first, last, head->size);
    if (!proof) return tl::unexpected(proof.error());
    manifest.rangeProof = std::move(*proof);
    if (scope.previousHead) {
        auto consistency = ledger.consistencyProof(previousSize, head->size);
        if (!consistency) return tl::unexpected(consistency.error());
        manifest.consistencyProof = std::move(*consistency);
    }
    const auto expired = writer->expiredCount();
    if (expired > 0) {
        auto expiry = expiryProof(ledger, *head);
        if (!expiry) return tl::unexpected(expiry.error());
        manifest.expiry = std::move(*expiry);
    }
    if (auto finished = writer->finish(std::move(manifest)); !finished) return tl::unexpected(finished.error());
    return AuditExportSummary{.first = first, .last = last, .expired = expired, .head = *head};
}

Result<AuditArchive> makeAuditArchive(AuditLedger& ledger, std::vector<std::string> certificates,
                                      const AuditExportQuery& query)
{
    AuditExportScope scope{.from = query.from, .to = query.to, .previousHead = {}, .maxRows = kMaxRowsOfArchive};
    if (query.previous) {
        auto previous = ledger.head(*query.previous);
        if (!previous) return tl::unexpected(previous.error());
        scope.previousHead = std::move(*previous);
    }
    const TemporaryFolder temporary;
    if (temporary.path().empty())
        return fail(ErrorCode::Internal, "audit-archive",
                    std::string("no temporary folder can be made: ") + std::strerror(errno));
    const auto unnamed = temporary.path() / "export";
    const auto summary = writeAuditExport(ledger, std::move(certificates), scope, unnamed);
    if (!summary) return tl::unexpected(summary.error());
    AuditArchive result{.name = "v2c-audit-" + std::to_string(summary->first) + '-' + std::to_string(summary->last - 1),
                        .tar = {}};
    const auto folder = temporary.path() / result.name;
    std::error_code error;
    std::filesystem::rename(unnamed, folder, error);
    if (error) return fail(ErrorCode::Internal, "audit-archive", folder.string() + ": " + error.message());
    auto tar = tarOf(folder, summary->head.sealedAt);
    if (!tar) return tl::unexpected(tar.error());
    result.tar = std::move(*tar);
    return result;
}

} // namespace gateway::store
