#pragma once

#include <filesystem>

#include <tl/expected.hpp>

#include "reference-tcu/record_store.h"

namespace tcu {

/// Root that works on a unit's folder becomes the user it belongs to, for the rest of the process: files written as
/// root would lock the running unit out of its own record. Does nothing for other users, for a folder of root's, or
/// when there is none yet.
[[nodiscard]] StoreResult<void> becomeOwnerOf(const std::filesystem::path& stateFolder);

} // namespace tcu
