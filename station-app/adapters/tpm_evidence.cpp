#include "adapters/tpm_evidence.h"

#include <utility>

namespace station {

gateway::TpmEvidence toContract(tcu::TpmEvidence evidence)
{
    return {std::move(evidence.ekCertificate), std::move(evidence.akPublic),  std::move(evidence.keyPublic),
            std::move(evidence.certifyInfo),   std::move(evidence.signature), std::move(evidence.credentialProof)};
}

tcu::TpmEvidence toWire(gateway::TpmEvidence evidence)
{
    return {std::move(evidence.ekCertificateDer), std::move(evidence.akPublic),  std::move(evidence.keyPublic),
            std::move(evidence.certifyInfo),      std::move(evidence.signature), std::move(evidence.credentialProof)};
}

} // namespace station
