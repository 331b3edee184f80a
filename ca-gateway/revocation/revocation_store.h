#pragma once

#include "issuance/audit_event.h"

namespace gateway {

/// What revocation needs of the database.
class RevocationStore
{
public:
    virtual ~RevocationStore() = default;

    /// Status, audit row, event and wake-up in one transaction. A revoked certificate stays as first revoked and gets
    /// no second audit row. The store adds the certificate's subject to the audit row.
    /// @return NotFound "serial-unknown"; Conflict "serial-ambiguous" when two issuers have used the serial;
    /// StoreUnavailable (repeating is safe)
    [[nodiscard]] virtual Result<Revocation> revoke(const CertificateSerial& serial, RevocationReason reason,
                                                    const AuditEvent& audit) = 0;

    /// Sets SUPERSEDED on certificates whose grace after a renewal is over, with audit rows, events and one wake-up in
    /// one transaction. Certificates that another process is at are left to it.
    /// @param most   how many at a time
    /// @param audit  of each; the store adds the subject
    /// @return how many there were; StoreUnavailable
    [[nodiscard]] virtual Result<std::size_t> supersedeDue(Time now, std::size_t most, const AuditEvent& audit) = 0;
};

} // namespace gateway
