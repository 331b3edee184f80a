#pragma once

#include "pki/ocsp.h"

namespace gateway {

/// Where the OCSP responder asks for a certificate's status.
class OcspStatusSource
{
public:
    virtual ~OcspStatusSource() = default;

    /// @param issuer  the issuer's subject as pki::Certificate::subjectText() prints it
    /// @return Unknown for a serial that was never issued; StoreUnavailable
    [[nodiscard]] virtual Result<pki::OcspStatus> status(const std::string& issuer, const CertificateSerial& serial,
                                                         Time now) = 0;
};

} // namespace gateway
