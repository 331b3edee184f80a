#include "adapters/durable_file.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace station {
namespace {

using gateway::Result;

constexpr std::size_t kBlockOctets = std::size_t(256) * 1024;

/// A stick that is pulled shows as an I/O error, a missing device or a missing path, whatever comes first.
const char* slugOf(int problem)
{
    switch (problem) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "target-full";
    case EROFS:
    case EACCES:
    case EPERM:
        return "target-read-only";
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
    case ESTALE:
    case EIO:
        return "target-gone";
    default:
        return "target-io";
    }
}

tl::unexpected<gateway::Error> failed(const std::filesystem::path& file, int problem)
{
    return gateway::fail(gateway::ErrorCode::StoreUnavailable, slugOf(problem),
                         file.string() + ": " + std::strerror(problem));
}

class Descriptor final
{
public:
    explicit Descriptor(int descriptor) : m_descriptor(descriptor) {}
    ~Descriptor()
    {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] int close() { return ::close(std::exchange(m_descriptor, -1)); }

private:
    int m_descriptor;
};

Result<void> writeAll(int descriptor, const std::filesystem::path& file, std::string_view octets)
{
    while (!octets.empty()) {
        const auto written = ::write(descriptor, octets.data(), std::min(octets.size(), kBlockOctets));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed(file, errno);
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> compare(int descriptor, const std::filesystem::path& file, std::string_view octets)
{
    const auto differs = [&] {
        return gateway::fail(gateway::ErrorCode::StoreUnavailable, "batch-differs",
                             file.string() + ": what was read back is not what was written");
    };
    std::string block(kBlockOctets, '\0');
    while (true) {
        const auto got = ::read(descriptor, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(file, errno);
        if (got == 0) break;
        const auto length = static_cast<std::size_t>(got);
        if (length > octets.size() || octets.substr(0, length) != std::string_view(block).substr(0, length))
            return differs();
        octets.remove_prefix(length);
    }
    if (!octets.empty()) return differs();
    return {};
}

} // namespace

Result<DurableFolder> DurableFolder::open(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed(folder, errno);
    return DurableFolder(descriptor, folder);
}

DurableFolder::DurableFolder(DurableFolder&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)), m_path(std::move(other.m_path))
{
}

DurableFolder& DurableFolder::operator=(DurableFolder&& other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_path, other.m_path);
    return *this;
}

DurableFolder::~DurableFolder()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
}

Result<DurableFolder> DurableFolder::makeFolder(const std::string& name) const
{
    constexpr mode_t mode = 0750;
    const auto path = m_path / name;
    if (::mkdirat(m_descriptor, name.c_str(), mode) != 0 && errno != EEXIST) return failed(path, errno);
    const int descriptor = ::openat(m_descriptor, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed(path, errno);
    return DurableFolder(descriptor, path);
}

Result<void> DurableFolder::write(const std::string& name, std::string_view octets) const
{
    constexpr mode_t mode = 0640;
    const auto path = m_path / name;
    Descriptor file(::openat(m_descriptor, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file.get() < 0) return failed(path, errno);
    if (const auto written = writeAll(file.get(), path, octets); !written) return written;
    if (::fsync(file.get()) != 0) return failed(path, errno);
    // The kernel's copy would only tell what we gave it.
    static_cast<void>(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED));
    if (::lseek(file.get(), 0, SEEK_SET) < 0) return failed(path, errno);
    if (const auto same = compare(file.get(), path, octets); !same) return same;
    if (file.close() != 0) return failed(path, errno);
    return {};
}

Result<void> DurableFolder::rename(const std::string& before, const std::string& after) const
{
    if (::renameat(m_descriptor, before.c_str(), m_descriptor, after.c_str()) != 0)
        return failed(m_path / after, errno);
    return sync();
}

Result<void> DurableFolder::sync() const
{
    if (::fsync(m_descriptor) != 0) return failed(m_path, errno);
    return {};
}

} // namespace station
