#pragma once

#include <string>
#include <vector>

#include "contract/messages.h"

namespace gateway {

/// POST /api/certificates/broker; the transaction is the Idempotency-Key.
struct BrokerRequest
{
    TransactionId transaction;
    std::string region; ///< names an entry of the gateway's configuration, which has the names and addresses
    Bytes csrDer;
};

struct IssuedServiceCertificate
{
    CertificateSerial serial;
    Bytes certificateDer;
    std::vector<Bytes> chainDer; ///< the issuer first, then its issuer, without the root
    Time issuedAt;
    Time expiresAt;
};

} // namespace gateway
