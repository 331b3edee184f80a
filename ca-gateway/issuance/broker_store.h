#pragma once

#include <optional>
#include <string>

#include "issuance/issuance_store.h"

namespace gateway {

/// What is stored before a broker's certificate is signed; as for vehicles, whoever repeats the request finishes it.
struct BrokerIntent
{
    TransactionId transaction;
    std::string region;
    std::string requestedBy;
    Bytes csrSha256;
    Bytes publicKeySha256;
    std::string issuer;
    CertificateSerial serial;
    std::string profile;
    Bytes tbsDer;
    Time requestedAt{};
};

struct StoredBrokerRequest
{
    BrokerIntent intent;
    std::optional<CertificateRecord> certificate; ///< set when issued
};

/// Each call is one transaction and safe to repeat.
class BrokerStore
{
public:
    virtual ~BrokerStore() = default;

    /// A known transaction returns what is stored under it and changes nothing; else the intent and its audit row are
    /// stored. @return Conflict "duplicate-key"; RateLimited "rate-limit-issuer"
    [[nodiscard]] virtual Result<StoredBrokerRequest> begin(const BrokerIntent& intent, int perIssuerAndHour,
                                                            const AuditEvent& audit) = 0;

    /// Certificate, state, audit and event. Returns what is stored, another caller's when that one was first.
    [[nodiscard]] virtual Result<CertificateRecord>
    complete(const TransactionId& transaction, const CertificateRecord& certificate, const AuditEvent& audit) = 0;

    /// For a refusal.
    [[nodiscard]] virtual Result<void> appendAudit(const AuditEvent& audit) = 0;
};

} // namespace gateway
