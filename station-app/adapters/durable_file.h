#pragma once

#include <filesystem>
#include <string_view>

#include "contract/error.h"

namespace station {

/// A folder held open: what is written goes to that file system, also when another one is mounted over its path or it
/// is unmounted meanwhile. Errors are StoreUnavailable "target-gone", "target-full", "target-read-only", "target-io",
/// "batch-differs".
class DurableFolder final
{
public:
    [[nodiscard]] static gateway::Result<DurableFolder> open(const std::filesystem::path& folder);
    DurableFolder(DurableFolder&& other) noexcept;
    DurableFolder& operator=(DurableFolder&& other) noexcept;
    ~DurableFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// @param name  one folder, made when it is not there
    [[nodiscard]] gateway::Result<DurableFolder> makeFolder(const std::string& name) const;
    /// A new file, on disk and read back from there when this returns.
    /// @param name  of the file in this folder
    [[nodiscard]] gateway::Result<void> write(const std::string& name, std::string_view octets) const;
    /// @param before, after  in this folder; on disk when this returns
    [[nodiscard]] gateway::Result<void> rename(const std::string& before, const std::string& after) const;
    [[nodiscard]] gateway::Result<void> sync() const;

private:
    DurableFolder(int descriptor, std::filesystem::path path) : m_descriptor(descriptor), m_path(std::move(path)) {}

    int m_descriptor;
    std::filesystem::path m_path;
};

} // namespace station
