#pragma once

#include <filesystem>

#include "audit/export_manifest.h"
#include "pki/certificate.h"

namespace gateway::audit {

/// What the verification of an export found.
struct ExportReport
{
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint64_t expired = 0; ///< of count: dropped after their retention, only their leaf hashes are left
    AuditHead head;
    bool isTiedToPrevious = false; ///< the consistency proof to the export before was checked
    std::vector<std::string>
        findings; ///< empty: every row is as it was sealed, and none is missing that has not expired
};

/// Extended key usage of the audit signer's certificate.
inline constexpr char kAuditSignerUsage[] = "1.3.6.1.4.1.99999.2";

/// Checks an export with nothing but the root certificate: the head's signature and its chain, the rows against the
/// head's root, the table against the rows, and, when the export before is given, that the audit only grew since.
/// @param previous  folder of an earlier export; empty for none
/// @return InvalidRequest "export-format" when there is nothing that could be checked (missing or unreadable manifest)
[[nodiscard]] Result<ExportReport> verifyExport(const std::filesystem::path& folder, const pki::Certificate& root,
                                                const std::filesystem::path& previous = {});

/// The signed head of an export. @return InvalidRequest "export-format"
[[nodiscard]] Result<ExportManifest> readManifest(const std::filesystem::path& folder);

/// @return InvalidRequest "audit-signature": not by a certificate of the audit signer's kind under that root
[[nodiscard]] Result<void> verifyHead(const SignedHead& head, const std::vector<std::string>& certificates,
                                      const pki::Certificate& root);

} // namespace gateway::audit
