#pragma once

#include <filesystem>
#include <memory>

#include "audit/export_manifest.h"

namespace gateway::audit {

/// Writes an export into a folder that appears only when all is in it and on disk: a full disk, a pulled stick or a
/// power cut leaves at most a folder named .new beside it.
class ExportWriter final
{
public:
    /// @param folder  must not exist
    /// @return InvalidRequest "export-folder"; Internal "export-write" with the system's words
    [[nodiscard]] static Result<ExportWriter> create(const std::filesystem::path& folder, std::uint64_t firstIndex);
    ExportWriter(ExportWriter&&) noexcept;
    ExportWriter& operator=(ExportWriter&&) noexcept;
    /// Removes what was not finished.
    ~ExportWriter();

    /// @param line  of canonicalLine() or expiredLine()
    [[nodiscard]] Result<void> add(const std::string& line);
    [[nodiscard]] std::uint64_t expiredCount() const;
    /// first and count of the manifest are set by the writer.
    [[nodiscard]] Result<void> finish(ExportManifest manifest);

private:
    struct Impl;
    explicit ExportWriter(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::audit
