#pragma once

#include "adapters/sqlite_journal.h"
#include "flow/cases.h"

namespace station {

/// The cases of the journal's file.
[[nodiscard]] gateway::Result<std::unique_ptr<Cases>> openSqliteCases(const JournalSettings& settings,
                                                                      std::function<gateway::Time()> wallTime);

} // namespace station
