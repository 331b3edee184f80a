#pragma once

#include <map>
#include <string>

#include "contract/broker_messages.h"
#include "issuance/broker_store.h"
#include "issuance/clock.h"
#include "issuance/signer.h"
#include "pki/certificate.h"
#include "pki/profile.h"

namespace gateway {

/// What the certificate of a region's brokers names besides what the profile says.
struct BrokerRegion
{
    std::string dnsNames;    ///< separated by commas
    std::string ipAddresses; ///< separated by commas
};

/// Certificates of MQTT brokers, from the Cloud Service CA: intent → checked → signed → stored, exactly once per
/// transaction. Whom a certificate names is the configuration's matter; the CSR only proves the key.
class BrokerService final
{
public:
    BrokerService(BrokerStore& store, Signer& signer, pki::Issuer issuer, pki::Profile profile,
                  std::map<std::string, BrokerRegion> regions, int perIssuerAndHour, Clock clock);

    /// @param caller  a token of scope create, or a broker, which may ask for its own region only
    /// @return NotFound "broker-region-unknown"; Forbidden "broker-region"; what pki::checkServiceCsr() says; Conflict
    /// "idempotency-conflict", "duplicate-key", "intent-outdated"; RateLimited; HsmUnavailable with retryAfter
    [[nodiscard]] Result<IssuedServiceCertificate> issue(const BrokerRequest& request, const Caller& caller);

private:
    [[nodiscard]] Result<CertificateRecord> finish(const BrokerIntent& intent, const Caller& caller, Time now);

    BrokerStore& m_store;
    Signer& m_signer;
    pki::Issuer m_issuer;
    pki::Profile m_profile;
    std::map<std::string, BrokerRegion> m_regions;
    int m_perIssuerAndHour;
    Clock m_clock;
};

} // namespace gateway
