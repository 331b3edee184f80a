#pragma once

#include "identity/vehicle_identity.h"
#include "issuance/issuance_store.h"
#include "issuance/issuer_set.h"
#include "pki/csr.h"
#include "pki/prepared_certificate.h"

namespace gateway {

/// A request that has passed its own kind's checks, ready for transaction 1.
struct RequestDraft
{
    IssuanceIntent intent;
    AuditEvent audit; ///< "certificate_intent"
    IssuerSet::Turn turn;
    pki::PreparedCertificate prepared; ///< what the intent's tbsDer holds
};

/// What every kind of request says.
struct RequestBasis
{
    const TransactionId& transaction;
    RequestKind kind;
    const Caller& caller;
    const VehicleIdentity& identity;
    const pki::CheckedCsr& csr;
    Time now;
};

/// Chooses the CA, prepares the certificate and fills in what all kinds have in common; the caller adds the rest.
/// @return what pki::prepareCertificate() says
[[nodiscard]] Result<RequestDraft> draftRequest(IssuerSet& issuers, const pki::Profile& profile,
                                                const RequestBasis& basis);

/// Whether begin() says that this request is refused, which is audited; else the store is at fault and a repeat helps.
[[nodiscard]] bool isRefusal(const Error& error);

} // namespace gateway
