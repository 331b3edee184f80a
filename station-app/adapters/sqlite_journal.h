#pragma once

#include <filesystem>

#include "flow/journal.h"
#include "flow/run_clock.h"

namespace station {

struct JournalSettings
{
    std::filesystem::path file;
    /// How long another writer of the same file is waited for.
    std::chrono::milliseconds lockTimeout{5000};
    /// Closed jobs whose reports are delivered are forgotten after this time; the gateway keeps the lasting records.
    std::chrono::days keep{90};
    /// Pages of 4096 bytes the file may grow to; 0: no limit but the disk's.
    int maxPages = 0;
};

/// Opens the journal, or makes it: SQLite in WAL mode with synchronous=FULL, mode 0600, schema number in user_version.
/// Several processes may have the same file open; SlotClaims are advisory locks on "<file>.slot<n>".
/// @return StoreUnavailable: "journal-cannot-open", "journal-corrupt", "journal-locked", "journal-full", "journal-io",
///         "journal-newer" (written by a newer version)
[[nodiscard]] gateway::Result<std::unique_ptr<Journal>> openSqliteJournal(const JournalSettings& settings,
                                                                          std::function<gateway::Time()> wallTime);

} // namespace station
