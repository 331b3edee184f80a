#pragma once

#include <filesystem>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// Puts a file in place of another in one step: who reads sees the old or the new one, whole, also after a power cut
/// (temporary file in the same folder, fsync, read back, rename, fsync of
/// the folder). Readable by all.
/// @return Internal "crl-write" with the system's reason
[[nodiscard]] Result<void> replaceFile(const std::filesystem::path& file, ByteView content);

} // namespace gateway
