#include "crl/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gateway {
namespace {

tl::unexpected<Error> writeError(const std::filesystem::path& file, const char* what)
{
    return fail(ErrorCode::Internal, "crl-write",
                std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno));
}

bool writeAll(int descriptor, ByteView content)
{
    while (!content.empty()) {
        const auto written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content = content.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

/// What is in the file is what was meant to be there; the content itself has been verified by who made it.
bool holds(int descriptor, ByteView content)
{
    Bytes found(content.size() + 1);
    std::size_t length = 0;
    while (length < found.size()) {
        const auto got = ::pread(descriptor, found.data() + length, found.size() - length, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    return std::equal(content.begin(), content.end(), found.begin(),
                      found.begin() + static_cast<std::ptrdiff_t>(length));
}

} // namespace

Result<void> replaceFile(const std::filesystem::path& file, ByteView content)
{
    auto temporary = file.string() + ".XXXXXX";
    const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return writeError(file, "create a temporary file for");
    const bool written = ::fchmod(descriptor, 0644) == 0 && writeAll(descriptor, content) && ::fsync(descriptor) == 0 &&
                         holds(descriptor, content);
    if (!written) {
        auto error = writeError(temporary, "write and read back");
        ::close(descriptor);
        ::unlink(temporary.c_str());
        return error;
    }
    ::close(descriptor);
    if (::rename(temporary.c_str(), file.c_str()) != 0) {
        auto error = writeError(file, "replace");
        ::unlink(temporary.c_str());
        return error;
    }
    const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return writeError(file.parent_path(), "open");
    const bool synced = ::fsync(folder) == 0;
    ::close(folder);
    if (!synced) return writeError(file.parent_path(), "sync");
    return {};
}

} // namespace gateway
