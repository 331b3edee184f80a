#pragma once

#include "contract/messages.h"
#include "provisioning/dialogue.h"

namespace station {

/// The unit's evidence as the gateway knows it, and back.
[[nodiscard]] gateway::TpmEvidence toContract(tcu::TpmEvidence evidence);
[[nodiscard]] tcu::TpmEvidence toWire(gateway::TpmEvidence evidence);

} // namespace station
