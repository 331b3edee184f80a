#pragma once

#include "contract/messages.h"

namespace station {

/// The names that stand for a VIN in its certificate.
struct VehicleNames
{
    gateway::DeviceId deviceId;
    gateway::VinHash vinHash;
};

/// The station's own look at what it is about to install and at what the unit proves. Thread-safe.
class CertificateChecker
{
public:
    virtual ~CertificateChecker() = default;

    /// CN is the device_id, serialNumber the vin_hash, the serial is the one the gateway named, the public key is the
    /// CSR's, and the chain leads to the pinned root and is valid now.
    /// @return PolicyViolation with "certificate-subject", "certificate-key", "certificate-chain", ...
    [[nodiscard]] virtual gateway::Result<void> checkIssued(const gateway::IssuedCertificate& certificate,
                                                            const gateway::Bytes& csrDer,
                                                            const VehicleNames& names) const = 0;

    /// The signature over the challenge is by the leaf's key.
    [[nodiscard]] virtual gateway::Result<void> checkProof(const gateway::Bytes& leafDer,
                                                           const gateway::Bytes& challenge,
                                                           const gateway::Bytes& signature) const = 0;
};

} // namespace station
