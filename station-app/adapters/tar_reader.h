#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/error.h"

namespace station {

/// The regular files of a POSIX ustar archive that holds one folder: name without the folder, and contents.
/// @return Internal "archive-unreadable" for anything else: a name that leads out of the folder, a link, a checksum or
///         length that does not fit
[[nodiscard]] gateway::Result<std::vector<std::pair<std::string, std::string>>> readTar(std::string_view archive);

} // namespace station
