#pragma once

#include "adapters/sqlite_journal.h"
#include "flow/run_history.h"

namespace station {

/// The jobs of the journal's file to look at.
[[nodiscard]] gateway::Result<std::unique_ptr<RunHistory>> openSqliteHistory(const JournalSettings& settings,
                                                                             std::function<gateway::Time()> wallTime);

} // namespace station
