#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// Puts a file in place of another in one step: who reads sees the old or the new one, whole, also after a power cut
/// (temporary file in the same folder, fsync, read back, rename, fsync of the folder). Readable by all. What is not
/// committed is gone with the object. Errors: Internal "crl-write" with the system's reason.
class FileReplacement final
{
public:
    [[nodiscard]] static Result<FileReplacement> begin(const std::filesystem::path& file);
    FileReplacement(FileReplacement&& other) noexcept;
    FileReplacement& operator=(FileReplacement&&) = delete;
    ~FileReplacement();

    [[nodiscard]] Result<void> write(ByteView content);
    /// @param check  sees what the file holds, and may refuse it
    [[nodiscard]] Result<void> commit(const std::function<Result<void>(ByteView)>& check);

private:
    FileReplacement(std::filesystem::path file, std::string temporary, int descriptor)
        : m_file(std::move(file)), m_temporary(std::move(temporary)), m_descriptor(descriptor)
    {
    }

    std::filesystem::path m_file;
    std::string m_temporary; ///< empty: nothing to clean up
    int m_descriptor;
};

/// A file in one piece.
[[nodiscard]] Result<void> replaceFile(const std::filesystem::path& file, ByteView content);

/// Shows a file's content. @return NotFound "file-absent" when there is none, or it is empty
[[nodiscard]] Result<void> readFile(const std::filesystem::path& file,
                                    const std::function<Result<void>(ByteView)>& reader);

/// What tells one content of a file from the next; all zero when there is none.
struct FileStamp
{
    std::uint64_t inode = 0;
    std::int64_t modifiedNs = 0;

    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
[[nodiscard]] FileStamp stampOf(const std::filesystem::path& file);

/// Held by one process at a time, and by none that is dead.
class FileLock final
{
public:
    /// @return nothing while another one has it; Internal "crl-write"
    [[nodiscard]] static Result<std::optional<FileLock>> tryTake(const std::filesystem::path& file);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int descriptor) : m_descriptor(descriptor) {}

    int m_descriptor;
};

/// Removes what a process that was killed while it replaced this file has left behind.
void removeUnfinished(const std::filesystem::path& file);

} // namespace gateway
