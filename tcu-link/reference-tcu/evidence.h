#pragma once

#include "reference-tcu/record.h"
#include "reference-tcu/tpm.h"

namespace tcu {

/// What RID 0214 asks of the TPM: the credential is activated, the key at the handle certified for this transaction and
/// nonce, and both are tied together by the proof. Formats in provisioning/dialogue.h.
[[nodiscard]] TpmResult<EvidenceRecord> makeEvidence(Tpm& tpm, std::uint32_t handle, const CertifyRequest& request);

} // namespace tcu
