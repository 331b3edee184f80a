#pragma once

#include "adapters/sqlite_journal.h"
#include "flow/people.h"

namespace station {

/// The people of the journal's file.
[[nodiscard]] gateway::Result<std::unique_ptr<People>> openSqlitePeople(const JournalSettings& settings,
                                                                        std::function<gateway::Time()> wallTime);

} // namespace station
