#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "contract/messages.h"

namespace gateway {

/// Which rows of the audit an export has. Without conditions: all that are sealed.
struct AuditExportQuery
{
    std::optional<Time> from;              ///< rows of that time or later
    std::optional<Time> to;                ///< rows before that time
    std::optional<std::uint64_t> previous; ///< size of an earlier export's head: this one continues it
};

/// The folder of an export as one file.
struct AuditArchive
{
    std::string name; ///< of the folder in it
    std::string tar;  ///< POSIX ustar
};

} // namespace gateway
