#include "ceremony/output_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signer/connection.h"

namespace gateway::ceremony {

namespace {

tl::unexpected<Error> writeFailed(const std::filesystem::path& file)
{
    return fail(ErrorCode::Internal, "file-write", file.string() + ": " + std::strerror(errno));
}

} // namespace

Result<void> writeFile(const std::filesystem::path& file, std::string_view content, mode_t mode)
{
    auto temporary = file;
    temporary += ".new";
    ::unlink(temporary.c_str());
    {
        const signer::FileDescriptor descriptor(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!descriptor.isOpen() || ::fchmod(descriptor.get(), mode) != 0) return writeFailed(temporary);
        while (!content.empty()) {
            const auto written = ::write(descriptor.get(), content.data(), content.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return writeFailed(temporary);
            content.remove_prefix(static_cast<std::size_t>(written));
        }
        if (::fsync(descriptor.get()) != 0) return writeFailed(temporary);
    }
    if (::rename(temporary.c_str(), file.c_str()) != 0) return writeFailed(file);
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const signer::FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.isOpen() || ::fsync(directory.get()) != 0) return writeFailed(folder);
    return {};
}

Result<std::string> readFile(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::NotFound, "file-missing", "cannot read " + file.string());
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

} // namespace gateway::ceremony
