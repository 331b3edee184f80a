#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "contract/error.h"

namespace gateway::ceremony {

/// Writes a file so that after a power cut it is there with all of its content, or not at all.
/// @param mode  0600 for secrets; set before the content is written
[[nodiscard]] Result<void> writeFile(const std::filesystem::path& file, std::string_view content, mode_t mode);

/// @return NotFound "file-missing"
[[nodiscard]] Result<std::string> readFile(const std::filesystem::path& file);

} // namespace gateway::ceremony
