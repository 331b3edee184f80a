#include "reference-tcu/state_owner.h"

#include <cerrno>
#include <cstring>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tcu {

StoreResult<void> becomeOwnerOf(const std::filesystem::path& stateFolder)
{
    if (::geteuid() != 0) return {};
    struct stat status
    {
    };
    if (::stat(stateFolder.c_str(), &status) != 0 || status.st_uid == 0) return {};
    // Groups first: without root they can no longer be given up.
    if (::setgroups(0, nullptr) != 0 || ::setgid(status.st_gid) != 0 || ::setuid(status.st_uid) != 0)
        return tl::unexpected(stateFolder.string() + ": cannot become its owner: " + std::strerror(errno));
    return {};
}

} // namespace tcu
