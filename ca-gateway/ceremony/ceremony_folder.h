#pragma once

#include <filesystem>
#include <iosfwd>

#include "ceremony/ceremony_journal.h"
#include "ceremony/ceremony_plan.h"
#include "signer/connection.h"

/// What a ceremony finds in its folders. The manifest tells a complete one, the journal one that was interrupted.
namespace gateway::ceremony {

/// The gateway imports manifest.json only, so that a rehearsal, whose manifest has another name, cannot be taken for
/// the real thing.
[[nodiscard]] std::filesystem::path manifestFile(const Plan& plan);
[[nodiscard]] std::filesystem::path journalFile(const Plan& plan);

/// Makes the folders. @return what keeps another ceremony out of them until it is closed; Conflict "ceremony-running"
[[nodiscard]] Result<signer::FileDescriptor> lockFolders(const Plan& plan);

/// Compares what is there with what the plan asks for.
/// @return false when no ceremony has been completed here; Conflict "ceremony-differs", "ceremony-damaged"
[[nodiscard]] Result<bool> isComplete(const Plan& plan);

/// Removes what an interrupted ceremony exported, so that nothing of it stands beside what is made now.
/// @return Conflict "output-exists" when there is something and no ceremony was interrupted
[[nodiscard]] Result<void> clearUnfinished(const Plan& plan, const Journal& journal, std::ostream& progress);

/// Scratch tokens of this rehearsal alone. What an earlier one left is removed, when it is marked as such.
/// @return Conflict "rehearsal-folder"
[[nodiscard]] Result<void> prepareRehearsal(const Plan& plan, std::ostream& progress);

} // namespace gateway::ceremony
