#include "issuance/issuance_store.h"

namespace gateway {

CertificateStatus effectiveStatus(const CertificateRecord& certificate, Time now)
{
    if (certificate.status != CertificateStatus::Active) return certificate.status;
    if (certificate.replacedAt && now >= *certificate.replacedAt + kReplacementGrace)
        return CertificateStatus::Superseded;
    return now > certificate.expiresAt ? CertificateStatus::Expired : CertificateStatus::Active;
}

} // namespace gateway
