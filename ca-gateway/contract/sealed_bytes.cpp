#include "contract/sealed_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gateway {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

tl::unexpected<Error> failed()
{
    return fail(ErrorCode::Internal, "shared-memory", "no shared memory to be had");
}

} // namespace

std::shared_ptr<const SealedBytes> SealedBytes::map(int descriptor, std::size_t size)
{
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (data == MAP_FAILED) return nullptr;
    return std::shared_ptr<const SealedBytes>(
        new SealedBytes(descriptor, static_cast<const std::uint8_t*>(data), size));
}

Result<std::shared_ptr<const SealedBytes>> SealedBytes::make(std::size_t size,
                                                             const std::function<void(std::span<std::uint8_t>)>& fill)
{
    const int descriptor = ::memfd_create("v2c-sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return failed();
    void* data = size != 0 && ::ftruncate(descriptor, static_cast<off_t>(size)) == 0
                     ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
                     : MAP_FAILED;
    if (data != MAP_FAILED) {
        fill({static_cast<std::uint8_t*>(data), size});
        // A seal against writing needs that no writable mapping is left.
        ::munmap(data, size);
        if (::fcntl(descriptor, F_ADD_SEALS, kSeals | F_SEAL_SEAL) == 0)
            if (auto sealed = map(descriptor, size)) return sealed;
    }
    ::close(descriptor);
    return failed();
}

Result<std::shared_ptr<const SealedBytes>> SealedBytes::adopt(int descriptor, std::size_t mostBytes)
{
    struct stat status = {};
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    if (seals >= 0 && (seals & kSeals) == kSeals && ::fstat(descriptor, &status) == 0 && status.st_size > 0 &&
        static_cast<std::uint64_t>(status.st_size) <= mostBytes)
        if (auto sealed = map(descriptor, static_cast<std::size_t>(status.st_size))) return sealed;
    ::close(descriptor);
    return fail(ErrorCode::InvalidRequest, "shared-memory",
                "expected sealed memory of 1 to " + std::to_string(mostBytes) + " bytes, got something else");
}

SealedBytes::~SealedBytes()
{
    ::munmap(const_cast<std::uint8_t*>(m_data), m_size);
    ::close(m_descriptor);
}

} // namespace gateway
