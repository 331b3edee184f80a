#pragma once

#include "provisioning/unit.h"
#include "uds/server.h"

namespace tcu {

/// Does one job of the dialogue with the unit and encodes what it answers. Content is checked here: 0x13 for another
/// length than the dialogue's, 0x31 for an unknown DID or RID, a value out of its range, or a transfer that does not
/// begin where the unit's staged part ends; a unit's own refusal goes through as it is.
[[nodiscard]] JobResult runJob(Unit& unit, const Job& job);

} // namespace tcu
