#include "crl/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gateway {
namespace {

constexpr std::string_view kSuffix = ".XXXXXX";

tl::unexpected<Error> writeError(const std::filesystem::path& file, const char* what)
{
    return fail(ErrorCode::Internal, "crl-write",
                std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno));
}

Result<void> show(int descriptor, const std::filesystem::path& file,
                  const std::function<Result<void>(ByteView)>& reader)
{
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0) return writeError(file, "read");
    if (status.st_size == 0) return reader({});
    const auto size = static_cast<std::size_t>(status.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) return writeError(file, "read");
    auto result = reader({static_cast<const std::uint8_t*>(data), size});
    ::munmap(data, size);
    return result;
}

} // namespace

Result<FileReplacement> FileReplacement::begin(const std::filesystem::path& file)
{
    auto temporary = file.string() + std::string(kSuffix);
    const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return writeError(file, "create a temporary file for");
    return FileReplacement(file, std::move(temporary), descriptor);
}

FileReplacement::FileReplacement(FileReplacement&& other) noexcept
    : m_file(std::move(other.m_file)),
      m_temporary(std::exchange(other.m_temporary, {})),
      m_descriptor(std::exchange(other.m_descriptor, -1))
{
}

FileReplacement::~FileReplacement()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
    if (!m_temporary.empty()) ::unlink(m_temporary.c_str());
}

Result<void> FileReplacement::write(ByteView content)
{
    while (!content.empty()) {
        const auto written = ::write(m_descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return writeError(m_temporary, "write");
        content = content.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> FileReplacement::commit(const std::function<Result<void>(ByteView)>& check)
{
    if (::fchmod(m_descriptor, 0644) != 0 || ::fsync(m_descriptor) != 0) return writeError(m_temporary, "sync");
    if (auto checked = show(m_descriptor, m_temporary, check); !checked) return checked;
    if (::rename(m_temporary.c_str(), m_file.c_str()) != 0) return writeError(m_file, "replace");
    m_temporary.clear();
    const int folder = ::open(m_file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return writeError(m_file.parent_path(), "open");
    const bool synced = ::fsync(folder) == 0;
    ::close(folder);
    if (!synced) return writeError(m_file.parent_path(), "sync");
    return {};
}

Result<void> replaceFile(const std::filesystem::path& file, ByteView content)
{
    auto replacement = FileReplacement::begin(file);
    if (!replacement) return tl::unexpected(replacement.error());
    if (auto written = replacement->write(content); !written) return written;
    return replacement->commit([&](ByteView found) -> Result<void> {
        if (std::ranges::equal(found, content)) return {};
        return fail(ErrorCode::Internal, "crl-write", "the disk does not hold what was written to " + file.string());
    });
}

Result<void> readFile(const std::filesystem::path& file, const std::function<Result<void>(ByteView)>& reader)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(ErrorCode::NotFound, "file-absent", "there is no " + file.string());
    auto result = show(descriptor, file, [&](ByteView content) -> Result<void> {
        if (content.empty()) return fail(ErrorCode::NotFound, "file-absent", file.string() + " is empty");
        return reader(content);
    });
    ::close(descriptor);
    return result;
}

FileStamp stampOf(const std::filesystem::path& file)
{
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {.inode = status.st_ino, .modifiedNs = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Result<std::optional<FileLock>> FileLock::tryTake(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return writeError(file, "open");
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return std::optional(std::move(lock));
    if (errno == EWOULDBLOCK) return std::nullopt;
    return writeError(file, "lock");
}

FileLock::FileLock(FileLock&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

FileLock::~FileLock()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
}

void removeUnfinished(const std::filesystem::path& file)
{
    std::error_code ignored;
    const auto begin = file.filename().string() + '.';
    for (const auto& entry : std::filesystem::directory_iterator(file.parent_path(), ignored)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(begin) && name.size() == begin.size() - 1 + kSuffix.size())
            std::filesystem::remove(entry.path(), ignored);
    }
}

} // namespace gateway
