#pragma once

#include "issuance/issuance_store.h"

namespace gateway {

/// Where a certificate that the gateway issues for itself is recorded.
class IssuedCertificateLog
{
public:
    virtual ~IssuedCertificateLog() = default;

    /// Row and audit in one transaction; recording twice is no error.
    [[nodiscard]] virtual Result<void> record(const CertificateRecord& certificate, const AuditEvent& audit) = 0;
};

} // namespace gateway
